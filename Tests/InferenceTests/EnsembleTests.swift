import Batching
import Dataset
import Foundation
import Records
import RunFixtures
import Storage
import SystemPackage
import Testing

@testable import Inference

@Suite("Infer") struct EnsembleTests {
  let folder: TemporaryFolder
  let data: TinyData
  let run: RunFolder
  /// Videos of every status, among them ids that training never saw.
  let annotations: [Annotation]
  let source: MemorySource

  init() throws {
    folder = try TemporaryFolder()
    data = try TinyData(in: folder.path)
    run = RunFolder(folder.path.appending("run"))
    _ = try data.fit(try TinyData.configuration("training.epochs=1"), in: run.path)
    annotations = [
      Annotation(id: "neither", title: " \n"), Annotation(id: "v1", title: "ball game"),
      Annotation(id: "text", speech: "tea"), Annotation(id: "frames"),
      Annotation(id: "broken", title: "cup"), Annotation(id: "v0", title: "tea cup ball game ball game"),
    ]
    source = MemorySource(contents: [
      "v1": data.source.content(of: "v1"), "frames": data.source.content(of: "v8"),
      "broken": .frames([[0xFF, 0xD8, 0xFF]]), "v0": data.source.content(of: "v0"),
      "unasked": data.source.content(of: "v2"),
    ])
  }

  private func predict(
    _ annotations: [Annotation], from path: FilePath? = nil, batch: Int = 32
  ) throws -> [String: Prediction] {
    let ensemble = try Ensemble(
      reading: path ?? run.path, runtime: TinyData.runtime(predictionBatchSize: batch))
    let predictions = try ensemble.predictions(of: annotations, source: source)
    return Dictionary(uniqueKeysWithValues: predictions.map { ($0.id, $0) })
  }

  private func difference(_ one: Prediction?, _ other: Prediction?) -> Float {
    guard let one, let other, one.status == other.status else { return .infinity }
    return one.probabilities.map { abs($1 - (other.probabilities[$0] ?? .infinity)) }.max() ?? .infinity
  }

