import Models
import Storage
package import SystemPackage
package import Yams

/// Resolves a configuration: the preset, then a YAML file, then overrides such as `training.epochs=5`.
///
/// The preset knows every key there is, so a key that it lacks is refused, with the nearest one that exists. Only the
/// keys of a backbone and of a text encoder depend on another: naming an architecture replaces them by that one's, whatever
/// their order.
package struct ConfigurationReader {
  var settings: Node
  /// What they were before anything was laid over them.
  private let preset: Node
  /// Who set what: the file or option by the dotted path of the setting.
  private var origins: [String: String] = [:]
  /// What comes with given weights and cannot be set, by its dotted path: whose it is.
  var fixed: [String: String] = [:]

  /// Of `fit`.
  package init(_ preset: Preset) throws { try self.init(from: preset.configuration) }

  /// Of `pretrain`.
  package init(pretraining preset: Preset) throws { try self.init(from: preset.pretraining) }

  private init(from preset: some SavedConfiguration) throws {
    guard let node = try Yams.compose(yaml: preset.yaml) else { preconditionFailure("a preset is not empty") }
    (settings, self.preset) = (node, node)
  }

  /// Lays the settings of a YAML file over what is there.
  package mutating func merge(file: FilePath) throws {
    guard let node = try YAMLFile.read(file) else { return }  // an empty file changes nothing
    settings = try merging(node, into: settings, path: [], origin: file.string)
  }

  /// Lays settings over what is there whose names may be dotted paths.
  /// - Parameter origin: whose settings these are, for messages.
  package mutating func merge(_ named: Node, origin: String) throws {
    guard named.null == nil else { return }
    guard let mapping = named.mapping else {
      throw ConfigurationError(origin, "takes settings, such as {training.epochs: 20}")
    }
    // A name of an architecture decides which keys there are.
    let paths = mapping.map { (path: $0.string ?? "?", value: $1) }
    for (path, value) in paths.filter(\.path.isArchitecture) + paths.filter({ !$0.path.isArchitecture }) {
      let nested = Self.nested(value, at: path)
      settings = try merging(nested, into: settings, path: [], origin: origin)
    }
  }

  /// Applies one `key.of.the.setting=value`; the value is read as YAML.
  package mutating func override(_ assignment: String) throws {
    let parts = assignment.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty else {
      throw ConfigurationError("--set \(assignment)", "is not of the form key=value")
    }
    let origin = "--set \(parts[0])"
    guard let value = try? Yams.compose(yaml: String(parts[1])) else {
      throw ConfigurationError(origin, "'\(parts[1])' is not a YAML value")
    }
    settings = try merging(Self.nested(value, at: parts[0]), into: settings, path: [], origin: origin)
  }

  /// `value` at the end of a dotted path.
  static func nested(_ value: Node, at path: some StringProtocol) -> Node {
    path.split(separator: ".").reversed().reduce(value) { node, key in Node([(Node(String(key)), node)]) }
  }

  /// The resolved configuration of a `fit`, every value checked.
  package func configuration() throws -> RunConfiguration { try resolved() }

  /// That of a `pretrain`.
  package func pretraining() throws -> PretrainingConfiguration { try resolved() }

  private func resolved<Configuration: SavedConfiguration>() throws -> Configuration {
    func problem(_ key: String, _ reason: String) -> ConfigurationError {
      // A list is set as a whole: its elements' paths go on with a number.
      let origin = origins.first { key == $0.key || key.hasPrefix($0.key + ".") }?.value
      return ConfigurationError(origin ?? "configuration", key: key, reason)
    }
    func decoded(_ node: Node) throws -> Configuration {
      try YAMLDecoder().decode(Configuration.self, from: Yams.serialize(node: node))
    }
    do {
      let configuration = try decoded(settings)
      if let (key, reason) = configuration.problem { throw problem(key, reason) }
      if let (key, reason) = configuration.unused(besides: try decoded(preset)) { throw problem(key, reason) }
      // As it is saved, which keeps fifteen digits of a number: a run that goes on reads these.
      return try YAMLDecoder().decode(Configuration.self, from: configuration.yaml)
    } catch let error as DecodingError {
      throw problem(error.settingPath, error.settingReason)
    }
  }

  mutating func merging(_ new: Node, into old: Node, path: [String], origin: String) throws -> Node {
    guard case .mapping(var known) = old else {
      let key = path.joined(separator: ".")
      guard new.mapping == nil else {
        throw ConfigurationError(origin, key: key, "takes a value, not further keys")
      }
      guard old.isList == new.isList, new.sequence?.contains(where: { $0.scalar == nil }) != true else {
        throw ConfigurationError(origin, key: key, old.isList ? "takes a list of values" : "takes one value")
      }
      if let owner = fixed[key], !new.says(theSameAs: old) {
        throw ConfigurationError(origin, key: key, "comes with \(owner), whose weights are for nothing else")
      }
      origins[key] = origin
      return new
    }
    guard let mapping = new.mapping else {
      if let part = ArchitecturePart(at: path), let name = new.string, part.names.contains(name) {
        throw ConfigurationError(
          origin, key: path.joined(separator: "."),
          "takes keys; the architecture is \((path + [ArchitecturePart.key]).joined(separator: "."))")
      }
      throw ConfigurationError(
        origin, key: path.joined(separator: "."),
        "takes the keys " + known.compactMap(\.key.string).joined(separator: ", "))
    }
    if let part = ArchitecturePart(at: path), let name = mapping[Node(ArchitecturePart.key)] {
      known = try settings(of: part, named: name, at: path, present: known, origin: origin)
    }
    for (key, value) in mapping {
      let name = key.string ?? "?"
      let keyPath = path + [name]
      guard let present = known[Node(name)] else {
        throw ConfigurationError(
          origin, key: keyPath.joined(separator: "."),
          try otherArchitecture(having: keyPath, than: known)
            ?? "is no setting" + (nearest(to: keyPath).map { "; did you mean '\($0)'?" } ?? ""))
      }
      known[Node(name)] = try merging(value, into: present, path: keyPath, origin: origin)
    }
    return .mapping(known)
  }

  // MARK: Architectures

  static let backbone = [RunConfiguration.CodingKeys.backbone.rawValue]
  static let textEncoder = [RunConfiguration.CodingKeys.textEncoder.rawValue]

  /// The settings of a part of the architecture that is named: those that are there, or those that are meant where nothing more
  /// is said.
  private func settings(
    of part: ArchitecturePart, named node: Node, at path: [String], present: Node.Mapping, origin: String
  ) throws -> Node.Mapping {
    guard node != present[Node(ArchitecturePart.key)] else { return present }
    let key = (path + [ArchitecturePart.key]).joined(separator: ".")
    guard let name = node.string, part.names.contains(name) else {
      throw ConfigurationError(
        origin, key: key, "is '\(node.string ?? "?")', must be \(part.names.joined(separator: ", "))")
    }
    let whole = path.prefix(1) + [ArchitecturePart.key]
    if let owner = fixed[whole.joined(separator: ".")] {
      throw ConfigurationError(
        origin, key: whole.joined(separator: "."), "comes with \(owner), whose weights are for nothing else")
    }
    return try part.settings(of: name)
  }

  /// What to say of a key that the present architecture lacks and another has; nil of any other key.
  private func otherArchitecture(having path: [String], than present: Node.Mapping) throws -> String? {
    guard let part = ArchitecturePart(at: path.dropLast()), let key = path.last else { return nil }
    let others = try part.names.filter { try part.settings(of: $0)[Node(key)] != nil }
    guard !others.isEmpty else { return nil }
    return "is no setting of \(present[Node(ArchitecturePart.key)]?.string ?? "this architecture"), but of "
      + others.joined(separator: " and ")
      + ": name that as \(path[0]).\(ArchitecturePart.key) before it"
  }

  /// The setting whose own name is most like that of `path`; of several the one that is in the same place.
  private func nearest(to path: [String]) -> String? {
    func distance(_ other: [String]) -> (Int, Int) {
      ((path.last ?? "").editDistance(to: other.last ?? ""), other.dropLast() == path.dropLast() ? 0 : 1)
    }
    return settings.paths.min { distance($0) < distance($1) }?.joined(separator: ".")
  }
}

extension Node {
  fileprivate var isList: Bool { sequence != nil }

  /// The way to every key of a mapping and of the mappings in it.
  var paths: [[String]] {
    guard let mapping else { return [] }
    return mapping.flatMap { key, value in
      let name = key.string ?? "?"
      return [[name]] + value.paths.map { [name] + $0 }
    }
  }
}

extension String {
  fileprivate var isArchitecture: Bool { hasSuffix(".architecture") }

  /// Insertions, deletions and replacements that turn this into `other` (Levenshtein).
  func editDistance(to other: String) -> Int {
    let target = Array(other)
    var row = Array(0...target.count)
    for (i, character) in enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, wanted) in target.enumerated() {
        let replaced = diagonal + (character == wanted ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = Swift.min(replaced, row[j] + 1, diagonal + 1)
      }
    }
    return row[target.count]
  }
}
