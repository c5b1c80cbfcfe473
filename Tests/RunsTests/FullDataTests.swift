import Batching
import Dataset
import Foundation
import Inference
import JSONSchema
import Metrics
import Records
import RunFixtures
import Settings
import Storage
import SystemPackage
import Tasks
import Testing
import Torch
import Training

@testable import Runs

@Suite("All videos, and soups") struct FullDataTests {
  let folder: TemporaryFolder
  let data: TinyData
  var run: RunFolder { RunFolder(folder.path.appending("run")) }

  init() throws {
    folder = try TemporaryFolder()
    data = try TinyData(in: folder.path)
  }

  /// Makes the epochs of a fold score what the test says.
  private func rewrite(_ fold: Int, scores: [Double]) throws {
    var rest = scores[...]
    let lines = try JSONLines.read(JSONValue.self, from: run.events(fold)).map { line in
      guard case .object(var members) = line, line["event"]?.text == "epoch", let score = rest.popFirst()
      else {
        return line
      }
      members["scores"] = .object(["mean_f1": .number(score)])
      return .object(members)
    }
    try JSONLines.write(lines, to: run.events(fold))
  }

  @Test(
    "The model of all videos is trained for as many epochs as the folds scored best at, and predicts with them"
  )
  func fullData() throws {
    let configuration = try TinyData.configuration("training.epochs=3")
    _ = try data.fit(configuration, in: run.path)
    try rewrite(0, scores: [0.1, 0.5, 0.3])
    try rewrite(1, scores: [0.2, 0.4, 0.5])  // the means are 0.15, 0.45 and 0.4
    var steps: [FitEvent.Step] = []
    var announced: [Int] = []
    func train() throws {
      try data.makeFit(configuration, in: run.path) { event in
        switch event {
        case .start(let start): announced = start.folds
        case .step(let step): steps.append(step)
        default: break
        }
      }.trainOnAllVideos()
    }
    try train()
    #expect(announced == [0] && steps.count == 2 * 5, "two epochs of nine videos in batches of two")
    #expect(steps.last?.learningRates["fusion"] ?? 1 < 1e-4, "rates fall to the end of these")
    let models = try Ensemble(reading: run.path, runtime: TinyData.runtime()).models
    #expect(models.count == 3)
    let weights = try (0..<2).map { try Files.read(run.model($0).appending("model.safetensors")) }
    let full = try Files.read(run.full.model(0).appending("model.safetensors"))
    #expect(!weights.contains(full))
    #expect(!Folder.exists(run.full.bestModel(0)), "nothing says which epoch was best")
    steps = []
    try train()
    #expect(steps.isEmpty && announced.isEmpty, "what is finished is not repeated")
    #expect(try Files.read(run.full.model(0).appending("model.safetensors")) == full)
  }

  @Test("It waits for every fold, and what it was begun with it goes on with, whatever folds say later")
  func afterTheFolds() throws {
    let configuration = try TinyData.configuration("training.epochs=3")
    func train(stopAt step: Int? = nil) throws {
      try data.makeFit(configuration, in: run.path) { event in
        if case .step(let done) = event, done.step == step { throw CancellationError() }
      }.trainOnAllVideos()
    }
    _ = try data.fit(configuration, in: run.path, only: 0)
    try rewrite(0, scores: [0.1, 0.2, 0.3])
    #expect(try data.makeFit(configuration, in: run.path).unfinishedFolds == [1])
    expectError(.missingInput, saying: "run", "1 are not finished", "the first: 1") { try train() }
    #expect(!Folder.exists(run.full.path))
    _ = try data.fit(configuration, in: run.path)
    try rewrite(1, scores: [0.1, 0.9, 0.3])
    #expect(throws: CancellationError.self) { try train(stopAt: 2) }
    try rewrite(1, scores: [0.9, 0.1, 0.1])
    try train()
    #expect(try EventFile(run.full.events(0)).epochs().map(\.result.epoch) == [1, 2])
  }

  @Test("Without a finished fold there is nothing to go by, and a soup has nothing to be chosen on")
  func refused() throws {
    expectError(.missingInput, saying: "2 are not finished") {
      try data.makeFit(try TinyData.configuration(), in: run.path) { _ in }.trainOnAllVideos()
    }
    let soup = try TinyData.configuration("training.average.weights=soup")
    expectError(.usage, saying: "--full-data", "soup") {
      try data.makeFit(soup, in: run.path) { _ in }.trainOnAllVideos()
    }
  }

  @Test("A soup is the mean of the epochs that scored best; the files that it is made of go away")
  func soup() throws {
    let store = RunFolder(folder.path.appending("soup"))
    let configuration = try TinyData.configuration(
      "training.epochs=4", "training.average={weights: soup, snapshots: 2}")
    var best: [(epoch: Int, score: Double)] = []
    var kept: [String: [Float]] = [:]
    _ = try data.fit(configuration, in: store.path, only: 0) { event in
      switch event {
      case .epoch(let row, _):
        best.append((row.epoch, row.scores.chosen))
        for file in (try? Folder.names(in: store.soup(0))) ?? [] {
          let weights = try Safetensors(store.soup(0).appending(file))
          kept[file] = try weights.tensor("classifier.weight").values(Float.self)
        }
      default: break
      }
    }
    let chosen = best.sorted { ($1.score, $0.epoch) < ($0.score, $1.epoch) }.prefix(2).map(\.epoch)
    let each = try chosen.map { try #require(kept["00000\($0).safetensors"]) }
    #expect(each[0] != each[1])
    let model = try Safetensors(store.model(0).appending("model.safetensors"))
    for (found, parts) in zip(
      try model.tensor("classifier.weight").values(Float.self), zip(each[0], each[1]))
    {
      #expect(abs(found - (parts.0 + parts.1) / 2) < 1e-6)
    }
    #expect(!Folder.exists(store.soup(0)))
    #expect(try ModelFolder(reading: store.model(0), as: .float32, on: .cpu).description.weights == .soup)
    let predicted = try Ensemble(reading: store.model(0), runtime: TinyData.runtime())
      .predictions(of: data.annotations, source: data.source)
    for held in try Prediction.read(store.predictions(0)) {
      let again = try #require(predicted.first { $0.id == held.id })
      #expect(held.probabilities.allSatisfy { abs($1 - (again.probabilities[$0] ?? 9)) < 1e-5 })
    }
  }
}
