import Batching
package import Storage

/// How videos without a category are learnt from while the model is trained: a teacher says what each is from a view that is
/// not changed, and the model is to say the same from one that is.
package struct ConsistencyConfiguration: Codable, Sendable, Equatable {
  package var method = Method.none
  package var teacher = Teacher.average
  /// Their part of each batch.
  package var share = 0.5
  /// Of their loss, once it has risen.
  package var weight = 0.3
  /// The part of all steps over which that weight rises from next to nothing.
  package var rampUp = 1.0
  /// T in the probabilities p^(1/T), normalised, that `mean_teacher` learns from: surer below 1.
  package var temperature = 0.5
  /// The least probability of the most probable category with which `fixmatch` learns from a video.
  package var threshold = 0.95
  /// How much the running means of what a teacher says keep of themselves in a step, at most.
  package var memory = 0.999
  package var alignment = Alignment.none
  package var strong = StrongView()
  package var balanced = BalancedHead()
  /// From which similarity on of a video's text to that of one that a fold holds out that fold does not learn from it; 0 learns
  /// from all.
  package var nearDuplicates = 0.8

  package init() {}

  package enum Method: String, Choice {
    case none
    /// From every video, by the teacher's probabilities (Tarvainen and Valpola, 2017).
    case meanTeacher = "mean_teacher"
    /// From those that the teacher is sure of, by its category (Sohn et al., 2020).
    case fixMatch = "fixmatch"
    /// From every video by its category, the less the further the teacher is below its mean sureness (Chen et al., 2023).
    case softMatch = "softmatch"
  }

  package enum Teacher: String, Choice {
    /// The exponential moving average of the weights that `training.average` keeps.
    case average
    /// The weights as they are trained.
    case trained
  }

  /// Whether a teacher's probabilities are brought from the mean that it says on to another.
  package enum Alignment: String, Choice {
    case none
    /// All categories alike, for how much a video counts alone.
    case uniform
    /// The parts of the categories among the labelled videos, also for what a video is taken for (Berthelot et al., 2020).
    case labelled
  }

  package enum CodingKeys: String, CodingKey {
    case method, teacher, share, weight
    case rampUp = "ramp_up"
    case temperature, threshold, memory, alignment, strong, balanced
    case nearDuplicates = "near_duplicates"
  }
}

/// A head for the long tail, which learns all categories alike: each video counts the less the more there are of its category.
package struct BalancedHead: Codable, Sendable, Equatable {
  /// Weight of its loss; without it there is no such head.
  package var loss = 0.0
  /// Its part in the probabilities that are predicted, also by a teacher.
  package var weight = 0.5

  package init() {}

  package enum CodingKeys: String, CodingKey { case loss, weight }
}

/// What the model's own view of a video without a category lacks; its frames are changed as those of labelled videos are.
package struct StrongView: Codable, Sendable, Equatable {
  package var partDropping = 0.2
  package var tokenMasking = 0.5
  /// How often text or frames are hidden from a video that has both.
  package var modalityDropping = 0.2

  package init() {}

  package enum CodingKeys: String, CodingKey {
    case partDropping = "part_dropping"
    case tokenMasking = "token_masking"
    case modalityDropping = "modality_dropping"
  }

  /// - Parameter frames: how those of labelled videos are changed.
  func augmentation(_ frames: FrameAugmentation) -> Augmentation {
    Augmentation(
      frames: frames, text: TextAugmentation(partDropping: partDropping, tokenMasking: tokenMasking),
      modalityDropping: modalityDropping)
  }
}

extension ConsistencyConfiguration {
  package func check(_ checks: inout SettingChecks) {
    checks.number(CodingKeys.share, share, 0.01...0.99)
    checks.number(CodingKeys.weight, weight, 1e-6...1e6)
    checks.number(CodingKeys.rampUp, rampUp, 0...1)
    checks.number(CodingKeys.temperature, temperature, 0.01...100)
    checks.part(CodingKeys.threshold, threshold)
    checks.part(CodingKeys.memory, memory)
    checks.require(
      method != .meanTeacher || alignment != .uniform, CodingKeys.alignment,
      "is uniform, which decides how much a video counts, and with mean_teacher all count alike")
    checks.number(CodingKeys.nearDuplicates, nearDuplicates, 0...1)
    checks.within(CodingKeys.balanced) {
      $0.number(BalancedHead.CodingKeys.loss, balanced.loss, 0...100)
      $0.number(BalancedHead.CodingKeys.weight, balanced.weight, 0...1)
    }
    checks.within(CodingKeys.strong) {
      $0.part(StrongView.CodingKeys.partDropping, strong.partDropping)
      $0.part(StrongView.CodingKeys.tokenMasking, strong.tokenMasking)
      $0.part(StrongView.CodingKeys.modalityDropping, strong.modalityDropping)
    }
  }
}
