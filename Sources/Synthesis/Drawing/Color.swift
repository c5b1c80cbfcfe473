/// Red, green and blue, 0…255.
struct Color: Sendable, Equatable {
  var red: Double
  var green: Double
  var blue: Double

  init(red: Double, green: Double, blue: Double) {
    (self.red, self.green, self.blue) = (red, green, blue)
  }

  /// - Parameters:
  ///   - hue: from 0 (red) over 1/3 (green) and 2/3 (blue) to 1 (red again); whole turns make no difference.
  ///   - saturation: 0 (grey) … 1 (full strength).
  ///   - value: 0 (black) … 1.
  init(hue: Double, saturation: Double, value: Double) {
    func channel(_ hue: Double) -> Double {
      let strength = min(max(abs((hue - hue.rounded(.down)) * 6 - 3) - 1, 0), 1)
      return 255 * value * (1 - saturation * (1 - strength))
    }
    self.init(red: channel(hue), green: channel(hue + 2 / 3), blue: channel(hue + 1 / 3))
  }

  /// `share` of the other colour, 0…1.
  func mixed(with other: Color, share: Double) -> Color {
    Color(
      red: red + (other.red - red) * share, green: green + (other.green - green) * share,
      blue: blue + (other.blue - blue) * share)
  }

  /// Each channel in one byte.
  var bytes: [UInt8] { [red, green, blue].map { UInt8(min(max($0, 0), 255).rounded()) } }
}
