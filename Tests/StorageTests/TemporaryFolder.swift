import Foundation
import SystemPackage

/// Runs `body` with a new empty folder, which is removed afterwards.
func withTemporaryFolder<Result>(_ body: (FilePath) throws -> Result) throws -> Result {
  let folder = NSTemporaryDirectory() + "framewise-\(UUID().uuidString)"
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try body(FilePath(folder))
}
