import Batching
import Dataset
import Foundation
import Inference
import Models
import NN
import Pretrained
import RunFixtures
import Storage
import SystemPackage
import Testing
import Torch

@testable import Runs

/// Vectors of videos as a folder, which `--frames` takes.
@Suite struct EmbeddingTests {
  let folder: TemporaryFolder
  let data: TinyData

  init() throws {
    folder = try TemporaryFolder()
    data = try TinyData(in: folder.path)
    try PublishedFolder.writeTimm(to: folder.path.appending("vit"))
  }

  private func path(_ name: String) -> FilePath { folder.path.appending(name) }
  private var ids: [String] { data.annotations.map(\.id) }

  private func embed(
    _ model: String = "vit", of unit: VideoEmbedding.Unit = .frames, isHalf: Bool = false,
    in name: String = "vectors",
    inputSize: Int? = nil, ids: [String]? = nil, report: (Int) throws -> Void = { _ in }
  ) throws -> EmbeddingOutcome {
    try VideoEmbedding(
      try SingleBackbone(reading: path(model), inputSize: inputSize), of: unit, ids ?? self.ids, data.source,
      isHalf: isHalf,
      runtime: TinyData.runtime()
    ).run(into: path(name), report: report)
  }

  private func values(_ name: String, _ id: String) throws -> [Float] {
    guard case .features(let values, _) = try VectorFolder(path(name)).content(of: id) else { return [] }
    return values
  }

  @Test(
    "Each stored frame has the vector that the backbone gives, with its time, in the order of the annotations",
    arguments: [nil, 32]
  )
  func frames(inputSize: Int?) throws {
    let outcome = try embed(inputSize: inputSize)
    #expect(outcome.videos == 9 && outcome.vectors == 27 && outcome.width == 16 && outcome.missing == 0)
    let rows = try JSONLines.read(VectorFolder.Row.self, from: path("vectors/ids.jsonl"))
    #expect(rows.map(\.id) == ids.flatMap { [$0, $0, $0] })
    #expect(rows.prefix(3).map(\.frame) == [0, 1, 2] && rows.prefix(3).map(\.time) == [0, 1, 2])

    let backbone = try PublishedBackbone(reading: path("vit"))
    var configuration = backbone.description.configuration
    configuration.imageSize = inputSize ?? configuration.imageSize
    let size = configuration.imageSize
    let store = ParameterStore(sources: [backbone.source(at: "backbone", for: configuration)])
    let model = configuration.model(store.root["backbone"])
    let stored = StoredFrames(data.source, size: size, kept: size, backbone.description.framing).video("v7")
    let destination = InputDestination(
      FramePreparation(maximumFrames: 1, configuration.normalization, backbone.description.framing),
      vectorSize: 16, type: .float32, on: .cpu)
    guard case .frames(let pixels) = destination.pictures(.frames(stored.bytes, size: size)) else { return }
    let wanted = model(pixels, .evaluation)
    let found = Tensor(try values("vectors", "v7"), shape: [3, 16])
    #expect((wanted - found).absolute().maximum().item <= 1e-5)
    // It is what fit reads.
    #expect(try VideoSources.open(path("vectors")).vectorSize == 16)
  }

  @Test("An input size that the architecture cannot have is refused by its name")
  func inputSize() throws {
    let refusal = #expect(throws: (any Error).self) { try embed(inputSize: 1) }
    #expect("\(try #require(refusal))".contains("img_size"))
  }

  @Test("A video's vector is the mean of its frames'; half precision rounds it")
  func videos() throws {
    _ = try embed()
    #expect(try embed(of: .videos, in: "videos").vectors == 9)
    _ = try embed(of: .videos, isHalf: true, in: "half")
    let frames = try values("vectors", "v2")
    let (found, half) = (try values("videos", "v2"), try values("half", "v2"))
    for place in 0..<16 {
      let mean: Float = (frames[place] + frames[16 + place] + frames[32 + place]) / 3
      #expect(abs(mean - found[place]) <= 1e-5)
      #expect(half[place] == Float(Float16(found[place])))
    }
  }

