package import Dataset
import Models
import Storage
package import SystemPackage
import Text
import Torch

/// The models of a run's folds, predicting together: the mean of their probabilities.
package struct Ensemble {
  package let models: [ModelFolder]
  private let runtime: Runtime

  package var preparation: InputPreparation { models[0].preparation }

  /// - Parameter path: a run folder, all of whose finished folds are taken, or one model folder.
  package init(reading path: FilePath, runtime: Runtime) throws {
    self.runtime = runtime
    guard Folder.isFolder(path) else {
      throw FileError(.read, path, Folder.exists(path) ? .notDirectory : .noSuchFileOrDirectory)
    }
    if ModelFolder.isComplete(path) {
      models = [try catchingOutOfMemory { try ModelFolder(reading: path, on: runtime.device) }]
      return
    }
    let run = RunFolder(path)
    let folds = try run.foldsWithModel()
    guard !folds.isEmpty else {
      throw EnsembleError(path: path, reason: "has no finished fold and is no model folder")
    }
    models = try catchingOutOfMemory {
      try folds.map { try ModelFolder(reading: run.model($0), on: runtime.device) }
    }
    for (fold, model) in zip(folds, models)
    where model.description.categories != models[0].description.categories
      || model.preparation != models[0].preparation
      || model.tokenizer != models[0].tokenizer
    {
      throw EnsembleError(
        path: run.model(fold),
        reason: "has other categories, input or tokenizer than the model of fold \(folds[0])")
    }
  }

  /// One prediction for each annotation, in their order, whatever state the videos are in. They are given away a batch
  /// at a time: the probabilities of ten million videos fit into no memory.
  /// - Returns: what is stored and could not be read.
  package func predict(
    _ annotations: [Annotation], source: any VideoSource, take: ([Prediction]) throws -> Void
  ) throws -> Damage {
    let first = models[0]
    try checkFeatures(of: source)
    let reader = SampleReader(
      annotations: annotations, source: source, tokenizer: first.tokenizer.tokenizer,
      preparation: first.preparation,
      labels: Array(repeating: nil, count: annotations.count), cacheBytes: 0)
    let predictor = Predictor(models: models.map(\.model), preparation: first.preparation, runtime: runtime)
    try predictor.predict(Array(annotations.indices), reader: reader) { samples in
      try take(samples.map { first.description.prediction($0, of: annotations[$0.index].id) })
    }
    return reader.damage
  }

  /// A model of frames cannot read stored vectors, and the other way round.
  private func checkFeatures(of source: any VideoSource) throws {
    let architecture = models[0].description.architecture
    guard models[0].preparation.modality.hasFrames else { return }
    let wanted = architecture.backbone == nil ? architecture.fusion.visualEmbeddingSize : nil
    guard source.featureDimension != wanted else { return }
    func kind(_ dimension: Int?) -> String {
      dimension.map { "feature vectors of \($0) numbers" } ?? "frames"
    }
    throw InputMismatch(wanted: kind(wanted), found: kind(source.featureDimension))
  }
}

/// A folder that is no run and no model, or whose models do not belong together.
struct EnsembleError: ReportableError {
  let path: FilePath
  let reason: String

  var kind: ErrorKind { .badData }
  var description: String { "\(path): \(reason)" }
}

/// Pictures of another sort than the model was trained on.
struct InputMismatch: ReportableError {
  let wanted: String
  let found: String

  var kind: ErrorKind { .badData }
  var description: String { "the model was trained on \(wanted), --frames holds \(found)" }
}
