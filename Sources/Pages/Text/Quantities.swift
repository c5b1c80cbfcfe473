import Foundation

/// Quantities as people read them.
package enum Quantity {
  /// `3 videos`, `1 video`
  package static func counted(_ count: Int, _ one: String, _ many: String? = nil) -> String {
    "\(grouped(count)) \(count == 1 ? one : many ?? one + "s")"
  }

  /// `12,345`
  package static func grouped(_ count: Int) -> String {
    var digits = String(abs(count))
    for place in stride(from: digits.count - 3, to: 0, by: -3) {
      digits.insert(",", at: digits.index(digits.startIndex, offsetBy: place))
    }
    return (count < 0 ? "−" : "") + digits
  }

  package static func decimal(_ value: Double, digits: Int) -> String {
    value.isFinite ? String(format: "%.\(digits)f", value) : "?"
  }

  /// `3 h 20 min`, `12 min`, `40 s`
  package static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e12 else { return "?" }
    let whole = Int(seconds.rounded())
    if whole < 120 { return "\(whole) s" }
    if whole < 7200 { return "\(whole / 60) min" }
    return "\(grouped(whole / 3600)) h \(whole % 3600 / 60) min"
  }

  /// `2.5 s`; `3:07.5` from a minute on.
  package static func seconds(_ seconds: Double) -> String {
    guard seconds.isFinite, abs(seconds) < 1e7 else { return "?" }
    guard seconds >= 59.95 else { return "\(decimal(seconds, digits: 1)) s" }
    let tenths = Int((seconds * 10).rounded())
    return String(format: "%d:%02d.%d", tenths / 600, tenths / 10 % 60, tenths % 10)
  }
}
