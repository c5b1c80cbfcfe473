import NN
import Torch

/// NeXtVLAD (Lin, Xiao and Fan, 2018): how the frames of a video differ from learnt centres, in groups of channels, each with
/// an attention of its own, then a squeeze-and-excitation gate.
///
/// Sums are over the frames that a video has, so that none of another video and no filling is in them. The paper's batch norms
/// are left out: they would let neighbours decide.
struct NeXtVLAD {
  private static let centres = 64
  private static let groups = 8
  /// How much wider the vectors are made before they are taken apart.
  private static let expansion = 2
  /// How much narrower the gate is inside.
  private static let reduction = 8

  private let expand: Linear
  private let attention: Linear
  private let assignment: Linear
  /// `[centres, width of a group]`
  private let centres: Tensor
  private let output: Linear
  private let squeeze: Linear
  private let excite: Linear
  private let groupWidth: Int

  /// - Parameter width: of a frame's vector, and of a video's.
  init(_ scope: Scope, width: Int) {
    groupWidth = (Self.expansion * width + Self.groups - 1) / Self.groups
    let expanded = Self.groups * groupWidth
    expand = Linear(scope["expand"], inputs: width, outputs: expanded)
    attention = Linear(scope["attention"], inputs: expanded, outputs: Self.groups)
    assignment = Linear(scope["assignment"], inputs: expanded, outputs: Self.groups * Self.centres)
    centres = scope.parameter("centres", shape: [Self.centres, groupWidth], .normal(deviation: 0.02))
    // Without a bias, so that a video without frames stays zeros.
    output = Linear(scope["output"], inputs: Self.centres * groupWidth, outputs: width, hasBias: false)
    let narrow = max(8, width / Self.reduction)
    squeeze = Linear(scope["squeeze"], inputs: width, outputs: narrow)
    excite = Linear(scope["excite"], inputs: narrow, outputs: width)
  }

  /// Vectors of frames `[frames, width]` → of videos `[videos, width]` float32; one without frames gives zeros.
  func callAsFunction(_ vectors: Tensor, _ frames: PackedSequences) -> Tensor {
    let count = vectors.size(0)
    let expanded = expand(vectors.to(.float32))  // [frames, expanded]
    let attended = attention(expanded).sigmoid().reshaped([count, Self.groups, 1])
    let parts =
      assignment(expanded).reshaped([count, Self.groups, Self.centres]).softmax(along: -1) * attended
    let weighed = parts.transposed(1, 2)  // [frames, centres, groups]
      .matmul(expanded.reshaped([count, Self.groups, groupWidth]))  // [frames, centres, width of a group]
    // Means in the place of sums: the norm makes them the same.
    let size = Self.centres * groupWidth
    let sums = frames.mean(weighed.reshaped([count, size])).reshaped([-1, Self.centres, groupWidth])
    let shares = frames.mean(parts.sum(along: 1)).reshaped([-1, Self.centres, 1])
    let residuals = sums - shares * centres  // [videos, centres, width of a group]
    let lengths = (residuals * residuals).sum(along: -1, keepingDimension: true)
    let described = output(
      (residuals / (lengths + 1e-12).squareRoot()).reshaped([-1, size]))
    return described * excite(squeeze(described).relu()).sigmoid()
  }
}
