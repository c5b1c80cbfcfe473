import Dataset
import Inference
import Records
package import Settings
import Storage
package import SystemPackage
import Training

extension Fit {
  package var fullDataFolder: FilePath { folder.full.path }

  /// The folds that have to be finished before there is a model of all videos.
  package var unfinishedFolds: [Int] { (0..<configuration.folds).filter { !folder.isFinished($0) } }

  /// - Throws: `ConfigurationError` where the weights that predict are chosen on videos held out: a model of all videos
  ///   has none.
  package static func requireFullData(_ configuration: RunConfiguration) throws {
    guard configuration.optimization.average.weights == .soup else { return }
    throw ConfigurationError(
      "--full-data", key: "training.average.weights",
      "is soup, which is chosen on videos held out, and here there are none")
  }

  /// Looks whether the model of all videos has what it begins with and learns from besides: before hours of folds, not after.
  /// - Throws: `FurtherVideosError` or what the weights say where they are those of folds alone.
  package func requireStartOnAllVideos() throws {
    guard !folder.full.isFinished(0) else { return }
    try start.require([.full])
    try further?.require([.full])
  }

  /// Trains one more model on all videos, in the run's folder `full`, for as many epochs as the folds scored best at:
  /// those of the highest mean over the folds. They are settled when it is begun: all folds have to be finished, or
  /// each that is would say something else. What is finished is not repeated.
  /// - Throws: `UnfinishedFolds`, and what `requireFullData` and `requireStartOnAllVideos` throw.
  package func trainOnAllVideos() throws {
    try Self.requireFullData(configuration)
    guard unfinishedFolds.isEmpty else { throw UnfinishedFolds(path: folder.path, folds: unfinishedFolds) }
    var configuration = configuration
    configuration.optimization.epochs = try settledEpochs() ?? bestEpoch()
    if configuration.optimization.maximumSteps > 0 {  // as many for each video as in the folds
      let growth = Double(configuration.folds) / Double(configuration.folds - 1)
      configuration.optimization.maximumSteps = Int(
        (Double(configuration.optimization.maximumSteps) * growth).rounded())
    }
    let full = folder.full
    let isFinished = full.isFinished(0)
    try requireStartOnAllVideos()
    try full.open(configuration, inputs)
    try writeUnlabelledVideos()
    let all = Split(training: Array(annotations.indices), validation: [])
    try announce(
      isFinished ? [] : [0], steps: isFinished ? 0 : curriculum(.full, all, configuration).totalSteps,
      further: furtherCounts(.full))
    // Its random numbers are those of one more fold.
    let number = configuration.folds
    try foldRun(0, of: .full, all, in: full, configuration) {
      try self.trainer(number, of: .full, all, configuration)
    }?.run()
  }

  /// Of the model that was begun; nil where there is none.
  private func settledEpochs() throws -> Int? {
    guard Folder.exists(folder.full.configuration) else { return nil }
    return try RunConfiguration(reading: folder.full.configuration).optimization.epochs
  }

  /// Of the epochs that show labelled videos, counted from the first of them: how many come before may differ by fold.
  private func bestEpoch() throws -> Int {
    let rows = try (0..<configuration.folds).flatMap { fold in
      let before = curriculum(.fold(fold), split(fold), configuration).epochsBefore
      return try EventFile(folder.events(fold)).epochs().map { (epoch: $0.result.epoch - before, $0.result) }
    }
    let scores = Dictionary(grouping: rows.filter { $0.epoch > 0 }, by: \.epoch).mapValues { rows in
      rows.reduce(0) { $0 + $1.1.scores.chosen } / Double(rows.count)
    }
    return scores.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? 1
  }
}

/// Folds that are to say for how long the model of all videos is trained, and do not yet.
struct UnfinishedFolds: ReportableError {
  let path: FilePath
  let folds: [Int]

  var kind: ErrorKind { .missingInput }
  var description: String {
    "\(path): the model of all videos comes after the folds, and \(folds.count) are not finished (the first: \(folds[0]))"
  }
}
