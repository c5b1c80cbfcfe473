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
  /// How much a video of each category counts for the balanced head: 1 on average over the labelled videos; nil without one.
  private let balance: [Float]?
  package let views: TwoViews

  /// - Parameter counts: labelled videos of each category in the training part.
  /// - Parameter augmentation: of labelled videos.
  package init(_ settings: ConsistencyConfiguration, counts: [Int], augmentation: Augmentation) {
    self.settings = settings
    let all = Float(max(1, counts.reduce(0, +)))
    prior = counts.map { Float($0) / all }
    // A category without a labelled video counts as one with a single one.
    let present = Float(max(1, counts.count { $0 > 0 }))
    balance = settings.balanced.loss > 0 ? counts.map { all / (present * Float(max(1, $0))) } : nil
    views = TwoViews(strong: settings.strong.augmentation(augmentation.frames), weak: .none)
  }

  var asksAverage: Bool { settings.teacher == .average }

  func memory(on device: Device) -> ConsistencyMemory {
    ConsistencyMemory(prior: prior, balance: balance, decay: settings.memory, on: device)
  }

  package struct Plan: Sendable {
    fileprivate let videos: Int
    /// The videos without a category.
    fileprivate let unlabelled: Rows
    /// Those with one, for the balanced head; nil without it.
    fileprivate let labelled: (rows: Rows, labels: Upload.Place<Int64>)?

    fileprivate struct Rows: Sendable {
      /// Among the videos of the part.
      let rows: Upload.Place<Int64>
      /// Such videos of the part, and of the whole batch.
      let count: Int
      let whole: Int
    }
  }

  func plan(_ part: Batch, of whole: Batch, in upload: inout Upload) -> Plan {
    func rows(_ includes: (Batch.Video) -> Bool) -> Plan.Rows {
      let rows = part.videos.indices.filter { includes(part.videos[$0]) }
      return Plan.Rows(
        rows: upload.add(rows.lazy.map(Int64.init)), count: rows.count,
        whole: whole.videos.count(where: includes))
    }
    func label(_ video: Batch.Video) -> Int64? {
      if case .category(let label) = video.target { Int64(label) } else { nil }
    }
    return Plan(
      videos: part.videos.count, unlabelled: rows { $0.target == .unlabelled },
      labelled: balance.map { _ in (rows { label($0) != nil }, upload.add(part.videos.compactMap(label))) })
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
  ) -> Said? {
    guard let plan else { return nil }
    guard let memory else { preconditionFailure("a part that learns from a teacher remembers what it said") }
    return withoutGradients {
      let own = Self.logits(teacher, input).map { logits in
        answers(
          logits, rows: input.sent[plan.unlabelled.rows], videos: plan.videos, whole: plan.unlabelled.whole,
          memory, progress: progress)
      }
      guard let balance = memory.balance, let labelled = plan.labelled else {
        return Said(flat: own, balanced: [])
      }
      var balanced = own.map { [$0.balanced(by: balance, settings.balanced.loss)] } ?? []
      if labelled.rows.count > 0 {
        let labels = input.sent[labelled.labels]
        balanced.append(
          Answers(
            rows: input.sent[labelled.rows.rows], videos: plan.videos, targets: labels,
            weights: balance.gathered(labels),
            factor: settings.balanced.loss / Double(labelled.rows.whole), whole: labelled.rows.whole,
            seen: nil))
      }
      return Said(flat: own, balanced: balanced)
    }
  }

  /// - Parameter logits: of the teacher.
  func answers(
    _ logits: Tensor, rows: Tensor, videos: Int, whole: Int, _ memory: ConsistencyMemory, progress: Double
  ) -> Answers {
    let shift = shift(memory)
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
    case .labelled: return logarithm(memory.prior) - logarithm(memory.marginal)
    }
  }

  /// How much each video counts, `[videos]`, 0…1.
  private func weights(_ sureness: Tensor, _ memory: ConsistencyMemory) -> Tensor {
    switch settings.method {
    case .none, .meanTeacher: return .ones(sureness.shape, on: sureness.device)
    case .fixMatch: return sureness.isAtLeast(settings.threshold)
    case .softMatch:
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

  /// What a part of a batch is to be taken for.
  struct Said {
    /// What the teacher says of the videos without a category, for the heads that predict but for the balanced one; nil where
    /// there are no such videos.
    let flat: Answers?
    /// What the balanced head is to say, of these and of labelled ones.
    let balanced: [Answers]

    /// The part of the batch's loss, a scalar; nil where there is nothing to say.
    func loss(of outputs: [VideoTextClassifier.Output], _ model: VideoTextClassifier) -> Tensor? {
      let losses =
        (flat.map { [$0.loss(of: outputs.map(model.unbalanced))] } ?? [])
        + balanced.map { $0.loss(of: outputs.compactMap(\.balanced)) }
      return losses.first.map { losses.dropFirst().reduce($0, +) }
    }
  }

  /// What videos are to be taken for, and how much each counts.
  struct Answers {
    let rows: Tensor
    /// Of the part, also those that nothing is said of.
    let videos: Int
    /// Categories `[answers]` int64, or probabilities `[answers, categories]`.
    let targets: Tensor
    let weights: Tensor
    /// What the sum of the weighted losses is multiplied by.
    let factor: Double
    /// Such videos of the whole batch.
    let whole: Int
    /// What is to be remembered; nil where nothing is.
    let seen: Tensor?

    /// The same for a head that learns all categories alike.
    /// - Parameter balance: how much a video of each category counts, `[categories]`.
    func balanced(by balance: Tensor, _ loss: Double) -> Answers {
      let own = targets.rank == 2 ? targets.matmul(balance) : balance.gathered(targets)
      return Answers(
        rows: rows, videos: videos, targets: targets, weights: weights * own, factor: factor * loss,
        whole: whole, seen: nil)
    }

    /// How much of the batch's videos without a category is learnt from: the part's share.
    var trust: Tensor { weights.sum() * (1 / Double(whole)) }

    /// The part of the batch's loss that belongs to these videos, a scalar; the mean where there are several outputs.
    /// - Parameter outputs: logits, `[draws * videos, categories]`, of passes that differ by their dropout.
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
