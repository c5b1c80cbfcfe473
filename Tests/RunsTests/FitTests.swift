import Batching
import Dataset
import Foundation
import Inference
import Metrics
import Models
import NN
import Records
import RunFixtures
import Settings
import Storage
import Synchronization
import SystemPackage
import Tasks
import Testing
import Text
import Torch

@testable import Runs
@testable import Training

@Suite("Fit") struct FitTests {
  let folder: TemporaryFolder
  let data: TinyData
  var run: RunFolder { RunFolder(folder.path.appending("run")) }

  init() throws {
    folder = try TemporaryFolder()
    data = try TinyData(in: folder.path)
  }

  private struct Stop: Error {}

  private func weights(_ run: RunFolder, fold: Int = 0) throws -> [UInt8] {
    try Files.read(run.model(fold).appending("model.safetensors"))
  }

  private func other(_ name: String) -> RunFolder { RunFolder(folder.path.appending(name)) }

  @Test("Every video is predicted once, by the fold that held it out, in the order of the annotations")
  func outOfFold() throws {
    let report = try data.fit(try TinyData.configuration("folds=3"), in: run.path)
    let predictions = try Prediction.read(run.outOfFold)
    #expect(predictions.map(\.id) == data.annotations.map(\.id))
    let rows = try JSONLines.read(FoldRow.self, from: run.folds)
    #expect(rows.map(\.category) == data.annotations.map(\.category))
    for row in rows {
      for fold in 0..<3 {
        let holds = try Prediction.read(run.predictions(fold)).contains { $0.id == row.id }
        #expect(holds == (fold == row.fold), "\(row.id) in fold \(fold)")
      }
    }
    // One category has a single member: the fold that holds it out has learnt from none.
    for prediction in predictions {
      #expect(prediction.probabilities.keys.sorted() == ["0100", "0101", "0200"])
      #expect(abs(prediction.probabilities.values.reduce(0, +) - 1) < 1e-4)
      #expect(prediction.probability == prediction.probabilities.values.max())
    }
    #expect(report.folds.keys.sorted() == [0, 1, 2] && report.outOfFold?.count == 9)
    let frequency = try #require(report.outOfFold?.frequency)
    let most = [frequency.head.most, frequency.middle.most, frequency.tail.most]
    #expect(most == [4, 4, 1])
    #expect(try String(decoding: Files.read(run.readableReport), as: UTF8.self).contains("| tail third | "))
    let stored = try JSONText.read(RunReport.self, from: run.report)
    #expect(stored.acrossFolds == report.acrossFolds && stored.outOfFold == report.outOfFold)
  }

