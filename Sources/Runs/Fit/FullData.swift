import Configuration
import Dataset
import Inference
import Storage
package import SystemPackage
import Training

extension Fit {
  package var fullDataFolder: FilePath { folder.full.path }

  /// Trains one more model on all videos, in the run's folder `full`, for as many epochs as the finished folds scored
  /// best at: those of the highest mean over the folds. What is finished is not repeated.
  /// - Throws: `NoFinishedFold`; `ConfigurationError` where the weights that predict are chosen on videos held out.
  package func trainOnAllVideos() throws {
    guard configuration.optimization.average.weights != .soup else {
      throw ConfigurationError(
        "--full-data", key: "training.average.weights",
        "is soup, which is chosen on videos held out, and here there are none")
    }
    var configuration = configuration
    configuration.optimization.epochs = try bestEpoch()
    if configuration.optimization.maximumSteps > 0 {  // as many for each video as in the folds
      let growth = Double(configuration.folds) / Double(configuration.folds - 1)
      configuration.optimization.maximumSteps = Int(
        (Double(configuration.optimization.maximumSteps) * growth).rounded())
    }
    let full = folder.full
    try full.open(configuration, inputs)
    let isFinished = full.isFinished(0)
    let all = Split(training: Array(annotations.indices), validation: [])
    try announce(
      isFinished ? [] : [0],
      steps: isFinished ? 0 : configuration.optimization.totalSteps(videos: annotations.count))
    if isFinished { return }
    // Its random numbers are those of one more fold.
    let number = configuration.folds
    try foldRun(0, all, in: full, configuration) { try self.trainer(number, all, configuration) }.run()
  }

  private func bestEpoch() throws -> Int {
    let finished = (0..<configuration.folds).filter(folder.isFinished)
    guard !finished.isEmpty else { throw NoFinishedFold(path: folder.path) }
    let rows = try finished.flatMap { try EventFile(folder.events($0)).epochs().map(\.result) }
    let scores = Dictionary(grouping: rows, by: \.epoch).mapValues { rows in
      rows.reduce(0) { $0 + $1.meanF1 } / Double(rows.count)
    }
    return scores.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? 1
  }
}
