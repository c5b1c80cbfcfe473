import Images
import Testing

@testable import Synthesis

@Suite("Drawing")
struct CanvasTests {
  private static let black = Color(red: 0, green: 0, blue: 0)
  private static let white = Color(red: 255, green: 255, blue: 255)

  private func rectangle(_ left: Double, _ top: Double, _ right: Double, _ bottom: Double) -> [Point] {
    [Point(x: left, y: top), Point(x: right, y: top), Point(x: right, y: bottom), Point(x: left, y: bottom)]
  }

  /// The red channel, row after row, of a black picture that is drawn on in white.
  private func drawn(_ width: Int, _ height: Int, _ outlines: [[Point]]) -> [UInt8] {
    var canvas = Canvas(width: width, height: height, top: Self.black, bottom: Self.black)
    canvas.fill(outlines, with: Self.white)
    return stride(from: 0, to: canvas.image.pixels.count, by: 3).map { canvas.image.pixels[$0] }
  }

  @Test("A pixel takes on the colour by as much as it is covered")
  func coverage() {
    #expect(drawn(3, 2, [rectangle(0.5, 0, 2, 1.5)]) == [128, 255, 0, 64, 128, 0])
  }

  @Test("What lies in two outlines is a hole")
  func hole() {
    #expect(drawn(3, 1, [rectangle(0, 0, 3, 1), rectangle(1, 0, 2, 1)]) == [255, 0, 255])
  }

  @Test("What lies outside the picture is cut off, not an index out of range")
  func clipping() {
    #expect(drawn(2, 2, [rectangle(-5, -5, 1, 1)]) == [255, 0, 0, 0])
    #expect(drawn(2, 2, [rectangle(1, 1, 9, 9)]) == [0, 0, 0, 255])
    #expect(drawn(2, 2, [rectangle(-9, -9, -1, -1)]) == [0, 0, 0, 0])
    #expect(drawn(2, 2, [rectangle(5, 5, 9, 9)]) == [0, 0, 0, 0])
  }

  @Test("Hues go from red over green and blue back to red")
  func hues() {
    #expect(Color(hue: 0, saturation: 1, value: 1).bytes == [255, 0, 0])
    #expect(Color(hue: 1 / 3, saturation: 1, value: 1).bytes == [0, 255, 0])
    #expect(Color(hue: 2 / 3, saturation: 1, value: 1).bytes == [0, 0, 255])
    #expect(Color(hue: -1, saturation: 1, value: 1).bytes == [255, 0, 0])
    #expect(Color(hue: 0.4, saturation: 0, value: 0.2).bytes == [51, 51, 51])
  }

  @Test("No two shapes look the same, nor have the same usual hue")
  func shapes() {
    let pictures = Shape.allCases.map { shape in
      drawn(32, 32, shape.outlines(center: Point(x: 16, y: 16), radius: 14, turn: 0))
    }
    for (index, picture) in pictures.enumerated() {
      for other in pictures[..<index] {
        #expect(zip(picture, other).count { abs(Int($0) - Int($1)) > 128 } > 60)
      }
    }
    #expect(Set(Shape.allCases.map(\.usualHue)).count == Shape.allCases.count)
  }
}
