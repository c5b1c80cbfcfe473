import Storage
package import SystemPackage
import Yams

extension RunConfiguration {
  /// As saved with a run.
  package var yaml: String {
    get throws { try YAMLEncoder().encode(self) }
  }

  /// Reads what was saved with a run: every setting, and none that is not known.
  /// - Throws: `FileError`, `ConfigurationError` naming file and key.
  package init(reading path: FilePath) throws {
    guard let node = try YAMLFile.read(path) else { throw ConfigurationError(path.string, "is empty") }
    do {
      let yaml = try Yams.serialize(node: node)
      let decoder = YAMLDecoder()
      self = try decoder.decode(RunConfiguration.self, from: yaml)
      if let (key, reason) = problem { throw ConfigurationError(path.string, key: key, reason) }
      try requireEveryKey(of: try decoder.decode(DocumentKeys.self, from: yaml))
    } catch let error as DecodingError {
      throw ConfigurationError(path.string, key: error.settingPath, error.settingReason)
    }
  }
}

extension DecodingError {
  /// The dotted path of the setting that is at fault.
  var settingPath: String {
    var path = context.codingPath
    if case .keyNotFound(let key, _) = self { path.append(key) }
    return path.map(\.stringValue).joined(separator: ".")
  }

  var settingReason: String {
    switch self {
    case .keyNotFound: "is missing"
    case .typeMismatch(let type, _), .valueNotFound(let type, _):
      switch type {
      case is any BinaryInteger.Type: "must be a whole number"
      case is any BinaryFloatingPoint.Type: "must be a number"
      case is Bool.Type: "must be true or false"
      default: "must be a \(type)"
      }
    default: context.debugDescription
    }
  }

  private var context: Context {
    switch self {
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
      .dataCorrupted(let context):
      context
    @unknown default: Context(codingPath: [], debugDescription: "\(self)")
    }
  }
}
