package import Batching
package import Inference
import Storage

/// How the optimizer finds the weights of one fold. The defaults leave out what a preset does not ask for.
package struct OptimizationConfiguration: Codable, Sendable, Equatable {
  package var epochs: Int
  /// Optimizer steps of a fold at most, the learning rates falling to 0 by then; 0 sets no bound. Where pseudo-labels come
  /// first, of each of the two stages.
  package var maximumSteps = 0
  /// Videos of one optimizer step.
  package var batchSize: Int
  /// Parts in which a batch is computed one after the other, for less memory; they add up to the same gradient.
  package var accumulation = 1
  /// s in the probability `count^s` of a category: 1 shows every video once an epoch, 0 every category as often as
  /// every other.
  package var samplingExponent = 1.0

  package var learningRate: LearningRates
  /// What the learning rate of a layer of backbone and fusion encoder is multiplied by for each layer above it.
  package var layerDecay = 1.0
  package var unfreezing = Unfreezing()
  /// The part of all steps over which learning rates rise from 0.
  package var warmUp: Double
  package var schedule = ScheduleConfiguration()
  package var weightDecay: Double
  /// Gradients are scaled down to this joint norm.
  package var maximumGradientNorm: Double
  package var average = AverageConfiguration()
  package var augmentation: Augmentation

  package init(
    epochs: Int, batchSize: Int, learningRate: LearningRates, warmUp: Double, weightDecay: Double,
    maximumGradientNorm: Double, augmentation: Augmentation
  ) {
    self.epochs = epochs
    self.batchSize = batchSize
    self.learningRate = learningRate
    self.warmUp = warmUp
    self.weightDecay = weightDecay
    self.maximumGradientNorm = maximumGradientNorm
    self.augmentation = augmentation
  }

  package enum CodingKeys: String, CodingKey {
    case epochs
    case maximumSteps = "maximum_steps"
    case batchSize = "batch_size"
    case accumulation
    case samplingExponent = "sampling_exponent"
    case learningRate = "learning_rate"
    case layerDecay = "layer_decay"
    case unfreezing
    case warmUp = "warm_up"
    case schedule
    case weightDecay = "weight_decay"
    case maximumGradientNorm = "maximum_gradient_norm"
    case average
    case augmentation
  }

  /// Optimizer steps of a whole training.
  /// - Parameter epochs: where they are others than these settings'.
  package func totalSteps(videos: Int, epochs: Int? = nil) -> Int {
    let steps = epochSteps(videos: videos) * (epochs ?? self.epochs)
    return maximumSteps > 0 ? min(steps, maximumSteps) : steps
  }

  /// The last batch of an epoch may be smaller.
  func epochSteps(videos: Int) -> Int { (videos + batchSize - 1) / batchSize }

  /// Peak learning rates of the kinds of parameters.
  package struct LearningRates: Codable, Sendable, Equatable {
    package var backbone: Double
    /// Word embeddings. A token that a few videos have gets a few updates: where embeddings begin at random, it stays
    /// noise unless these are large.
    package var embeddings: Double
    package var fusion: Double
    /// Heads, which are new in every run.
    package var heads: Double

    package init(backbone: Double, embeddings: Double, fusion: Double, heads: Double) {
      self.backbone = backbone
      self.embeddings = embeddings
      self.fusion = fusion
      self.heads = heads
    }

    enum CodingKeys: String, CodingKey { case backbone, embeddings, fusion, heads }
  }
}

/// When the backbone's layers begin to learn, as parts of all steps: `0` and `0` from the first step, `1` and `1` never.
package struct Unfreezing: Codable, Sendable, Equatable {
  /// The top layer.
  package var start = 0.0
  /// The lowest; those between follow one after the other from the top.
  package var end = 0.0
  /// Of a backbone that never learns: how many times each video's frames are changed at random ahead, training seeing one
  /// of these versions at a time; 0 leaves the frames as they are.
  package var views = 0

  package init(start: Double = 0, end: Double = 0, views: Int = 0) {
    self.start = start
    self.end = end
    self.views = views
  }

  package enum CodingKeys: String, CodingKey { case start, end, views }

  /// Whether no layer of the backbone ever learns.
  package var isNever: Bool { start >= 1 }
}

/// How learning rates fall after the warm-up.
package struct ScheduleConfiguration: Codable, Sendable, Equatable {
  package var shape = Shape.linear
  /// Of a polynomial schedule.
  package var power = 2.0
  /// How often they fall to 0 from their peak.
  package var cycles = 1

  package init(shape: Shape = .linear, power: Double = 2, cycles: Int = 1) {
    self.shape = shape
    self.power = power
    self.cycles = cycles
  }

  package enum Shape: String, Choice { case linear, cosine, polynomial }

  enum CodingKeys: String, CodingKey { case shape, power, cycles }
}

/// Which weights validate and predict.
package struct AverageConfiguration: Codable, Sendable, Equatable {
  package var weights = PredictingWeights.ema
  /// Of the exponential moving average.
  package var decay = 0.99
  /// How many states are averaged: of SWA the last ones at the ends of epochs (of cycles, where the schedule has
  /// several), of a soup the best epochs.
  package var snapshots = 3

  package init(weights: PredictingWeights = .ema, decay: Double = 0.99, snapshots: Int = 3) {
    self.weights = weights
    self.decay = decay
    self.snapshots = snapshots
  }

  package enum CodingKeys: String, CodingKey { case weights, decay, snapshots }
}
