package import Settings
import Storage
package import SystemPackage
import Yams

/// Variations of one configuration that are to be compared: the file of `framewise ablate`.
///
///     seeds: [1, 2, 3]
///     folds: [0, 1]                    # that each run trains; all where it is not said
///     settings: {training.epochs: 4}   # of every variation, over the preset
///     variations:                      # the first is what the others are compared with
///       plain: {}
///       pgd: {training.adversary.method: pgd}
package struct AblationPlan: Sendable, Equatable {
  package struct Variation: Sendable, Equatable {
    package let name: String
    /// Its seed is replaced by each of the plan's.
    package let configuration: RunConfiguration
  }

  package let seeds: [UInt64]
  /// In ascending order.
  package let folds: [Int]
  package let variations: [Variation]

  private static let keys = ["seeds", "folds", "settings", "variations"]

  /// - Throws: `ConfigurationError` naming the file, the variation and the setting.
  package init(reading path: FilePath, preset: Preset) throws {
    func problem(_ key: String, _ reason: String) -> ConfigurationError {
      ConfigurationError(path.string, key: key, reason)
    }
    let root = try YAMLFile.read(path)
    guard let mapping = root?.mapping else {
      throw problem("", "takes the keys \(Self.keys.joined(separator: ", "))")
    }
    if let key = mapping.keys.map({ $0.string ?? "?" }).first(where: { !Self.keys.contains($0) }) {
      throw problem(key, "is none of \(Self.keys.joined(separator: ", "))")
    }
    func list<Element: Decodable & Comparable>(_ key: String, of type: Element.Type) throws -> [Element]? {
      guard let node = mapping[Node(key)] else { return nil }
      guard let values = try? YAMLDecoder().decode([Element].self, from: Yams.serialize(node: node)),
        !values.isEmpty, zip(values.sorted(), values.sorted().dropFirst()).allSatisfy({ $0 < $1 })
      else { throw problem(key, "takes a list of different whole numbers") }
      return values
    }
    seeds = try list("seeds", of: UInt64.self) ?? [1]
    let chosenFolds = try list("folds", of: Int.self)?.sorted()

    var common = try ConfigurationReader(preset)
    if let settings = mapping[Node("settings")] { try common.merge(settings, origin: path.string) }
    guard let table = mapping[Node("variations")]?.mapping, !table.isEmpty else {
      throw problem("variations", "takes settings by the names of the variations")
    }
    variations = try table.map { key, settings in
      let name = key.string ?? ""
      guard name.first != ".", !name.isEmpty, name.allSatisfy(Self.isAllowed) else {
        throw problem("variations.\(name)", "is no name: letters, digits, '-', '+', '_' and '.' are")
      }
      var reader = common
      try reader.merge(settings, origin: "\(path), variation \(name)")
      return Variation(name: name, configuration: try reader.configuration())
    }
    let most = variations.map(\.configuration.folds).min() ?? 0
    folds = chosenFolds ?? Array(0..<most)
    guard variations.allSatisfy({ $0.configuration.folds == most }) else {
      throw problem("variations", "differ in their number of folds, and can not be compared")
    }
    if let fold = folds.first(where: { !(0..<most).contains($0) }) {
      throw problem("folds", "names fold \(fold), there are 0 to \(most - 1)")
    }
  }

  private static func isAllowed(_ character: Character) -> Bool {
    character.isASCII && (character.isLetter || character.isNumber || "-+_.".contains(character))
  }
}
