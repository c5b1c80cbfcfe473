package import Storage
import SystemPackage

/// A configuration that says something that Framewise does not understand, or cannot do.
package struct ConfigurationError: ReportableError, Equatable {
  /// The YAML file, or what else the setting came from.
  package var origin: String
  /// Dotted path of the setting; empty where the file as a whole is at fault.
  package var key: String
  package var reason: String

  package init(_ origin: String, key: String = "", _ reason: String) {
    self.origin = origin
    self.key = key
    self.reason = reason
  }

  package var kind: ErrorKind { .usage }
  package var description: String { key.isEmpty ? "\(origin): \(reason)" : "\(origin): '\(key)' \(reason)" }
}
