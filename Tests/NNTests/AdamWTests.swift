import NN
import ParityFixtures
import Testing
import Torch

@Suite struct AdamWTests {
  private struct Configuration: Decodable {
    struct Group: Decodable {
      var parameters: [String]
      var learningRate: Double
      var weightDecay: Double

      enum CodingKeys: String, CodingKey {
        case parameters
        case learningRate = "lr"
        case weightDecay = "weight_decay"
      }
    }
    var betas: [Double]
    var eps: Double
    var schedule: [Double]
    var groups: [Group]
  }

  @Test(
    "five steps of two groups under a schedule give torch.optim.AdamW's parameters to 1e-6, on several cores too",
    arguments: [1, 2])
  func parity(cores: Int) throws {
    let fixture = try ParityFixture("adamw")
    let configuration = try fixture.configuration(Configuration.self)
    let store = ParameterStore()
    let scope = fixture.weights(in: store, under: "initial.")
    for name in ["weight", "bias", "gain"] {
      _ = scope.parameter(name, shape: try fixture.tensor("initial.\(name)").shape, .zeros)
    }
    try store.finish()
    let optimizer = AdamW(
      configuration.groups.map { group in
        AdamW.Group(
          name: group.parameters.joined(separator: "+"),
          parameters: store.parameters.filter { group.parameters.contains($0.name) },
          learningRate: group.learningRate, weightDecay: group.weightDecay)
      },
      betas: (configuration.betas[0], configuration.betas[1]), epsilon: configuration.eps)
    for (step, factor) in configuration.schedule.enumerated() {
      for parameter in store.parameters {
        parameter.tensor.gradient = try fixture.tensor("step.\(step).gradient.\(parameter.name)")
      }
      try optimizer.step(factor: factor, on: Cores(cores))
      for parameter in store.parameters {
        let expected = try fixture.tensor("step.\(step).\(parameter.name)")
        #expect(maximumDifference(parameter.tensor, expected) <= 1e-6, "step \(step), \(parameter.name)")
      }
    }
  }

  @Test("a frozen group stays as it is, its moments too, and begins to count when it thaws")
  func frozen() throws {
    func train(frozenSteps: Int) throws -> [Float] {
      let store = ParameterStore()
      let tensor = store.root.parameter("a", shape: [2], .ones)
      let optimizer = makeOptimizer(store)
      for step in 0..<frozenSteps + 3 {
        tensor.requiresGradient = step >= frozenSteps
        if tensor.requiresGradient { tensor.gradient = Tensor([Float(step - frozenSteps + 1), -1]) }
        try optimizer.step(factor: 1)
        if step < frozenSteps { #expect(tensor.values() == [1, 1] as [Float]) }
      }
      return tensor.values()
    }
    #expect(try train(frozenSteps: 0) == train(frozenSteps: 7))
  }

  private func makeOptimizer(_ store: ParameterStore, weightDecay: Double = 0.5) -> AdamW {
    AdamW([
      .init(name: "none", parameters: [], learningRate: 1, weightDecay: 1),
      .init(name: "all", parameters: store.parameters, learningRate: 0.1, weightDecay: weightDecay),
    ])
  }

  @Test("a parameter without a gradient only decays; a group without parameters is left out")
  func withoutGradient() throws {
    let store = ParameterStore()
    let tensor = store.root.parameter("a", shape: [1], .ones)
    let optimizer = makeOptimizer(store)
    #expect(optimizer.groups.map(\.name) == ["all"])
    try optimizer.step(factor: 1)
    #expect(abs(tensor.item - 0.95) < 1e-6)
  }

  @Test("clearing drops the gradients, and a factor of 0 changes nothing")
  func clearing() throws {
    let store = ParameterStore()
    let tensor = store.root.parameter("a", shape: [2], .ones)
    let optimizer = makeOptimizer(store)
    (tensor * 2).sum().backward()
    try optimizer.step(factor: 0)
    #expect(tensor.values() == [1, 1] as [Float])
    optimizer.clearGradients()
    #expect(tensor.gradient == nil)
  }

  @Test("an optimizer that takes over the state of another goes on as that one does")
  func state() throws {
    func make() -> (store: ParameterStore, optimizer: AdamW) {
      let store = ParameterStore()
      _ = store.root.parameter("a", shape: [3], .ones)
      _ = store.root.parameter("b", shape: [1], .zeros)
      return (store, makeOptimizer(store))
    }
    func step(_ made: (store: ParameterStore, optimizer: AdamW), _ number: Int) throws {
      for (place, tensor) in made.store.tensors.enumerated() {
        tensor.gradient = .full(tensor.shape, Double(number * number + place) / 7)
      }
      try made.optimizer.step(factor: 1)
    }
    let (one, other) = (make(), make())
    for number in 1...3 { try step(one, number) }
    for (from, to) in [
      (one.store as any TrainingState, other.store as any TrainingState), (one.optimizer, other.optimizer),
    ] {
      to.stateCounts = from.stateCounts
      withoutGradients {
        for (mine, theirs) in zip(to.stateTensors, from.stateTensors) {
          #expect(mine.name == theirs.name)
          mine.tensor.copy(from: theirs.tensor)
        }
      }
    }
    for made in [one, other] { try step(made, 4) }
    #expect(zip(one.store.tensors, other.store.tensors).allSatisfy { $0.isIdentical(to: $1) })
  }
}