  @Test("One row for each annotation, in their order, whatever is missing; each says what it rests on")
  func rows() throws {
    var batches: [Int] = []
    let ensemble = try Ensemble(reading: run.path, runtime: TinyData.runtime(predictionBatchSize: 4))
    var predictions: [Prediction] = []
    let damage = try ensemble.predict(annotations, source: source) { batch in
      batches.append(batch.count)
      predictions += batch
    }
    #expect(predictions.map(\.id) == annotations.map(\.id))
    #expect(predictions.map(\.status) == [.prior, .complete, .noFrames, .noText, .noFrames, .complete])
    // They come as they are made, so that nobody has to keep them all.
    #expect(batches == [4, 2])
    #expect(
      damage.warnings(annotations, source: source) == [
        "1 frame of 1 video (broken) cannot be decoded and is left out; extract again"
      ])
    #expect(ensemble.models.count == 2)
  }

  @Test("A list in a file is predicted as one in memory, from any batch on, and tells the same damage")
  func list() throws {
    let ensemble = try Ensemble(reading: run.path, runtime: TinyData.runtime(predictionBatchSize: 2))
    let path = folder.path.appending("list.json")
    try AnnotationFile.write(annotations, to: path)
    let list = try AnnotationList(path) { Issue.record("\($0)") }
    let whole = try ensemble.predictions(of: annotations, source: source)
    for done in [0, 2, 4] {
      var predictions: [Prediction] = []
      let damage = try ensemble.predict(list, from: done, source: source) { predictions += $0 }
      #expect(predictions == Array(whole[done...]))
      let broken = annotations[done...].contains { $0.id == "broken" }
      #expect(damage.warnings.count == (broken ? 1 : 0))
    }
  }

  @Test("Where there is neither text nor frames, how frequent the categories were decides")
  func prior() throws {
    let prediction = try #require(try predict(annotations)["neither"])
    #expect(prediction.probabilities == ["0100": Float(4) / 9, "0101": Float(4) / 9, "0200": Float(1) / 9])
  }

  @Test("A video's prediction does not depend on its batch: size, order and company", arguments: [1, 2, 5])
  func independence(batch: Int) throws {
    let all = try predict(annotations)
    let shuffled = try predict(
      Array(annotations.reversed()) + [Annotation(id: "more", title: "game")], batch: batch)
    for annotation in annotations {
      #expect(difference(all[annotation.id], shuffled[annotation.id]) <= 1e-4, "\(annotation.id)")
      #expect(difference(all[annotation.id], try predict([annotation])[annotation.id]) <= 1e-4)
    }
  }

  @Test("The folds' probabilities are averaged")
  func average() throws {
    let all = try predict(annotations)
    let folds = try (0..<2).map { try predict(annotations, from: run.model($0)) }
    for annotation in annotations {
      for (category, probability) in try #require(all[annotation.id]).probabilities {
        let mean = folds.reduce(0) { $0 + ($1[annotation.id]?.probabilities[category] ?? 0) } / 2
        #expect(abs(mean - probability) < 1e-6)
      }
    }
    #expect(difference(folds[0]["v1"], folds[1]["v1"]) > 0, "two models that say the same prove nothing")
  }

  @Test("No annotations are no rows")
  func none() throws { #expect(try predict([]).isEmpty) }

  @Test("A folder without a model, a file and nothing at all are told apart")
  func noModel() throws {
    expectError(.badData, saying: "frames", "no finished fold") {
      _ = try predict([], from: folder.path.appending("frames"))
    }
    expectError(.missingInput, saying: "configuration.yaml", "Not a directory") {
      _ = try predict([], from: run.configuration)
    }
    expectError(.missingInput, saying: "none") { _ = try predict([], from: folder.path.appending("none")) }
  }

  @Test("A fold that is not finished does not predict, nor does one that was copied")
  func unfinished() throws {
    try FileManager.default.copyItem(
      atPath: run.fold(1).string, toPath: run.path.appending("fold-1").string)
    #expect(try run.foldsWithModel() == [0, 1])
    try FileManager.default.removeItem(atPath: run.predictions(1).string)
    #expect(try run.foldsWithModel() == [0])
  }

  @Test("What else lies in a model's folder, readable or not, does not tell predictions from others")
  func strangers() throws {
    func fingerprint() throws -> String {
      try Ensemble(reading: run.path, runtime: TinyData.runtime()).fingerprint(annotations, source: source)
    }
    let before = try fingerprint()
    let model = run.model(0)
    try Folder.create(model.appending("checkpoint"))
    try AtomicFile.write("read me", to: model.appending("README.md"))
    try FileManager.default.createSymbolicLink(
      atPath: model.appending("nowhere").string, withDestinationPath: "missing")
    #expect(try fingerprint() == before)
    for name in ["config.json", "preprocessor_config.json", "vocab.txt", "model.safetensors"] {
      #expect(try Folder.names(in: model).contains(name))
    }
    try AtomicFile.write(
      try Files.read(model.appending("config.json")) + [10], to: model.appending("config.json"))
    #expect(try fingerprint() != before)
  }

  @Test("Models that do not belong together are refused")
  func mixed() throws {
    let other = RunFolder(folder.path.appending("other"))
    _ = try data.fit(
      try TinyData.configuration("training.maximum_steps=1", "frames.maximum_frames=1"), in: other.path)
    for name in ["model", "predictions.jsonl"] {
      try FileManager.default.removeItem(atPath: run.fold(1).appending(name).string)
      try FileManager.default.copyItem(
        atPath: other.fold(1).appending(name).string, toPath: run.fold(1).appending(name).string)
    }
    expectError(.badData, saying: "fold-01", "fold-00") { _ = try predict([]) }
  }

  @Test("A model of one modality looks at that side alone", arguments: [Modality.text, .video])
  func modality(modality: Modality) throws {
    let other = RunFolder(folder.path.appending("one-sided"))
    _ = try data.fit(
      try TinyData.configuration("training.maximum_steps=2", "modality=\(modality.rawValue)"),
      in: other.path)
    let all = try predict(annotations, from: other.path)
    var changed = annotations
    if modality == .video {
      for index in changed.indices { changed[index].title = "ball" }
    } else {
      changed = annotations.filter { source.contents[$0.id] != nil }
    }
    let again =
      modality == .video
      ? try predict(changed, from: other.path)
      : try {
        let ensemble = try Ensemble(reading: other.path, runtime: TinyData.runtime())
        let none = try ensemble.predictions(of: changed, source: NoPictures())
        return Dictionary(uniqueKeysWithValues: none.map { ($0.id, $0) })
      }()
    for (id, prediction) in again { #expect(difference(all[id], prediction) <= 1e-6, "\(id)") }
  }
}
