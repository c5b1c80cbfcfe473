import Foundation

extension RGBImage {
  /// Turned clockwise about its middle, in a frame of the same size. Bilinear between pixels; what comes from beyond
  /// the edge shows the pixel at the edge, so that no corner is black.
  package func rotated(degrees: Double) -> RGBImage {
    guard degrees.truncatingRemainder(dividingBy: 360) != 0 else { return self }
    let (sine, cosine) = (sin(degrees * .pi / 180), cos(degrees * .pi / 180))
    let middle = (x: Double(width - 1) / 2, y: Double(height - 1) / 2)
    let turned = pixels.withUnsafeBufferPointer { source in
      [UInt8](unsafeUninitializedCapacity: source.count) { destination, count in
        var target = 0
        for row in 0..<height {
          for column in 0..<width {
            // Where this pixel was before the turn.
            let (x, y) = (Double(column) - middle.x, Double(row) - middle.y)
            let across = Between(cosine * x + sine * y + middle.x, last: width - 1)
            let down = Between(cosine * y - sine * x + middle.y, last: height - 1)
            let (above, below) = (down.first * width, down.second * width)
            for channel in 0..<3 {
              func value(_ pixel: Int) -> Int32 { Int32(source[pixel * 3 + channel]) }
              let upper = across.blend(value(above + across.first), value(above + across.second))
              let lower = across.blend(value(below + across.first), value(below + across.second))
              // Two weights of 8 bits: 16 bits of fraction.
              destination[target] = UInt8((down.blend(upper, lower) + (1 << 15)) >> 16)
              target += 1
            }
          }
        }
        count = target
      }
    }
    return RGBImage(width: width, height: height, pixels: turned)
  }
}

/// A place between two neighbouring pixels of a line.
private struct Between {
  let first: Int
  let second: Int
  /// Of the second, in units of 1 / 256.
  private let weight: Int32

  init(_ place: Double, last: Int) {
    let inside = min(max(place, 0), Double(last))
    first = Int(inside)
    second = min(first + 1, last)
    weight = Int32(((inside - Double(first)) * 256).rounded())
  }

  func blend(_ a: Int32, _ b: Int32) -> Int32 { a * (256 - weight) + b * weight }
}
