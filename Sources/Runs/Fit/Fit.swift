import Baselines
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

/// Trains the folds of a run one after the other and gathers what they predict for the videos that each left out.
package final class Fit {
  let configuration: RunConfiguration
  let annotations: [Annotation]
  private let categories: Categories
  /// The category of each video, as a number.
  let labels: [Int]
  /// The fold in which each video is held out.
  private let folds: [Int]
  private let tokenizer: TokenizerFile
  private let reader: SampleReader
  private let source: any VideoSource
  /// What is learnt from besides, by pseudo-labels; nil where there is nothing.
  let pseudo: PseudoVideos?
  /// The same without a category, by consistency.
  let unlabelled: UnlabelledVideos?
  /// Those that were told.
  private var warnings: Set<String> = []
  private let modelDescription: ModelDescription
  let start: StartingWeights
  private let vectors: VectorCache
  private let floor: Floor?
  private var frozen: [RunPart: FrozenBackbone] = [:]
  let inputs: RunInputs
  private let runtime: Runtime
  let folder: RunFolder
  private let safeguards: Safeguards
  private let invocation: Invocation?
  private let mirror: ((FilePath) -> any EventMirror)?
  private let report: (FitEvent) throws -> Void

  /// - Parameter annotationsPath: where the annotations lie, for those who read the run later; nil where they come from no
  ///   file.
  /// - Parameter weights: what parts of the models begin with; without any, a run whose configuration says that it was
  ///   given some goes on with what it keeps of them.
  /// - Parameters pseudo, unlabelled: what folds learn from besides; the configuration says how, and whether at all.
  /// - Parameter vectors: where a frozen backbone's vectors are kept; nil keeps them with the run.
  /// - Parameter floor: where what linear models say is kept; nil keeps it with the run.
  /// - Parameter hasFloor: whether there are linear models to compare with, and to take as a member where the calibration says
  ///   so; nil where they see anything.
  /// - Parameter cacheBytes: memory for decoded frames.
  /// - Throws: `UnknownCategory` naming a video without one, `TooFewVideos`, `GivenWeightsError`, `FurtherVideosError`.
  /// - Parameter mirror: makes who else keeps the events of a fold, in the fold's folder.
  /// - Parameter report: is told what happens; what it throws ends the run.
  package init(
    configuration: RunConfiguration, annotations: [Annotation], at annotationsPath: FilePath? = nil,
    source: any VideoSource, tokenizer: TokenizerFile, weights: GivenWeights? = nil,
    pseudo: PseudoVideos? = nil, unlabelled: UnlabelledVideos? = nil, vectors: FilePath? = nil,
    floor: FilePath? = nil, hasFloor: Bool? = nil, folder: RunFolder, runtime: Runtime, cacheBytes: Int,
    safeguards: Safeguards = Safeguards(),
    invocation: Invocation? = nil, mirror: ((FilePath) -> any EventMirror)? = nil,
    report: @escaping (FitEvent) throws -> Void
  ) throws {
    self.configuration = configuration
    self.annotations = annotations
    let given: (any FurtherVideos)? = pseudo ?? unlabelled
    self.source =
      given.map { more -> any VideoSource in JoinedSources(source, and: more.source, of: more.ids) }
      ?? source
    self.pseudo = pseudo
    self.tokenizer = tokenizer
    self.runtime = runtime
    self.folder = folder
    self.safeguards = safeguards
    self.invocation = invocation
    self.mirror = mirror
    self.report = report
    categories = Categories(of: annotations)
    labels = try categories.labels(of: annotations)
    guard annotations.count >= configuration.folds else {
      throw TooFewVideos(videos: annotations.count, folds: configuration.folds)
    }
    folds = Folds.stratified(
      ids: annotations.map(\.id), categories: labels, folds: configuration.folds,
      seed: configuration.foldSeed)
    try Self.require(pseudo, unlabelled, configuration, pictures: source)
    self.unlabelled = try unlabelled?.apart(
      from: annotations, in: annotationsPath, folds: folds,
      threshold: configuration.consistency.nearDuplicates)
    try pseudo?.requireUnseen(
      annotations, in: annotationsPath, folds: folds, count: configuration.folds, categories: categories)
    reader = SampleReader(
      annotations: annotations + (given?.annotations ?? []), source: self.source,
      tokenizer: tokenizer.tokenizer,
      preparation: configuration.input,
      targets: labels.map(Target.category) + (given?.annotations ?? []).map { _ in nil },
      cacheBytes: cacheBytes)
    if case .run(let run) = weights?.backbone { try run.requireSameFolds(annotations.map(\.id), folds) }
    guard configuration.weights.backbone != .given || source.vectorSize == nil else {
      throw GivenWeightsError(
        reason: "--backbone: looks at frames, and --frames holds vectors that were computed of them already")
    }
    try source.requireUnseenVectors()
    inputs = try RunInputs(
      annotations: annotations, at: annotationsPath, tokenizer: tokenizer, source: source,
      modality: configuration.modality,
      backbone: try weights?.backbone?.fingerprint, textEncoder: try weights?.text?.fingerprint,
      encoder: try weights?.encoder?.fingerprint, pseudo: pseudo, unlabelled: self.unlabelled)
    modelDescription = ModelDescription(
      architecture: configuration.architecture(
        vocabularySize: tokenizer.tokenizer.vocabularySize, vectorSize: source.vectorSize,
        parents: categories.parents),
      categories: categories.level2,
      prior: categories.parts(of: labels),
      weights: configuration.optimization.average.weights)
    self.vectors = VectorCache(vectors ?? folder.vectors)
    let seen = BaselineVideos(
      annotations, hasText: configuration.modality.hasText,
      source: configuration.modality.hasFrames ? source : nil)
    guard seen != nil || hasFloor != true else { throw NoFloor() }
    if let seen, hasFloor != false {
      self.floor = try Floor(
        of: seen, folds: folds, count: configuration.folds, in: floor ?? folder.floor,
        cores: Cores(runtime.threads))
    } else {
      self.floor = nil
    }
    start = StartingWeights(
      folder: folder, given: weights, weights: configuration.weights,
      architecture: modelDescription.architecture.encoder)
  }

  /// Trains what is not finished yet.
  /// - Parameter only: the one fold to train; nil for all.
  /// - Returns: the scores of all folds that are finished.
  package func run(only: Int? = nil) throws -> RunReport {
    let wanted = only.map { [$0] } ?? Array(0..<configuration.folds)
    let unfinished = wanted.filter { !folder.isFinished($0) }
    try start.require(unfinished.map(RunPart.fold))
    try further?.require(unfinished.map(RunPart.fold))
    try folder.open(configuration, inputs)
    try JSONLines.write(summary.rows, to: folder.folds)
    try writeUnlabelledVideos()
    try announce(
      unfinished,
      steps: unfinished.reduce(0) {
        $0 + curriculum(.fold($1), split($1), configuration).totalSteps
      }, further: furtherCounts())
    for fold in unfinished { try start.prepare(.fold(fold)) }
    if configuration.weights.textEncoder != .random {
      try Folder.create(folder.tokenizer)
      try tokenizer.save(into: folder.tokenizer)
    }
    for fold in wanted {
      try foldRun(fold, of: .fold(fold), split(fold), in: folder, configuration) {
        try self.trainer(of: fold)
      }?
      .run()
    }
    let runReport = try summary.write([folder], to: folder)
    try report(.end(runReport))
    return runReport
  }

  package var summary: RunSummary {
    RunSummary(
      configuration: configuration, annotations: annotations, folds: folds, floor: floor,
      pseudoLabels: pseudo?.record(configuration.pseudoLabels, videos: learntFrom.count),
      unlabelled: unlabelled?.record(configuration.consistency, videos: learntFrom.count),
      report: { [self] in try tell($0) })
  }

  func split(_ fold: Int) -> Split {
    let indices = annotations.indices
    return Split(
      training: indices.filter { folds[$0] != fold }, validation: indices.filter { folds[$0] == fold })
  }

  /// - Parameter further: how many videos are learnt from besides.
  func announce(_ unfinished: [Int], steps: Int, further: (pseudo: Int?, unlabelled: Int?)) throws {
    try report(.start(announcement(unfinished, steps, further)))
  }

  private func announcement(
    _ folds: [Int], _ totalSteps: Int, _ further: (pseudo: Int?, unlabelled: Int?)
  ) -> FitEvent.Start {
    let store = ParameterStore(on: .shapesOnly)
    _ = VideoTextClassifier(store.root, modelDescription.architecture)
    return FitEvent.Start(
      videos: annotations.count, pseudoVideos: further.pseudo, unlabelledVideos: further.unlabelled,
      categories: categories.count,
      parameters: store.count, folds: folds, totalSteps: totalSteps, device: runtime.device.name,
      precision: runtime.computeType == .bfloat16 ? "bf16" : "fp32", threads: runtime.threads,
      invocation: invocation)
  }

  /// - Returns: nil where the fold is finished by now, by another process maybe, hours after this one began.
  func foldRun(
    _ fold: Int, of part: RunPart, _ split: Split, in folder: RunFolder, _ configuration: RunConfiguration,
    _ trainer: () throws -> Trainer<Classification>
  ) throws -> FoldRun<ClassificationJudge>? {
    guard let lock = try folder.training(fold).claim() else { return nil }
    try start.prepare(part)
    let frozen = try frozenBackbone(part)
    let judge = ClassificationJudge(
      fold, split.validation,
      .init(
        configuration: configuration, annotations: annotations, model: modelDescription,
        prior: categories.parts(of: split.training.map { labels[$0] }), tokenizer: tokenizer,
        reader: aimed(frozen?.reader ?? reader, part), frozen: frozen?.weights ?? [], runtime: runtime,
        folder: folder))
    let context = FoldContext(
      fold: fold, name: "fold \(fold)", folder: folder.training(fold), safeguards: safeguards,
      id: { [reader] in reader.annotations[$0].id },
      damage: { [reader, source] in reader.damage.warnings(reader.annotations, source: source) },
      start: { [self] in announcement($0, $1, furtherCounts(part)) }, mirror: mirror,
      report: { [self] in try tell($0) })
    return try FoldRun(context, judge, lock, trainer)
  }

  /// A run of many folds reads the same videos again and again.
  private func tell(_ event: FitEvent) throws {
    if case .warning(let warning) = event, !warnings.insert(warning.message).inserted { return }
    try report(event)
  }

  func trainer(of fold: Int) throws -> Trainer<Classification> {
    try trainer(fold, of: .fold(fold), split(fold), configuration)
  }

  /// - Parameter number: tells its random numbers from those of the other trainings.
  func trainer(
    _ number: Int, of part: RunPart, _ split: Split, _ configuration: RunConfiguration
  ) throws -> Trainer<Classification> {
    var architecture = modelDescription.architecture
    let frozen = try frozenBackbone(part)
    if frozen != nil { architecture.encoder.backbone = nil }
    let reader = aimed(frozen?.reader ?? self.reader, part)
    let counts = categories.counts(of: split.training.map { labels[$0] })
    let task = Classification(
      configuration.classification, architecture, counts: counts,
      samplingExponent: configuration.optimization.samplingExponent, parents: categories.parents,
      modality: configuration.modality, consistency: consistency(configuration, counts: counts))
    return try catchingOutOfMemory {
      try Trainer(
        task, number: number, seed: configuration.seed,
        sampler: Sampler(
          videos: split.training, labels: labels, exponent: configuration.optimization.samplingExponent),
        further: turns(part, configuration), reader: reader, frames: configuration.frames,
        vectorSize: architecture.encoder.vectorSize,
        sources: try start.sources(part, isBackboneFrozen: frozen != nil), configuration.optimization, runtime
      )
    }
  }

  /// nil where the backbone learns, or there is none.
  private func frozenBackbone(_ part: RunPart) throws -> FrozenBackbone? {
    guard configuration.isBackboneFrozen, source.vectorSize == nil else { return nil }
    if let present = frozen[part] { return present }
    let made = try FrozenBackbone(
      start, part, configuration, reader.annotations,
      targets: reader.annotations.indices.map { $0 < labels.count ? .category(labels[$0]) : nil },
      source: source, reader: reader, tokenizer: tokenizer.tokenizer, runtime: runtime, cache: vectors,
      report: report)
    frozen = [part: made]  // one at a time: of an earlier run each fold has another
    return made
  }

  /// The videos of a fold, by their place in the annotations.
  struct Split {
    let training: [Int]
    let validation: [Int]
  }
}

/// Linear models that were asked for, and would see nothing.
struct NoFloor: ReportableError {
  var kind: ErrorKind { .usage }
  var description: String {
    "--floor: linear models look at texts and at stored vectors, and this run has neither"
  }
}

/// Fewer labelled videos than folds: some fold would have nothing to hold out.
struct TooFewVideos: ReportableError {
  let videos: Int
  let folds: Int

  var kind: ErrorKind { .badData }
  var description: String {
    "\(folds) folds need \(folds) labelled videos or more, the annotations have \(videos); --folds takes fewer"
  }
}
