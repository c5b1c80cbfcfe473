import Foundation
import SystemPackage

/// Runs `body` with a path in a new folder, which is removed afterwards.
func withTemporaryPath<Result>(_ body: (FilePath) throws -> Result) throws -> Result {
  let folder = NSTemporaryDirectory() + "framewise-\(UUID().uuidString)"
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try body(FilePath(folder).appending("file.safetensors"))
}
