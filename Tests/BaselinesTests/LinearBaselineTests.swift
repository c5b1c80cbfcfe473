import Dataset
import Foundation
import JSONSchema
import Storage
import SystemPackage
import Testing
import Torch

@testable import Baselines

@Suite("Linear baselines") struct LinearBaselineTests {
  /// Vectors that the test holds in memory.
  private struct Vectors: VideoSource {
    var vectorSize: Int? = 2
    var vectors: [String: [Float]]
    var ids: [String] { vectors.keys.sorted() }
    func content(of id: String) -> VideoContent {
      vectors[id].map { .features($0, dimension: 2) } ?? .missing(reason: "not there")
    }
    func fingerprint(of ids: some Sequence<String>) -> String { "" }
  }

  private static let topics = ["0100": "股市基金", "0101": "股市行情", "0200": "球队比赛"]

  /// Of three categories in turn, the text of every second video missing.
  private static let annotations = (0..<24).map { number in
    let category = topics.keys.sorted()[number % 3]
    return Annotation(
      id: "v\(number)", title: number % 2 == 0 ? topics[category] ?? "" : "",
      onScreenText: number % 4 == 0 ? [OnScreenText(time: 0, text: "第\(number)期")] : [],
      category: category)
  }

  private static let source = Vectors(
    vectors: Dictionary(
      uniqueKeysWithValues: annotations.enumerated().filter { $0.offset % 5 != 0 }.map { number, video in
        let x: Float = video.category == "0101" ? 1 : -1
        return (video.id, [x + Float(number % 3) / 10, 700, x, 700 + Float(number % 2)])
      }))

  private let videos: BaselineVideos
  private let categories = Categories(topics.keys)
  private let labels: [Int]

  init() throws {
    videos = try #require(BaselineVideos(Self.annotations, hasText: true, source: Self.source))
    labels = try categories.labels(of: Self.annotations)
  }

  private func trained(
    on indices: [Int]? = nil, of videos: BaselineVideos? = nil, cores: Int = 1
  ) throws -> LinearBaseline {
    try LinearBaseline(
      training: indices ?? Array(labels.indices), of: videos ?? self.videos, labels: labels,
      categories: categories, cores: Cores(cores))
  }

  private func best(_ answer: LinearBaseline.Answer) -> Int {
    FirstLevels(categories.level2).best(of: answer.probabilities)
  }

