import Batching
import Dataset
import Foundation
import Inference
import Models
import NN
import Records
import RunFixtures
import Settings
import Storage
import SystemPackage
import Tasks
import Testing
import Torch

@testable import Runs
@testable import Training

/// The parts of a batch on cores of their own.
@Suite("Side by side") struct SideBySideTests {
  let folder: TemporaryFolder
  let data: TinyData

  init() throws {
    folder = try TemporaryFolder()
    data = try TinyData(in: folder.path)
  }

  private struct Stop: Error {}

  private func weights(_ name: String) throws -> [UInt8] {
    try Files.read(RunFolder(folder.path.appending(name)).model(0).appending("model.safetensors"))
  }

  private static let attacked = [
    "training.batch_size=5", "training.adversary={method: pgd, epsilon: 1, alpha: 0.3, steps: 2}",
  ]

  @Test(
    "The same seed gives the same weights, bit for bit, however the threads take turns; stopped and resumed too",
    arguments: [Precision.fp32, .bf16])
  func repeatable(precision: Precision) throws {
    let configuration = try TinyData.configuration(Self.attacked)
    let runtime = TinyData.runtime(cores: 3, precision: precision)
    func fit(_ name: String, stopAt step: Int? = nil) throws {
      _ = try data.makeFit(
        configuration, in: folder.path.appending(name), runtime: runtime,
        safeguards: .init(checkpointSteps: 1)
      ) { event in
        if case .step(let done) = event, done.step == step { throw Stop() }
      }.run(only: 0)
    }
    try fit("one")
    try fit("other")
    #expect(try weights("one") == weights("other"))
    #expect(throws: Stop.self) { try fit("stopped", stopAt: 2) }
    try fit("stopped")
    #expect(try weights("one") == weights("stopped"))
  }

  /// The gradients of a step, and which parts it was computed in.
  private func gradients(
    cores: Int, precision: Precision = .fp32, _ settings: [String] = []
  ) throws -> [String: Tensor] {
    let configuration = try TinyData.configuration(
      ["training.head_dropout=0", "text_encoder.hidden_dropout_prob=0", "training.batch_size=8"] + settings)
    let trainer = try data.makeFit(
      configuration, in: folder.path.appending("run"),
      runtime: TinyData.runtime(cores: cores, precision: precision)
    ).trainer(of: 0)
    let batch = Batch((0..<8).map { trainer.reader.sample($0) })
    #expect(trainer.learners.count == cores)
    _ = try trainer.gradients(of: PreparedBatch(batch, for: trainer.task, parts: cores), step: 0)
    return Dictionary(
      uniqueKeysWithValues: trainer.store.parameters.compactMap { parameter in
        parameter.tensor.gradient.map { (parameter.name, $0) }
      })
  }

  @Test(
    "Without dropout the number of cores changes the gradients by no more than rounding",
    arguments: [2, 3, 8])
  func gradients(cores: Int) throws {
    #expect(differences(try gradients(cores: cores), try gradients(cores: 1)) == [])
    #expect(
      differences(try gradients(cores: cores, Self.attacked), try gradients(cores: 1, Self.attacked)) == [])
  }

  @Test(
    "In bfloat16 gradients are as exact in parts as in one: each pass of each part is rounded once, sums are float32",
    arguments: [[], ["training.r_drop=1"], attacked])
  func exactness(settings: [String]) throws {
    let exact = try gradients(cores: 1, settings)
    func error(_ cores: Int) throws -> Double {
      let found = try gradients(cores: cores, precision: .bf16, settings)
      #expect(Set(found.keys) == Set(exact.keys))
      let squares = exact.map { name, wanted -> (error: Double, size: Double) in
        guard let found = found[name] else { return (.infinity, 0) }
        return ((found - wanted).power(2).sum().item, wanted.power(2).sum().item)
      }
      return (squares.reduce(0) { $0 + $1.error } / squares.reduce(0) { $0 + $1.size }).squareRoot()
    }
    let whole = try error(1)
    #expect(whole < 0.05)
    for cores in [2, 4] { #expect(try error(cores) < 1.5 * whole + 1e-3) }
  }

  @Test("BatchNorm's statistics move once a step whatever the parts, and not in a step that is skipped")
  func statistics() throws {
    var configuration = try TinyData.configuration("training.batch_size=8")
    configuration.backbone = .resNet(
      .init(imageSize: 32, block: .basic, layers: [1, 1, 1, 1], channels: [8, 8, 8, 8]))
    for cores in [1, 2] {
      let trainer = try data.makeFit(
        configuration, in: folder.path.appending("run\(cores)"), runtime: TinyData.runtime(cores: cores)
      ).trainer(of: 0)
      let buffers = trainer.store.buffers
      #expect(buffers.count > 20)
      func values() -> [[Float]] { buffers.map { $0.tensor.values(Float.self) } }
      let samples = (0..<8).map { trainer.reader.sample($0) }
      let before = values()
      let good = try trainer.step(PreparedBatch(Batch(samples), for: trainer.task, parts: cores))
      guard case .loss = good.outcome else { return #expect(Bool(false), "a step that counts") }
      let after = values()
      #expect(zip(before, after).allSatisfy { $0 != $1 })
      // 0.9 of where they began is left: a second time would leave 0.81.
      for (place, buffer) in buffers.enumerated() where buffer.name.hasSuffix("bn1.running_var") {
        #expect(after[place].allSatisfy { $0 >= 0.9 })
      }
      // Weights that give no numbers make a step that is skipped.
      let head = try #require(trainer.store.parameters.first { $0.name == "classifier.bias" }).tensor
      withoutGradients { head.copy(from: .full(head.shape, .nan)) }
      let bad = try trainer.step(PreparedBatch(Batch(samples), for: trainer.task, parts: cores))
      guard case .skipped = bad.outcome else { return #expect(Bool(false), "a step that is skipped") }
      #expect(values() == after)
    }
  }

  @Test("Predictions do not depend on how many cores make them, and come in the order of the videos")
  func predictions() throws {
    let configuration = try TinyData.configuration("training.maximum_steps=1")
    let run = folder.path.appending("run")
    _ = try data.makeFit(configuration, in: run).run(only: 0)
    func predict(_ cores: Int) throws -> [[Float]] {
      let ensemble = try Ensemble(
        reading: run, runtime: TinyData.runtime(predictionBatchSize: 4, cores: cores))
      let predictions = try ensemble.predictions(of: data.annotations, source: data.source)
      #expect(predictions.map(\.id) == data.annotations.map(\.id))
      return predictions.map { prediction in prediction.probabilities.sorted { $0.key < $1.key }.map(\.value)
      }
    }
    let alone = try predict(1)
    for cores in [2, 4] {
      for (one, other) in zip(try predict(cores), alone) {
        #expect(zip(one, other).allSatisfy { abs($0 - $1) < 1e-5 })
      }
    }
  }
}
