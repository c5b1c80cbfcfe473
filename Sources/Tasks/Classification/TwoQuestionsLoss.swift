import Glibc
import Models
import Torch

/// The cross entropy of the first level and that of the category within the true first level, each smoothed over what its
/// question leaves open.
struct TwoQuestionsLoss {
  private let membership: Tensor
  /// For each category what is to be said within its first level: itself, and with smoothing a little of all in it,
  /// `[categories, categories]`.
  private let targets: Tensor
  /// The number of the first level of each category, `[categories]` int64.
  private let parents: Tensor
  private let labelSmoothing: Double
  /// τ times the logarithm of what training sees of each first level, `[first levels]`.
  private let shift: Tensor?

  /// - Parameter prior: what training sees of each category.
  init(_ settings: ClassificationConfiguration, parents: [Int], prior: [Double], on device: Device) {
    membership = TwoQuestions.membership(parents, on: device)
    labelSmoothing = settings.labelSmoothing
    let levels = (parents.max() ?? 0) + 1
    let members = parents.reduce(into: [Double](repeating: 0, count: levels)) { $0[$1] += 1 }
    targets = Tensor(
      parents.indices.flatMap { category in
        parents.indices.map { other -> Float in
          guard parents[other] == parents[category] else { return 0 }
          let smooth = settings.labelSmoothing / members[parents[category]]
          return Float(other == category ? 1 - settings.labelSmoothing + smooth : smooth)
        }
      }, shape: [parents.count, parents.count]
    ).to(device)
    self.parents = Tensor(parents.map(Int64.init)).to(device)
    let sums = zip(parents, prior).reduce(into: [Double](repeating: 0, count: levels)) { $0[$1.0] += $1.1 }
    shift =
      settings.logitAdjustment == 0
      ? nil : (Tensor(sums.map { Float(log($0)) }) * settings.logitAdjustment).to(device)
  }

  /// Of each row, `[rows]`.
  /// - Parameter labels: the numbers of the categories `[rows]` int64, or their probabilities `[rows, categories]`.
  /// - Parameter adjustment: what training adds to the logits of the categories.
  func callAsFunction(_ answers: TwoQuestions.Answers, _ labels: Tensor, adjustment: Tensor?) -> Tensor {
    let isDistribution = labels.rank == 2
    let level1 = (shift.map { answers.level1 + $0 } ?? answers.level1).crossEntropies(
      isDistribution ? labels.matmul(membership) : parents.gathered(labels), labelSmoothing: labelSmoothing)
    let within = TwoQuestions.within(adjustment.map { answers.level2 + $0 } ?? answers.level2, membership)
    let truth = isDistribution ? labels.matmul(targets) : targets.gathered(labels)
    return level1 - (truth * within).sum(along: -1)
  }
}
