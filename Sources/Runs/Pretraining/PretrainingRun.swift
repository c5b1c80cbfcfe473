import Batching
package import Dataset
package import Inference
import Models
import NN
import Pretrained
package import Records
package import Settings
import Storage
package import SystemPackage
import Tasks
package import Text
import Torch
import Training

/// Learns an encoder from videos without labels, in the folder that it lies in afterwards.
package final class PretrainingRun {
  private let configuration: PretrainingConfiguration
  /// Without their categories, which nothing here can read.
  private let annotations: [Annotation]
  private let source: any VideoSource
  private let tokenizer: TokenizerFile
  private let runtime: Runtime
  private let folder: RunFolder
  private let safeguards: Safeguards
  private let invocation: Invocation?
  private let mirror: ((FilePath) -> any EventMirror)?
  private let report: (FitEvent) throws -> Void
  private let reader: SampleReader
  private let inputs: RunInputs
  private let description: EncoderDescription
  private let start: StartingWeights
  private let training: [Int]
  private let heldOut: [Int]
  private var frozen: FrozenBackbone?

  /// Its random numbers are those of one fold.
  private static let number = 0

  /// - Parameter annotations: of all sources; one with a category is as good as one without.
  /// - Parameter weights: what parts of the encoder begin with; without any, a pre-training whose configuration says that it
  ///   was given some goes on with what it keeps of them.
  /// - Parameter cacheBytes: memory for decoded frames.
  /// - Parameter mirror: makes who else keeps the events, in the encoder's folder.
  /// - Parameter report: is told what happens; what it throws ends the training.
  /// - Throws: `NothingToAsk`, `CoverageError`, `GivenWeightsError`.
  package init(
    configuration: PretrainingConfiguration, annotations: [Annotation], source: any VideoSource,
    tokenizer: TokenizerFile, weights: GivenWeights? = nil, folder path: FilePath, runtime: Runtime,
    cacheBytes: Int, safeguards: Safeguards = Safeguards(), invocation: Invocation? = nil,
    mirror: ((FilePath) -> any EventMirror)? = nil, report: @escaping (FitEvent) throws -> Void
  ) throws {
    let annotations = annotations.map { annotation in
      var annotation = annotation
      annotation.category = nil
      return annotation
    }
    self.configuration = configuration
    self.annotations = annotations
    self.source = source
    self.tokenizer = tokenizer
    self.runtime = runtime
    folder = RunFolder(path)
    self.safeguards = safeguards
    self.invocation = invocation
    self.mirror = mirror
    self.report = report
    let asked = annotations.indices.filter { annotations[$0].hasText }
    guard asked.count > 1 else { throw NothingToAsk(videos: annotations.count, withText: asked.count) }
    (training, heldOut) = Self.split(asked, configuration)
    if case .run = weights?.backbone {
      throw GivenWeightsError(
        reason:
          "--backbone: the backbones of a run have learnt from labels, and would carry them into every fold",
        kind: .usage)
    }
    guard configuration.weights.backbone != .given || source.vectorSize == nil else {
      throw GivenWeightsError(
        reason: "--backbone: looks at frames, and --frames holds vectors that were computed of them already")
    }
    try source.requireUnseenVectors()
    inputs = try RunInputs(
      annotations: annotations, tokenizer: tokenizer, source: source, modality: configuration.modality,
      backbone: try weights?.backbone?.fingerprint, textEncoder: try weights?.text?.fingerprint,
      encoder: try weights?.encoder?.fingerprint)
    description = EncoderDescription(
      architecture: configuration.encoder(
        vocabularySize: tokenizer.tokenizer.vocabularySize, vectorSize: source.vectorSize),
      weights: configuration.optimization.average.weights)
    start = StartingWeights(
      folder: folder, given: weights, weights: configuration.weights, architecture: description.architecture)
    reader = SampleReader(
      annotations: annotations, source: source, tokenizer: tokenizer.tokenizer,
      preparation: configuration.input, targets: annotations.map { _ in nil }, cacheBytes: cacheBytes)
  }

  /// Draws which videos are held out: one at least, where any are to be, and never all.
  private static func split(
    _ videos: [Int], _ configuration: PretrainingConfiguration
  ) -> (training: [Int], heldOut: [Int]) {
    let part = configuration.questions.heldOut
    guard part > 0 else { return (videos, []) }
    var generator = SeededGenerator(seed: configuration.foldSeed)
    let count = min(videos.count - 1, max(1, Int((Double(videos.count) * part).rounded())))
    let heldOut = Set(generator.shuffled(videos).prefix(count))
    return (videos.filter { !heldOut.contains($0) }, videos.filter(heldOut.contains))
  }

  /// Sentences for the user about what there is, and is not, to learn from.
  package var warnings: [String] {
    var warnings: [String] = []
    let silent = annotations.count - training.count - heldOut.count
    if silent > 0 {
      warnings.append("\(silent) of \(annotations.count) videos have no text, and nothing is asked of them")
    }
    guard configuration.modality.hasFrames else { return warnings }
    let present = VideoIDs(source.ids)
    let unseen = (training + heldOut).count { !present.contains(annotations[$0].id) }
    warnings += source.problems
    if unseen > 0 {
      warnings.append(
        "\(unseen) of \(annotations.count) videos have no frames; their text alone is asked for")
    }
    return warnings
  }

  /// - Returns: what the videos held out say of the encoder; nil where it was finished before.
  package func run() throws -> EpochScores? {
    let training = TrainingFolder(path: folder.path, last: EncoderFolder.last(folder.path))
    if !training.isFinished { try start.require([.full]) }
    try folder.open(configuration, inputs, explaining: Self.explanation)
    try report(
      .start(
        announcement(
          training.isFinished ? [] : [0],
          training.isFinished ? 0 : configuration.optimization.totalSteps(videos: self.training.count))))
    guard let lock = try training.claim() else { return nil }
    try start.prepare(.full)
    let frozen = try frozenBackbone()
    let judge = PretrainingJudge(
      heldOut,
      .init(
        description: description, preparation: configuration.input, tokenizer: tokenizer,
        frozen: frozen?.weights ?? [], seed: configuration.foldSeed, path: folder.path))
    let context = FoldContext(
      fold: Self.number, name: "the pre-training", folder: training, safeguards: safeguards,
      id: { [annotations] in annotations[$0].id },
      damage: { [reader, annotations, source] in reader.damage.warnings(annotations, source: source) },
      start: { [self] in announcement($0, $1) }, mirror: mirror, report: report)
    try FoldRun(context, judge, lock) { try self.trainer() }.run()
    return judge.outcome
  }

  /// Repeats the step at which the training diverged, and then each of its videos alone. Changes no file.
  /// - Throws: `NothingToReplay` where it has not.
  package func replay() throws -> ReplayedStep {
    let diverged = folder.path.appending("diverged")
    guard Folder.isFolder(diverged) else { throw NothingToReplay(path: folder.path) }
    return try ReplayedStep(in: diverged, with: try trainer())
  }

  private func announcement(_ folds: [Int], _ totalSteps: Int) -> FitEvent.Start {
    let store = ParameterStore(on: .shapesOnly)
    _ = task(description.architecture).learner(store.root)
    return FitEvent.Start(
      videos: training.count + heldOut.count, categories: nil, parameters: store.count, folds: folds,
      totalSteps: totalSteps, device: runtime.device.name,
      precision: runtime.computeType == .bfloat16 ? "bf16" : "fp32", threads: runtime.threads,
      invocation: invocation)
  }

  private func task(_ architecture: VideoTextEncoder.Configuration) -> Pretraining {
    Pretraining(configuration.questions, architecture, modality: configuration.modality)
  }

  private func trainer() throws -> Trainer<Pretraining> {
    var architecture = description.architecture
    let frozen = try frozenBackbone()
    if frozen != nil { architecture.backbone = nil }
    return try catchingOutOfMemory {
      try Trainer(
        task(architecture), number: Self.number, seed: configuration.seed,
        sampler: Sampler(videos: training, labels: [], exponent: 1), reader: frozen?.reader ?? reader,
        frames: configuration.frames, vectorSize: architecture.vectorSize,
        sources: try start.sources(.full, isBackboneFrozen: frozen != nil), configuration.optimization,
        runtime)
    }
  }

  /// nil where the backbone learns, or there is none.
  private func frozenBackbone() throws -> FrozenBackbone? {
    guard configuration.isBackboneFrozen, source.vectorSize == nil else { return nil }
    if let frozen { return frozen }
    let made = try FrozenBackbone(
      start, .full, configuration, annotations, targets: annotations.map { _ in nil }, source: source,
      reader: reader, tokenizer: tokenizer.tokenizer, runtime: runtime, cache: VectorCache(folder.vectors),
      report: report)
    frozen = made
    return made
  }

  private static let explanation = """
    # An encoder of framewise pretrain

    - `config.json`, `model.safetensors`, `preprocessor_config.json` and the tokenizer's files: the encoder, which
      `framewise fit --init` begins with. `config.json` is written last: without it the pre-training is not finished, and
      the same command goes on.
    - `configuration.yaml`: every setting. `framewise pretrain --config configuration.yaml` repeats it.
    - `inputs.json`: fingerprints of the texts, the tokenizer and the frames, so that it goes on with the same ones only.
    - `events.jsonl`: what happened, as `framewise pretrain --json` tells it: steps, what the videos held out say after each
      epoch, checkpoints, warnings.
    - `checkpoints`: until it is finished, where it goes on from when it was stopped.
    - `diverged`: if training diverged, the step at which it did: its videos and the weights that met them.

    """
}

/// Videos of which nothing can be asked: everything is about text.
struct NothingToAsk: ReportableError {
  let videos: Int
  let withText: Int

  var kind: ErrorKind { .badData }
  var description: String {
    withText == 0
      ? "none of the \(videos) videos has text, and everything that pre-training asks is about text"
      : "one video alone has text: pre-training needs two or more, one of which is held out"
  }
}
