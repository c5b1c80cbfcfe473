import Dataset
import Images
import Storage
import Torch

/// How stored frames become the backbone's input; travels with the model, so that weights never meet pixels that were
/// prepared differently from those that they were trained on.
package struct FramePreparation: Codable, Sendable, Equatable {
  /// Frames of one video at most, spread over all that are stored.
  package var maximumFrames: Int
  /// Subtracted from red, green and blue, in units of 0…1.
  package var mean: [Double]
  /// What they are then divided by.
  package var deviation: [Double]

  /// The default mean and deviation are ImageNet's.
  package init(
    maximumFrames: Int, mean: [Double] = [0.485, 0.456, 0.406], deviation: [Double] = [0.229, 0.224, 0.225]
  ) {
    self.maximumFrames = maximumFrames
    self.mean = mean
    self.deviation = deviation
  }

  enum CodingKeys: String, CodingKey {
    case maximumFrames = "maximum_frames"
    case mean = "image_mean"
    case deviation = "image_std"
  }

  /// Bytes 0…255 `[frames, size, size, 3]` → normalised `[frames, 3, size, size]` of `type`.
  func normalised(_ frames: Tensor, type: DataType) -> Tensor {
    let shift = Tensor(mean.map { Float($0 * 255) }).to(frames.device)
    let scale = Tensor(deviation.map { Float(1 / ($0 * 255)) }).to(frames.device)
    return ((frames.to(.float32) - shift) * scale).to(type).permuted([0, 3, 1, 2])
  }
}

/// The square in the middle of a frame, kept a little larger than the backbone's input, so that a random crop of it
/// still has all its pixels.
struct SquareFrame: Sendable {
  let image: RGBImage

  /// - Parameter size: of the backbone's input, in pixels.
  /// - Parameter kept: side of the square, in pixels; less where the picture is smaller.
  init(jpeg: [UInt8], size: Int, kept: Int) throws(JPEGError) {
    let picture = try JPEG.decode(jpeg, minimumShortSide: kept)
    let side = min(picture.width, picture.height)
    let middle = Region(
      x: (picture.width - side) / 2, y: (picture.height - side) / 2, width: side, height: side)
    let target = min(kept, max(side, size))  // a small picture is not blown up twice
    image = picture.resized(width: target, height: target, from: middle)
  }

  /// The backbone's input, `size`×`size`.
  func input(size: Int, view: FrameView) -> RGBImage {
    let side = max(1, Int((view.crop * Double(image.width)).rounded()))
    let room = Double(image.width - side)
    let region = Region(
      x: Int((view.x * room).rounded()), y: Int((view.y * room).rounded()), width: side, height: side)
    let picture = image.resized(width: size, height: size, from: region)
    return picture.oriented(transposed: false, mirrored: view.isMirrored, flipped: false)
  }
}

/// Which part of the square is seen, and which way round.
struct FrameView: Sendable {
  /// Side of the crop, as a part of the square's.
  var crop = 1.0
  /// Place of the crop in the room that is left, 0…1 each.
  var x = 0.5
  var y = 0.5
  var isMirrored = false

  static let whole = FrameView()

  static func random(_ augmentation: FrameAugmentation, using generator: inout SeededGenerator) -> FrameView {
    FrameView(
      crop: augmentation.minimumCrop + (1 - augmentation.minimumCrop) * generator.uniform(),
      x: generator.uniform(), y: generator.uniform(),
      isMirrored: generator.uniform() < 0.5 && augmentation.flip)
  }
}
