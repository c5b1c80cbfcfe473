import Foundation

/// Mean and sample deviation of a few values, such as the scores of the folds.
package struct Statistics: Codable, Sendable, Equatable, CustomStringConvertible {
  package let count: Int
  package let mean: Double
  /// With `count - 1` in the denominator; nil for a single value, which says nothing of its spread.
  package let deviation: Double?

  /// - Precondition: there is a value.
  package init(_ values: [Double]) {
    precondition(!values.isEmpty, "no mean of no values")
    let mean = values.reduce(0, +) / Double(values.count)
    count = values.count
    self.mean = mean
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    deviation = values.count > 1 ? (squares / Double(values.count - 1)).squareRoot() : nil
  }

  /// `0.4571 ± 0.0123`
  package var description: String {
    let mean = String(format: "%.4f", mean)
    return deviation.map { "\(mean) ± \(String(format: "%.4f", $0))" } ?? mean
  }
}
