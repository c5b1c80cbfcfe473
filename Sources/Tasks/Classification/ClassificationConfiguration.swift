package import Models
import Storage

/// What classification minimises, and what makes it harder. The defaults leave out what a preset does not ask for.
package struct ClassificationConfiguration: Codable, Sendable, Equatable {
  package var classWeights: ClassWeighting
  package var labelSmoothing: Double
  /// γ in the factor `(1 - p)^γ` that a video's loss gets by the probability p of its category (focal loss).
  package var focalGamma = 0.0
  /// τ in the logits `z + τ · log prior` that training sees (`LearntPrior`).
  package var logitAdjustment = 0.0
  /// Weight of the loss of the first level, whose probabilities are the sums of the second level's.
  package var level1Loss = 0.0
  package var twoQuestions = TwoQuestionsConfiguration()
  /// Weight of the loss of the head that sees the video alone.
  package var auxiliaryVideoLoss: Double
  /// Weight of the loss of the head that sees the text alone; without it there is no such head.
  package var auxiliaryTextLoss = 0.0

  /// What the heads see of a video, side by side.
  package var pooling = Pooling.means
  /// Dropout before the classifiers.
  package var headDropout: Double
  /// Draws of that dropout for each video, whose losses are averaged (multi-sample dropout).
  package var dropoutSamples = 1
  /// Weight of the divergence between two passes that differ by their dropout (R-Drop).
  package var rDrop = 0.0
  package var adversary = AdversaryConfiguration()

  package init(
    classWeights: ClassWeighting, labelSmoothing: Double, level1Loss: Double = 0, auxiliaryVideoLoss: Double,
    headDropout: Double
  ) {
    self.classWeights = classWeights
    self.labelSmoothing = labelSmoothing
    self.level1Loss = level1Loss
    self.auxiliaryVideoLoss = auxiliaryVideoLoss
    self.headDropout = headDropout
  }

  enum CodingKeys: String, CodingKey {
    case classWeights = "class_weights"
    case labelSmoothing = "label_smoothing"
    case focalGamma = "focal_gamma"
    case logitAdjustment = "logit_adjustment"
    case level1Loss = "level1_loss"
    case twoQuestions = "two_questions"
    case auxiliaryVideoLoss = "auxiliary_video_loss"
    case auxiliaryTextLoss = "auxiliary_text_loss"
    case pooling
    case headDropout = "head_dropout"
    case dropoutSamples = "dropout_samples"
    case rDrop = "r_drop"
    case adversary
  }
}

/// Heads for the first level and for the category within it, beside the flat one.
package struct TwoQuestionsConfiguration: Codable, Sendable, Equatable {
  /// Weight of their losses; without it there are no such heads.
  package var loss = 0.0
  /// Their part in the probabilities that are predicted.
  package var weight = 0.5

  package init(loss: Double = 0, weight: Double = 0.5) {
    self.loss = loss
    self.weight = weight
  }

  enum CodingKeys: String, CodingKey { case loss, weight }
}

/// Weights of the categories in the loss, scaled so that their mean over the training videos is 1.
package struct ClassWeighting: Codable, Sendable, Equatable {
  package var scheme: Scheme
  /// γ of `power`.
  package var exponent = 0.3
  /// β of `effective`.
  package var beta = 0.99

  package init(scheme: Scheme, exponent: Double = 0.3, beta: Double = 0.99) {
    self.scheme = scheme
    self.exponent = exponent
    self.beta = beta
  }

  package enum Scheme: String, Choice {
    case none
    /// `1 / count`
    case inverse
    /// `count^-γ`
    case power
    /// `(1 - β) / (1 - β^count)`: the inverse of the effective number of videos (Cui et al., 2019).
    case effective
  }

  enum CodingKeys: String, CodingKey { case scheme, exponent, beta }
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

  package init(method: Method = .none, epsilon: Double = 1, alpha: Double = 0.3, steps: Int = 3) {
    self.method = method
    self.epsilon = epsilon
    self.alpha = alpha
    self.steps = steps
  }

  package enum Method: String, Choice { case none, fgm, pgd }

  enum CodingKeys: String, CodingKey { case method, epsilon, alpha, steps }
}
