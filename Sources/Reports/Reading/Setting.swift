import Pages
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
    var settings: [Setting] = []
    if let root { add(root, at: [], to: &settings) }
    return settings
  }

  /// A run has a hundred settings. Aliases within aliases are few lines of YAML and settings without end.
  static let most = 400
  private static let (longestKey, longestValue, deepest) = (120, 200, 16)

  private static func add(_ node: Node, at path: [String], to settings: inout [Setting]) {
    guard settings.count < most, path.count < deepest else { return }
    func add(_ value: String) {
      settings.append(
        Setting(key: path.joined(separator: ".").cut(to: longestKey), value: value.cut(to: longestValue)))
    }
    switch node {
    case .mapping(let mapping) where !mapping.isEmpty:
      for (key, value) in mapping {
        self.add(value, at: path + [(key.string ?? "?").cut(to: longestKey)], to: &settings)
      }
    case .sequence(let sequence):
      let shown = sequence.prefix(longestValue).map { ($0.string ?? "…").cut(to: longestValue) }
      add("[\(shown.joined(separator: ", "))]")
    default: add(node.string ?? "{}")
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
