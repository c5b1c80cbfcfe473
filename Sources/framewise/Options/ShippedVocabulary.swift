import Foundation
import Storage
import SystemPackage

/// The tokenizer model that comes with Framewise.
enum ShippedVocabulary {
  static let name = "zh-en-8k.model"

  /// `vocab/` beside the program or in a folder above it, so that it is found from a build and from an installation.
  /// - Throws: `NoShippedVocabulary` where there is none.
  static func path() throws(NoShippedVocabulary) -> FilePath {
    let program = FilePath(Bundle.main.executablePath ?? ".").removingLastComponent()
    var folder = program
    while true {
      let candidate = folder.appending("vocab").appending(name)
      if Folder.exists(candidate) { return candidate }
      let parent = folder.removingLastComponent()
      if parent == folder || parent.isEmpty { throw NoShippedVocabulary(program: program) }
      folder = parent
    }
  }
}

/// A program that was taken to another place without its vocabulary.
struct NoShippedVocabulary: ReportableError {
  /// The folder of the program.
  let program: FilePath

  var kind: ErrorKind { .usage }
  var description: String {
    """
    vocab/\(ShippedVocabulary.name) comes with framewise and is neither beside the program, in \(program), nor in a folder above \
    it; --tokenizer takes another
    """
  }
}
