package import Batching
import Glibc
import Models
import NN
import Torch

/// Learning from videos without a category beside labelled ones: a teacher, without gradients, says what each is from a view
/// that is not changed, and the model is to say the same from one that is.
///
/// The loss is the mean over all such videos of a batch, also those that nothing is learnt from: the fewer a teacher is sure
/// of, the less they weigh beside labelled ones. No category of theirs is read, nor is there one to read.
package struct Consistency: Sendable {
  private let settings: ConsistencyConfiguration
  /// The part of each category among the labelled videos.
  private let prior: [Float]
  package let views: TwoViews

  /// - Parameter counts: labelled videos of each category in the training part.
  /// - Parameter augmentation: of labelled videos.
  package init(_ settings: ConsistencyConfiguration, counts: [Int], augmentation: Augmentation) {
    self.settings = settings
    let all = Float(max(1, counts.reduce(0, +)))
    prior = counts.map { Float($0) / all }
    views = TwoViews(strong: settings.strong.augmentation(augmentation.frames), weak: .none)
  }

  var asksAverage: Bool { settings.teacher == .average }

  func memory(on device: Device) -> ConsistencyMemory {
    ConsistencyMemory(categories: prior.count, decay: settings.memory, on: device)
  }

  package struct Plan: Sendable {
    /// The rows of the videos without a category among those of the part.
    fileprivate let rows: Upload.Place<Int64>
    fileprivate let videos: Int
    /// Such videos of the whole batch.
    fileprivate let whole: Int
  }

  func plan(_ part: Batch, of whole: Batch, in upload: inout Upload) -> Plan? {
    let rows = part.videos.indices.filter { part.videos[$0].target == .unlabelled }
    guard !rows.isEmpty else { return nil }
    return Plan(
      rows: upload.add(rows.lazy.map(Int64.init)), videos: part.videos.count,
      whole: whole.videos.count { $0.target == .unlabelled })
  }

  /// What a teacher says of a part's videos without a category, `[videos, categories]`; nil where there are none.
  static func logits(_ teacher: VideoTextClassifier, _ input: ModelInput) -> Tensor? {
    guard let view = input.weak else { return nil }
    return withoutGradients {
      let vectors = teacher.encoder.vectors(of: view.pictures, .evaluation)
      return teacher(tokens: view.tokens, vectors: vectors, view.layout, .evaluation).logits
    }
  }

  /// What a part's videos without a category are to be taken for in a step; nil where there are none.
  /// - Parameter progress: the part of all steps that is done, 0…1.
  func answers(
    _ teacher: VideoTextClassifier, _ input: ModelInput, _ plan: Plan?, _ memory: ConsistencyMemory?,
    progress: Double
  ) -> Answers? {
    guard let plan, let logits = Self.logits(teacher, input) else { return nil }
    return withoutGradients {
      answers(
        logits, rows: input.sent[plan.rows], videos: plan.videos, whole: plan.whole, memory,
        progress: progress)
    }
  }

  /// - Parameter logits: of the teacher.
  func answers(
    _ logits: Tensor, rows: Tensor, videos: Int, whole: Int, _ memory: ConsistencyMemory?, progress: Double
  ) -> Answers {
    let shift = memory.flatMap(shift)
    let aligned = shift.map { logits + $0 } ?? logits
    let sureness = aligned.softmax(along: -1).maximum(along: -1)  // [videos]
    let said = settings.alignment == .labelled ? aligned : logits
    return Answers(
      rows: rows, videos: videos,
      targets: settings.method == .meanTeacher
        ? (said / settings.temperature).softmax(along: -1) : said.placeOfMaximum(along: -1),
      weights: weights(sureness, memory), factor: weight(at: progress) / Double(whole), whole: whole,
      seen: ConsistencyMemory.seen(sureness: sureness, probabilities: logits.softmax(along: -1)))
  }

  /// What brings the mean of what is said to the one that is wanted, as what is added to logits, `[categories]`.
  private func shift(_ memory: ConsistencyMemory) -> Tensor? {
    // Never to divide by what is next to nothing.
    func logarithm(_ parts: Tensor) -> Tensor { (parts + 1e-6).logarithm() }
    switch settings.alignment {
    case .none: return nil
    case .uniform: return logarithm(memory.marginal) * -1
    case .labelled: return logarithm(Tensor(prior).to(memory.marginal.device)) - logarithm(memory.marginal)
    }
  }

  /// How much each video counts, `[videos]`, 0…1.
  private func weights(_ sureness: Tensor, _ memory: ConsistencyMemory?) -> Tensor {
    switch settings.method {
    case .none, .meanTeacher: return .ones(sureness.shape, on: sureness.device)
    case .fixMatch: return sureness.isAtLeast(settings.threshold)
    case .softMatch:
      guard let memory else { preconditionFailure("softmatch goes by what it remembers") }
      let (mean, variance) = (memory.sureness.narrowed(0, 0..<1), memory.sureness.narrowed(0, 1..<2))
      // A Gaussian of half the deviation, cut off above the mean.
      let below = (sureness - mean).clamped(atMost: 0)
      return (below.power(2) / variance.clamped(atLeast: 1e-8) * -2).exponential()
    }
  }

  /// Up along a Gaussian, as Laine and Aila (2017) have it.
  private func weight(at progress: Double) -> Double {
    guard settings.rampUp > 0 else { return settings.weight }
    let left = 1 - min(1, progress / settings.rampUp)
    return settings.weight * exp(-5 * left * left)
  }

  /// What videos are to be taken for, and how much each counts.
  struct Answers {
    let rows: Tensor
    /// Of the part, those with a category among them.
    let videos: Int
    /// Categories `[answers]` int64, or probabilities `[answers, categories]`.
    let targets: Tensor
    let weights: Tensor
    /// What the sum of the weighted losses is multiplied by.
    let factor: Double
    /// Such videos of the whole batch.
    let whole: Int
    let seen: Tensor

    /// How much of the batch's videos without a category is learnt from: the part's share.
    var trust: Tensor { weights.sum() * (1 / Double(whole)) }

    /// The part of the batch's loss that belongs to these videos, a scalar; the mean where there are several outputs.
    /// - Parameter outputs: logits that predict, `[draws * videos, categories]`, of passes that differ by their dropout.
    func loss(of outputs: [Tensor]) -> Tensor {
      let losses = outputs.map { logits in
        let draws = logits.size(0) / videos
        let own = logits.reshaped([draws, videos, -1]).gathered(rows, along: 1)
          .reshaped([draws * rows.size(0), -1])
        let entropies = own.crossEntropies(targets.repeated(draws), labelSmoothing: 0)
        return (entropies * weights.repeated(draws)).sum() * (factor / Double(draws))
      }
      return losses.dropFirst().reduce(losses[0], +) * (1 / Double(losses.count))
    }
  }
}
