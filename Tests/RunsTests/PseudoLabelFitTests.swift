import Batching
import Dataset
import Foundation
import Inference
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

@Suite("A fit with pseudo-labels") struct PseudoLabelFitTests: PseudoPlace {
  let folder: TemporaryFolder
  let data: TinyData

  init() throws {
    folder = try TemporaryFolder()
    data = try TinyData(in: folder.path)
  }

  private func configuration(_ more: String...) throws -> RunConfiguration {
    try TinyData.configuration(["pseudo_labels.use=mixed"] + more)
  }

  /// Labels by linear models, for each fold and for the model of all videos.
  private func makeLabels(_ name: String = "labels", transductive: Bool = false) throws {
    try label(
      by: try teachers([], models: false, floor: true), to: name, fullData: true, transductive: transductive)
  }

  @Test("Events, inputs and report say how many there are; each fold learns from its own")
  func told() throws {
    try makeLabels()
    var events: [FitEvent] = []
    let fit = try data.makeFit(try configuration(), in: path("run"), pseudo: pseudo("labels")) {
      events.append($0)
    }
    let report = try fit.run()
    try fit.trainOnAllVideos()
    guard case .start(let start)? = events.first else { return #expect(Bool(false), "no start") }
    #expect(start.videos == 9 && start.pseudoVideos == 6)
    let steps = events.count { if case .step = $0 { true } else { false } }
    // Half of each batch of two: of four and five labelled videos as many batches an epoch, and of all nine.
    #expect(start.totalSteps == 2 * (4 + 5) && [9, 18].contains(steps - start.totalSteps))
    let record = try #require(report.pseudoLabels)
    #expect(record.videos == 6 && record.use == "mixed" && record.floor && !record.transductive)
    let page = String(decoding: try Files.read(run("run").readableReport), as: UTF8.self)
    #expect(page.contains("by pseudo-labels (mixed)") && !page.contains("Transductive"))
    let inputs = try JSONText.read(RunInputs.self, from: run("run").inputs)
    #expect(inputs.pseudoLabels?.videos == 6 && inputs.pseudoLabels?.frames != nil)
    #expect(try run("run").unlabelledVideoIDs().map(Array.init) == (0..<6).map { "u\($0)" })
    for fold in 0..<2 {
      let reader = try fit.trainer(of: fold).reader
      for (video, said) in try said("labels", fold: fold) {
        #expect(reader.sample(9 + video).target == .distribution(said, weight: 1))
      }
      #expect(reader.sample(0).target == .category(0))
    }
    #expect(try said("labels", fold: 0) != said("labels", fold: 1))
  }

  @Test("They change what is learnt, and their weight by how much")
  func learnt() throws {
    try makeLabels()
    func weights(_ name: String, _ pseudo: PseudoVideos?, _ more: String...) throws -> [Float] {
      _ = try data.makeFit(
        try TinyData.configuration(["training.maximum_steps=4"] + more), in: path(name), pseudo: pseudo
      ).run(only: 0)
      return try Safetensors(run(name).model(0).appending("model.safetensors")).tensor("classifier.weight")
        .values(Float.self)
    }
    let labels = try pseudo("labels")
    let plain = try weights("plain", nil)
    let mixed = try weights("mixed", labels, "pseudo_labels.use=mixed")
    let light = try weights("light", labels, "pseudo_labels={use: mixed, weight: 0.001}")
    let first = try weights("first", labels, "pseudo_labels={use: first, epochs: 1}")
    #expect(Set([plain, mixed, light, first]).count == 4)
  }

  @Test(
    "A run that is stopped goes on to the same bytes, in either stage and between them",
    arguments: [("mixed", 5), ("first", 2), ("first", 3), ("first", 6)])
  func resumed(use: String, step: Int) throws {
    struct Stop: Error {}
    try makeLabels()
    let configuration = try configuration("pseudo_labels={use: \(use), epochs: 1}")
    _ = try data.makeFit(configuration, in: path("whole"), pseudo: pseudo("labels")).run()
    #expect(throws: Stop.self) {
      _ = try data.makeFit(
        configuration, in: path("parts"), pseudo: pseudo("labels"), safeguards: .init(checkpointSteps: 1)
      ) { event in
        if case .checkpoint(let done) = event, done.step == step { throw Stop() }
      }.run()
    }
    var resumed: FitEvent.Place?
    _ = try data.makeFit(configuration, in: path("parts"), pseudo: pseudo("labels")) { event in
      if case .resume(let place) = event { resumed = place }
    }.run()
    #expect(resumed?.step == step)
    #expect(try differences(path("whole"), path("parts")) == [])
  }

