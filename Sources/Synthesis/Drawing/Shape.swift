import Foundation

/// What a video shows, and with it the second half of its category.
enum Shape: Int, CaseIterable, Sendable {
  case circle, square, triangle, star, cross, ring, bowTie, arrow

  /// The hue that most videos of this shape have (see `Color`). All differ, those of the first few most.
  var usualHue: Double { Double(rawValue * 3 % Self.allCases.count) / Double(Self.allCases.count) }

  /// The closed outlines of the shape in a circle of radius 1; what lies in two of them is a hole.
  private var outlines: [[Point]] {
    switch self {
    case .circle: [Self.polygon(corners: 40)]
    case .square: [Self.polygon(corners: 4, turned: 1 / 8)]
    case .triangle: [Self.polygon(corners: 3)]
    case .star: [Self.starOutline]
    case .cross:
      [
        Self.points([
          (-0.3, -0.95), (0.3, -0.95), (0.3, -0.3), (0.95, -0.3), (0.95, 0.3), (0.3, 0.3), (0.3, 0.95),
          (-0.3, 0.95), (-0.3, 0.3), (-0.95, 0.3), (-0.95, -0.3), (-0.3, -0.3),
        ])
      ]
    case .ring: [Self.polygon(corners: 40), Self.polygon(corners: 40, radius: 0.55)]
    case .bowTie: [Self.points([(-0.9, -0.7), (0, -0.1), (0.9, -0.7), (0.9, 0.7), (0, 0.1), (-0.9, 0.7)])]
    case .arrow:
      [
        Self.points([
          (0, -1), (0.8, -0.1), (0.3, -0.1), (0.3, 0.95), (-0.3, 0.95), (-0.3, -0.1), (-0.8, -0.1),
        ])
      ]
    }
  }

  /// The outlines on a picture.
  ///
  /// - Parameters:
  ///   - center, radius: in pixels.
  ///   - turn: clockwise, in whole turns.
  func outlines(center: Point, radius: Double, turn: Double) -> [[Point]] {
    let x = Self.direction(turn)
    return outlines.map { outline in
      outline.map { point in
        Point(
          x: center.x + radius * (point.x * x.x - point.y * x.y),
          y: center.y + radius * (point.x * x.y + point.y * x.x))
      }
    }
  }

  private static func points(_ coordinates: [(Double, Double)]) -> [Point] {
    coordinates.map { Point(x: $0, y: $1) }
  }

  private static func polygon(corners: Int, radius: Double = 1, turned: Double = 0) -> [Point] {
    (0..<corners).map { corner in
      let up = direction(Double(corner) / Double(corners) + turned - 0.25)
      return Point(x: radius * up.x, y: radius * up.y)
    }
  }

  private static var starOutline: [Point] {
    zip(polygon(corners: 5), polygon(corners: 5, radius: 0.42, turned: 0.1)).flatMap { [$0, $1] }
  }

  /// The direction at `turn` whole turns clockwise from the right. Rounded, so that the last bits of a
  /// mathematics library's sine are not in our files.
  private static func direction(_ turn: Double) -> Point {
    let angle = 2 * Double.pi * turn
    return Point(x: (cos(angle) * 4096).rounded() / 4096, y: (sin(angle) * 4096).rounded() / 4096)
  }
}
