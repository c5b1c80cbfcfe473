import Images

/// A point in pixels from the top left corner, or a direction.
struct Point: Sendable, Equatable {
  var x: Double
  var y: Double
}

/// A picture to draw on. Edges are smooth.
struct Canvas {
  private(set) var image: RGBImage
  /// How much of each pixel of the row in work is covered, 0…1.
  private var coverage: [Double]

  /// Lines of sight through a row of pixels; along a line, cover is exact.
  private static let linesPerRow = 4

  /// - Parameter top, bottom: the background fades from one to the other.
  init(width: Int, height: Int, top: Color, bottom: Color) {
    var pixels: [UInt8] = []
    pixels.reserveCapacity(width * height * 3)
    for row in 0..<height {
      let color = top.mixed(with: bottom, share: (Double(row) + 0.5) / Double(height)).bytes
      for _ in 0..<width { pixels += color }
    }
    image = RGBImage(width: width, height: height, pixels: pixels)
    coverage = Array(repeating: 0, count: width)
  }

  /// Fills what lies inside an odd number of the closed outlines.
  mutating func fill(_ outlines: [[Point]], with color: Color) {
    let heights = outlines.joined().map(\.y)
    guard let top = heights.min(), let bottom = heights.max() else { return }
    let first = max(0, Int(top.rounded(.down)))
    let end = min(image.height, Int(bottom.rounded(.up)))
    guard first < end else { return }
    for row in first..<end {
      for line in 0..<Self.linesPerRow {
        let y = Double(row) + (Double(line) + 0.5) / Double(Self.linesPerRow)
        let crossings = Self.crossings(of: outlines, at: y)
        for pair in stride(from: 0, to: crossings.count - 1, by: 2) {
          cover(from: crossings[pair], to: crossings[pair + 1])
        }
      }
      blend(row, color)
    }
  }

  /// Where the outlines cross a horizontal line, from left to right.
  private static func crossings(of outlines: [[Point]], at y: Double) -> [Double] {
    var crossings: [Double] = []
    for outline in outlines {
      guard var previous = outline.last else { continue }
      for point in outline {
        if (previous.y <= y) != (point.y <= y) {
          crossings.append(previous.x + (point.x - previous.x) * (y - previous.y) / (point.y - previous.y))
        }
        previous = point
      }
    }
    return crossings.sorted()
  }

  private mutating func cover(from start: Double, to end: Double) {
    let start = max(start, 0)
    let end = min(end, Double(image.width))
    guard start < end else { return }
    let weight = 1 / Double(Self.linesPerRow)
    for column in Int(start)...min(Int(end), image.width - 1) {
      coverage[column] += weight * max(0, min(end, Double(column + 1)) - max(start, Double(column)))
    }
  }

  private mutating func blend(_ row: Int, _ color: Color) {
    for column in 0..<image.width where coverage[column] > 0 {
      let offset = (row * image.width + column) * 3
      for (channel, value) in [color.red, color.green, color.blue].enumerated() {
        let old = Double(image.pixels[offset + channel])
        image.pixels[offset + channel] = UInt8((old + (value - old) * min(1, coverage[column])).rounded())
      }
      coverage[column] = 0
    }
  }
}
