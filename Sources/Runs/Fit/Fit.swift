import Batching
package import Configuration
package import Dataset
package import Inference
import Models
import NN
import Storage
import SystemPackage
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
  private let labels: [Int]
  /// The fold in which each video is held out.
  private let folds: [Int]
  private let tokenizer: TokenizerFile
  private let reader: SampleReader
  private let source: any VideoSource
  /// Those that were told.
  private var warnings: Set<String> = []
  private let modelDescription: ModelDescription
  let inputs: RunInputs
  private let runtime: Runtime
  let folder: RunFolder
  private let safeguards: Safeguards
  private let report: (FitEvent) throws -> Void

  /// - Parameter cacheBytes: memory for decoded frames.
  /// - Throws: `UnknownCategory` naming a video without one, `TooFewVideos`.
  /// - Parameter report: is told what happens; what it throws ends the run.
  package init(
    configuration: RunConfiguration, annotations: [Annotation], source: any VideoSource,
    tokenizer: TokenizerFile,
    folder: RunFolder, runtime: Runtime, cacheBytes: Int, safeguards: Safeguards = Safeguards(),
    report: @escaping (FitEvent) throws -> Void
  ) throws {
    self.configuration = configuration
    self.annotations = annotations
    self.source = source
    self.tokenizer = tokenizer
    self.runtime = runtime
    self.folder = folder
    self.safeguards = safeguards
    self.report = report
    categories = Categories(of: annotations)
    labels = try categories.labels(of: annotations)
    guard annotations.count >= configuration.folds else {
      throw TooFewVideos(videos: annotations.count, folds: configuration.folds)
    }
    folds = Folds.stratified(
      ids: annotations.map(\.id), categories: labels, folds: configuration.folds,
      seed: configuration.foldSeed)
    reader = SampleReader(
      annotations: annotations, source: source, tokenizer: tokenizer.tokenizer,
      preparation: configuration.input, targets: labels.map(Target.category), cacheBytes: cacheBytes)
    inputs = try RunInputs(
      annotations: annotations, tokenizer: tokenizer, source: source, modality: configuration.modality)
    modelDescription = ModelDescription(
      architecture: configuration.architecture(
        vocabularySize: tokenizer.tokenizer.vocabularySize, vectorSize: source.vectorSize,
        categories: categories.count),
      categories: categories.level2,
      prior: categories.counts(of: labels).map { Float($0) / Float(annotations.count) },
      weights: configuration.optimization.average.weights)
  }

  /// Trains what is not finished yet.
  /// - Parameter only: the one fold to train; nil for all.
  /// - Returns: the scores of all folds that are finished.
  package func run(only: Int? = nil) throws -> RunReport {
    try folder.open(configuration, inputs)
    try JSONLines.write(
      zip(annotations, folds).map { FoldRow(id: $0.id, fold: $1) }, to: folder.folds)
    let wanted = only.map { [$0] } ?? Array(0..<configuration.folds)
    let unfinished = wanted.filter { !folder.isFinished($0) }
    try announce(
      unfinished,
      steps: unfinished.reduce(0) {
        $0 + configuration.optimization.totalSteps(videos: split($1).training.count)
      })
    for fold in wanted where !unfinished.contains(fold) {
      CheckpointFolder(path: folder.checkpoints(fold)).remove()  // where a kill came in between
      Folder.remove(folder.soup(fold))
    }
    for fold in unfinished {
      try foldRun(fold, split(fold), in: folder, configuration) { try self.trainer(of: fold) }.run()
    }
    let runReport = try summary.write([folder], to: folder)
    try report(.end(runReport))
    return runReport
  }

  package var summary: RunSummary {
    RunSummary(configuration: configuration, annotations: annotations, folds: folds)
  }

  private func split(_ fold: Int) -> Split {
    let indices = annotations.indices
    return Split(
      training: indices.filter { folds[$0] != fold }, validation: indices.filter { folds[$0] == fold })
  }

  func announce(_ unfinished: [Int], steps: Int) throws {
    try report(.start(start(unfinished, steps)))
  }

  private func start(_ folds: [Int], _ totalSteps: Int) -> FitEvent.Start {
    let store = ParameterStore(on: .shapesOnly)
    _ = VideoTextClassifier(store.root, modelDescription.architecture)
    return FitEvent.Start(
      videos: annotations.count, categories: categories.count, parameters: store.count, folds: folds,
      totalSteps: totalSteps, device: runtime.device.name,
      precision: runtime.computeType == .bfloat16 ? "bf16" : "fp32", threads: runtime.threads)
  }

  func foldRun(
    _ fold: Int, _ split: Split, in folder: RunFolder, _ configuration: RunConfiguration,
    _ trainer: () throws -> Trainer<Classification>
  ) throws -> FoldRun {
    try FoldRun(
      fold, split, trainer,
      .init(
        configuration: configuration, annotations: annotations, model: modelDescription, tokenizer: tokenizer,
        reader: reader, runtime: runtime, folder: folder, safeguards: safeguards,
        damage: { [reader, annotations, source] in reader.damage.warnings(annotations, source: source) },
        start: { [self] in start($0, $1) }, report: { [self] in try tell($0) }))
  }

  /// A run of many folds reads the same videos again and again.
  private func tell(_ event: FitEvent) throws {
    if case .warning(let warning) = event, !warnings.insert(warning.message).inserted { return }
    try report(event)
  }

  func trainer(of fold: Int) throws -> Trainer<Classification> {
    try trainer(fold, split(fold), configuration)
  }

  /// - Parameter number: tells its random numbers from those of the other trainings.
  func trainer(
    _ number: Int, _ split: Split, _ configuration: RunConfiguration
  ) throws -> Trainer<Classification> {
    let architecture = modelDescription.architecture
    let task = Classification(
      configuration.classification, architecture,
      counts: categories.counts(of: split.training.map { labels[$0] }),
      samplingExponent: configuration.optimization.samplingExponent, parents: categories.parents,
      modality: configuration.modality)
    return try catchingOutOfMemory {
      Trainer(
        task, number: number, seed: configuration.seed,
        sampler: Sampler(
          videos: split.training, labels: labels, exponent: configuration.optimization.samplingExponent),
        reader: reader, frames: configuration.frames, vectorSize: architecture.encoder.vectorSize,
        configuration.optimization, runtime)
    }
  }

  /// The videos of a fold, by their place in the annotations.
  struct Split {
    let training: [Int]
    let validation: [Int]
  }
}

/// A line of `folds.jsonl`.
struct FoldRow: Codable, Equatable {
  let id: String
  let fold: Int
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
