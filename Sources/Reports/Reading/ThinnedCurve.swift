/// A curve of bounded length, however many points it is made of: where there are too many, neighbours become their mean.
struct ThinnedCurve {
  struct Point: Equatable {
    var x: Double
    var y: Double
  }

  /// Means of `width` points each, but for the last one.
  private var means: [Point] = []
  private var width = 1
  /// The sum of those that make no full mean yet.
  private var rest = Point(x: 0, y: 0)
  private var inRest = 0
  private let limit: Int

  /// - Parameter limit: points at most.
  init(limit: Int = 160) {
    precondition(limit >= 2)
    self.limit = limit
  }

  /// A curve of these points.
  init(_ points: [(Double, Double)]) {
    self.init()
    for (x, y) in points { append(x: x, y: y) }
  }

  mutating func append(x: Double, y: Double) {
    rest.x += x
    rest.y += y
    inRest += 1
    guard inRest == width else { return }
    means.append(Point(x: rest.x / Double(width), y: rest.y / Double(width)))
    (rest, inRest) = (Point(x: 0, y: 0), 0)
    guard means.count == limit - limit % 2 else { return }
    means = stride(from: 0, to: means.count, by: 2).map { place in
      Point(
        x: (means[place].x + means[place + 1].x) / 2, y: (means[place].y + means[place + 1].y) / 2)
    }
    width *= 2
  }

  var points: [Point] {
    inRest == 0 ? means : means + [Point(x: rest.x / Double(inRest), y: rest.y / Double(inRest))]
  }
}
