/// Goes through settings that came from outside and notes the first that nothing can work with, so that a run does
/// not fail an hour later, and a model folder from elsewhere does not trap.
///
/// Settings are named by the keys that they are stored under, which are spelled where the type is and nowhere else.
package struct SettingChecks {
  /// The dotted path of the setting, and what is wrong with it.
  package private(set) var problem: (key: String, reason: String)?
  /// Where the settings stand that are looked at now.
  private var path: [String] = []

  package init() {}

  /// Looks at the settings below a key.
  package mutating func within(_ key: any CodingKey, _ body: (inout SettingChecks) -> Void) {
    path.append(key.stringValue)
    body(&self)
    path.removeLast()
  }

  package mutating func require(_ holds: Bool, _ key: any CodingKey, _ reason: @autoclosure () -> String) {
    guard problem == nil, !holds else { return }
    problem = ((path + [key.stringValue]).joined(separator: "."), reason())
  }

  package mutating func whole(_ key: any CodingKey, _ value: Int, _ range: ClosedRange<Int>) {
    require(
      range.contains(value), key, "is \(value), must be from \(range.lowerBound) to \(range.upperBound)")
  }

  /// Refuses the first setting, in the order of their names, whose value is another than in `usual`.
  /// - Parameter reason: goes on with a sentence that begins with what the value is.
  package mutating func requireSame<Settings: Encodable>(
    _ settings: Settings, as usual: Settings, _ reason: @autoclosure () -> String
  ) {
    func node(_ settings: Settings) -> JSONNode {
      let bytes = JSONText.encode(settings)
      do { return try bytes.withUnsafeBytes { try JSONNode($0) } } catch {
        preconditionFailure("what was just written is no JSON: \(error)")
      }
    }
    guard problem == nil, let (keys, value) = node(settings).difference(from: node(usual)) else { return }
    problem = ((path + keys).joined(separator: "."), "is \(value) \(reason())")
  }

  /// Refuses what is not a number, too.
  package mutating func number(_ key: any CodingKey, _ value: Double, _ range: ClosedRange<Double>) {
    require(
      range.contains(value), key, "is \(value), must be from \(range.lowerBound) to \(range.upperBound)")
  }

  package mutating func part(_ key: any CodingKey, _ value: Double) {
    require((0..<1).contains(value), key, "is \(value), must be at least 0 and below 1")
  }
}

extension JSONNode {
  /// The way to the first value that another document of the same names has otherwise, and how it is written here.
  fileprivate func difference(from other: JSONNode) -> (keys: [String], value: String)? {
    guard case .members(let names, let values) = self else { return self == other ? nil : ([], written) }
    for (name, value) in zip(names, values) {
      if let (keys, value) = value.difference(from: other[name] ?? .null) { return ([name] + keys, value) }
    }
    return nil
  }

  private var written: String {
    switch self {
    case .number(let text), .text(let text): text
    case .boolean(let value): "\(value)"
    case .null, .list, .members: kind
    }
  }
}