  @Test("Texts and vectors decide, each where the other is missing; the rest is the prior of training")
  func modalities() throws {
    #expect(videos.input == .both && videos.inputs == [.text, .video, .both])
    let baseline = try trained()
    for video in labels.indices {
      let answer = baseline.answer(video, of: videos)
      #expect(abs(answer.probabilities.reduce(0, +) - 1) < 1e-5)
      let (hasText, hasVector) = (video % 2 == 0, video % 5 != 0)
      #expect(answer.status == PredictionStatus(hasText: hasText, hasFrames: hasVector))
      if hasText, hasVector { #expect(best(answer) == labels[video], "\(video)") }
    }
    let nothing = baseline.answer(Annotation(id: "new", title: " \n"), source: Self.source)
    #expect(nothing.status == .prior && nothing.probabilities == categories.parts(of: labels))
    let text = baseline.answer(Annotation(id: "new", title: "球队"), source: Self.source)
    #expect(text.status == .noFrames && best(text) == 2)
  }

  @Test("A category has its first level's probability times its own part of that level")
  func levels() throws {
    let answer = try trained().answer(0, of: videos)
    let sums = FirstLevels(categories.level2).sums(of: answer.probabilities)
    #expect(abs(sums.reduce(0, +) - 1) < 1e-5 && sums[0] > sums[1])
  }

  @Test("Only the videos of training are looked at, whatever the others say")
  func noLeak() throws {
    var others = Self.annotations
    var source = Self.source
    for video in 12..<24 {
      others[video].title = "球队比赛股市 \(video)"
      source.vectors[others[video].id] = [1e6, -1e6]
    }
    let changed = try #require(BaselineVideos(others, hasText: true, source: source))
    let (one, other) = (try trained(on: Array(0..<12)), try trained(on: Array(0..<12), of: changed))
    #expect(one.weights == other.weights && one.texts?.ngrams == other.texts?.ngrams)
    #expect(one.texts?.idf == other.texts?.idf && one.vectors?.mean == other.vectors?.mean)
    #expect(one.prior == other.prior)
  }

  @Test("Labels that nothing tells stay untold out of fold: accuracy is that of chance")
  func chance() throws {
    var generator = SeededGenerator(seed: 3)
    // Each text some six times, each time with a label of its own.
    let annotations = (0..<300).map { number in
      Annotation(
        id: "v\(number)", title: "标题第\(generator.int(below: 50))号",
        category: categories.level2[generator.int(below: 3)])
    }
    let videos = try #require(BaselineVideos(annotations, hasText: true, source: nil))
    let validation = try CrossValidation(
      of: videos, folds: annotations.indices.map { $0 % 5 }, cores: Cores(1))
    let truth = try categories.labels(of: annotations)
    var right = 0
    for fold in 0..<5 {
      right += try validation.answers(of: fold).count { best($0.answer) == truth[$0.video] }
    }
    #expect((60...140).contains(right), "\(right) of 300, chance is 100")
  }

  @Test("The same bits whatever the number of cores and whatever random numbers were drawn before")
  func determinism() throws {
    srand(7)
    let one = try trained()
    srand(8)
    #expect(try trained(cores: 2).weights == one.weights)
    #expect(one.weights.count { $0 != 0 } > 20)
  }

  @Test(
    "A category without an example in training is never said, nor one of a level that has none",
    arguments: [1, 2])
  func unknownCategories(missing: Int) throws {
    let indices = labels.indices.filter { labels[$0] != missing }
    let baseline = try trained(on: indices)
    for video in labels.indices where video % 2 == 0 || video % 5 != 0 {
      let probabilities = baseline.answer(video, of: videos).probabilities
      #expect(probabilities[missing] == 0 && abs(probabilities.reduce(0, +) - 1) < 1e-5)
    }
    let alone = try trained(on: labels.indices.filter { labels[$0] == 0 })
    #expect(alone.answer(1, of: videos).probabilities == [1, 0, 0])
  }

  @Test("No n-gram is shared, or a vector is no number: what is left decides")
  func nothingToLearnFrom() throws {
    let annotations = ["一", "二", "三"].enumerated().map {
      Annotation(id: "v\($0)", title: $1, category: categories.level2[$0])
    }
    var source = Self.source
    source.vectors = [
      "v0": [.nan, 1], "v1": [.greatestFiniteMagnitude, 1, .greatestFiniteMagnitude, 1], "v2": [0, 0],
    ]
    let videos = try #require(BaselineVideos(annotations, hasText: true, source: source))
    let baseline = try trained(on: [0, 1, 2], of: videos)
    let answers = (0..<3).map { baseline.answer($0, of: videos) }
    #expect(answers.map(\.status) == [.prior, .noText, .noText])
    let strange = try trained().answer(Annotation(id: "new", title: "wxyz"), source: Self.source)
    #expect(strange.status == .prior, "no n-gram of it is known")
    #expect(answers.allSatisfy { $0.probabilities.allSatisfy(\.isFinite) })
    #expect(BaselineVideos(annotations, hasText: false, source: nil) == nil)
  }

  @Test("Of too many videos some are learnt from, a few of each category first, the same ones every time")
  func most() {
    // 90 of one category, 8 of another, 2 of a third.
    let labels = (0..<100).map { $0 < 90 ? 0 : $0 < 98 ? 1 : 2 }
    let chosen = LinearBaseline.chosen(Array(0..<100), labels, most: 20, ofCategory: 4)
    #expect(chosen.count == 20 && Set(chosen).count == 20 && chosen == chosen.sorted())
    #expect(chosen.contains(98) && chosen.contains(99) && chosen.count { (90..<98).contains($0) } >= 4)
    #expect(chosen == LinearBaseline.chosen(Array(0..<100), labels, most: 20, ofCategory: 4))
    #expect(LinearBaseline.chosen([5, 3], labels) == [5, 3])
  }

  @Test("A folder says the same when it is read again; what does not fit together is refused by name")
  func folder() throws {
    let folder = FilePath(NSTemporaryDirectory()).appending("baseline-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(atPath: folder.string) }
    let baseline = try trained()
    try baseline.write(to: folder)
    #expect(LinearBaseline.isComplete(folder))
    let again = try LinearBaseline(reading: folder)
    for video in labels.indices {
      #expect(
        again.answer(video, of: videos).probabilities == baseline.answer(video, of: videos).probabilities)
    }
    try JSONText.write(
      BaselineDescription(input: .both, categories: ["0100", "0200"], prior: [0.5, 0.5]),
      to: folder.appending("config.json"))
    let error = #expect(throws: SafetensorsError.self) { try LinearBaseline(reading: folder) }
    #expect(error?.tensor == "weight")
    try Folder.removeFile(folder.appending("model.safetensors"))
    #expect(!LinearBaseline.isComplete(folder))
  }

  @Test("Schema, example and type of its description say the same")
  func format() throws {
    #expect(try FileFormat("baseline-model").problems(as: BaselineDescription.self) == [])
  }
}
