import Dataset
import Records
import RunFixtures
import Storage
import SystemPackage
import Testing

@testable import Inference

@Suite("Whether explanations are true of the models") struct FaithfulnessTests {
  private static let signals = [["ball", "game"], ["tea", "cup"], ["song", "dance"]]
  private static let noise = (0..<24).map { "w\(UnicodeScalar(UInt8(97 + $0)))" }
  private static let categories = ["0100", "0101", "0200"]
  private static let (words, frames, width) = (6, 4, 8)

  private struct Videos {
    var annotations: [Annotation] = []
    var vectors: [String: [[Float]]] = [:]

    var source: MemorySource {
      MemorySource(
        vectorSize: FaithfulnessTests.width,
        contents: vectors.mapValues { .features($0.flatMap(\.self), dimension: FaithfulnessTests.width) })
    }
  }

  /// Videos of which two words and a frame at most say what they are.
  private static func make(_ count: Int, seed: UInt64) -> Videos {
    var generator = SeededGenerator(seed: seed)
    var videos = Videos()
    for number in 0..<count {
      let category = number % categories.count
      let id = "\(seed)-\(number)"
      var title = (0..<words).map { _ in noise[generator.int(below: noise.count)] }
      for _ in 0..<1 + generator.int(below: 2) {
        title[generator.int(below: words)] = signals[category][generator.int(below: 2)]
      }
      var vectors = (0..<frames).map { _ in (0..<width).map { _ in Float(generator.uniform() - 0.5) } }
      if generator.uniform() < 0.7 { vectors[generator.int(below: frames)][category] += 3 }
      videos.annotations.append(
        Annotation(id: id, title: title.joined(separator: " "), category: categories[category]))
      videos.vectors[id] = vectors
    }
    return videos
  }

  /// A word or a frame that can be taken away.
  private enum Unit {
    case word(Int)
    case frame(Int)
  }

  private static func without(
    _ units: some Sequence<Unit>, _ annotation: Annotation, _ vectors: [[Float]], as id: String,
    in videos: inout Videos
  ) {
    var (words, frames) = (
      annotation.title.split(separator: " ").map { Optional($0) }, vectors.map { Optional($0) }
    )
    for unit in units {
      switch unit {
      case .word(let place): words[place] = nil
      case .frame(let place): frames[place] = nil
      }
    }
    videos.annotations.append(Annotation(id: id, title: words.compactMap(\.self).joined(separator: " ")))
    videos.vectors[id] = frames.compactMap(\.self)
  }

  @Test(
    "Without what is named first a prediction loses its probability faster than without as much at random")
  func removal() throws {
    let folder = try TemporaryFolder()
    let run = RunFolder(folder.path.appending("run"))
    let training = Self.make(240, seed: 1)
    let data = try TinyData(in: folder.path)
    _ = try data.fit(
      try TinyData.configuration(
        "text={title: 8, speech: 0, on_screen_text: 0}", "frames.maximum_frames=\(Self.frames)",
        "training.epochs=16", "training.batch_size=8"), in: run.path, annotations: training.annotations,
      source: training.source,
      tokenizer: try TinyData.tokenizer(words: Self.signals.flatMap(\.self) + Self.noise),
      only: 0)
    let ensemble = try Ensemble(reading: run.model(0), runtime: TinyData.runtime())

    let others = Self.make(200, seed: 2)
    var (changed, categories) = (Videos(), [String]())
    var right = 0
    var generator = SeededGenerator(seed: 3)
    var number = 0
    try ensemble.explain(others.annotations, source: others.source, steps: 8) { explanation in
      let annotation = others.annotations[number]
      number += 1
      categories.append(explanation.category)
      if explanation.category == annotation.category { right += 1 }
      let evidence = try #require(explanation.evidence)
      #expect(evidence.words.count == Self.words && evidence.frames.count == Self.frames)
      let units =
        evidence.words.enumerated().map { (Unit.word($0), $1.value) }
        + evidence.frames.map { (Unit.frame($0.number), $0.value) }
      let orders = [units.sorted { $0.1 > $1.1 }.map(\.0), generator.shuffled(units.map(\.0))]
      for (order, units) in orders.enumerated() {
        for removed in 0...3 {
          Self.without(
            units.prefix(removed), annotation, others.vectors[annotation.id] ?? [],
            as: "\(annotation.id)/\(order)/\(removed)", in: &changed)
        }
      }
    }
    #expect(right > 150, "a model that knows nothing has nothing to be explained: \(right)")
    let predictions = try ensemble.predictions(of: changed.annotations, source: changed.source)
    /// The mean probability of what was predicted, by how much was taken away.
    func curve(_ order: Int) -> [Double] {
      (0...3).map { removed in
        categories.indices.reduce(0) { sum, video in
          sum + Double(predictions[video * 8 + order * 4 + removed].probabilities[categories[video]] ?? 0)
        } / Double(categories.count)
      }
    }
    let (named, random) = (curve(0), curve(1))
    #expect(named[0] == random[0])
    for removed in 1...3 {
      let (faster, slower) = (named[0] - named[removed], random[0] - random[removed])
      #expect(faster > 4 * slower && faster > 0.03, "\(named), at random \(random)")
    }
  }
}
