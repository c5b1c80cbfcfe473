/// How the weights of one fold are found. The defaults leave out what a preset does not ask for.
package struct TrainingConfiguration: Codable, Sendable, Equatable {
  package var epochs: Int
  /// Optimizer steps of a fold at most, the learning rates falling to 0 by then; 0 sets no bound.
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

  package var classWeights: ClassWeighting
  package var labelSmoothing: Double
  /// γ in the factor `(1 - p)^γ` that a video's loss gets by the probability p of its category (focal loss).
  package var focalGamma = 0.0
  /// τ in the logits `z + τ · log prior` that training sees.
  package var logitAdjustment = 0.0
  /// Weight of the loss of the first level, whose probabilities are the sums of the second level's.
  package var level1Loss = 0.0
  /// Weight of the loss of the head that sees the video alone.
  package var auxiliaryVideoLoss: Double
  /// Weight of the loss of the head that sees the text alone; without it there is no such head.
  package var auxiliaryTextLoss = 0.0

  /// Dropout before the classifiers.
  package var headDropout: Double
  /// Draws of that dropout for each video, whose losses are averaged (multi-sample dropout).
  package var dropoutSamples = 1
  /// Weight of the divergence between two passes that differ by their dropout (R-Drop).
  package var rDrop = 0.0
  package var adversary = AdversaryConfiguration()
  package var augmentation: Augmentation

  enum CodingKeys: String, CodingKey {
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
    case classWeights = "class_weights"
    case labelSmoothing = "label_smoothing"
    case focalGamma = "focal_gamma"
    case logitAdjustment = "logit_adjustment"
    case level1Loss = "level1_loss"
    case auxiliaryVideoLoss = "auxiliary_video_loss"
    case auxiliaryTextLoss = "auxiliary_text_loss"
    case headDropout = "head_dropout"
    case dropoutSamples = "dropout_samples"
    case rDrop = "r_drop"
    case adversary
    case augmentation
  }

  /// Peak learning rates of the kinds of parameters.
  package struct LearningRates: Codable, Sendable, Equatable {
    package var backbone: Double
    /// Word embeddings. A token that a few videos have gets a few updates: where embeddings begin at random, it stays
    /// noise unless these are large.
    package var embeddings: Double
    package var fusion: Double
    /// Heads, which are new in every run.
    package var heads: Double
  }
}

/// When the backbone's layers begin to learn, as parts of all steps: `0` and `0` from the first step, `1` and `1` never.
package struct Unfreezing: Codable, Sendable, Equatable {
  /// The top layer.
  package var start = 0.0
  /// The lowest; those between follow one after the other from the top.
  package var end = 0.0
}

/// How learning rates fall after the warm-up.
package struct ScheduleConfiguration: Codable, Sendable, Equatable {
  package var shape = Shape.linear
  /// Of a polynomial schedule.
  package var power = 2.0
  /// How often they fall to 0 from their peak.
  package var cycles = 1

  package enum Shape: String, Choice { case linear, cosine, polynomial }
}

/// Which weights validate and predict.
package struct AverageConfiguration: Codable, Sendable, Equatable {
  package var weights = PredictingWeights.ema
  /// Of the exponential moving average.
  package var decay = 0.99
  /// How many states are averaged: of SWA the last ones at the ends of epochs (of cycles, where the schedule has
  /// several), of a soup the best epochs.
  package var snapshots = 3
}

/// The weights that a model predicts with.
package enum PredictingWeights: String, Choice {
  /// As the last step left them.
  case trained
  /// Their exponential moving average.
  case ema
  /// The mean of the last epochs or cycles (stochastic weight averaging).
  case swa
  /// The mean of the epochs that scored best on the videos held out, which flatters the scores on these.
  case soup
}

/// Weights of the categories in the loss, scaled so that their mean over the training videos is 1.
package struct ClassWeighting: Codable, Sendable, Equatable {
  package var scheme: Scheme
  /// γ of `power`.
  package var exponent = 0.3
  /// β of `effective`.
  package var beta = 0.99

  package enum Scheme: String, Choice {
    case none
    /// `1 / count`
    case inverse
    /// `count^-γ`
    case power
    /// `(1 - β) / (1 - β^count)`: the inverse of the effective number of videos (Cui et al., 2019).
    case effective
  }
}

/// Training against the worst small change of the word embeddings.
package struct AdversaryConfiguration: Codable, Sendable, Equatable {
  package var method = Method.none
  /// Greatest length of the change, joint over all embeddings.
  package var epsilon = 1.0
  /// Length of one of PGD's steps.
  package var alpha = 0.3
  /// K, how many steps PGD takes.
  package var steps = 3

  package enum Method: String, Choice { case none, fgm, pgd }
}
