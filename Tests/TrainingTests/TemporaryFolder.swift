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

  @discardableResult
  func write(_ bytes: [UInt8], to name: String) throws -> FilePath {
    try Data(bytes).write(to: URL(filePath: path.appending(name).string))
    return path.appending(name)
  }

  @discardableResult
  func write(_ text: String, to name: String) throws -> FilePath { try write(Array(text.utf8), to: name) }
}