  @Test("What was stopped goes on to the same bytes; with other weights it begins anew")
  func resumed() throws {
    _ = try embed(in: "whole")
    struct Stopped: Error {}
    var calls = 0
    #expect(throws: Stopped.self) {
      try embed(in: "stopped") { _ in
        calls += 1
        if calls == 2 { throw Stopped() }
      }
    }
    #expect(!VectorFolder.isComplete(path("stopped")))
    let outcome = try embed(in: "stopped")
    #expect(outcome.resumed == 7 && outcome.videos == 9 && outcome.vectors == 27)
    #expect(try differences(path("whole"), path("stopped")) == [])

    calls = 0
    #expect(throws: Stopped.self) {
      try embed(in: "other") { _ in
        calls += 1
        if calls == 2 { throw Stopped() }
      }
    }
    try PublishedFolder.writeTimm(to: path("vit"), weights: PublishedFolder.weights(seed: 8))
    #expect(try embed(in: "other").resumed == 0)
  }

  @Test("The model of a fold gives its backbone, and its vectors say which videos it has seen")
  func modelOfRun() throws {
    _ = try data.fit(try TinyData.configuration("modality=video"), in: path("run"), only: 1)
    _ = try embed("run/fold-01/model")
    let vectors = try VectorFolder(path("vectors"))
    #expect(vectors.vectorOrigin?.fold == 1)
    #expect(vectors.vectorOrigin?.run == Folder.resolved(path("run")).string)
    expectError(.usage, saying: "is a run", "fold-00/model") { _ = try embed("run") }
    _ = try data.fit(try TinyData.configuration("modality=text"), in: path("text"), only: 0)
    expectError(.badData, saying: "has no backbone") { _ = try embed("text/fold-00/model") }
  }

  @Test("A video that cannot be read has no row and is told; vectors have no frames")
  func missing() throws {
    let outcome = try embed(ids: ["v3", "nowhere", "v0"])
    #expect(outcome.missing == 1 && outcome.videos == 3)
    let vectors = try VectorFolder(path("vectors"))
    #expect(vectors.ids == ["v3", "v0"] && vectors.damage["nowhere"] == .init(id: "nowhere", frames: nil))
    expectError(.badData, saying: "holds vectors already") {
      _ = try VideoEmbedding(
        try SingleBackbone(reading: path("vit")), of: .frames, ["v3"], vectors, isHalf: false,
        runtime: TinyData.runtime())
    }
  }

  @Test("Texts have the vectors of their encoder, each its own; a video without text has none")
  func texts() throws {
    try PublishedFolder.writeBERT(to: path("bert"))
    try AtomicFile.write(
      """
      [{"idx": 0, "path": "", "type": "sentence_transformers.models.Transformer"},
       {"idx": 1, "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]
      """, to: path("bert/modules.json"))
    try Folder.create(path("bert/1_Pooling"))
    try AtomicFile.write("{\"pooling_mode\": \"cls\"}", to: path("bert/1_Pooling/config.json"))
    let encoder = try SentenceEncoder(reading: path("bert"))
    let annotations = [
      Annotation(id: "a", title: "ball game"), Annotation(id: "none"), Annotation(id: "b", speech: "tea"),
    ]
    let outcome = try TextEmbedding(encoder, annotations, isHalf: false).run(into: path("texts")) { _ in }
    #expect(outcome.videos == 3 && outcome.vectors == 2 && outcome.missing == 1)
    #expect(try VectorFolder(path("texts")).ids == ["a", "b"])
    for (id, text) in [("a", "ball game"), ("b", "tea")] {
      let wanted = encoder([text]).values(Float.self)
      let found = try values("texts", id)
      #expect(zip(wanted, found).allSatisfy { abs($0 - $1) <= 1e-5 } && wanted.count == found.count)
    }
  }
}
