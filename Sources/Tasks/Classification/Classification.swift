package import Batching
package import Models
package import NN
package import Torch

/// Sorting videos into categories, with the recipe's ways to make it harder: R-Drop, and an adversary at the word
/// embeddings; and, where there are videos without a category, with what a teacher says of these (`Consistency`).
///
/// The backbone runs forward once and backward once, whatever else is asked for: the frames' vectors are cut from the
/// graph, each pass through the fusion encoder adds its gradient at that cut, and the backbone runs backward with the
/// sum.
package struct Classification: TrainingTask {
  private let architecture: VideoTextClassifier.Configuration
  private let objective: Objective
  private let targets: ClassificationTargets
  /// Passes of a step that are to agree with each other.
  private let passes: Int
  private let adversary: Adversary?
  /// nil where every video has a target of its own.
  private let consistency: Consistency?

  /// - Parameter counts: videos of each category in the training part.
  /// - Parameter samplingExponent: s in the probability n^s with which a category of n videos is shown.
  /// - Parameter parents: the first level of each category, as a number.
  package init(
    _ settings: ClassificationConfiguration, _ architecture: VideoTextClassifier.Configuration, counts: [Int],
    samplingExponent: Double, parents: [Int], modality: Modality, consistency: Consistency? = nil
  ) {
    self.architecture = architecture
    self.consistency = consistency
    objective = Objective(
      settings, counts: counts, samplingExponent: samplingExponent, parents: parents)
    targets = ClassificationTargets(settings, counts: counts, modality: modality)
    passes = settings.rDrop > 0 ? 2 : 1
    adversary = Adversary(settings.adversary)
  }

  package struct Learner {
    package let model: VideoTextClassifier
    fileprivate let objective: Objective.Constants
  }

  package func learner(_ scope: Scope) -> Learner {
    Learner(model: VideoTextClassifier(scope, architecture), objective: objective.constants(on: scope.device))
  }

  package struct Plan: Sendable {
    package let targets: ClassificationTargets.Plan
    /// The words of the whole batch, each once: all that an adversary can move. nil without one.
    let words: Upload.Place<Int64>?
    /// nil where no video is without a target.
    let consistency: Consistency.Plan?
  }

  package func plan(_ part: Batch, of whole: Batch, in upload: inout Upload) -> Plan {
    Plan(
      targets: targets.plan(part, of: whole, in: &upload),
      words: adversary.map { _ in upload.add(Set(whole.tokens).sorted().lazy.map(Int64.init)) },
      consistency: consistency?.plan(part, of: whole, in: &upload))
  }

  package typealias Memory = ConsistencyMemory

  package var views: TwoViews? { consistency?.views }

  package var asksAverage: Bool { consistency?.asksAverage ?? false }

  package func memory(on device: Device) -> ConsistencyMemory? { consistency?.memory(on: device) }

  package func remember(_ seen: [Tensor], in memory: ConsistencyMemory) { memory.take(seen) }

  package func accumulate(
    _ parts: [TaskPart<Self>], on cores: Cores, collect: () throws -> Void
  ) throws -> [PartResult] {
    let steps = try cores.map(parts) { PartialStep($0, objective, consistency, passes: passes) }
    for pass in 0..<passes {
      _ = try cores.map(steps) { $0.backward(pass) }
      if pass < passes - 1 || adversary != nil {
        // What the adversary climbs is the gradient of all parts and passes.
        if adversary != nil { for step in steps { step.keepEmbeddingGradient() } }
        try collect()
        PhaseClock.mark("gradients")
      }
    }
    if let adversary, let words = steps[0].words {
      let embeddings = parts[0].learner.model.encoder.wordEmbeddings
      try adversary.attack(embeddings, rows: words, gradient: Self.sum(steps)) { isLast in
        _ = try cores.map(steps) { $0.attacked(isLast: isLast) }
        return Self.sum(steps)
      }
    }
    _ = try cores.map(steps) { $0.backwardThroughBackbone() }
    try collect()
    PhaseClock.mark("gradients")
    return steps.map(\.result)
  }

  /// The gradient of the words' embeddings, of all parts in their order.
  private static func sum(_ steps: [PartialStep]) -> Tensor? {
    let gradients = steps.compactMap(\.embeddingGradient)
    return gradients.first.map { first in
      withoutGradients { gradients.dropFirst().reduce(first) { $0 + $1 } }
    }
  }

  package var masking: TokenMasking? { nil }

  /// An adversary attacks each round by that round's own gradient.
  package var isExactInRounds: Bool { adversary == nil }

  package func observe(_ part: TaskPart<Self>) {
    let input = part.batch.send(to: part.destination)
    _ = part.learner.model.encoder.vectors(of: input.pictures, .training(part.pass))
  }

  package func firstNonFinite(_ part: TaskPart<Self>) -> String? {
    let input = part.batch.send(to: part.destination)
    let model = part.learner.model
    return withoutGradients {
      let vectors = model.encoder.vectors(of: input.pictures, .evaluation)
      if !vectors.isFinite { return "vectors of the backbone" }
      let output = model(tokens: input.tokens, vectors: vectors, input.layout, .evaluation)
      if !output.logits.isFinite { return "logits" }
      if !output.videoLogits.isFinite { return "logits of the video head" }
      return Consistency.logits(part.teaching, input)?.isFinite == false ? "logits of the teacher" : nil
    }
  }
}

