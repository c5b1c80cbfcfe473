import Glibc
package import Torch

/// Adam with decoupled weight decay (Loshchilov & Hutter, 2019), as `torch.optim.AdamW` computes it.
package final class AdamW {
  /// Parameters that share a learning rate and a weight decay.
  package struct Group {
    package let name: String
    package let parameters: [ParameterStore.Weight]
    /// What the schedule's factor is multiplied by.
    package let learningRate: Double
    package let weightDecay: Double

    package init(
      name: String, parameters: [ParameterStore.Weight], learningRate: Double, weightDecay: Double
    ) {
      self.name = name
      self.parameters = parameters
      self.learningRate = learningRate
      self.weightDecay = weightDecay
    }
  }

  /// The moments of one group, in the order of its parameters.
  private struct Moments {
    let first: [Tensor]
    let second: [Tensor]
  }

  package let groups: [Group]
  private let moments: [Moments]
  private let betas: (first: Double, second: Double)
  private let epsilon: Double
  /// Updates of each group so far: a group that was frozen at first begins its own count.
  private var steps: [Int]

  package init(
    _ groups: [Group], betas: (first: Double, second: Double) = (0.9, 0.999), epsilon: Double = 1e-8
  ) {
    self.groups = groups.filter { !$0.parameters.isEmpty }
    self.betas = betas
    self.epsilon = epsilon
    steps = self.groups.map { _ in 0 }
    moments = self.groups.map { group in
      func zeros() -> [Tensor] { group.parameters.map { .zeros($0.tensor.shape, on: $0.tensor.device) } }
      return Moments(first: zeros(), second: zeros())
    }
  }

  /// One update from the accumulated gradients; a parameter without one counts as having a gradient of zero. A group
  /// whose parameters require no gradient is frozen: neither decayed nor moved.
  /// - Parameter factor: the schedule's place, 0…1, by which every group's learning rate is multiplied.
  package func step(factor: Double, on cores: Cores = Cores(1)) throws {
    for (number, group) in groups.enumerated()
    where group.parameters.contains(where: \.tensor.requiresGradient) {
      steps[number] += 1
      try cores.share(group.parameters.indices) {
        update(number, $0, learningRate: group.learningRate * factor)
      }
    }
  }

  private func update(_ number: Int, _ range: Range<Int>, learningRate: Double) {
    let group = groups[number]
    let correction1 = 1 - pow(betas.first, Double(steps[number]))
    let correction2 = 1 - pow(betas.second, Double(steps[number]))
    withoutGradients {
      let (first, second) = (Array(moments[number].first[range]), Array(moments[number].second[range]))
      let weights = group.parameters[range].map(\.tensor)
      let gradients = weights.map { $0.gradient ?? .zeros($0.shape, on: $0.device) }
      let isDone = Foreach.updateByAdamW(
        weights, gradients, first: first, second: second, step: steps[number], learningRate: learningRate,
        betas: betas, weightDecay: group.weightDecay, epsilon: epsilon)
      if isDone { return }
      if group.weightDecay > 0 { Foreach.multiply(weights, by: 1 - learningRate * group.weightDecay) }
      Foreach.multiply(first, by: betas.first)
      Foreach.add(gradients, to: first, scale: 1 - betas.first)
      Foreach.multiply(second, by: betas.second)
      Foreach.addProduct(gradients, gradients, to: second, scale: 1 - betas.second)
      let denominators = Foreach.squareRoot(second)
      Foreach.divide(denominators, by: correction2.squareRoot())
      Foreach.add(epsilon, to: denominators)
      Foreach.addQuotient(first, denominators, to: weights, scale: -learningRate / correction1)
    }
  }

  package func clearGradients() {
    for group in groups { for parameter in group.parameters { parameter.tensor.gradient = nil } }
  }
}

extension AdamW: TrainingState {
  package var stateTensors: [(name: String, tensor: Tensor)] {
    zip(groups, moments).flatMap { group, moments in
      zip(["first", "second"], [moments.first, moments.second]).flatMap { kind, tensors in
        zip(group.parameters, tensors).map { ("\(kind)/\($0.name)", $1) }
      }
    }
  }

  package var stateCounts: [String: Int] {
    get { Dictionary(uniqueKeysWithValues: steps.enumerated().map { ("steps of group \($0)", $1) }) }
    set { steps = steps.indices.map { newValue["steps of group \($0)"] ?? 0 } }
  }
}
