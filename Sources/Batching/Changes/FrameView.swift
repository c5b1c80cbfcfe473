import Foundation
import Images
import Storage

/// Which part of the square is seen, which way round, and in which colours.
struct FrameView: Sendable {
  /// Sides of the crop, as parts of the square's.
  var width = 1.0
  var height = 1.0
  /// Place of the crop in the room that is left, 0…1 each.
  var x = 0.5
  var y = 0.5
  var isMirrored = false
  /// Clockwise, degrees.
  var rotation = 0.0
  var colors = ColorAdjustment()

  static let whole = FrameView()

  /// What is not switched on draws no number, so that the other draws stay what they were.
  static func random(_ augmentation: FrameAugmentation, using generator: inout SeededGenerator) -> FrameView {
    var view = FrameView()
    if augmentation.minimumArea < 1 {
      // Area and logarithm of the aspect ratio are uniform, as in the published recipes.
      let area = augmentation.minimumArea + (1 - augmentation.minimumArea) * generator.uniform()
      let stretch =
        augmentation.aspectRatio > 1 ? exp(generator.symmetric() * log(augmentation.aspectRatio) / 2) : 1
      view.width = min(1, area.squareRoot() * stretch)
      view.height = min(1, area.squareRoot() / stretch)
      (view.x, view.y) = (generator.uniform(), generator.uniform())
    }
    if augmentation.flip { view.isMirrored = generator.uniform() < 0.5 }
    if augmentation.rotation > 0 { view.rotation = augmentation.rotation * generator.symmetric() }
    if augmentation.colorJitter > 0 {
      var factor: Double { 1 + augmentation.colorJitter * generator.symmetric() }
      view.colors = ColorAdjustment(brightness: factor, contrast: factor, saturation: factor)
    }
    return view
  }
}

extension FrameAugmentation {
  /// Side of the square that is kept of a frame, so that the smallest crops need not be enlarged, pixels. Bounded:
  /// crops below a quarter of the area are rare, and memory grows with the square.
  package func squareSize(for imageSize: Int) -> Int {
    Int((Double(imageSize) / max(minimumArea, 0.25).squareRoot()).rounded(.up))
  }
}

extension SeededGenerator {
  /// Uniform over −1…1.
  fileprivate mutating func symmetric() -> Double { 2 * uniform() - 1 }
}
