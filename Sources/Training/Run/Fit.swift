package import Dataset
import Models
import NN
import Reporting
import Storage
import SystemPackage
package import Text
import Torch

/// Trains the folds of a run one after the other and gathers what they predict for the videos that each left out.
package final class Fit {
  let configuration: RunConfiguration
  private let annotations: [Annotation]
  private let categories: Categories
  /// The category of each video, as a number.
  private let labels: [Int]
  /// The fold in which each video is held out.
  private let folds: [Int]
  private let tokenizer: TokenizerFile
  private let reader: SampleReader
  private let source: any VideoSource
  /// Told already; a run of many folds reads the same videos again and again.
  private var warnings: Set<String> = []
  private let modelDescription: ModelDescription
  private let inputs: RunInputs
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
      ids: annotations.map(\.id), categories: labels, folds: configuration.folds, seed: configuration.seed)
    reader = SampleReader(
      annotations: annotations, source: source, tokenizer: tokenizer.tokenizer,
      preparation: configuration.input, labels: labels, cacheBytes: cacheBytes)
    inputs = RunInputs(
      annotations: annotations, tokenizer: tokenizer, featureDimension: source.featureDimension)
    modelDescription = ModelDescription(
      architecture: configuration.architecture(
        vocabularySize: tokenizer.tokenizer.vocabularySize, featureDimension: source.featureDimension,
        categories: categories.count),
      categories: categories.level2,
      prior: categories.counts(of: labels).map { Float($0) / Float(annotations.count) },
      weights: configuration.training.average.weights)
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
    try announce(unfinished)
    for fold in wanted where !unfinished.contains(fold) {
      CheckpointFolder(path: folder.checkpoints(fold)).remove()  // where a kill came in between
    }
    for fold in unfinished { try run(of: fold).run() }
    let runReport = try gather()
    try report(.end(runReport))
    return runReport
  }

  private func split(_ fold: Int) -> FoldTrainer.Split {
    let indices = annotations.indices
    return FoldTrainer.Split(
      training: indices.filter { folds[$0] != fold }, validation: indices.filter { folds[$0] == fold })
  }

  private func announce(_ unfinished: [Int]) throws {
    let steps = unfinished.reduce(0) { total, fold in
      total + FoldTrainer.totalSteps(videos: split(fold).training.count, configuration.training)
    }
    let store = ParameterStore(on: .shapesOnly)
    _ = VideoTextClassifier(store.root, modelDescription.architecture)
    try report(
      .start(
        .init(
          videos: annotations.count, categories: categories.count, parameters: store.count, folds: unfinished,
          totalSteps: steps, device: runtime.device.name,
          precision: runtime.computeType == .bfloat16 ? "bf16" : "fp32",
          threads: Machine.threads)))
  }

  private func run(of fold: Int) throws -> FoldRun {
    try FoldRun(
      fold, { try trainer(of: fold) },
      .init(
        configuration: configuration, annotations: annotations, model: modelDescription, tokenizer: tokenizer,
        folder: folder, safeguards: safeguards, report: report, endOfEpoch: { [self] in try warnOfDamage() }))
  }

  /// After an epoch all videos have been read, those held out included.
  private func warnOfDamage() throws {
    for warning in reader.damage.warnings(annotations, source: source)
    where warnings.insert(warning).inserted {
      try report(.warning(.init(message: warning)))
    }
  }

  func trainer(of fold: Int) throws -> FoldTrainer {
    try catchingOutOfMemory {
      FoldTrainer(
        fold: fold, split: split(fold), architecture: modelDescription.architecture,
        configuration: configuration, reader: reader, categories: categories, labels: labels, runtime: runtime
      )
    }
  }

  /// What a finished fold says of the videos that it held out, in the order of the annotations.
  private func predictions(of fold: Int) throws -> [Prediction] {
    let path = folder.predictions(fold)
    let predictions = try JSONLines.read(Prediction.self, from: path)
    guard predictions.map(\.id) == split(fold).validation.map({ annotations[$0].id }) else {
      throw JSONError.content(path, line: nil, problem: "are not of the videos that fold \(fold) holds out")
    }
    return predictions
  }

  /// The report, and the out-of-fold file once every fold is finished.
  private func gather() throws -> RunReport {
    let finished = (0..<configuration.folds).filter(folder.isFinished)
    let predictions = try finished.map(predictions)
    let scores = predictions.map { Scores($0, truth: annotations).meanF1 }
    var outOfFold: Scores?
    if finished.count == configuration.folds {
      var rest = predictions.map { $0[...] }
      let ordered = folds.compactMap { rest[$0].popFirst() }
      try JSONLines.write(ordered, to: folder.outOfFold)
      outOfFold = Scores(ordered, truth: annotations)
    }
    let skipped = try finished.map { fold in
      try JSONLines.read(FitEvent.Epoch.self, from: folder.epochs(fold)).reduce(0) { $0 + $1.skippedSteps }
    }
    let runReport = RunReport(
      folds: Dictionary(uniqueKeysWithValues: zip(finished, scores)), totalFolds: configuration.folds,
      acrossFolds: Statistics(scores), outOfFold: outOfFold, skippedSteps: skipped.reduce(0, +))
    try JSONText.write(runReport, to: folder.report)
    try AtomicFile.write(runReport.markdown, to: folder.readableReport)
    return runReport
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
