import Dataset
import Media
package import Storage
package import SystemPackage

/// A small labelled set of videos in the challenge's formats, for demonstrations and tests.
///
/// A category is a topic and a shape. Only the text tells the topic and only the pictures tell the shape, so
/// whoever looks at one of them alone can learn half.
package struct SyntheticDataset: Sendable {
  private let videos: [SyntheticVideo]
  /// Positions in `videos`.
  private let test: Set<Int>

  /// - Throws: `SynthesisError` when there can be no such set.
  package init(_ options: SynthesisOptions) throws(SynthesisError) {
    let options = try options.validated()
    let plan = CategoryPlan(count: options.classes)
    var generator = SeededGenerator(seed: options.seed)
    let categories = plan.assignment(videoCount: options.videos, using: &generator)
    test = Self.testSet(of: categories, count: options.testCount, using: &generator)
    let broken = generator.shuffled(categories.indices).prefix(options.broken)
    let damages = Dictionary(
      uniqueKeysWithValues: broken.enumerated().map { order, number in
        (number, SyntheticVideo.Damage.allCases[order % SyntheticVideo.Damage.allCases.count])
      })
    let topics = Set(plan.categories.map(\.topic)).count
    videos = categories.enumerated().map { number, category in
      SyntheticVideo(
        number: number, category: category, topics: topics, damage: damages[number], options: options)
    }
  }

  /// Any videos, but of each category one stays for training.
  private static func testSet(
    of categories: [SyntheticCategory], count: Int, using generator: inout SeededGenerator
  ) -> Set<Int> {
    var left = Dictionary(grouping: categories, by: \.name).mapValues(\.count)
    var test: Set<Int> = []
    for number in generator.shuffled(categories.indices) where test.count < count {
      let name = categories[number].name
      guard let others = left[name], others > 1 else { continue }
      left[name] = others - 1
      test.insert(number)
    }
    return test
  }

  /// What `write` makes besides videos.
  package static func tables(in folder: FilePath) -> [FilePath] {
    ["labeled.json", "test.json", "truth.csv"].map(folder.appending)
  }

  /// Files in the folder that are there and that `write` would replace by videos.
  ///
  /// - Throws: `FileError` where the folder cannot be listed.
  package func presentVideos(in folder: FilePath) throws(FileError) -> [FilePath] {
    let folder = folder.appending("videos")
    guard try Folder.holdsFolder(folder) else { return [] }
    let own = Set(videos.map { "\($0.annotation.id).mp4" })
    return try Folder.names(in: folder).filter(own.contains).map(folder.appending)
  }

  /// Writes `videos/<id>.mp4`, then `labeled.json`, `test.json` (without categories) and `truth.csv` (theirs).
  ///
  /// - Parameters:
  ///   - written: called after each video, from any thread.
  /// - Throws: `FileError`, `VideoEncodingError`, or `CancellationError` when the task is cancelled.
  package func write(to folder: FilePath, written: @escaping @Sendable () -> Void = {}) async throws
    -> Summary
  {
    try Folder.create(folder.appending("videos"))
    try await writeVideos(to: folder.appending("videos"), written)
    let summary = summary
    try AnnotationFile.write(annotations(inTest: false), to: folder.appending("labeled.json"))
    let truth = annotations(inTest: true)
    try AnnotationFile.write(truth.map(\.withoutCategory), to: folder.appending("test.json"))
    try Submission(rows: truth.map { .init(id: $0.id, category: $0.category ?? "") })
      .write(to: folder.appending("truth.csv"))
    return summary
  }

  /// One video per processor at a time.
  private func writeVideos(to folder: FilePath, _ written: @escaping @Sendable () -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      var remaining = videos.makeIterator()
      func startNext() {
        guard let video = remaining.next() else { return }
        group.addTask {
          try Task.checkCancellation()
          try AtomicFile.write(try video.file(), to: folder.appending("\(video.annotation.id).mp4"))
          written()
        }
      }
      for _ in 0..<Processors.available { startNext() }
      while try await group.next() != nil { startNext() }
    }
  }

  private func annotations(inTest: Bool) -> [Annotation] {
    videos.indices.filter { test.contains($0) == inTest }.map { videos[$0].annotation }
  }

  /// What is in the set.
  package struct Summary: Codable, Sendable, Equatable {
    package var labeled: Int
    package var test: Int
    /// How many videos each category has, in both parts together.
    package var categories: [String: Int]
    /// The ids of the damaged files.
    package var broken: [String]
  }

  package var summary: Summary {
    Summary(
      labeled: videos.count - test.count, test: test.count,
      categories: Dictionary(grouping: videos) { $0.annotation.category ?? "" }.mapValues(\.count),
      broken: videos.filter { $0.damage != nil }.map(\.annotation.id))
  }
}

extension Annotation {
  fileprivate var withoutCategory: Annotation {
    var annotation = self
    annotation.category = nil
    return annotation
  }
}
