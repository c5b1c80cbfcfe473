import Batching
import Models
import NN
import Torch

/// What a model says to what is asked of a part of a batch.
struct PretrainingAnswers {
  private let learner: VideoTextPretrainer
  private let input: ModelInput
  let plan: PretrainingTargets.Plan
  private let vectors: Tensor
  private let mode: Mode
  private let questions: PretrainingQuestions

  /// - Parameter vectors: of the frames, `[frames, width]`.
  init(
    _ learner: VideoTextPretrainer, _ input: ModelInput, _ plan: PretrainingTargets.Plan, _ vectors: Tensor,
    _ mode: Mode, _ questions: PretrainingQuestions
  ) {
    self.learner = learner
    self.input = input
    self.plan = plan
    self.vectors = vectors
    self.mode = mode
    self.questions = questions
  }

  /// Logits, and what they should choose.
  struct Choice {
    /// `[rows, choices]` float32
    let logits: Tensor
    /// The right one of each row, `[rows]` int64, or how much each is right, `[rows, choices]`.
    let targets: Tensor

    /// The mean cross entropy, a scalar.
    var loss: Tensor { logits.crossEntropies(targets, labelSmoothing: 0).mean() }
  }

  /// The words behind masked tokens; nil where there is none.
  func tokens() -> Choice? {
    guard let plan = plan.tokens else { return nil }
    let output = learner.encoder(tokens: input.tokens, vectors: vectors, input.layout, mode)
    return Choice(
      logits: learner.words(output.hidden, at: input.sent[plan.rows]), targets: input.sent[plan.words])
  }

  /// Which of all videos' other texts a first text belongs to, and the other way round; nil where there is nothing to compare.
  func texts() -> (first: Choice, others: Choice)? {
    guard let plan = plan.texts else { return nil }
    let layout = VideoTextLayout(plan.layout, input.sent)
    let none = Tensor.zeros([0, vectors.size(1)], type: vectors.type, on: vectors.device)
    let output = learner.encoder(tokens: input.sent[plan.tokens], vectors: none, layout, mode)
    let logits = learner.cosines(output.hidden, layout) * (1 / questions.texts.temperature)
    let numbers = input.sent[plan.numbers]
    return (
      Choice(logits: logits, targets: numbers), Choice(logits: logits.transposed(0, 1), targets: numbers)
    )
  }

  /// Whether texts and frames belong together, beside swapped frames; and, of all frames and all texts, which belong to which,
  /// from either side. nil where there is nothing to compare.
  func pairs() -> (matching: Choice?, contrast: (texts: Choice, frames: Choice)?)? {
    guard let plan = plan.pairs else { return nil }
    let sent = input.sent
    let output = learner.encoder(
      tokens: sent[plan.tokens], vectors: vectors.gathered(sent[plan.frames]), input.layout, mode)
    let videos = sent[plan.videos]
    var matching: Choice?
    if questions.matching.weight > 0 {
      matching = Choice(
        logits: learner.matches(output.hidden, input.layout).gathered(videos), targets: sent[plan.labels])
    }
    guard questions.contrast.weight > 0 else { return (matching, nil) }
    let cosines = learner.cosines(
      output.embeddedText, vectors, input.layout, videos: videos, rows: sent[plan.ownFrames])
    let logits = cosines * (1 / questions.contrast.temperature)  // [texts, frames]
    return (
      matching,
      (
        Choice(logits: logits, targets: sent[plan.parts].reshaped(logits.shape)),
        Choice(logits: logits.transposed(0, 1), targets: sent[plan.owners])
      )
    )
  }
}
