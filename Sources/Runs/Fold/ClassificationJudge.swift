import Batching
import Dataset
import Inference
import Metrics
import NN
import Records
import Settings
import Storage
import SystemPackage
import Tasks
import Text
import Training

/// Predicts the videos that a fold holds out, scores that, and keeps models that predict.
final class ClassificationJudge: FoldJudge {
  private let fold: Int
  private let videos: [Int]
  private let context: Context
  /// nil where the weights that predict are not chosen among the epochs.
  private let soup: CheckpointSoup?
  /// The last that was predicted.
  private var predictions: PredictionTable

  /// What the folds of a run share.
  struct Context {
    let configuration: RunConfiguration
    let annotations: [Annotation]
    let model: ModelDescription
    /// The part of each category in the videos that the fold is trained on: what is predicted for a video held out with
    /// neither text nor frames, which the prior of all videos has seen.
    let prior: [Float]
    let tokenizer: TokenizerFile
    let reader: SampleReader
    /// Weights of the model that do not learn, which the trainer knows nothing of.
    let frozen: [ParameterStore.Weight]
    let runtime: Runtime
    let folder: RunFolder
  }

  /// - Parameter videos: held out, by their places in the annotations.
  init(_ fold: Int, _ videos: [Int], _ context: Context) {
    self.fold = fold
    self.videos = videos
    self.context = context
    let average = context.configuration.optimization.average
    soup =
      average.weights == .soup
      ? CheckpointSoup(path: context.folder.soup(fold), size: average.snapshots) : nil
    predictions = PredictionTable(categories: context.model.categories, count: videos.count)
  }

  var folders: [FilePath] { [context.folder.model(fold), context.folder.bestModel(fold)] }

  func judge(_ trainer: Trainer<Classification>) throws -> EpochScores {
    predictions = try predict(trainer)
    let scores = outcome
    try soup?.add(trainer.store, epoch: trainer.progress.epoch, score: scores.chosen)
    return scores
  }

  func keepBest(_ trainer: Trainer<Classification>) throws {
    try save(trainer, to: context.folder.bestModel(fold))
  }

  func finish(_ trainer: Trainer<Classification>) throws {
    guard let soup else { return try save(trainer, to: context.folder.model(fold)) }
    predictions = try trainer.withMean(of: soup.ingredients()) {
      try save(trainer, to: context.folder.model(fold))
      return try predict(trainer)
    }
  }

  var outcome: EpochScores {
    EpochScores(Scores(predictions, at: videos, truth: context.annotations))
  }

  func conclude() throws {
    var file = try JSONLines.Writer<Prediction>(context.folder.predictions(fold))
    for (row, video) in videos.enumerated() {
      try file.append(predictions.prediction(row, id: context.annotations[video].id))
    }
    try file.commit()
  }

  /// Of the videos held out, in their order.
  private func predict(_ trainer: Trainer<Classification>) throws -> PredictionTable {
    var table = PredictionTable(categories: context.model.categories, count: videos.count)
    var row = 0
    var model = context.model
    model.prior = context.prior
    try Predictor(
      models: [trainer.learners[0].model], weights: [1], preparation: context.configuration.input,
      runtime: context.runtime
    ).predict(videos, reader: context.reader) { samples in
      try Task.checkCancellation()
      for sample in samples.lazy.map(model.settled) {
        table.set(row, to: sample.probabilities, status: sample.status)
        row += 1
      }
    }
    return table
  }

  private func save(_ trainer: Trainer<Classification>, to path: FilePath) throws {
    try ModelFolder.write(
      trainer.store.weights + context.frozen, context.model, context.configuration.input, context.tokenizer,
      to: path)
  }
}
