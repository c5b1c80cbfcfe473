package import Storage
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

extension FramePreparation {
  /// - Parameter key: where these settings stand, with a dot at the end.
  package func check(_ checks: inout SettingChecks, at key: String) {
    checks.whole(key + "maximum_frames", maximumFrames, 1...4096)
    for (name, values) in [("image_mean", mean), ("image_std", deviation)] {
      checks.require(values.count == 3, key + name, "takes three numbers: red, green, blue")
    }
    for value in mean { checks.number(key + "image_mean", value, -100...100) }
    for value in deviation { checks.number(key + "image_std", value, 1e-6...100) }
  }
}
