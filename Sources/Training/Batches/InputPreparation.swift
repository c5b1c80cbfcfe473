package import Text

/// How annotations and stored frames become a model's input; saved with the model as `preprocessor_config.json`, so
/// that weights never meet input that was prepared differently from what they were trained on.
package struct InputPreparation: Codable, Sendable, Equatable {
  package var modality: Modality
  /// Width and height of the backbone's input, pixels.
  package var imageSize: Int
  package var frames: FramePreparation
  package var text: TextBudget

  enum CodingKeys: String, CodingKey {
    case modality
    case imageSize = "image_size"
    case frames
    case text
  }
}
