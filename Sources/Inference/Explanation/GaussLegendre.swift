import Foundation

/// Where between 0 and 1 to look at a function, and with which weights, so that the weighted sum is its integral: exact for
/// polynomials of degree `2 · count - 1`. Of what is as smooth as a network it needs a tenth of the places that as many
/// even steps would need (Gauss, 1814).
enum GaussLegendre {
  /// - Parameter count: at least 1.
  static func nodes(_ count: Int) -> [(place: Double, weight: Double)] {
    precondition(count > 0, "an integral needs a place to look at")
    return (0..<count).map { number in
      // Newton's method on the Legendre polynomial, from a place near its root.
      var x = cos(.pi * (Double(number) + 0.75) / (Double(count) + 0.5))
      var slope = 1.0
      for _ in 0..<100 {
        let (value, derivative) = polynomial(count, at: x)
        slope = derivative
        let step = value / derivative
        x -= step
        if abs(step) < 1e-15 { break }
      }
      return ((1 - x) / 2, 1 / ((1 - x * x) * slope * slope))
    }
  }

  /// The Legendre polynomial of a degree, and its derivative.
  private static func polynomial(_ degree: Int, at x: Double) -> (value: Double, derivative: Double) {
    var (before, value) = (1.0, x)
    for number in 1..<max(degree, 1) {
      let n = Double(number)
      (before, value) = (value, ((2 * n + 1) * x * value - n * before) / (n + 1))
    }
    return (value, Double(degree) * (x * value - before) / (x * x - 1))
  }
}