  @Test("Shown first, the model of all videos counts the epochs of labelled videos alone")
  func firstAndAll() throws {
    try makeLabels()
    let configuration = try configuration("pseudo_labels={use: first, epochs: 2}", "training.epochs=1")
    let fit = try data.makeFit(configuration, in: path("run"), pseudo: pseudo("labels"))
    _ = try fit.run()
    try fit.trainOnAllVideos()
    #expect(try EventFile(run("run").events(0)).epochs().map(\.result.epoch) == [1, 2, 3])
    #expect(try EventFile(run("run").full.events(0)).epochs().map(\.result.epoch) == [1, 2, 3])
    let kept = try RunConfiguration(reading: run("run").full.configuration)
    #expect(kept.optimization.epochs == 1 && kept.pseudoLabels.epochs == 2)
  }

  @Test("Labels for other folds or categories, of labelled videos, or for nobody here are refused")
  func refused() throws {
    try makeLabels()
    let labels = try pseudo("labels")
    func make(_ more: String..., pseudo: PseudoVideos? = labels) throws -> Fit {
      try data.makeFit(try TinyData.configuration(more), in: path("run"), pseudo: pseudo)
    }
    let mixed = "pseudo_labels.use=mixed"
    for more in ["fold_seed=2", "folds=3"] {
      expectError(.badData, saying: "labels: --pseudo-labels", "hold out other videos", "have seen") {
        _ = try make(mixed, more)
      }
    }
    expectError(.usage, saying: "pseudo_labels.use is none") { _ = try make() }
    expectError(.usage, saying: "--pseudo-labels: is missing", "pseudo_labels.use is mixed") {
      _ = try make(mixed, pseudo: nil)
    }
    let others = data.annotations.map { annotation in
      var annotation = annotation
      annotation.category = annotation.category == "0200" ? "0300" : annotation.category
      return annotation
    }
    expectError(.badData, saying: "--pseudo-labels: are of 3 categories") {
      _ = try Fit(
        configuration: try configuration(), annotations: others, source: data.source,
        tokenizer: data.tokenizer, pseudo: labels, folder: run("run"), runtime: TinyData.runtime(),
        cacheBytes: 0, report: { _ in })
    }
    var reworded = data.annotations
    reworded[0].title += " again"
    expectError(.badData, saying: "labels: --pseudo-labels", "of other texts") {
      _ = try Fit(
        configuration: try configuration(), annotations: reworded, source: data.source,
        tokenizer: data.tokenizer, pseudo: labels, folder: run("run"), runtime: TinyData.runtime(),
        cacheBytes: 0, report: { _ in })
    }
    var known = unlabelled
    known[2] = Annotation(id: "v4", title: "cup")
    try AtomicFile.write(
      String(decoding: try Files.read(path("labels")), as: UTF8.self)
        .replacingOccurrences(of: "\"u2\"", with: "\"v4\"")
        .replacingOccurrences(
          of: PseudoLabelHeader.unlabelled(unlabelled), with: PseudoLabelHeader.unlabelled(known)),
      to: path("known"))
    expectError(.badData, saying: "\"v4\"", "among the labelled videos") {
      _ = try make(mixed, pseudo: PseudoVideos(reading: path("known"), annotations: known, source: pictures))
    }
    expectError(.badData, saying: "--pseudo-frames: holds vectors of 3 numbers, --frames frames") {
      _ = try make(
        mixed,
        pseudo: PseudoVideos(
          reading: path("labels"), annotations: unlabelled, source: MemorySource(vectorSize: 3)))
    }
    expectError(.badData, saying: "--pseudo-frames: has none of the 6 videos") {
      _ = try PseudoVideos(
        reading: path("labels"), annotations: unlabelled,
        source: MemorySource(contents: ["other": .missing(reason: "")])
      ).warning(for: .both)
    }
    #expect(!Folder.exists(path("run")))
    // Of a run of which one fold is finished there are labels for that fold alone.
    _ = try data.fit(try TinyData.configuration("training.maximum_steps=1"), in: path("first"), only: 1)
    try label(by: try teachers(["first"]), to: "one")
    let one = try data.makeFit(
      try configuration("training.maximum_steps=1"), in: path("run"), pseudo: pseudo("one"))
    expectError(.badData, saying: "has no label for fold 0") { _ = try one.run() }
    #expect(!Folder.exists(path("run")))
    _ = try one.run(only: 1)
    // Nor has the model of all videos any; it is said before folds are trained.
    expectError(.badData, saying: "model of all videos", "give --full-data to pseudo-label") {
      try one.requireStartOnAllVideos()
    }
  }

