package import Dataset
package import Text

/// How annotations and stored frames become a model's input; saved with the model as `preprocessor_config.json`, so
/// that weights never meet input that was prepared differently from what they were trained on.
package struct InputPreparation: Codable, Sendable, Equatable {
  package var modality: Modality
  /// Width and height of the backbone's input, pixels.
  package var imageSize: Int
  /// Side of the square that the middle of a frame is scaled to before the input is taken out of it, pixels: larger
  /// than `imageSize` by the room that training's random crops need. Inference goes the same way, so that its pixels
  /// are scaled as often as those of training.
  package var squareSize: Int
  package var frames: FramePreparation
  package var text: TextBudget

  package enum CodingKeys: String, CodingKey {
    case modality
    case imageSize = "image_size"
    case squareSize = "square_size"
    case frames
    case text
  }

  package init(
    modality: Modality, imageSize: Int, squareSize: Int, frames: FramePreparation, text: TextBudget
  ) {
    self.modality = modality
    self.imageSize = imageSize
    self.squareSize = squareSize
    self.frames = frames
    self.text = text
  }

  /// A model that was trained without crops need not name a square.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    modality = try container.decode(Modality.self, forKey: .modality)
    imageSize = try container.decode(Int.self, forKey: .imageSize)
    squareSize = try container.decodeIfPresent(Int.self, forKey: .squareSize) ?? imageSize
    frames = try container.decode(FramePreparation.self, forKey: .frames)
    text = try container.decode(TextBudget.self, forKey: .text)
  }
}

extension InputPreparation {
  /// A sentence where the frames of a source are smaller than what published weights were used to; nil where they are
  /// not.
  package func enlargement(of source: any VideoSource) -> String? {
    let wanted = frames.framing.shortSide(forInput: imageSize)
    guard modality.hasFrames, frames.framing.mode != .middleSquare, let stored = source.shortSide,
      stored < wanted
    else { return nil }
    return
      "frames are stored with a short side of \(stored) pixels, the backbone wants \(wanted): they are enlarged; extract "
      + "with --short-side \(wanted), or take a smaller --input-size"
  }
}
