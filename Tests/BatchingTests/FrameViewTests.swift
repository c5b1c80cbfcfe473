import Images
import Storage
import Testing

@testable import Batching

@Suite struct FrameViewTests {
  private func views(_ augmentation: FrameAugmentation, count: Int = 2000) -> [FrameView] {
    var generator = SeededGenerator(seed: 7)
    return (0..<count).map { _ in FrameView.random(augmentation, using: &generator) }
  }

  @Test("Nothing switched on is the whole square as it is")
  func nothing() {
    for view in views(FrameAugmentation(), count: 20) {
      #expect(view.width == 1 && view.height == 1 && !view.isMirrored && view.rotation == 0)
      #expect(view.colors == .init())
    }
  }

  @Test("Crops have the area and the shape that were asked for, and use all of that range")
  func crops() {
    let views = views(FrameAugmentation(minimumArea: 0.2, aspectRatio: 1.5))
    let areas = views.map { $0.width * $0.height }
    let shapes = views.map { $0.width / $0.height }
    #expect(areas.allSatisfy { $0 <= 1 } && areas.contains { $0 < 0.25 } && areas.contains { $0 > 0.9 })
    #expect(shapes.allSatisfy { 1 / 1.5 - 1e-9 <= $0 && $0 <= 1.5 + 1e-9 })
    #expect(shapes.contains { $0 < 0.75 } && shapes.contains { $0 > 1.33 })
    // A stretched crop that does not fit is cut, so the smallest areas are a little below what was asked for.
    #expect(areas.allSatisfy { $0 > 0.2 / 1.5 })
    #expect(Set(views.map(\.x)).count > 1900 && views.allSatisfy { (0..<1).contains($0.x) })
  }

  @Test("Half of the videos are mirrored")
  func flip() {
    let mirrored = views(FrameAugmentation(flip: true)).count { $0.isMirrored }
    #expect((900...1100).contains(mirrored))
  }

  @Test("Turns and colours go to both sides, as far as they may and no further")
  func ranges() {
    let views = views(FrameAugmentation(rotation: 30, colorJitter: 0.2))
    for (values, range) in [
      (views.map(\.rotation), -30.0...30), (views.map(\.colors.brightness), 0.8...1.2),
      (views.map(\.colors.contrast), 0.8...1.2), (views.map(\.colors.saturation), 0.8...1.2),
    ] {
      #expect(values.allSatisfy { range.contains($0) })
      let width = range.upperBound - range.lowerBound
      #expect(values.contains { $0 < range.lowerBound + width / 20 })
      #expect(values.contains { $0 > range.upperBound - width / 20 })
    }
    #expect(
      views.contains { abs($0.colors.brightness - $0.colors.contrast) > 0.1 }, "each has a draw of its own")
  }
}
