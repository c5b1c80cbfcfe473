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

  func extractor(_ ids: [String], output: String = "out") throws -> Extractor {
    try AnnotationFile.write(ids.map { Annotation(id: $0) }, to: path.appending("annotations.json"))
    var extractor = Extractor(
      videos: path.appending("videos"), annotations: path.appending("annotations.json"),
      output: path.appending(output))
    extractor.options.shortSide = 32
    return extractor
  }

  /// Name and content of all files of an output folder.
  func content(of output: String = "out") throws -> [String: Data] {
    let folder = path.appending(output).string
    return try FileManager.default.contentsOfDirectory(atPath: folder).reduce(into: [:]) {
      $0[$1] = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\($1)"))
    }
  }

  func quarantine(of output: String = "out") throws -> [QuarantineRow] {
    try QuarantineRow.read(fromFolder: path.appending(output))
  }
}
