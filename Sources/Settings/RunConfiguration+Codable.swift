import Batching
import Inference
import Models
import Tasks
import Text
import Training

extension RunConfiguration: Codable {
  enum CodingKeys: String, CodingKey {
    case seed, folds
    case foldSeed = "fold_seed"
    case modality, weights, backbone
    case textEncoder = "text_encoder"
    case streams, frames, text, training
    case pseudoLabels = "pseudo_labels"
    case consistency, calibration
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let training = try container.decode(TrainingSettings.self, forKey: .training)
    let frames = try container.decode(FrameSettings.self, forKey: .frames)
    self.init(
      seed: try container.decode(UInt64.self, forKey: .seed),
      folds: try container.decode(Int.self, forKey: .folds),
      foldSeed: try container.decode(UInt64.self, forKey: .foldSeed),
      modality: try container.decode(Modality.self, forKey: .modality),
      weights: try container.decode(InitialWeights.self, forKey: .weights),
      backbone: try container.decode(BackboneConfiguration.self, forKey: .backbone),
      textEncoder: try container.decode(TextEncoderConfiguration.self, forKey: .textEncoder),
      streams: try container.decode(Streams.self, forKey: .streams),
      maximumFrames: frames.maximumFrames, framing: frames.framing,
      text: try container.decode(TextBudget.self, forKey: .text),
      optimization: training.optimization, classification: training.classification,
      pseudoLabels: try container.decode(PseudoLabelConfiguration.self, forKey: .pseudoLabels),
      consistency: try container.decode(ConsistencyConfiguration.self, forKey: .consistency),
      calibration: try container.decode(CalibrationConfiguration.self, forKey: .calibration))
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(seed, forKey: .seed)
    try container.encode(folds, forKey: .folds)
    try container.encode(foldSeed, forKey: .foldSeed)
    try container.encode(modality, forKey: .modality)
    try container.encode(weights, forKey: .weights)
    try container.encode(backbone, forKey: .backbone)
    try container.encode(textEncoder, forKey: .textEncoder)
    try container.encode(streams, forKey: .streams)
    try container.encode(FrameSettings(maximumFrames: maximumFrames, framing: framing), forKey: .frames)
    try container.encode(text, forKey: .text)
    try container.encode(
      TrainingSettings(optimization: optimization, classification: classification), forKey: .training)
    try container.encode(pseudoLabels, forKey: .pseudoLabels)
    try container.encode(consistency, forKey: .consistency)
    try container.encode(calibration, forKey: .calibration)
  }
}

/// `frames`: what the backbone does not decide of them.
struct FrameSettings: Codable {
  let maximumFrames: Int
  let framing: Framing

  enum CodingKeys: String, CodingKey {
    case maximumFrames = "maximum_frames"
    case framing
  }
}

/// `training`: one flat mapping of what two rooms read, so that whoever sets a rate need not know the rooms.
private struct TrainingSettings: Codable {
  let optimization: OptimizationConfiguration
  let classification: ClassificationConfiguration

  init(optimization: OptimizationConfiguration, classification: ClassificationConfiguration) {
    self.optimization = optimization
    self.classification = classification
  }

  init(from decoder: any Decoder) throws {
    optimization = try OptimizationConfiguration(from: decoder)
    classification = try ClassificationConfiguration(from: decoder)
  }

  func encode(to encoder: any Encoder) throws {
    try optimization.encode(to: encoder)
    try classification.encode(to: encoder)
  }
}
