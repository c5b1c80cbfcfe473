package import Foundation
import RunComparison
package import SystemPackage

/// Every file below a folder, by its path from there.
package func contents(of folder: FilePath) throws -> [String: Data] {
  var contents: [String: Data] = [:]
  let names = FileManager.default.enumerator(atPath: folder.string)?.compactMap { $0 as? String } ?? []
  for name in names {
    var isFolder: ObjCBool = false
    let path = folder.appending(name).string
    _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    contents[name] = isFolder.boolValue ? Data() : try Data(contentsOf: URL(filePath: path))
  }
  return contents
}

/// Those of a run that are the same however often it was stopped.
package func comparableContents(of run: FilePath) throws -> [String: Data] {
  try comparable(try contents(of: run))
}

/// The names of those files that differ, or are in one of the folders only.
package func differences(_ one: FilePath, _ other: FilePath) throws -> [String] {
  let (left, right) = (try comparableContents(of: one), try comparableContents(of: other))
  return Set(left.keys).union(right.keys).filter { left[$0] != right[$0] }.sorted()
}
