import Foundation
import NN
import Storage
import SystemPackage
import Testing
import Torch

@Suite struct ParameterStoreTests {
  private func withCheckpoint<Result>(
    _ tensors: [String: Tensor], _ body: (Safetensors) throws -> Result
  ) throws -> Result {
    let path = FilePath(NSTemporaryDirectory()).appending("framewise-\(UUID().uuidString).safetensors")
    defer { try? FileManager.default.removeItem(atPath: path.string) }
    try Safetensors.write(tensors, to: path)
    return try body(Safetensors(path))
  }

  @Test("names are the scopes' paths joined by dots, in the order in which the layers were made")
  func names() {
    let store = ParameterStore()
    let layers = store.root["encoder"]["layer"]
    _ = Linear(layers[1]["output.dense"], inputs: 2, outputs: 3)
    _ = store.root.parameter("cls_token", shape: [4], .zeros)
    #expect(
      store.parameters.map(\.name) == [
        "encoder.layer.1.output.dense.weight", "encoder.layer.1.output.dense.bias", "cls_token",
      ])
    #expect(store.count == 2 * 3 + 3 + 4)
    #expect(store.tensors.allSatisfy { $0.requiresGradient && $0.type == .float32 })
  }

  @Test("what a store writes another reads, bit for bit, other types becoming float32")
  func roundTrip() throws {
    let store = ParameterStore()
    _ = Linear(store.root["a"], inputs: 3, outputs: 2)
    let path = FilePath(NSTemporaryDirectory()).appending("framewise-\(UUID().uuidString).safetensors")
    defer { try? FileManager.default.removeItem(atPath: path.string) }
    try store.write(to: path, metadata: ["epoch": "3"])
    let file = try Safetensors(path)
    #expect(file.metadata == ["epoch": "3"])
    let copy = ParameterStore(checkpoint: file)
    _ = Linear(copy.root["a"], inputs: 3, outputs: 2)
    try copy.finish()
    #expect(zip(store.tensors, copy.tensors).allSatisfy { $0.isIdentical(to: $1) })

    try withCheckpoint(["x": Tensor([1.5, -2]).to(.bfloat16)]) { checkpoint in
      let store = ParameterStore(checkpoint: checkpoint)
      #expect(store.root.parameter("x", shape: [2], .zeros).values() == [1.5, -2] as [Float])
      try store.finish()
    }
  }

  @Test(
    "whole numbers are no weights: they are codes of something, and are refused by the tensor's name",
    arguments: [DataType.int8, .uint8, .int64, .bool])
  func codes(type: DataType) throws {
    try withCheckpoint(["x": Tensor.ones([2]).to(type)]) { checkpoint in
      let store = ParameterStore(checkpoint: checkpoint)
      _ = store.root.parameter("x", shape: [2], .zeros)
      let error = #expect(throws: CheckpointError.self) { try store.finish() }
      #expect(error?.description.contains("tensor 'x': is of type") == true, "\(error?.description ?? "")")
    }
  }

  @Test("missing, unread and wrongly shaped tensors are all listed at once, with the file")
  func problems() throws {
    try withCheckpoint(["a": .zeros([2, 3]), "old.head": .zeros([1]), "b": .ones([1])]) { checkpoint in
      let store = ParameterStore(checkpoint: checkpoint)
      _ = store.root.parameter("a", shape: [3, 2], .zeros)
      _ = store.root.parameter("b", shape: [1], .zeros)
      _ = store.root.parameter("c", shape: [4], .zeros)
      let error = #expect(throws: CheckpointError.self) { try store.finish() }
      #expect(error?.kind == .badData)
      #expect(
        error?.description == "\(checkpoint.path): 'a' is [2, 3], the configuration asks for [3, 2]; "
          + "'c' [4] is missing; 'old.head' belongs to no layer")
    }
  }

  @Test("a fresh scope begins anew, though the checkpoint lacks its tensors, and all below it is fresh")
  func fresh() throws {
    try withCheckpoint(["body": .full([1], 7)]) { checkpoint in
      let store = ParameterStore(checkpoint: checkpoint)
      let body = store.root.parameter("body", shape: [1], .zeros)
      let head = store.root["head"].fresh["deep"].parameter("weight", shape: [2], .ones)
      try store.finish()
      #expect(body.item == 7)
      #expect(head.values() == [1, 1] as [Float])
    }
  }

  @Test("what a checkpoint has where a fresh layer is declared is passed over, and nothing else is")
  func replaced() throws {
    let old: [String: Tensor] = [
      "body": .full([1], 7), "head.weight": .zeros([9, 2]), "head.bias": .zeros([9]),
      "head.norm.weight": .zeros([2]),
    ]
    func load(_ tensors: [String: Tensor], isFresh: Bool = true) throws {
      try withCheckpoint(tensors) { checkpoint in
        let store = ParameterStore(checkpoint: checkpoint)
        #expect(store.root.parameter("body", shape: [1], .zeros).item == 7)
        let scope = store.root["head"]
        let head = (isFresh ? scope.fresh : scope).parameter("weight", shape: [3, 2], .ones)
        try store.finish()
        #expect(head.values() == [Float](repeating: 1, count: 6))
      }
    }
    try load(old)
    // Not fresh, beside the fresh layer, and with a name that only begins like its path.
    let refused = #expect(throws: CheckpointError.self) { try load(old, isFresh: false) }
    #expect(refused?.problems.count == 3)
    for stranger in ["header.weight", "neck.head.weight", "heads"] {
      let error = #expect(throws: CheckpointError.self) {
        try load(old.merging([stranger: .zeros([1])]) { $1 })
      }
      #expect(error?.problems == ["'\(stranger)' belongs to no layer"])
    }
  }

  @Test(
    "several checkpoints feed one model, each below a prefix of its own; a renamed key is read, an ignorable one left"
  )
  func sources() throws {
    let vision: [String: Tensor] = [
      "visual.proj": .full([1], 1), "visual.ln.gamma": .full([2], 2), "visual.ln.beta": .full([2], 3),
      "visual.num_batches_tracked": .zeros([1]), "transformer.weight": .zeros([9]),
    ]
    try withCheckpoint(vision) { vision in
      try withCheckpoint(["bert.encoder.layer.0.weight": .full([1], 4), "cls.bias": .zeros([1])]) { text in
        let store = ParameterStore()
        let backbone = store.root["backbone"].reading(
          vision, under: "visual.", renaming: ["ln.weight": "ln.gamma", "ln.bias": "ln.beta"],
          ignoring: ["num_batches_tracked"])
        let fusion = store.root["fusion"].reading(
          text, renaming: ["encoder.": "bert.encoder."], ignoring: ["cls."])
        let read = [
          backbone.parameter("proj", shape: [1], .zeros),
          backbone["ln"].parameter("weight", shape: [2], .zeros),
          backbone["ln"].parameter("bias", shape: [2], .zeros),
          fusion["encoder.layer"][0].parameter("weight", shape: [1], .zeros),
        ]
        _ = store.root["head"].parameter("weight", shape: [3], .ones)
        try store.finish()
        #expect(read.map { $0.values(Float.self)[0] } == [1, 2, 3, 4])
        #expect(store.parameters.map(\.name).first == "backbone.proj")
      }
    }
  }

  @Test("all that is wrong with several checkpoints is told at once, by the file and its own keys")
  func problemsOfSeveral() throws {
    try withCheckpoint(["visual.a": .zeros([2]), "visual.old": .zeros([1])]) { vision in
      try withCheckpoint(["b": .zeros([1])]) { text in
        let store = ParameterStore()
        _ = store.root["backbone"].reading(vision, under: "visual.").parameter("a", shape: [3], .zeros)
        _ = store.root["fusion"].reading(text).parameter("c", shape: [4], .zeros)
        let error = #expect(throws: CheckpointError.self) { try store.finish() }
        #expect(
          error?.description == "\(vision.path): 'visual.a' is [2], the configuration asks for [3]; "
            + "'visual.old' belongs to no layer; \(text.path): 'c' [4] is missing; 'b' belongs to no layer")
      }
    }
  }

  @Test(
    "a store that was given sources feeds the layers at their places, whoever makes these; the rest begins afresh"
  )
  func placedSources() throws {
    try withCheckpoint(["vit.norm.weight": .full([2], 3), "vit.head": .zeros([1])]) { vision in
      try withCheckpoint(["bert.word": .full([1], 4), "cls.bias": .zeros([1])]) { text in
        func make(_ scope: Scope) -> [Tensor] {
          [
            scope["backbone"]["norm"].parameter("weight", shape: [2], .zeros),
            scope["fusion"].parameter("word", shape: [1], .zeros),
            scope["fusion"]["visual"].parameter("weight", shape: [1], .ones),
            scope["classifier"].parameter("weight", shape: [3], .ones),
          ]
        }
        let sources = [
          WeightSource(vision, at: "backbone", under: "vit.", ignoring: ["head"]),
          WeightSource(text, at: "fusion", under: "bert.", fresh: ["visual."]),
        ]
        let store = ParameterStore(sources: sources)
        let made = make(store.root)
        try store.finish()
        #expect(made.map { $0.values(Float.self)[0] } == [3, 4, 1, 1])
        // Replicas compute with the store's weights, and ask no source.
        let replicas = Replicas(of: store, as: .float32, on: Cores(1)) { make($0) }
        try replicas.refresh()
        #expect(replicas.models[0].map { $0.values(Float.self)[0] } == [3, 4, 1, 1])

        let wanting = ParameterStore(sources: [WeightSource(text, at: "fusion", under: "bert.")])
        _ = make(wanting.root)
        let error = #expect(throws: CheckpointError.self) { try wanting.finish() }
        #expect(error?.problems == ["'bert.visual.weight' [1] is missing"])
      }
    }
  }

  @Test("two places may share a checkpoint: what one reads the other does not miss")
  func sharedCheckpoint() throws {
    try withCheckpoint(["a.x": .ones([1]), "b.x": .ones([1])]) { file in
      let store = ParameterStore()
      _ = store.root["one"].reading(file, under: "a.").parameter("x", shape: [1], .zeros)
      _ = store.root["two"].reading(file, renaming: ["x": "b.x"]).parameter("x", shape: [1], .zeros)
      try store.finish()
    }
  }

  @Test("buffers are saved, loaded and assigned with the parameters, and are none")
  func buffers() throws {
    func make(_ scope: Scope) { _ = BatchNorm2D(scope["bn"], channels: 2) }
    let store = ParameterStore()
    make(store.root)
    #expect(store.parameters.map(\.name) == ["bn.weight", "bn.bias"])
    #expect(store.buffers.map(\.name) == ["bn.running_mean", "bn.running_var"])
    #expect(store.count == 4 && store.buffers.allSatisfy { !$0.tensor.requiresGradient })
    store.assign((0..<4).map { .full([2], Double($0)) })
    let path = FilePath(NSTemporaryDirectory()).appending("framewise-\(UUID().uuidString).safetensors")
    defer { try? FileManager.default.removeItem(atPath: path.string) }
    try store.write(to: path)
    let copy = ParameterStore(checkpoint: try Safetensors(path))
    make(copy.root)
    try copy.finish()
    #expect(copy.weights.map { $0.tensor.values(Float.self)[0] } == [0, 1, 2, 3])
  }

  @Test("assigning overwrites the values in place: layers see them, the graph does not")
  func assign() {
    let store = ParameterStore()
    let layer = Linear(store.root, inputs: 1, outputs: 1)
    store.assign([.full([1, 1], 3), .full([1], 4)])
    #expect(layer(.full([1, 1], 2)).item == 10)
    #expect(store.tensors.allSatisfy { $0.requiresGradient })
  }

  @Test("two parameters of one name trap: the second would overwrite the first in a checkpoint")
  func duplicates() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let store = ParameterStore()
      for _ in 0..<2 { _ = store.root["a"].parameter("b", shape: [1], .zeros) }
    }
    let message = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(message.contains("two parameters are called a.b"))
  }
}

