/// Goes through settings that came from outside and notes the first that nothing can work with, so that a run does
/// not fail an hour later, and a model folder from elsewhere does not trap.
package struct SettingChecks {
  package private(set) var problem: (key: String, reason: String)?

  package init() {}

  package mutating func require(_ holds: Bool, _ key: String, _ reason: @autoclosure () -> String) {
    if problem == nil, !holds { problem = (key, reason()) }
  }

  package mutating func whole(_ key: String, _ value: Int, _ range: ClosedRange<Int>) {
    require(
      range.contains(value), key, "is \(value), must be from \(range.lowerBound) to \(range.upperBound)")
  }

  /// Refuses what is not a number, too.
  package mutating func number(_ key: String, _ value: Double, _ range: ClosedRange<Double>) {
    require(
      range.contains(value), key, "is \(value), must be from \(range.lowerBound) to \(range.upperBound)")
  }

  package mutating func part(_ key: String, _ value: Double) {
    require((0..<1).contains(value), key, "is \(value), must be at least 0 and below 1")
  }
}
