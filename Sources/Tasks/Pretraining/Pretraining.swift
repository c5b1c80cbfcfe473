package import Batching
package import Models
package import NN
package import Torch

/// Learning from videos without labels: which tokens are masked, which texts are of one video, whether frames belong to a
/// text, and which of many do.
///
/// The fusion encoder makes a pass over masked texts, one over single texts, and one over whole ones beside swapped frames;
/// the backbone runs once, as in `Classification`. Videos are compared with those of their part of the batch.
package struct Pretraining: TrainingTask {
  private let questions: PretrainingQuestions
  private let architecture: VideoTextEncoder.Configuration
  private let targets: PretrainingTargets
  private let heads: VideoTextPretrainer.Heads

  package init(
    _ questions: PretrainingQuestions, _ architecture: VideoTextEncoder.Configuration, modality: Modality
  ) {
    self.questions = questions
    self.architecture = architecture
    targets = PretrainingTargets(questions, modality: modality)
    heads = .init(
      tokens: questions.tokens.weight > 0, texts: questions.texts.weight > 0,
      matching: modality.hasFrames && questions.matching.weight > 0,
      contrast: modality.hasFrames && questions.contrast.weight > 0)
  }

  package func learner(_ scope: Scope) -> VideoTextPretrainer {
    VideoTextPretrainer(scope, architecture, heads)
  }

  package var masking: TokenMasking? {
    TokenMasking(
      part: heads.tokens ? questions.tokens.part : 0, longest: questions.tokens.longest)
  }

  package func plan(_ part: Batch, of whole: Batch, in upload: inout Upload) -> PretrainingTargets.Plan {
    targets.plan(part, of: whole, in: &upload)
  }

  package func accumulate(
    _ parts: [TaskPart<Self>], on cores: Cores, collect: () throws -> Void
  ) throws -> [PartResult] {
    let steps = try cores.map(parts) { PretrainingStep($0, questions) }
    // Each pass is rounded on its own.
    for pass in [PretrainingStep.learnTokens, PretrainingStep.learnTexts, PretrainingStep.learnPairs] {
      _ = try cores.map(steps) { pass($0)() }
      try collect()
    }
    _ = try cores.map(steps) { $0.backwardThroughBackbone() }
    try collect()
    return steps.map { PartResult(loss: $0.loss) }
  }

  /// Videos are compared with those of their round.
  package var isExactInRounds: Bool { !heads.texts && !heads.matching && !heads.contrast }

  package func observe(_ part: TaskPart<Self>) {
    let input = part.batch.send(to: part.destination)
    _ = part.learner.encoder.vectors(of: input.pictures, .training(part.pass))
  }

  package func firstNonFinite(_ part: TaskPart<Self>) -> String? {
    let input = part.batch.send(to: part.destination)
    let encoder = part.learner.encoder
    return withoutGradients {
      let vectors = encoder.vectors(of: input.pictures, .evaluation)
      if !vectors.isFinite { return "vectors of the backbone" }
      let output = encoder(tokens: input.tokens, vectors: vectors, input.layout, .evaluation)
      return output.hidden.isFinite ? nil : "hidden states of the encoder"
    }
  }

  /// What a part is answered, without dropout.
  package func tally(_ part: TaskPart<Self>) -> PretrainingTally {
    let input = part.batch.send(to: part.destination)
    let learner = part.learner
    let vectors = learner.encoder.vectors(of: input.pictures, .evaluation)
    let answers = PretrainingAnswers(learner, input, part.batch.plan, vectors, .evaluation, questions)
    var tally = PretrainingTally()
    if let tokens = answers.tokens() { tally.add(tokens, to: .tokens) }
    if let texts = answers.texts() { tally.add(texts.first, to: .texts) }
    if let (matching, contrast) = answers.pairs() {
      if let matching { tally.add(matching, to: .matching) }
      if let contrast { tally.add(contrast.frames, to: .contrast) }
    }
    return tally
  }
}

/// A part of a batch on its way through a step.
private final class PretrainingStep {
  private let answers: PretrainingAnswers
  private let questions: PretrainingQuestions
  private let vectors: Tensor
  /// The vectors, cut from the backbone's graph.
  private let cut: Tensor
  /// Of the vectors, over the passes that have gone backward, float32.
  private var vectorGradient: Tensor?
  /// A scalar outside of any graph.
  private(set) var loss: Tensor

  init(_ part: TaskPart<Pretraining>, _ questions: PretrainingQuestions) {
    self.questions = questions
    let input = part.batch.send(to: part.destination)
    let mode = Mode.training(part.pass)
    vectors = part.learner.encoder.vectors(of: input.pictures, mode)
    cut = vectors.detached()
    cut.requiresGradient = vectors.requiresGradient
    answers = PretrainingAnswers(part.learner, input, part.batch.plan, cut, mode, questions)
    loss = .zeros([], on: input.tokens.device)
  }

  func learnTokens() {
    guard let plan = answers.plan.tokens, let tokens = answers.tokens() else { return }
    learn(tokens.loss * (questions.tokens.weight * plan.share))
  }

  func learnTexts() {
    guard let plan = answers.plan.texts, let (first, others) = answers.texts() else { return }
    learn((first.loss + others.loss) * (0.5 * questions.texts.weight * plan.share))
  }

  func learnPairs() {
    guard let plan = answers.plan.pairs, let (matching, contrast) = answers.pairs() else { return }
    let losses = [
      matching.map { $0.loss * (questions.matching.weight * plan.share) },
      contrast.map { ($0.texts.loss + $0.frames.loss) * (0.5 * questions.contrast.weight * plan.share) },
    ].compactMap(\.self)
    guard let first = losses.first else { return }
    learn(losses.dropFirst().reduce(first, +))
  }

  private func learn(_ part: Tensor) {
    part.backward()
    withoutGradients {
      loss = loss + part.detached()
      guard let gradient = cut.gradient else { return }
      cut.gradient = nil
      vectorGradient = vectorGradient.map { $0 + gradient } ?? gradient.to(.float32)
    }
  }

  func backwardThroughBackbone() {
    if let vectorGradient { vectors.backward(seed: vectorGradient.to(vectors.type)) }
  }
}
