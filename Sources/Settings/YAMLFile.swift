import Storage
package import SystemPackage
package import Yams

/// A file with one YAML document.
package enum YAMLFile {
  /// - Returns: nil for an empty file.
  /// - Throws: `FileError`, `ConfigurationError` naming the file.
  package static func read(_ path: FilePath) throws -> Node? {
    let bytes = try Files.read(path)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ConfigurationError(path.string, "is not UTF-8")
    }
    do {
      let node = try Yams.compose(yaml: text)
      return node == Node("") ? nil : node
    } catch {
      throw ConfigurationError(
        path.string, "is not YAML: \(error)".split(whereSeparator: \.isNewline).joined(separator: " "))
    }
  }
}