  @Test("What a run was begun with it goes on with: other labels, texts or frames are told")
  func otherInputs() throws {
    try makeLabels()
    let configuration = try configuration("training.maximum_steps=1")
    _ = try data.makeFit(configuration, in: path("run"), pseudo: pseudo("labels")).run(only: 0)
    try label(
      by: try teachers([], models: false, floor: true), to: "hard", settings: settings { $0.hard = true })
    expectError(.usage, saying: "other --pseudo-labels") {
      _ = try data.makeFit(configuration, in: path("run"), pseudo: pseudo("hard")).run()
    }
    var texts = unlabelled
    texts[0].title = "cup"
    expectError(.badData, saying: "labels: --pseudo-labels", "with other texts") {
      _ = try PseudoVideos(reading: path("labels"), annotations: texts, source: pictures)
    }
    // Another order, and categories, which nobody looks at, are no other texts.
    var known = Array(unlabelled.reversed())
    known[0].category = "0100"
    _ = try PseudoVideos(reading: path("labels"), annotations: known, source: pictures)
    expectError(.usage, saying: "other --pseudo-frames") {
      _ = try data.makeFit(
        configuration, in: path("run"),
        pseudo: PseudoVideos(reading: path("labels"), annotations: unlabelled, source: MemorySource())
      ).run()
    }
  }

  @Test("That videos are to be predicted is said by labels, report and rounds that follow")
  func transductive() throws {
    try makeLabels(transductive: true)
    let configuration = try configuration("training.maximum_steps=1")
    let report = try data.makeFit(configuration, in: path("run"), pseudo: pseudo("labels")).run()
    #expect(report.pseudoLabels?.transductive == true)
    let page = String(decoding: try Files.read(run("run").readableReport), as: UTF8.self)
    #expect(page.contains("**Transductive: the videos that are to be predicted"))
    let summary = try label(by: try teachers(["run"]), to: "second")
    #expect(summary.transductive && summary.round == 2)
    #expect(try labels("second").header.transductive, "whoever learns from it has learnt from these videos")
  }

  @Test("A backbone that never learns has vectors of these videos, too")
  func frozen() throws {
    try makeLabels()
    let first = try TinyData.configuration("modality=video", "training.maximum_steps=1")
    _ = try data.makeFit(first, in: path("video")).run()
    var reader = try ConfigurationReader(.tiny)
    let backbone = try GivenBackbone(reading: path("video"))
    _ = try reader.start(from: backbone.description, inputSize: nil, isFrozen: true)
    for setting in [
      "folds=2",
      "text_encoder={hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 32}",
      "text={title: 4, speech: 3, on_screen_text: 3}", "frames.maximum_frames=2", "training.epochs=1",
      "training.batch_size=2", "pseudo_labels.use=mixed",
    ] {
      try reader.override(setting)
    }
    let fit = try Fit(
      configuration: try reader.configuration(), annotations: data.annotations, source: data.source,
      tokenizer: data.tokenizer, weights: GivenWeights(backbone: backbone), pseudo: pseudo("labels"),
      folder: run("run"), runtime: TinyData.runtime(), cacheBytes: 0, report: { _ in })
    _ = try fit.run()
    // Of each fold's own backbone.
    let folders = try Folder.names(in: run("run").vectors).map { run("run").vectors.appending($0) }
    #expect(folders.count == 2)
    for folder in folders {
      let vectors = try VectorFolder(folder)
      #expect(Set(vectors.ids) == Set(data.annotations.map(\.id) + (0..<6).map { "u\($0)" }))
    }
  }
}
