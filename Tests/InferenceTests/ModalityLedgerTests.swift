import Batching
import Dataset
import Foundation
import JSONSchema
import Metrics
import Records
import RunFixtures
import Storage
import SystemPackage
import Testing

@testable import Inference

@Suite("What models rest on, over a whole run") struct ModalityLedgerTests {
  let folder: TemporaryFolder
  let data: TinyData

  init() throws {
    folder = try TemporaryFolder()
    data = try TinyData(in: folder.path)
  }

  @Test("Schema, example and type say the same")
  func format() throws {
    #expect(try FileFormat("modality-ledger").problems(as: ModalityLedger.self) == [])
    #expect(
      try FileFormat("modality-ledger").schema["$defs"]?["input"]?["enum"]?.elements?.compactMap(\.text)
        == ModalityLedger.Input.allCases.map(\.rawValue))
  }

  @Test(
    "What is exchanged is that of another video, each is used once, and the rest stays", arguments: [2, 3, 9])
  func exchange(_ count: Int) throws {
    let annotations = Array(data.annotations.prefix(count))
    let texts = ExchangedVideos(annotations, data.source, as: .shuffledText, seed: 3)
    #expect(texts.annotations.map(\.id) == annotations.map(\.id))
    #expect(zip(texts.annotations, annotations).allSatisfy { $0.speech != $1.speech })
    #expect(texts.annotations.map(\.speech).sorted() == annotations.map(\.speech).sorted())
    let frames = ExchangedVideos(annotations, data.source, as: .shuffledFrames, seed: 3)
    #expect(frames.annotations == annotations)
    for id in annotations.map(\.id) {
      #expect(frames.source.content(of: id) != data.source.content(of: id), "\(id)")
      #expect(annotations.contains { frames.source.content(of: id) == data.source.content(of: $0.id) })
    }
    let text = ExchangedVideos(annotations, data.source, as: .text, seed: 3)
    #expect(text.annotations == annotations && text.source.content(of: "v0") == .missing(reason: "hidden"))
    let video = ExchangedVideos(annotations, data.source, as: .video, seed: 3)
    #expect(video.annotations == annotations.map { Annotation(id: $0.id) })
    #expect(video.source.content(of: "v0") == data.source.content(of: "v0"))
  }

  @Test("Each fold's model predicts what it held out, with everything, without and with exchanged parts")
  func ledger() throws {
    let run = RunFolder(folder.path.appending("run"))
    let report = try data.fit(try TinyData.configuration("training.epochs=2"), in: run.path)
    var predicted = 0
    let ledger = try ModalityLedger.make(
      of: run, annotations: data.annotations, source: data.source, runtime: TinyData.runtime()
    ) { predicted += $0 }
    let work = try ModalityLedger.work(of: run)
    #expect(predicted == 4 * 9 && predicted == work)
    #expect(ledger.videos == 9 && ledger.rows.map(\.input) == ModalityLedger.Input.allCases)
    #expect(abs(ledger.rows[0].meanF1.value - (report.outOfFold?.meanF1 ?? -1)) < 1e-12)
    #expect(try JSONText.read(ModalityLedger.self, from: run.ledger) == ledger)
    // The same by hand: text alone, by the model of each fold.
    var categories: [String: String] = [:]
    for fold in [0, 1] {
      let held = try Prediction.read(run.predictions(fold)).map(\.id)
      let ensemble = try Ensemble(reading: run.model(fold), runtime: TinyData.runtime())
      for prediction in try ensemble.predictions(
        of: data.annotations.filter { held.contains($0.id) }, source: MemorySource())
      { categories[prediction.id] = prediction.category }
    }
    let scores = Scores(
      truth: data.annotations.map { $0.category ?? "" },
      predicted: data.annotations.map { categories[$0.id] ?? "" })
    #expect(abs(ledger.rows[1].meanF1.value - scores.meanF1) < 1e-12)
  }

  @Test("A run whose videos have no annotations any more is refused, and names the first")
  func others() throws {
    let run = RunFolder(folder.path.appending("run"))
    _ = try data.fit(
      try TinyData.configuration("training.epochs=1", "training.maximum_steps=1"), in: run.path)
    let error = #expect(throws: UnknownVideo.self) {
      try ModalityLedger.make(
        of: run, annotations: Array(data.annotations.dropFirst()), source: data.source,
        runtime: TinyData.runtime()
      ) { _ in }
    }
    #expect(error?.kind == .badData && error?.description.contains("\"v3\"") == true)
  }
}
