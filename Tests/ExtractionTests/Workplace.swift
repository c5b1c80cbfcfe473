import Dataset
import Extraction
import Foundation
import Media
import SystemPackage
import Testing

/// A folder of a test's own with a folder of videos in it, gone when the test is over.
final class Workplace {
  let path: FilePath

  init() throws {
    path = FilePath(FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path)
    try FileManager.default.createDirectory(
      atPath: path.appending("videos").string, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path.string) }

  /// Puts a file of `Fixtures` into the videos' folder under another name.
  func add(_ fixture: String, as name: String) throws {
    let file = try #require(Bundle.module.url(forResource: "Fixtures/\(fixture)", withExtension: nil))
    try write(Data(contentsOf: file), as: name)
  }

  func write(_ data: Data, as name: String) throws {
    let file = URL(fileURLWithPath: path.appending("videos/\(name)").string)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: file)
  }

  func extractor(_ ids: [String], output: String = "out", shardSize: Int = 500) throws -> Extractor {
    try AnnotationFile.write(ids.map { Annotation(id: $0) }, to: path.appending("annotations.json"))
    var extractor = Extractor(
      videos: path.appending("videos"), annotations: path.appending("annotations.json"),
      output: path.appending(output))
    extractor.options.shortSide = 32
    extractor.shardSize = shardSize
    return extractor
  }

  /// An extractor whose workers do what the text of a "video" says (`Tests/HostileWorker`).
  ///
  /// - Parameters:
  ///   - deeds: a video each, called `v0`, `v1` and so on.
  ///   - name: of a machine with other laws, which the worker knows by it; nil for this one.
  func hostile(_ deeds: [String], on name: String? = nil) throws -> Extractor {
    try hostile(
      videos: deeds.enumerated().map { ("v\($0.offset)", Array($0.element.utf8)) }, on: name)
  }

  func hostile(videos: [(id: String, content: [UInt8])], on name: String? = nil) throws -> Extractor {
    for (id, content) in videos { try write(Data(content), as: "\(id).mp4") }
    var extractor = try extractor(videos.map(\.id))
    extractor.workers = 2
    extractor.options.timeLimit = .milliseconds(300)
    extractor.program = Extractor.programBesideThis.removingLastComponent().appending("hostile-worker")
    if let name {
      let link = path.appending(name)
      try FileManager.default.createSymbolicLink(
        atPath: link.string, withDestinationPath: extractor.program.string)
      extractor.program = link
    }
    return extractor
  }

  /// Name and content of all files of an output folder; folders in it are listed with no content.
  func content(of output: String = "out") throws -> [String: Data] {
    let folder = path.appending(output).string
    return try FileManager.default.contentsOfDirectory(atPath: folder).reduce(into: [:]) {
      $0[$1] = FileManager.default.contents(atPath: "\(folder)/\($1)") ?? Data()
    }
  }

  /// Videos `v0`, `v1` and so on of four kinds, one of which is without pictures; their ids.
  func addVideos(_ count: Int) throws -> [String] {
    let fixtures = ["plain.mp4", "turned90.mp4", "vfr.mkv", "sound.mp4"]
    for number in 0..<count { try add(fixtures[number % 4], as: "v\(number).mp4") }
    return (0..<count).map { "v\($0)" }
  }

  func removeVideos(_ ids: some Sequence<String>) {
    for id in ids { try? FileManager.default.removeItem(atPath: path.appending("videos/\(id).mp4").string) }
  }

  /// Runs and interrupts it when `count` videos are done, in their order and not one more: with one worker.
  func interrupt(_ extractor: Extractor, after count: Int) async throws {
    var extractor = extractor
    extractor.workers = 1
    let task = Task { [extractor] in
      try extractor.run { progress in
        if progress.videos >= count { withUnsafeCurrentTask { $0?.cancel() } }
      }
    }
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(!FileManager.default.fileExists(atPath: extractor.output.appending("dataset.json").string))
  }

  func quarantine(of output: String = "out") throws -> [QuarantineRow] {
    try QuarantineRow.read(fromFolder: path.appending(output))
  }
}
