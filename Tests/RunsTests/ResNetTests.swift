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
import Testing
import Torch

@testable import Runs
@testable import Training

@Suite("A fit with BatchNorm") struct ResNetTests {
  let folder: TemporaryFolder
  let data: TinyData

  init() throws {
    folder = try TemporaryFolder()
    data = try TinyData(in: folder.path)
  }

  private struct Stop: Error {}

  private func configuration(_ weights: String) throws -> RunConfiguration {
    try TinyData.configuration(
      "backbone={architecture: resnet, block: basic, img_size: 32, channels: [8, 8, 8, 8], layers: [1, 1, 1, 1]}",
      "training.average={weights: \(weights), snapshots: 2}")
  }

  private func run(_ name: String) -> RunFolder { RunFolder(folder.path.appending(name)) }

  @Test(
    "A ResNet chosen by --set is trained, stopped, resumed and read back, whichever weights predict",
    arguments: ["trained", "ema", "swa", "soup"])
  func wholeWay(weights: String) throws {
    let configuration = try configuration(weights)
    _ = try data.fit(configuration, in: run("whole").path)
    #expect(throws: Stop.self) {
      _ = try Fit(
        configuration: configuration, annotations: data.annotations, source: data.source,
        tokenizer: data.tokenizer, folder: run("stopped"), runtime: TinyData.runtime(), cacheBytes: 1 << 20,
        safeguards: Safeguards(checkpointSteps: 1)
      ) { if case .step(let step) = $0, step.fold == 1, step.step == 4 { throw Stop() } }.run()
    }
    _ = try data.fit(configuration, in: run("stopped").path)
    #expect(try differences(run("whole").path, run("stopped").path) == [])

    let model = run("whole").model(0)
    let predicted = try Ensemble(reading: model, runtime: TinyData.runtime())
      .predictions(of: data.annotations, source: data.source)
    for held in try Prediction.read(run("whole").predictions(0)) {
      let again = try #require(predicted.first { $0.id == held.id })
      for (category, probability) in held.probabilities {
        #expect(abs(probability - (again.probabilities[category] ?? 0)) < 1e-5)
      }
    }
    // They began as zeros and ones.
    let file = try Safetensors(model.appending("model.safetensors"))
    #expect(try file.tensor("backbone.bn1.running_mean").values(Float.self).contains { $0 != 0 })
    #expect(try file.tensor("backbone.bn1.running_var").values(Float.self).allSatisfy { $0 >= 0 && $0 != 1 })
  }

  @Test(
    "The statistics of a mean are those of its own weights, and the trained ones come back",
    arguments: ["ema", "swa"])
  func statistics(weights: String) throws {
    let trainer = try data.makeFit(try configuration(weights), in: run("look").path) { _ in }.trainer(of: 0)
    try trainer.trainEpoch { _ in }
    let names = trainer.store.buffers.map(\.name)
    #expect(names.contains("backbone.layer4.0.bn2.running_var"))
    func buffers() -> [[Float]] { trainer.store.buffers.map { $0.tensor.values(Float.self) } }
    let trained = buffers()
    var first: [[Float]] = []
    try trainer.withAverages { first = buffers() }
    #expect(buffers() == trained && first != trained)
    // Spoilt statistics have no say in those of the mean.
    trainer.store.assign(
      trainer.store.weights.map {
        names.contains($0.name) ? .full($0.tensor.shape, 7) : $0.tensor.detached().clone()
      })
    try trainer.withAverages { #expect(buffers() == first) }
  }
}
