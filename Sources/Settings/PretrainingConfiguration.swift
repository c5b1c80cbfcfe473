package import Batching
import Inference
package import Models
import Storage
package import Tasks
package import Text
package import Training

/// Everything that decides what a pre-training computes; saved with its encoder as `configuration.yaml`.
package struct PretrainingConfiguration: EncoderSettings, Equatable {
  package var seed: UInt64
  package var foldSeed: UInt64
  package var modality: Modality
  package var weights: InitialWeights
  package var backbone: BackboneConfiguration
  package var textEncoder: TextEncoderConfiguration
  package var streams = Streams()
  package var maximumFrames: Int
  package var framing: Framing
  package var text: TextBudget
  package var optimization: OptimizationConfiguration
  package var questions: PretrainingQuestions
}

extension PretrainingConfiguration: Codable {
  enum CodingKeys: String, CodingKey {
    case seed
    case foldSeed = "fold_seed"
    case modality, weights, backbone
    case textEncoder = "text_encoder"
    case streams, frames, text
    case optimization = "training"
    case questions = "pretraining"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let frames = try container.decode(FrameSettings.self, forKey: .frames)
    self.init(
      seed: try container.decode(UInt64.self, forKey: .seed),
      foldSeed: try container.decode(UInt64.self, forKey: .foldSeed),
      modality: try container.decode(Modality.self, forKey: .modality),
      weights: try container.decode(InitialWeights.self, forKey: .weights),
      backbone: try container.decode(BackboneConfiguration.self, forKey: .backbone),
      textEncoder: try container.decode(TextEncoderConfiguration.self, forKey: .textEncoder),
      streams: try container.decode(Streams.self, forKey: .streams),
      maximumFrames: frames.maximumFrames, framing: frames.framing,
      text: try container.decode(TextBudget.self, forKey: .text),
      optimization: try container.decode(OptimizationConfiguration.self, forKey: .optimization),
      questions: try container.decode(PretrainingQuestions.self, forKey: .questions))
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(seed, forKey: .seed)
    try container.encode(foldSeed, forKey: .foldSeed)
    try container.encode(modality, forKey: .modality)
    try container.encode(weights, forKey: .weights)
    try container.encode(backbone, forKey: .backbone)
    try container.encode(textEncoder, forKey: .textEncoder)
    try container.encode(streams, forKey: .streams)
    try container.encode(FrameSettings(maximumFrames: maximumFrames, framing: framing), forKey: .frames)
    try container.encode(text, forKey: .text)
    try container.encode(optimization, forKey: .optimization)
    try container.encode(questions, forKey: .questions)
  }
}

extension PretrainingConfiguration: SavedConfiguration {
  package var problem: (key: String, reason: String)? {
    var checks = SettingChecks()
    checkEncoder(&checks)
    checks.require(
      modality.hasText, CodingKeys.modality, "is video, and everything that is asked is about text")
    checks.within(CodingKeys.optimization) {
      optimization.check(&$0)
      $0.require(
        optimization.samplingExponent == 1, OptimizationConfiguration.CodingKeys.samplingExponent,
        "is \(optimization.samplingExponent), which balances categories, and these are not read here")
      $0.within(OptimizationConfiguration.CodingKeys.average) {
        $0.require(
          optimization.average.weights != .soup, AverageConfiguration.CodingKeys.weights,
          "is soup, which is for models that are scored")
      }
    }
    checks.within(CodingKeys.questions) { questions.check(&$0, modality: modality) }
    return checks.problem
  }
}
