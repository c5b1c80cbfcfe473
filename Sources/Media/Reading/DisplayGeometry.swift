import CFFmpeg
import Images

/// How a stored frame is laid out on the screen: turned or mirrored as the display matrix says, its pixels as
/// wide as the sample aspect ratio says.
struct DisplayGeometry: Equatable {
  var transposed = false
  var mirrored = false
  var flipped = false
  /// Width of a stored pixel over its height.
  var pixelAspect = 1.0

  /// - Parameters:
  ///   - matrix: `[a b u; c d v; x y w]` of ISO 14496-12, which takes a stored point (x, y) to
  ///     (a·x + c·y, b·x + d·y) on the screen; only the nearest of the eight layouts on the pixel grid is kept.
  init(matrix: UnsafePointer<Int32>?, pixelAspect: AVRational) {
    let aspect = pixelAspect.num > 0 && pixelAspect.den > 0 ? av_q2d(pixelAspect) : 1
    // Real ones lie between 0.5 and 4; what is far outside is noise and would blow up the picture.
    self.pixelAspect = 0.1...10 ~= aspect ? aspect : 1
    guard let matrix else { return }
    let (a, b, c, d) = (Int64(matrix[0]), Int64(matrix[1]), Int64(matrix[3]), Int64(matrix[4]))
    guard a != 0 || b != 0 || c != 0 || d != 0 else { return }
    transposed = abs(b) + abs(c) > abs(a) + abs(d)
    mirrored = (transposed ? c : a) < 0
    flipped = (transposed ? b : d) < 0
  }

  /// Degrees clockwise that the stored picture is turned by; one that is shown as in a mirror has its left and
  /// right exchanged first.
  var rotation: Int {
    switch (transposed, mirrored, flipped) {
    case (false, false, false), (false, true, false): 0
    case (true, true, false), (true, true, true): 90
    case (false, true, true), (false, false, true): 180
    case (true, false, true), (true, false, false): 270
    }
  }

  /// The size to scale a stored picture to, before it is turned, so that the short side of the displayed
  /// picture is `shortSide`. Strips more than 16 times as long as wide are limited on their long side.
  func scaledSize(width: Int, height: Int, shortSide: Int) -> (width: Int, height: Int) {
    let shown = (width: Double(width) * pixelAspect, height: Double(height))
    let (short, long) = (min(shown.width, shown.height), max(shown.width, shown.height))
    let scale = min(Double(shortSide) / short, Double(shortSide) * 16 / long)
    return (max(1, Int((shown.width * scale).rounded())), max(1, Int((shown.height * scale).rounded())))
  }
}