  @Test("What is stored and cannot be read is told once, however many folds and epochs read it")
  func damage() throws {
    var contents: [String: VideoContent] = [:]
    for annotation in data.annotations { contents[annotation.id] = data.source.content(of: annotation.id) }
    contents["v3"] = .frames([[0xFF, 0xD8, 0xFF]])
    if case .frames(let jpegs)? = contents["v0"] { contents["v0"] = .frames(jpegs + [[1, 2, 3]]) }
    contents["v1"] = .missing(reason: "cut off")  // listed, as a damaged shard's videos are
    contents["v2"] = nil  // never stored: `Coverage` tells of it
    var told: [String] = []
    _ = try data.fit(
      try TinyData.configuration(), in: run.path, source: MemorySource(contents: contents)
    ) { event in
      if case .warning(let warning) = event { told.append(warning.message) }
    }
    #expect(
      told == [
        "2 frames of 2 videos (v3, v0) cannot be decoded and are left out; extract again",
        "1 video (v1) cannot be read and counts as without frames (the first: cut off); extract again",
      ])
  }

  @Test("The same seed gives the same weights, bit for bit; another seed, or another fold, others")
  func seeds() throws {
    let configuration = try TinyData.configuration("training.epochs=1")
    _ = try data.fit(configuration, in: run.path)
    _ = try data.fit(configuration, in: other("same").path)
    _ = try data.fit(try TinyData.configuration("training.epochs=1", "seed=2"), in: other("seed").path)
    for fold in 0..<2 {
      #expect(try weights(run, fold: fold) == weights(other("same"), fold: fold))
      #expect(try weights(run, fold: fold) != weights(other("seed"), fold: fold))
    }
    #expect(try weights(run, fold: 0) != weights(run, fold: 1))
    #expect(try Files.read(run.folds) == Files.read(other("seed").folds), "the folds are the same")
    _ = try data.fit(
      try TinyData.configuration("training.epochs=1", "fold_seed=2"), in: other("folds").path, only: 0)
    #expect(try Files.read(run.folds) != Files.read(other("folds").folds))
    #expect(try Files.read(run.outOfFold) == Files.read(other("same").outOfFold))
  }

  @Test("A fold alone and then the rest give what all at once give; what is finished is not repeated")
  func oneFold() throws {
    let configuration = try TinyData.configuration("training.epochs=1")
    _ = try data.fit(configuration, in: run.path)

    let parts = other("parts")
    let first = try data.fit(configuration, in: parts.path, only: 1)
    #expect(first.folds.keys.sorted() == [1] && first.outOfFold == nil)
    #expect(!Folder.exists(parts.outOfFold))
    var trained: Set<Int> = []
    for _ in 0..<2 {
      _ = try data.fit(configuration, in: parts.path) { event in
        switch event {
        case .start(let start): #expect(start.folds == (trained.isEmpty ? [0] : []))
        case .step(let step): trained.insert(step.fold)
        default: break
        }
      }
    }
    #expect(trained == [0])
    for fold in 0..<2 { #expect(try weights(run, fold: fold) == weights(parts, fold: fold)) }
    #expect(try Files.read(run.outOfFold) == Files.read(parts.outOfFold))
    #expect(try Files.read(run.report) == Files.read(parts.report))
  }

  @Test("A fold that another process finishes meanwhile is not trained again, nor are its events lost")
  func finishedMeanwhile() throws {
    let configuration = try TinyData.configuration("training.epochs=1")
    var events: [UInt8]?
    let report = try data.fit(configuration, in: run.path) { event in
      switch event {
      case .fold(let end) where end.fold == 0:
        _ = try data.fit(configuration, in: run.path, only: 1)
        events = try Files.read(run.events(1))
      case .step(let step): #expect(step.fold == 0)
      default: break
      }
    }
    #expect(try events != nil && Files.read(run.events(1)) == events)
    #expect(report.folds.count == 2 && !Folder.exists(run.checkpoints(1)))
  }

  @Test("What a kill left of a finished fold goes, unless another process is at it")
  func tidied() throws {
    let configuration = try TinyData.configuration("training.epochs=1")
    _ = try data.fit(configuration, in: run.path)
    try data.makeFit(configuration, in: run.path).trainOnAllVideos()
    func leave(_ run: RunFolder) throws {
      for path in [run.checkpoints(0), run.soup(0), run.diverged(0)] {
        try Folder.create(path)
        try AtomicFile.write("left", to: path.appending("left"))
      }
      try AtomicFile.write("left", to: run.start(0))
    }
    let before = try contents(of: run.path)
    try leave(run)
    try leave(run.full)
    func goOn() throws {
      _ = try data.fit(configuration, in: run.path)
      try data.makeFit(configuration, in: run.path).trainOnAllVideos()
    }
    func withLock() throws {
      let lock = try FolderLock(run.checkpoints(0))
      try goOn()
      #expect(lock.warning == nil && Folder.exists(run.start(0)))
    }
    try withLock()
    try goOn()
    #expect(try contents(of: run.path) == before)
  }

  @Test("Of a video with neither text nor frames its fold says how frequent categories were in the others")
  func priorOfTraining() throws {
    let more = [Annotation(id: "none", category: "0200"), Annotation(id: "nothing", category: "0101")]
    let annotations = data.annotations + more
    _ = try data.fit(
      try TinyData.configuration("training.maximum_steps=1"), in: run.path, annotations: annotations)
    let folds = try JSONLines.read(FoldRow.self, from: run.folds)
    let rows = try Prediction.read(run.outOfFold)
    for video in more {
      let row = try #require(rows.first { $0.id == video.id })
      let fold = try #require(folds.first { $0.id == video.id }).fold
      let training = zip(annotations, folds).filter { $1.fold != fold }.map(\.0)
      #expect(row.status == .prior)
      for (category, probability) in row.probabilities {
        let count = training.count { $0.category == category }
        #expect(abs(probability - Float(count) / Float(training.count)) < 1e-6)
      }
    }
  }

  @Test("A run that is stopped in the middle of a fold goes on to the weights of one that was not")
  func stopped() throws {
    let configuration = try TinyData.configuration()
    _ = try data.fit(configuration, in: run.path)
    let second = other("second")
    // In the first epoch; in the second, when there is a best model; in the other fold.
    for stop in [1, 4, 8] {
      var steps = 0
      #expect(throws: Stop.self) {
        _ = try data.fit(configuration, in: second.path) { event in
          guard case .step = event else { return }
          steps += 1
          if steps == stop { throw Stop() }
        }
      }
    }
    _ = try data.fit(configuration, in: second.path)
    for fold in 0..<2 { #expect(try weights(run, fold: fold) == weights(second, fold: fold)) }
    #expect(try Files.read(run.outOfFold) == Files.read(second.outOfFold))
  }

  @Test("The averaged weights are what is saved and what predicts, as infer does")
  func averages() throws {
    let configuration = try TinyData.configuration()
    _ = try data.fit(configuration, in: run.path, only: 0)

    // The same training again, to look into it.
    let trainer = try data.makeFit(configuration, in: folder.path.appending("again")) { _ in }.trainer(of: 0)
    for epoch in 1...2 {
      try trainer.trainEpoch { _ in }
      trainer.endEpoch(
        .init(
          fold: 0, epoch: epoch, loss: 0, skippedSteps: 0,
          EpochScores(Scores(truth: ["0100"], predicted: ["0100"]))))
    }
    let file = try Safetensors(run.model(0).appending("model.safetensors"))
    func isSaved() throws -> Bool {
      try trainer.store.weights.allSatisfy { try file.tensor($0.name).bytes == $0.tensor.bytes }
    }
    #expect(try !isSaved(), "the weights that were trained are not those that predict")
    #expect(try trainer.withAverages { try isSaved() })

    let predicted = try Ensemble(reading: run.model(0), runtime: TinyData.runtime())
      .predictions(of: data.annotations, source: data.source)
    for held in try Prediction.read(run.predictions(0)) {
      let again = try #require(predicted.first { $0.id == held.id })
      for (category, probability) in held.probabilities {
        #expect(abs(probability - (again.probabilities[category] ?? 0)) < 1e-5)
      }
    }
  }

  @Test("Rates fall to the last of the steps that are made, with --max-steps too", arguments: [0, 2, 3])
  func horizon(maximum: Int) throws {
    let configuration = try TinyData.configuration(
      "training.maximum_steps=\(maximum)", "training.warm_up=0.25")
    var steps: [FitEvent.Step] = []
    var announced = 0
    _ = try data.fit(configuration, in: run.path) { event in
      switch event {
      case .start(let start): announced = start.totalSteps
      case .step(let step): steps.append(step)
      default: break
      }
    }
    #expect(steps.count == announced)
    for fold in 0..<2 {
      let own = steps.filter { $0.fold == fold }
      #expect(own.map(\.step) == Array(1...own.count))
      if maximum > 0 { #expect(own.count == maximum) }
      let warmUp = Int((0.25 * Double(own.count)).rounded())
      let peak = configuration.optimization.learningRate.fusion
      let last = try #require(own.last).learningRates["fusion"] ?? 0
      #expect(abs(last - peak / Double(own.count - warmUp)) < 1e-12)
      #expect(own.compactMap({ $0.learningRates["fusion"] }).max() == peak)
    }
  }

  @Test("Videos without frames, in some of the folds or everywhere, are learnt from by their text")
  func noFrames() throws {
    let none = MemorySource(vectorSize: nil)
    let report = try data.fit(try TinyData.configuration(), in: run.path, source: none)
    #expect(report.outOfFold?.count == 9)
    #expect(try Prediction.read(run.outOfFold).allSatisfy { $0.status == .noFrames })

    let one = MemorySource(contents: ["v3": data.source.content(of: "v3")])
    _ = try data.fit(try TinyData.configuration(), in: other("one").path, source: one)
    #expect(try Prediction.read(other("one").outOfFold).map(\.status.rawValue).sorted().first == "complete")
  }

  @Test("Stored vectors take the place of a backbone, and are predicted as they were learnt")
  func features() throws {
    var source = MemorySource(vectorSize: 5)
    for (number, annotation) in data.annotations.enumerated() {
      source.contents[annotation.id] = .features((0..<15).map { Float(($0 * number) % 7) }, dimension: 5)
    }
    _ = try data.fit(try TinyData.configuration(), in: run.path, source: source)
    let ensemble = try Ensemble(reading: run.path, runtime: TinyData.runtime())
    #expect(try ensemble.predictions(of: data.annotations, source: source).count == 9)
    expectError(.badData, saying: "feature vectors of 5", "frames") {
      _ = try ensemble.predictions(of: data.annotations, source: data.source)
    }
    source.vectorSize = 6
    expectError(.badData, saying: "vectors of 5", "vectors of 6") {
      _ = try ensemble.predictions(of: data.annotations, source: source)
    }
  }

  @Test("Too few videos, or one without a category, are refused before anything is made")
  func refused() throws {
    expectError(.badData, saying: "12 folds", "9") {
      _ = try data.fit(try TinyData.configuration("folds=12"), in: run.path)
    }
    expectError(.badData, saying: "0") {
      _ = try data.fit(try TinyData.configuration(), in: run.path, annotations: [])
    }
    expectError(.badData, saying: "\"v9\"", "category_id") {
      _ = try data.fit(
        try TinyData.configuration(), in: run.path, annotations: data.annotations + [Annotation(id: "v9")])
    }
    #expect(!Folder.exists(run.path))
  }

  @Test("A run folder goes on with what it was begun with, and with nothing else")
  func otherRun() throws {
    let configuration = try TinyData.configuration("training.maximum_steps=1")
    _ = try data.fit(configuration, in: run.path, only: 0)
    expectError(.usage, saying: "epochs: 2", "epochs: 7", "--out") {
      _ = try data.fit(
        try TinyData.configuration("training.maximum_steps=1", "training.epochs=7"), in: run.path)
    }
    var changed = data.annotations
    changed[4].title = "another"
    expectError(.usage, saying: "other annotations") {
      _ = try data.fit(configuration, in: run.path, annotations: changed)
    }
    expectError(.usage, saying: "other annotations") {
      _ = try data.fit(configuration, in: run.path, annotations: data.annotations.dropLast())
    }
    expectError(.usage, saying: "another tokenizer") {
      _ = try data.fit(configuration, in: run.path, tokenizer: TinyData.tokenizer(words: ["ball"]))
    }
    _ = try data.fit(configuration, in: run.path)
    #expect(Folder.exists(run.outOfFold))
  }

  @Test("A folder of something else is left alone; what a killed run left behind is none")
  func foreignFolder() throws {
    try Folder.create(run.path)
    try AtomicFile.write("mine", to: run.path.appending("notes.txt"))
    let configuration = try TinyData.configuration("training.maximum_steps=1")
    expectError(.usage, saying: "run", "holds no run") { _ = try data.fit(configuration, in: run.path) }
    #expect(try Folder.names(in: run.path) == ["notes.txt"])
    let killed = other("killed")
    try Folder.create(killed.path)
    try AtomicFile.write("half", to: killed.path.appending(".configuration.yaml.partial-1-1"))
    _ = try data.fit(configuration, in: killed.path, only: 0)
  }

  @Test("A finished fold's predictions that were tampered with are named, not mixed in")
  func tampered() throws {
    let configuration = try TinyData.configuration("training.maximum_steps=1")
    _ = try data.fit(configuration, in: run.path)
    let predictions = try Prediction.read(run.predictions(0))
    try Prediction.write(Array(predictions.dropLast()), to: run.predictions(1))
    expectError(.badData, saying: "fold-01/predictions.jsonl") {
      _ = try data.fit(configuration, in: run.path)
    }
    try AtomicFile.write("{\"id\"", to: run.predictions(1))
    expectError(.badData, saying: "fold-01/predictions.jsonl") {
      _ = try data.fit(configuration, in: run.path)
    }
  }
}
