import Storage
package import SystemPackage
import Yams

/// A configuration that is kept with what was computed by it.
package protocol SavedConfiguration: Codable, Equatable {
  /// The first setting that no run can work with, and why.
  var problem: (key: String, reason: String)? { get }

  /// The first setting that is another than the preset's and nothing makes use of, and why.
  func unused(besides preset: Self) -> (key: String, reason: String)?

  /// The same with what commands on one run may differ in taken from another.
  /// - Parameter ofAnySeed: whether the seed is such a thing.
  func likened(to other: Self, ofAnySeed: Bool) -> Self
}

extension SavedConfiguration {
  package func unused(besides preset: Self) -> (key: String, reason: String)? { nil }

  package func likened(to other: Self, ofAnySeed: Bool) -> Self { self }

  /// As saved with a run.
  package var yaml: String {
    get throws { try Yams.serialize(node: Node(encoding: self)) }
  }

  /// Reads what was saved with a run: every setting, and none that is not known.
  /// - Throws: `FileError`, `ConfigurationError` naming file and key.
  package init(reading path: FilePath) throws {
    guard let node = try YAMLFile.read(path) else { throw ConfigurationError(path.string, "is empty") }
    do {
      let yaml = try Yams.serialize(node: node)
      let decoder = YAMLDecoder()
      self = try decoder.decode(Self.self, from: yaml)
      if let (key, reason) = problem { throw ConfigurationError(path.string, key: key, reason) }
      try requireEveryKey(of: try decoder.decode(DocumentKeys.self, from: yaml))
    } catch let error as DecodingError {
      throw ConfigurationError(path.string, key: error.settingPath, error.settingReason)
    }
  }
}
