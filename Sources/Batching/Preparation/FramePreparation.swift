package import Models
package import Storage

/// How stored frames become the backbone's input; travels with the model, so that weights never meet pixels that were
/// prepared differently from those that they were trained on.
package struct FramePreparation: Codable, Sendable, Equatable {
  /// Frames of one video at most, spread over all that are stored.
  package var maximumFrames: Int
  package var framing: Framing
  /// Subtracted from red, green and blue, in units of 0…1.
  package var mean: [Double]
  /// What they are then divided by.
  package var deviation: [Double]

  package init(maximumFrames: Int, _ normalization: ImageNormalization, _ framing: Framing = .middleSquare) {
    self.maximumFrames = maximumFrames
    self.framing = framing
    mean = normalization.mean
    deviation = normalization.deviation
  }

  package enum CodingKeys: String, CodingKey {
    case maximumFrames = "maximum_frames"
    case framing
    case mean = "image_mean"
    case deviation = "image_std"
  }
}

extension FramePreparation {
  package func check(_ checks: inout SettingChecks) {
    checks.whole(CodingKeys.maximumFrames, maximumFrames, 1...4096)
    checks.within(CodingKeys.framing) { framing.check(&$0) }
    for (key, values) in [(CodingKeys.mean, mean), (.deviation, deviation)] {
      checks.require(values.count == 3, key, "takes three numbers: red, green, blue")
    }
    for value in mean { checks.number(CodingKeys.mean, value, -100...100) }
    for value in deviation { checks.number(CodingKeys.deviation, value, 1e-6...100) }
  }
}
