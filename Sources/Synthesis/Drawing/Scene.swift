import Images
import Storage

/// What happens in one video: a large shape drifting and turning over a faded background, small shapes of other
/// kinds in its way, and blocks where other videos have captions.
struct Scene: Sendable {
  /// One thing in motion; all lengths are shares of the picture's short side.
  struct Actor: Sendable {
    var shape: Shape
    var color: Color
    var radius: Double
    /// Where it is at the start, as shares of the picture's width and height.
    var start: Point
    /// Shares of the width and height in a second. It bounces off the edges.
    var velocity: Point
    /// Whole turns at the start, and how many more each second.
    var turn: Double
    var spin: Double
  }

  var width: Int
  var height: Int
  private var top: Color
  private var bottom: Color
  /// In the order of drawing: what comes later covers what came before.
  private var actors: [Actor]
  private var captions: [[Point]]

  /// A scene about `shape`.
  init(of shape: Shape, width: Int, height: Int, using generator: inout SeededGenerator) {
    (self.width, self.height) = (width, height)
    let hue = generator.uniform()
    top = Color(hue: hue, saturation: generator.in(0...0.35), value: generator.in(0.15...0.95))
    bottom = Color(hue: hue + 0.1, saturation: generator.in(0...0.35), value: generator.in(0.15...0.95))
    actors = (0..<generator.int(below: 4)).map { _ in .bystander(using: &generator) }
    actors.append(.protagonist(shape, using: &generator))
    actors += (0..<generator.int(below: 2)).map { _ in .bystander(using: &generator) }
    captions = generator.chance(0.5) ? Self.captions(width, height, using: &generator) : []
  }

  private static func captions(
    _ width: Int, _ height: Int, using generator: inout SeededGenerator
  ) -> [[Point]] {
    let size = Double(min(width, height)) * 0.06
    let y = Double(height) - 2 * size
    return (0..<(4 + generator.int(below: 6))).map { index in
      let x = size * (1.5 + 1.3 * Double(index))
      return [
        Point(x: x, y: y), Point(x: x + size, y: y), Point(x: x + size, y: y + size),
        Point(x: x, y: y + size),
      ]
    }
  }

  /// The picture at `time` seconds.
  func picture(at time: Double) -> RGBImage {
    var canvas = Canvas(width: width, height: height, top: top, bottom: bottom)
    let short = Double(min(width, height))
    for actor in actors {
      let center = Point(
        x: Self.bounced(actor.start.x + actor.velocity.x * time) * Double(width),
        y: Self.bounced(actor.start.y + actor.velocity.y * time) * Double(height))
      let outlines = actor.shape.outlines(
        center: center, radius: actor.radius * short, turn: actor.turn + actor.spin * time)
      canvas.fill(outlines, with: actor.color)
    }
    canvas.fill(captions, with: Color(red: 245, green: 245, blue: 245))
    return canvas.image
  }

  /// Folds a straight way into 0.25…0.75, so that what moves stays in the picture.
  private static func bounced(_ position: Double) -> Double {
    let phase = (position - 0.25) / 0.5
    let folded = phase - 2 * (phase / 2).rounded(.down)
    return 0.25 + 0.5 * (folded > 1 ? 2 - folded : folded)
  }
}

extension Scene.Actor {
  /// Large, and in seven videos of eight of its kind's hue: in the eighth only the shape tells.
  fileprivate static func protagonist(_ shape: Shape, using generator: inout SeededGenerator) -> Scene.Actor {
    let hue = generator.chance(7 / 8) ? shape.usualHue + generator.in(-0.03...0.03) : generator.uniform()
    return Scene.Actor(
      shape: shape, color: Color(hue: hue, saturation: generator.in(0.75...1), value: generator.in(0.75...1)),
      radius: generator.in(0.24...0.38), start: generator.point(in: 0.25...0.75),
      velocity: generator.point(in: -0.25...0.25), turn: generator.in(-0.08...0.08),
      spin: generator.in(-0.05...0.05))
  }

  /// Small, of any kind and hue.
  fileprivate static func bystander(using generator: inout SeededGenerator) -> Scene.Actor {
    let shape = generator.element(of: Shape.allCases)
    return Scene.Actor(
      shape: shape,
      color: Color(
        hue: generator.uniform(), saturation: generator.in(0.2...0.8), value: generator.in(0.3...0.9)),
      radius: generator.in(0.04...0.1), start: generator.point(in: 0...1),
      velocity: generator.point(in: -0.4...0.4), turn: generator.uniform(), spin: generator.in(-0.3...0.3))
  }
}
