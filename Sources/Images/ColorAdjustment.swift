/// Factors of a picture's colours; 1 leaves them as they are. Applied in this order:
/// brightness scales every value, contrast moves values from or to the picture's mean grey, saturation from or to the
/// pixel's own grey (ITU-R 601 luma).
package struct ColorAdjustment: Sendable, Equatable {
  package var brightness: Double
  package var contrast: Double
  package var saturation: Double

  package init(brightness: Double = 1, contrast: Double = 1, saturation: Double = 1) {
    self.brightness = brightness
    self.contrast = contrast
    self.saturation = saturation
  }
}

extension RGBImage {
  package func adjusted(_ colors: ColorAdjustment) -> RGBImage {
    guard colors != ColorAdjustment() else { return self }
    let brightness = Float(colors.brightness)
    let contrast = Float(colors.contrast)
    let saturation = Float(colors.saturation)
    let mean = meanLuma * brightness
    var result = self
    result.pixels.withUnsafeMutableBufferPointer { pixels in
      for pixel in stride(from: 0, to: pixels.count, by: 3) {
        func contrasted(_ channel: Int) -> Float {
          mean + (Float(pixels[pixel + channel]) * brightness - mean) * contrast
        }
        let (red, green, blue) = (contrasted(0), contrasted(1), contrasted(2))
        let luma = Self.luma(red, green, blue)
        func set(_ channel: Int, _ value: Float) {
          pixels[pixel + channel] = UInt8(min(max(luma + (value - luma) * saturation, 0), 255).rounded())
        }
        set(0, red)
        set(1, green)
        set(2, blue)
      }
    }
    return result
  }

  private var meanLuma: Float {
    let sum = stride(from: 0, to: pixels.count, by: 3).reduce(Float(0)) { sum, pixel in
      sum + Self.luma(Float(pixels[pixel]), Float(pixels[pixel + 1]), Float(pixels[pixel + 2]))
    }
    return sum / Float(max(1, width * height))
  }

  private static func luma(_ red: Float, _ green: Float, _ blue: Float) -> Float {
    0.299 * red + 0.587 * green + 0.114 * blue
  }
}
