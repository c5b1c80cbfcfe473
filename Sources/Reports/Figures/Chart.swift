/// A figure of curves over one axis, as its template draws it.
struct Chart: Sendable {
  struct Tick: Sendable {
    let place: String
    let tick: String
  }

  struct Line: Sendable {
    /// `12,30 15,28 …`
    let points: String
    /// How it is drawn, a class of the style sheet.
    let style: String
    /// What the pointer is told.
    let hint: String
  }

  struct Mark: Sendable {
    let x: String
    let y: String
    let style: String
  }

  struct Bar: Sendable {
    let x: String
    let y: String
    let barWidth: String
    let barHeight: String
    let style: String
    let hint: String
  }

  struct Key: Sendable {
    let style: String
    let keyText: String
  }

  let chartTitle: String
  /// For those who cannot see it.
  let chartLabel: String
  let xTitle: String
  var across: [Tick] = []
  var upwards: [Tick] = []
  var bars: [Bar] = []
  var lines: [Line] = []
  var marks: [Mark] = []
  var keys: [Key] = []
  var chartNote: String?

  /// Of the drawing, in its own units: as wide as a phone, so that its text can be read there.
  static let (width, height) = (360.0, 230.0)
  static let (left, right, top, bottom) = (40.0, 352.0, 10.0, 196.0)
}

/// A curve before it is drawn.
struct Curve {
  let name: String
  let style: String
  let points: [ThinnedCurve.Point]
}

extension Chart {
  /// Curves on axes that hold all of them.
  /// - Parameter unit: whether what is drawn lies between 0 and 1.
  init(
    _ title: String, label: String, xTitle: String, _ curves: [Curve], keys: [Key], isPart unit: Bool = false,
    note: String? = nil
  ) {
    self.init(chartTitle: title, chartLabel: label, xTitle: xTitle, keys: keys, chartNote: note)
    let points = curves.flatMap(\.points).filter { $0.x.isFinite && $0.y.isFinite }
    let x = Axis.holding(points.map(\.x), from: Self.left, to: Self.right)
    let y =
      unit
      ? Axis(
        low: 0, high: min(1, max(0.1, (points.map(\.y).max() ?? 1) * 1.08)), start: Self.bottom, end: Self.top
      )
      : Axis.holding(points.map(\.y), from: Self.bottom, to: Self.top)
    lines = curves.map { Line($0, x, y) }
    setTicks(x, y)
  }

  mutating func setTicks(_ x: Axis, _ y: Axis) {
    across = x.ticks(5).map { Tick(place: Axis.text(x.place($0.value)), tick: $0.text) }
    upwards = y.ticks(5).map { Tick(place: Axis.text(y.place($0.value)), tick: $0.text) }
  }
}

extension Chart.Line {
  init(_ curve: Curve, _ x: Axis, _ y: Axis) {
    points = curve.points.filter { $0.x.isFinite && $0.y.isFinite }
      .map { "\(Axis.text(x.place($0.x))),\(Axis.text(y.place($0.y)))" }.joined(separator: " ")
    style = curve.style
    hint = curve.name
  }
}