extension TaskPart<Classification> {
  /// What a teacher computes with.
  fileprivate var teaching: VideoTextClassifier { (teacher ?? learner).model }
}

/// A part of a batch on its way through a step.
private final class PartialStep {
  private let part: TaskPart<Classification>
  private let objective: Objective
  private let input: ModelInput
  private let target: Objective.Target
  /// Of the videos without a category; nil where there are none.
  private let said: Consistency.Said?
  /// What an adversary moves; nil without one.
  let words: Tensor?
  private let vectors: Tensor
  /// The vectors, cut from the backbone's graph.
  private let cut: Tensor
  /// Passes through the fusion encoder that have not gone backward, each with its output's gradients.
  private var outputs: [(output: VideoTextClassifier.Output, cut: VideoTextClassifier.Output)] = []
  /// Before any attack.
  private(set) var loss: Tensor
  /// Of the rows of `words`, float32.
  private(set) var embeddingGradient: Tensor?
  /// Of the vectors, over the passes that have gone backward, float32.
  private var vectorGradient: Tensor?

  /// Forward, and the loss.
  init(_ part: TaskPart<Classification>, _ objective: Objective, _ consistency: Consistency?, passes: Int) {
    self.part = part
    self.objective = objective
    input = part.batch.send(to: part.destination)
    PhaseClock.mark("upload")
    target = Objective.Target(part.batch.plan.targets, input.sent)
    said = consistency?.answers(
      part.teaching, input, part.batch.plan.consistency, part.memory, progress: part.progress)
    words = part.batch.plan.words.map { [sent = input.sent] in sent[$0] }
    vectors = part.learner.model.encoder.vectors(of: input.pictures, .training(part.pass))
    PhaseClock.mark("backbone")
    cut = vectors.detached()
    cut.requiresGradient = vectors.requiresGradient
    loss = vectors  // until there are outputs
    // Several outputs are cut, so that each pass goes backward alone and is rounded alone.
    outputs = (0..<passes).map { _ in
      let output = self.output()
      return (output, passes > 1 ? output.cut : output)
    }
    loss = loss(of: outputs.map(\.cut))
    if passes > 1 { loss.backward() }
    PhaseClock.mark("fusion")
  }

  private func loss(of outputs: [VideoTextClassifier.Output]) -> Tensor {
    let loss = objective.loss(outputs, target, part.learner.objective)
    return said?.loss(of: outputs, part.learner.model).map { loss + $0 } ?? loss
  }

  var result: PartResult { PartResult(loss: loss, trust: said?.flat?.trust, seen: said?.flat?.seen) }

  private func output() -> VideoTextClassifier.Output {
    part.learner.model(tokens: input.tokens, vectors: cut, input.layout, .training(part.pass))
  }

  /// - Parameter pass: each once, in order.
  func backward(_ pass: Int) {
    let (output, cut) = outputs[pass]
    if outputs.count > 1 {
      Tensor.backward(
        zip(output.tensors, cut.tensors).compactMap { tensor, cut in cut.gradient.map { (tensor, $0) } })
    } else {
      loss.backward()
    }
    outputs[pass] = (output.cut, output.cut)  // gives the graph free
    loss = loss.detached()
    keepVectorGradient()
    PhaseClock.mark("fusion, backward")
  }

  private func keepVectorGradient() {
    guard let gradient = cut.gradient else { return }
    cut.gradient = nil
    vectorGradient = withoutGradients { vectorGradient.map { $0 + gradient } ?? gradient.to(.float32) }
  }

  /// To be called before gradients are collected.
  func keepEmbeddingGradient() {
    guard let words, let gradient = part.learner.model.encoder.wordEmbeddings.gradient else { return }
    withoutGradients {
      let rows = gradient.gathered(words).to(.float32)
      embeddingGradient = embeddingGradient.map { $0 + rows } ?? rows
    }
  }

  /// One more pass, with the word embeddings as they are now.
  func attacked(isLast: Bool) {
    defer { PhaseClock.mark("adversary") }
    let loss = loss(of: [output()])
    if isLast {
      loss.backward()
      return keepVectorGradient()
    }
    guard let words else { return }
    // The way to the next step is the embeddings' gradient: no other is computed.
    let gradient = loss.gradients(of: [part.learner.model.encoder.wordEmbeddings])[0]
    embeddingGradient = withoutGradients { gradient?.gathered(words).to(.float32) }
  }

  func backwardThroughBackbone() {
    if let vectorGradient { vectors.backward(seed: vectorGradient.to(vectors.type)) }
    PhaseClock.mark("backbone, backward")
  }
}

extension VideoTextClassifier.Output {
  fileprivate var tensors: [Tensor] {
    [logits, videoLogits]
      + [textLogits, twoQuestions?.level1, twoQuestions?.level2, balanced].compactMap(\.self)
  }

  /// The same numbers as leaves of a graph of their own.
  fileprivate var cut: Self {
    func cut(_ tensor: Tensor) -> Tensor {
      let leaf = tensor.detached()
      leaf.requiresGradient = true
      return leaf
    }
    return Self(
      logits: cut(logits), videoLogits: cut(videoLogits), textLogits: textLogits.map(cut),
      twoQuestions: twoQuestions.map { .init(level1: cut($0.level1), level2: cut($0.level2)) },
      balanced: balanced.map(cut))
  }
}
