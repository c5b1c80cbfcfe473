import Foundation
import Storage
import SystemPackage

/// The tokenizer model that comes with Framewise.
enum ShippedVocabulary {
  static let name = "zh-en-8k.model"

  /// `vocab/` beside the program or in a folder above it, so that it is found from a build and from an installation.
  /// - Throws: `FileError` where there is none.
  static func path() throws -> FilePath {
    var folder = FilePath(Bundle.main.executablePath ?? ".").removingLastComponent()
    while true {
      let candidate = folder.appending("vocab").appending(name)
      if Folder.exists(candidate) { return candidate }
      let parent = folder.removingLastComponent()
      if parent == folder || parent.isEmpty {
        throw FileError(.read, FilePath("vocab").appending(name), .noSuchFileOrDirectory)
      }
      folder = parent
    }
  }
}
