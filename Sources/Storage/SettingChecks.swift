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

  /// Refuses what is not a number, too.
  package mutating func number(_ key: any CodingKey, _ value: Double, _ range: ClosedRange<Double>) {
    require(
      range.contains(value), key, "is \(value), must be from \(range.lowerBound) to \(range.upperBound)")
  }

  package mutating func part(_ key: any CodingKey, _ value: Double) {
    require((0..<1).contains(value), key, "is \(value), must be at least 0 and below 1")
  }
}
