import Batching
import Dataset
import Records
import RunFixtures
import Storage
import SystemPackage
import Testing

@testable import Inference

@Suite("Videos that are prepared") struct PreparedVideoTests {
  /// Frames in memory, of which it can be seen when they are gone.
  private final class Frames: VideoSource {
    let base: any VideoSource
    let vectorSize: Int? = nil
    var ids: [String] { base.ids }

    init(_ base: any VideoSource) { self.base = base }

    func content(of id: String) -> VideoContent { base.content(of: id) }
    func fingerprint(of ids: some Sequence<String>) throws -> String { try base.fingerprint(of: ids) }
  }

  private static let annotations = [
    Annotation(
      id: "v0", title: "ball game", speech: "the tea", onScreenText: [.init(time: 0, text: "cup")]),
    Annotation(id: "v1", title: "tea"), Annotation(id: "v3"), Annotation(id: "gone"),
  ]

  /// With a floor that counts.
  private func ensemble(_ folder: TemporaryFolder, _ data: TinyData) throws -> Ensemble {
    let run = RunFolder(folder.path.appending("run"))
    _ = try data.fit(try TinyData.configuration("calibration.floor=true"), in: run.path)
    try AtomicFile.write(
      #"{"temperature": 0.5, "scales": {}, "floor_weights": {"level1": 0.4, "level2": 0.2}, "level1_first": true}"#,
      to: run.calibration)
    return try Ensemble(reading: run.path, runtime: TinyData.runtime())
  }

  @Test("Batches that come one after the other are predicted in their order, each as it is alone")
  func batches() throws {
    let folder = try TemporaryFolder()
    let data = try TinyData(in: folder.path)
    let ensemble = try ensemble(folder, data)
    let predictor = Predictor(
      models: ensemble.models.map(\.model), weights: ensemble.weights, preparation: ensemble.preparation,
      runtime: TinyData.runtime())
    let samples = Self.annotations.enumerated().map { place, annotation in
      let sample = ensemble.preparer.prepared(annotation, source: data.source).sample
      return Sample(
        index: place, tokens: sample.tokens, pictures: sample.pictures, target: nil, status: sample.status)
    }
    var rest = [Array(samples[..<1]), Array(samples[1..<3]), Array(samples[3...])][...]
    var taken: [[Int]] = []
    try predictor.predict(
      { rest.popFirst().map { PackedBatch(Batch($0)) { _ in } } }, id: { "\($0)" }
    ) { predicted in
      taken.append(predicted.map(\.index))
      for sample in predicted {
        let alone = try predictor.predictions(of: [samples[sample.index]]) { "\($0)" }[0]
        #expect(zip(sample.probabilities, alone.probabilities).allSatisfy { abs($0 - $1) < 1e-5 })
      }
    }
    #expect(taken == [[0], [1, 2], [3]])
  }

  @Test("They are predicted as others are, by the floor too, when what they were read from is gone")
  func predictions() throws {
    let folder = try TemporaryFolder()
    let data = try TinyData(in: folder.path)
    let ensemble = try ensemble(folder, data)
    try #require(ensemble.floor != nil)
    weak var left: Frames?
    func prepare() -> [PreparedVideo] {
      let frames = Frames(data.source)
      left = frames
      return Self.annotations.map { ensemble.preparer.prepared($0, source: frames) }
    }
    let prepared = prepare()
    #expect(left == nil)
    let expected = try ensemble.predictions(of: Self.annotations, source: data.source)
    for (one, other) in zip(try ensemble.predictions(of: prepared), expected) {
      #expect(one.id == other.id && one.status == other.status && one.category == other.category)
      for (category, probability) in other.probabilities {
        #expect(abs((one.probabilities[category] ?? .infinity) - probability) < 1e-5, "\(other.id)")
      }
    }
  }

  @Test("An explanation needs no more of a video than its variants, and says the same")
  func explanation() throws {
    let folder = try TemporaryFolder()
    let data = try TinyData(in: folder.path)
    let ensemble = try ensemble(folder, data)
    weak var left: Frames?
    func prepare() -> (PartialVideo, [PreparedVideo]) {
      let frames = Frames(data.source)
      left = frames
      let video = PartialVideo(
        Self.annotations[0], source: frames, modality: ensemble.preparation.modality)
      return (video.withoutPictures, ensemble.preparer.prepared(video))
    }
    let (video, variants) = prepare()
    #expect(left == nil && variants.count == 16)
    var expected: [Explanation] = []
    try ensemble.explain([Self.annotations[0]], source: data.source) { expected.append($0) }
    let told = video.explanation(of: try ensemble.predictions(of: variants))
    #expect(told.id == expected[0].id && told.category == expected[0].category)
    #expect(zip(told.shares, expected[0].shares).allSatisfy { abs($0.value - $1.value) < 1e-5 })
  }
}
