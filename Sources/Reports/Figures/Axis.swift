import Foundation
import Pages

/// Numbers along a side of a figure: from data to the figure's units, and where the ticks are.
struct Axis {
  let low: Double
  let high: Double
  /// Where `low` and `high` lie, in the figure's units.
  let start: Double
  let end: Double

  func place(_ value: Double) -> Double {
    guard high > low, (high - low).isFinite else { return start }
    return start + (value - low) / (high - low) * (end - start)
  }

  /// As SVG takes it: a tenth of a unit is less than anybody sees.
  static func text(_ place: Double) -> String {
    let rounded = (place * 10).rounded() / 10
    return rounded == rounded.rounded() ? String(Int(rounded)) : String(format: "%.1f", rounded)
  }

  /// Round numbers, at most `count`.
  func ticks(_ count: Int) -> [(value: Double, text: String)] {
    guard high > low, (high - low).isFinite else { return [] }
    let rough = (high - low) / Double(count)
    let power = pow(10, floor(log10(rough)))
    let step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= rough * 0.999 } ?? power * 10
    let digits = max(0, -Int(floor(log10(step) + 1e-9)))
    return stride(from: (low / step).rounded(.up) * step, through: high + step * 1e-6, by: step).map {
      value in
      (
        value,
        (digits > 4 || abs(value) >= 1e6) && value != 0
          ? String(format: "%.0e", value) : Quantity.decimal(value, digits: digits)
      )
    }
  }

  /// An axis that holds all values, from 0 where they come near it.
  static func holding(_ values: [Double], from start: Double, to end: Double) -> Axis {
    let finite = values.filter(\.isFinite)
    let (least, most) = (finite.min() ?? 0, finite.max() ?? 1)
    let low = least >= 0 && least < most * 0.5 ? 0 : least
    return Axis(low: low, high: most > low ? most : low + 1, start: start, end: end)
  }
}
