import NN
package import Torch

/// What a teacher said on average so far, of which a step sees what the steps before it have left: so that it is the same for
/// all parts of a batch.
///
/// It begins as if nothing were known: each category equally probable, and sureness spread by 1.
package final class ConsistencyMemory: TrainingState {
  /// Mean and variance of the most probable category's probability, `[2]` float32.
  let sureness: Tensor
  /// Mean probability of each category, `[categories]` float32.
  let marginal: Tensor
  /// Of the labelled videos, what never changes: the part of each category, and how much a video of each counts for the
  /// balanced head, `[categories]` float32.
  let prior: Tensor
  let balance: Tensor?
  private let decay: Double
  private var updates = 0

  init(prior: [Float], balance: [Float]? = nil, decay: Double, on device: Device) {
    self.decay = decay
    self.prior = Tensor(prior).to(device)
    self.balance = balance.map { Tensor($0).to(device) }
    sureness = Tensor([1 / Float(prior.count), 1]).to(device)
    marginal = Tensor.full([prior.count], 1 / Double(prior.count), on: device)
  }

  /// What there is to remember of some videos, `[3 + categories]` float64: how many they are, the sums of their sureness and of
  /// its square, and of the categories' probabilities.
  static func seen(sureness: Tensor, probabilities: Tensor) -> Tensor {
    let sure = sureness.to(.float64)
    let sums = Tensor.stacked([
      Tensor.ones([sure.size(0)], type: .float64, on: sure.device), sure, sure.power(2),
    ])
    .sum(along: 1)
    return Tensor.concatenated([sums, probabilities.to(.float64).sum(along: 0)])
  }

  /// - Parameter seen: of the parts of a batch.
  func take(_ seen: [Tensor]) {
    guard let first = seen.first else { return }
    updates += 1
    let kept = RunningMean.kept(decay, at: updates)
    withoutGradients {
      let sums = seen.dropFirst().reduce(first, +)
      let count = sums.narrowed(0, 0..<1)
      let means = sums / count
      let mean = means.narrowed(0, 1..<2)
      // Unbiased, as published; of one video there is none, and how far it lies from the mean so far stands for it.
      let spread = (means.narrowed(0, 2..<3) - mean.power(2)).clamped(atLeast: 0) * count
      let isAlone = count.isAtLeast(2) * -1 + 1
      let distance = (mean - sureness.narrowed(0, 0..<1).to(.float64)).power(2)
      let variance = spread / (count + -1).clamped(atLeast: 1) + distance * isAlone
      mix(Tensor.concatenated([mean, variance]), into: sureness, keeping: kept)
      mix(means.narrowed(0, 3..<means.size(0)), into: marginal, keeping: kept)
    }
  }

  private func mix(_ new: Tensor, into mean: Tensor, keeping kept: Double) {
    mean.copy(from: mean * kept + new.to(mean.type) * (1 - kept))
  }

  package var stateTensors: [(name: String, tensor: Tensor)] {
    [("sureness", sureness), ("marginal", marginal)]
  }

  package var stateCounts: [String: Int] {
    get { ["updates": updates] }
    set { updates = newValue["updates"] ?? 0 }
  }
}