@Suite struct InitializerTests {
  /// Mean, deviation, smallest and largest of 40,000 draws.
  private func statistics(_ initializer: Initializer) -> (
    mean: Double, deviation: Double, low: Double, high: Double
  ) {
    let values = initializer.tensor(shape: [200, 200], drawingFrom: Generator(seed: 1), on: .cpu).values(
      Float.self
    ).map(Double.init)
    let mean = values.reduce(0, +) / 40_000
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 40_000
    return (mean, variance.squareRoot(), values.min() ?? .nan, values.max() ?? .nan)
  }

  @Test("zeros and ones are that")
  func constants() {
    #expect(
      Initializer.zeros.tensor(shape: [2], drawingFrom: Generator(seed: 1), on: .cpu).values() == [0, 0]
        as [Float])
    #expect(
      Initializer.ones.tensor(shape: [2], drawingFrom: Generator(seed: 1), on: .cpu).values() == [1, 1]
        as [Float])
  }

  @Test("normal numbers have the asked deviation and go beyond two of them")
  func normal() {
    let found = statistics(.normal(deviation: 0.02))
    #expect(abs(found.mean) < 0.000_6 && abs(found.deviation - 0.02) < 0.000_5)
    #expect(found.low < -0.06 && found.high > 0.06)
  }

  @Test("truncated normal numbers end at two deviations: 0.88 of the deviation is left")
  func truncatedNormal() {
    let found = statistics(.truncatedNormal(deviation: 0.02))
    #expect(abs(found.mean) < 0.000_6 && abs(found.deviation - 0.017_59) < 0.000_4)
    #expect(found.low >= -0.040_001 && found.low < -0.039 && found.high <= 0.040_001 && found.high > 0.039)
  }

  @Test("uniform numbers fill ±1/√fanIn")
  func uniform() {
    let found = statistics(.uniform(fanIn: 16))
    #expect(abs(found.mean) < 0.005 && abs(found.deviation - 0.25 / 3.0.squareRoot()) < 0.003)
    #expect(found.low >= -0.25 && found.low < -0.249 && found.high <= 0.25 && found.high > 0.249)
  }
}
