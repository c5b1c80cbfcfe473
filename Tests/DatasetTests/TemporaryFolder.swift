import Foundation
import SystemPackage

/// A fresh folder that goes away with the test.
final class TemporaryFolder: Sendable {
  let path: FilePath

  init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "framewise-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = FilePath(url.path(percentEncoded: false))
  }

  deinit { try? FileManager.default.removeItem(atPath: path.string) }

  /// Writes a file into the folder.
  @discardableResult
  func file(_ name: String, _ bytes: [UInt8]) throws -> FilePath {
    let file = path.appending(name)
    let folder = file.removingLastComponent().string
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(filePath: file.string))
    return file
  }

  @discardableResult
  func file(_ name: String, _ text: String) throws -> FilePath { try file(name, Array(text.utf8)) }
}
