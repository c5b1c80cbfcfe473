import Dataset
import Foundation
import Images
import Media
import Storage
import SystemPackage
import Testing

@testable import Synthesis

@Suite("A synthetic set")
final class SyntheticDatasetTests {
  private let folder = FilePath(NSTemporaryDirectory()).appending("synthesis-\(UUID().uuidString)")

  deinit { try? FileManager.default.removeItem(atPath: folder.string) }

  private func options(seed: UInt64 = 1, broken: Int = 0) -> SynthesisOptions {
    var options = SynthesisOptions()
    options.videos = 10
    options.classes = 4
    options.seed = seed
    options.test = .count(3)
    options.seconds = 0.5...0.8
    options.broken = broken
    return options
  }

  private func files(_ options: SynthesisOptions, in name: String) async throws -> [String: [UInt8]] {
    let folder = folder.appending(name)
    _ = try await SyntheticDataset(options).write(to: folder)
    let videos = try Folder.names(in: folder.appending("videos")).map { "videos/\($0)" }
    let names = ["labeled.json", "test.json", "truth.csv"] + videos
    #expect(try Folder.names(in: folder) == ["labeled.json", "test.json", "truth.csv", "videos"])
    return try Dictionary(uniqueKeysWithValues: names.map { ($0, try Files.read(folder.appending($0))) })
  }

  @Test("Equal options give equal bytes, another seed other videos")
  func deterministic() async throws {
    let first = try await files(options(broken: 3), in: "first")
    #expect(first.count == 13)
    #expect(try await files(options(broken: 3), in: "second") == first)
    let other = try await files(options(seed: 2, broken: 3), in: "other")
    #expect(other.values.filter { first.values.contains($0) }.count <= 2)  // the empty one and the text
  }

  @Test("The parts share no video; the test part has no categories, and the truth has all of them")
  func parts() async throws {
    let summary = try await SyntheticDataset(options()).write(to: folder)
    let labeled = try AnnotationFile.read(folder.appending("labeled.json")) { Issue.record("\($0)") }
    let test = try AnnotationFile.read(folder.appending("test.json")) { Issue.record("\($0)") }
    let truth = try Submission.read(folder.appending("truth.csv"))
    #expect((labeled.count, test.count) == (7, 3))
    #expect((summary.labeled, summary.test) == (7, 3))
    #expect(test.allSatisfy { $0.category == nil })
    #expect(truth.rows.map(\.id) == test.map(\.id))
    #expect(Set((labeled + test).map(\.id)).count == 10)
    #expect(Set(labeled.compactMap(\.category)).count == 4)
    #expect(summary.categories.values.reduce(0, +) == 10)
    #expect(
      try Folder.names(in: folder.appending("videos")) == (labeled + test).map { "\($0.id).mp4" }.sorted())
  }

  @Test("Every video decodes to the scene that was drawn, upright, whatever its rotation")
  func decodes() throws {
    try Folder.create(folder)
    let videos = (0..<200).map { number in
      SyntheticVideo(
        number: number, category: SyntheticCategory(topic: 1, shape: number % 8), topics: 3, damage: nil,
        options: options())
    }
    let chosen = try [0, 90, 180, 270].flatMap { rotation in
      let such = videos.filter { $0.rotation == rotation }
      return [try #require(such.first), try #require(such.last)]
    }
    for (number, video) in chosen.enumerated() {
      let path = folder.appending("\(number).mp4")
      try AtomicFile.write(try video.file(), to: path)
      let drawn = video.scene.picture(at: 0)
      var reading = VideoReader.Options()
      reading.shortSide = min(drawn.width, drawn.height)
      let (outcome, jpegs) = try VideoReader.read(path, options: reading) { frame throws(MediaError) in
        (try? JPEG.encode(frame.picture, quality: 100)) ?? []
      }
      #expect(outcome.source.rotation == video.rotation)
      #expect(outcome.defect == nil)
      let shown = try JPEG.decode(#require(jpegs.first))
      #expect((shown.width, shown.height) == (drawn.width, drawn.height))
      let difference = zip(shown.pixels, drawn.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
      #expect(Double(difference) / Double(drawn.pixels.count) < 6)
    }
  }

  @Test("Broken files cannot be read, each in its way, and are named")
  func broken() async throws {
    let summary = try await SyntheticDataset(options(broken: 3)).write(to: folder)
    #expect(summary.broken.count == 3)
    var troubles: Set<String> = []
    for id in summary.broken {
      let error = #expect(throws: MediaError.self) {
        try VideoReader.read(folder.appending("videos/\(id).mp4")) { _ in }
      }
      if let error { troubles.insert("\(error.trouble)") }
    }
    #expect(troubles.count == 3)
  }

  @Test("The titles of a topic's videos speak of it, and some videos have no title")
  func wording() throws {
    var options = options()
    options.videos = 200
    options.seconds = 2...6
    var titled = 0
    var telling = 0
    for number in 0..<options.videos {
      let video = SyntheticVideo(
        number: number, category: SyntheticCategory(topic: 3, shape: 0), topics: 4, damage: nil,
        options: options)
      let title = video.annotation.title
      titled += title.isEmpty ? 0 : 1
      telling += (Topic.all[3].chinese + Topic.all[3].english).contains { title.contains($0) } ? 1 : 0
      #expect(video.annotation.onScreenText.allSatisfy { (0..<6).contains($0.time) })
    }
    #expect(telling == titled)
    #expect((140..<195).contains(titled))
  }

  private static let impossibleChanges: [(String, @Sendable (inout SynthesisOptions) -> Void)] = [
    ("--classes", { $0.classes = 3 }), ("--classes", { $0.classes = 65 }), ("--videos", { $0.videos = 3 }),
    ("--videos", { $0.videos = -1 }), ("--videos", { $0.videos = .max }), ("--broken", { $0.broken = 11 }),
    ("--broken", { $0.broken = -1 }), ("--test", { $0.test = .count(7) }),
    ("--test", { $0.test = .count(-1) }), ("--test-fraction", { $0.test = .share(1) }),
    ("--test-fraction", { $0.test = .share(.nan) }), ("--test-fraction", { $0.test = .share(-0.1) }),
    ("--seconds", { $0.seconds = 0...1 }), ("--seconds", { $0.seconds = 1...(.infinity) }),
  ]

  @Test("Options that no set can have are refused by name, with exit code 64", arguments: impossibleChanges)
  func impossible(option: String, change: @Sendable (inout SynthesisOptions) -> Void) {
    var options = options()
    change(&options)
    let error = #expect(throws: SynthesisError.self) { try SyntheticDataset(options) }
    #expect(error?.kind == .usage)
    #expect(error?.description.hasPrefix("\(option): ") == true)
  }

  @Test("A test set as large as can be still leaves a video of each class to train on")
  func largestTest() throws {
    var options = options()
    options.test = .count(6)
    #expect(try SyntheticDataset(options).summary.labeled == 4)
    options.test = .share(0.99)
    #expect(try SyntheticDataset(options).summary.labeled == 4)
  }
}
