import Models
import NN
import Torch

/// What training minimises: the cross entropy of the fused logits, and with a smaller weight that of the head that
/// sees the video alone.
struct Objective {
  private let classWeights: Tensor?
  private let labelSmoothing: Double
  private let auxiliaryWeight: Double
  private let device: Device

  /// - Parameter counts: videos of each category in the training part.
  init(_ training: TrainingConfiguration, counts: [Int], hasFrames: Bool, on device: Device) {
    classWeights =
      training.classWeightExponent == 0
      ? nil
      : Tensor(ClassWeights.damped(counts: counts, exponent: training.classWeightExponent)).to(device)
    labelSmoothing = training.labelSmoothing
    auxiliaryWeight = hasFrames ? training.auxiliaryVideoLoss : 0
    self.device = device
  }

  /// - Parameter frames: how many frames each video has: the auxiliary loss leaves out those without.
  func loss(_ output: VideoTextClassifier.Output, labels: Tensor, frames: PackedSequences) -> Tensor {
    let fused = crossEntropy(output.logits, labels)
    let seen = frames.lengths.indices.filter { frames.lengths[$0] > 0 }
    guard auxiliaryWeight > 0, !seen.isEmpty else { return fused }
    let rows = Tensor(seen.map(Int64.init)).to(device)
    return fused + crossEntropy(output.videoLogits.gathered(rows), labels.gathered(rows)) * auxiliaryWeight
  }

  private func crossEntropy(_ logits: Tensor, _ labels: Tensor) -> Tensor {
    logits.crossEntropy(labels, weight: classWeights, labelSmoothing: labelSmoothing)
  }
}
