import Storage
import SystemPackage
import Yams

/// A setting of a run, `training.epochs` and its value.
struct Setting: Equatable {
  let key: String
  let value: String

  /// All settings of a `configuration.yaml`, in its order.
  /// - Throws: `FileError`, and `SettingsError` for what is no YAML.
  static func all(of path: FilePath) throws -> [Setting] {
    let text = String(decoding: try Files.read(path), as: UTF8.self)
    let root: Node?
    do { root = try Yams.compose(yaml: text) } catch { throw SettingsError(path: path) }
    return root.map { settings(of: $0, at: []) } ?? []
  }

  private static func settings(of node: Node, at path: [String]) -> [Setting] {
    switch node {
    case .mapping(let mapping) where !mapping.isEmpty:
      mapping.flatMap { settings(of: $0.value, at: path + [$0.key.string ?? "?"]) }
    case .sequence(let sequence):
      [
        Setting(
          key: path.joined(separator: "."),
          value: "[\(sequence.map { $0.string ?? "…" }.joined(separator: ", "))]")
      ]
    default: [Setting(key: path.joined(separator: "."), value: node.string ?? "{}")]
    }
  }

  /// A row for each setting that is not the same in all runs: its value in each, nil where a run has no such setting.
  static func differences(_ runs: [[Setting]]) -> [(key: String, values: [String?])] {
    var keys: [String] = []
    var seen: Set<String> = []
    for setting in runs.joined() where seen.insert(setting.key).inserted { keys.append(setting.key) }
    let tables = runs.map { Dictionary($0.map { ($0.key, $0.value) }) { $1 } }
    return keys.compactMap { key in
      let values = tables.map { $0[key] }
      return values.allSatisfy { $0 == values.first } ? nil : (key, values)
    }
  }
}

/// Settings of a run that cannot be read.
struct SettingsError: ReportableError {
  let path: FilePath

  var kind: ErrorKind { .badData }
  var description: String { "\(path): is no YAML" }
}
