import NN
import ParityFixtures
import Testing
import Torch

@Suite struct ReplicasTests {
  /// A joined layer, one of its own, a table and a layer in full precision.
  private struct Model {
    let joined: Linear
    let output: Linear
    let table: Embedding
    let head: Linear

    init(_ scope: Scope) {
      joined = Linear(joining: [scope["query"], scope["key"]], inputs: 3, outputs: 2)
      output = Linear(scope["output"], inputs: 4, outputs: 3)
      table = Embedding(scope["table"], rows: 5, width: 3, deviation: 1)
      head = Linear(scope["head"].inFullPrecision, inputs: 3, outputs: 1)
    }

    func callAsFunction(_ numbers: Tensor, as type: DataType) -> Tensor {
      head(output(joined(table(numbers).to(type))).to(.float32)).sum()
    }
  }

  private func master() -> (store: ParameterStore, model: Model) {
    let store = ParameterStore()
    let model = Model(store.root)
    store.assign(store.weights.map { .normal($0.tensor.shape) })
    return (store, model)
  }

  private let numbers = Tensor([0, 3, 3, 1, 4, 2, 0, 1] as [Int64])

  @Test(
    "parts on several cores give the gradients of the whole, in float32 and by the master's names",
    arguments: [1, 2, 4])
  func gradients(cores: Int) throws {
    let (store, model) = master()
    model(numbers, as: .float32).backward()
    let wanted = store.parameters.map { $0.tensor.gradient }
    for parameter in store.parameters { parameter.tensor.gradient = nil }

    let replicas = Replicas(of: store, as: .float32, on: Cores(cores), make: Model.init)
    try replicas.refresh()
    let size = 8 / cores
    _ = try Cores(cores).map(Array(replicas.models.enumerated())) { number, model in
      model(numbers.narrowed(0, number * size..<(number + 1) * size), as: .float32).backward()
    }
    try replicas.collectGradients()
    for (parameter, wanted) in zip(store.parameters, wanted) {
      let found = try #require(parameter.tensor.gradient, "\(parameter.name)")
      #expect(maximumDifference(found, try #require(wanted)) <= 1e-5, "\(parameter.name)")
    }
    // Collected once.
    try replicas.collectGradients()
    #expect(maximumDifference(try #require(store.tensors[0].gradient), try #require(wanted[0])) <= 1e-5)
  }

  @Test(
    "in bfloat16 each pass is rounded once: the sum over many passes is as exact as its members, not coarser")
  func exactSums() throws {
    let store = ParameterStore()
    let weight = store.root.parameter("w", shape: [1], .ones)
    let replicas = Replicas(of: store, as: .bfloat16, on: Cores(1)) { $0.parameter("w", shape: [1], .ones) }
    try replicas.refresh()
    for _ in 0..<600 {
      replicas.models[0].sum().backward()
      try replicas.collectGradients()
    }
    // Summed in bfloat16 it would stop at 256.
    #expect(weight.gradient?.item == 600)
    #expect(weight.gradient?.type == .float32)
  }

  @Test("a refresh casts what the optimizer did, for all replicas; in between they keep the old values")
  func refresh() throws {
    let (store, _) = master()
    let replicas = Replicas(of: store, as: .bfloat16, on: Cores(2), make: Model.init)
    try replicas.refresh()
    func outputs() -> [Tensor] {
      withoutGradients { replicas.models.map { $0.output(.ones([1, 4], type: .bfloat16)) } }
    }
    let before = outputs()
    #expect(before[0].type == .bfloat16 && before[0].isIdentical(to: before[1]))
    store.assign(store.weights.map { $0.tensor.detached() * 2 })
    #expect(outputs()[0].isIdentical(to: before[0]))
    try replicas.refresh()
    #expect(outputs().allSatisfy { $0.isIdentical(to: before[0] * 2) })
  }

  @Test("what is frozen in the master gets no gradient in the replicas, and gets one when it thaws")
  func frozen() throws {
    let (store, _) = master()
    let replicas = Replicas(of: store, as: .float32, on: Cores(1), make: Model.init)
    for isFrozen in [true, false] {
      for parameter in store.parameters where parameter.name.hasPrefix("output") {
        parameter.tensor.requiresGradient = !isFrozen
      }
      try replicas.refresh()
      replicas.models[0](numbers, as: .float32).backward()
      try replicas.collectGradients()
      for parameter in store.parameters {
        let expectsGradient = !(isFrozen && parameter.name.hasPrefix("output"))
        #expect((parameter.tensor.gradient != nil) == expectsGradient, "\(parameter.name)")
        parameter.tensor.gradient = nil
      }
    }
  }

  @Test("buffers are the master's own: what a step does to them every replica sees")
  func buffers() throws {
    let store = ParameterStore()
    _ = BatchNorm2D(store.root, channels: 1)
    let replicas = Replicas(of: store, as: .bfloat16, on: Cores(2)) { BatchNorm2D($0, channels: 1) }
    try replicas.refresh()
    store.buffers[0].tensor.copy(from: .full([1], 3))
    let x = Tensor.full([1, 1, 1, 1], 3).to(.bfloat16)
    #expect(replicas.models.allSatisfy { abs($0(x, .evaluation).to(.float32).item) < 1e-3 })
  }
}
