import Testing

@testable import Reports

@Suite("Figures") struct FigureTests {
  @Test(
    "A long curve is thinned to means of neighbours, and keeps its area",
    arguments: [1, 159, 160, 161, 100_000])
  func thinning(_ count: Int) {
    var curve = ThinnedCurve()
    for step in 1...count { curve.append(x: Double(step), y: Double(step % 10)) }
    #expect(curve.points.count <= 161)
    #expect(curve.points.map(\.x) == curve.points.map(\.x).sorted())
    #expect((curve.points.last?.x ?? 0) > Double(count) * 0.97)
    if count == 100_000 { #expect(curve.points.allSatisfy { abs($0.y - 4.5) < 0.2 }) }
    if count < 160 { #expect(curve.points.count == count) }
  }

  @Test("Ticks are round numbers within the axis, as many as there is room for")
  func ticks() {
    func texts(_ low: Double, _ high: Double) -> [String] {
      Axis(low: low, high: high, start: 0, end: 100).ticks(5).map(\.text)
    }
    #expect(texts(0, 1) == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"])
    #expect(texts(1, 20) == ["5", "10", "15", "20"])
    #expect(texts(0, 0.0004) == ["0.0000", "0.0001", "0.0002", "0.0003", "0.0004"])
    #expect(texts(0, 1e-6).dropFirst().allSatisfy { $0.contains("e-") })
    #expect(texts(3, 3) == [])
    #expect(Axis.holding([.nan, 2, 4], from: 0, to: 10).place(4) == 10)
    #expect(Axis.text(12.345) == "12.3" && Axis.text(12.0001) == "12")
  }
}
