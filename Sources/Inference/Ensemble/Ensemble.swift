import Baselines
package import Batching
package import Dataset
import Models
import Records
import Storage
package import SystemPackage
import Text
import Torch

/// The models of a run's folds, and of all its seeds, predicting together: the mean of their probabilities, calibrated
/// where the run was.
package struct Ensemble {
  package let models: [ModelFolder]
  /// Of each model in the mean; they add up to 1.
  let weights: [Double]
  private let calibration: Calibration
  /// Where the calibration gives it a weight.
  let floor: FloorMember?
  private let levels: FirstLevels
  let runtime: Runtime
  /// The folders of the models.
  private let paths: [FilePath]

  package var preparation: InputPreparation { models[0].preparation }

  /// - Parameter path: a run folder, of which all finished folds of all seeds are taken, or one model folder.
  package init(reading path: FilePath, runtime: Runtime) throws {
    self.runtime = runtime
    guard Folder.isFolder(path) else {
      throw FileError(.read, path, Folder.exists(path) ? .notDirectory : .noSuchFileOrDirectory)
    }
    if ModelFolder.isComplete(path) {
      models = [
        try catchingOutOfMemory {
          try ModelFolder(reading: path, as: runtime.computeType, on: runtime.device)
        }
      ]
      (weights, calibration, floor, paths) = ([1], .none, nil, [path])
      levels = FirstLevels(models[0].description.categories)
      return
    }
    let run = RunFolder(path)
    let members = try run.members.map { try $0.models }
    let paths = members.flatMap(\.self)
    self.paths = paths
    guard !paths.isEmpty else {
      throw EnsembleError(path: path, reason: "has no finished fold and is no model folder")
    }
    models = try catchingOutOfMemory {
      try paths.map { try ModelFolder(reading: $0, as: runtime.computeType, on: runtime.device) }
    }
    calibration = try Calibration(of: run, members: members.count)
    floor =
      calibration.floorWeights == nil
      ? nil : FloorMember(model: try LinearBaseline(reading: run.floor), path: run.floor)
    levels = FirstLevels(models[0].description.categories)
    if let floor, floor.model.categories != models[0].description.categories {
      throw EnsembleError(path: floor.path, reason: "has other categories than the model \(paths[0])")
    }
    weights =
      if let memberWeights = calibration.memberWeights {
        zip(memberWeights, members).flatMap { weight, models in
          models.map { _ in weight / Double(models.count) }
        }
      } else {
        paths.map { _ in 1 / Double(paths.count) }
      }
    for (path, model) in zip(paths, models)
    where model.description.categories != models[0].description.categories
      || model.preparation != models[0].preparation
      || model.tokenizer != models[0].tokenizer
    {
      throw EnsembleError(
        path: path, reason: "has other categories, input or tokenizer than the model \(paths[0])")
    }
  }

  /// One prediction for each annotation, in their order, whatever state the videos are in. Annotations are read a window
  /// at a time, and predictions given away a batch at a time: neither of ten million videos fit into memory.
  /// - Parameter done: videos that are passed over. The rest is predicted to the same bits where these are whole batches,
  ///   of `predictionsTogether` of the runtime each.
  /// - Returns: what is stored and could not be read.
  package func predict(
    _ annotations: AnnotationList, from done: Int = 0, source: any VideoSource,
    take: ([Prediction]) throws -> Void
  ) throws -> Damage.Summary {
    var damage = Damage.Summary()
    let stored = VideoIDs(source.ids)
    // Whole batches, as if all were one window.
    let together = runtime.predictionsTogether
    try annotations.forEachWindow(of: max(1, Self.window / together) * together, from: done) { window in
      let met = try predict(window, source: source, take: take)
      damage.add(met.summary(window, source: source, stored: stored))
    }
    return damage
  }

  /// Annotations that are in memory at a time, about.
  private static let window = 1 << 14

  /// Of annotations that are all in memory.
  package func predict(
    _ annotations: [Annotation], source: any VideoSource, take: ([Prediction]) throws -> Void
  ) throws -> Damage {
    let first = models[0]
    try first.requirePictures(of: source)
    let reader = SampleReader(
      annotations: annotations, source: source, tokenizer: first.tokenizer.tokenizer,
      preparation: first.preparation,
      targets: Array(repeating: nil, count: annotations.count), cacheBytes: 0)
    let predictor = Predictor(
      models: models.map(\.model), weights: weights, preparation: first.preparation, runtime: runtime)
    try predictor.predict(Array(annotations.indices), reader: reader) { samples in
      try take(
        samples.map { sample in
          let annotation = annotations[sample.index]
          return prediction(sample, of: annotation.id) { floor?.says(of: annotation, source) }
        })
    }
    return reader.damage
  }

  /// The prior's answer stays as it is: there is nothing to be more or less sure of.
  /// - Parameter floor: what the floor says of the video, asked for where it counts.
  func prediction(_ sample: PredictedSample, of id: String, floor: () -> [Double]?) -> Prediction {
    let description = models[0].description
    let sample = description.settled(sample)
    guard calibration != .none, sample.status != .prior else {
      return description.prediction(sample, of: id)
    }
    let probabilities = outcome(floor: floor())(sample.probabilities.map(Double.init))
    return description.prediction(
      PredictedSample(
        index: sample.index, probabilities: probabilities.map(Float.init), status: sample.status),
      of: id, as: calibration.best(of: probabilities, levels))
  }

  /// What becomes of the mean of the models' probabilities for a video that is not settled by the prior.
  /// - Parameter said: by the floor.
  func outcome(floor said: [Double]?) -> FinalProbabilities {
    FinalProbabilities(
      calibration: calibration, floor: said, levels: levels, categories: models[0].description.categories)
  }

  /// Tells predictions from all others: those of other models, annotations or pictures, and those that another machine
  /// or other settings would round otherwise.
  /// - Parameters:
  ///   - ids: of the annotations.
  ///   - contents: a fingerprint of all else that they say.
  /// - Throws: `FileError` where a file of a model, or what lists the pictures, cannot be read.
  package func fingerprint(
    _ ids: some Sequence<String>, contents: String, source: any VideoSource
  ) throws -> String {
    var fingerprint = Fingerprint()
    for part in runtime.rounding { fingerprint.add(part) }
    for (model, (path, weight)) in zip(models, zip(paths, weights)) {
      fingerprint.add("\(weight)")
      for name in model.fileNames where Folder.exists(path.appending(name)) {
        try fingerprint.add(contentsOf: path.appending(name))
      }
    }
    fingerprint.add(JSONText.encode(calibration))
    if let floor {
      for name in LinearBaseline.fileNames { try fingerprint.add(contentsOf: floor.path.appending(name)) }
    }
    fingerprint.add(contents)
    if preparation.modality.hasFrames {
      fingerprint.add(try source.fingerprint(of: ids))
      fingerprint.add("pixels \(Framing.pixelVersion)")
    }
    return fingerprint.text
  }

  /// How wide the stored vectors are that the models read in the place of frames; nil where they read frames, or neither.
  package var storedVectorSize: Int? { models[0].storedVectorSize }
}

/// The baseline of a run whose calibration gives it a say.
struct FloorMember: Sendable {
  let model: LinearBaseline
  let path: FilePath

  /// Of each category; nil of a video that it sees nothing of.
  func says(of annotation: Annotation, _ source: any VideoSource) -> [Double]? {
    let answer = model.answer(annotation, source: source)
    return answer.status == .prior ? nil : answer.probabilities.map(Double.init)
  }
}

extension Fingerprint {
  /// Takes in the name of a file and a checksum of what is in it.
  fileprivate mutating func add(contentsOf path: FilePath) throws {
    var checksum = Checksum()
    try MappedFile(path).withBytes { checksum.add($0) }
    add("\(path.lastComponent?.string ?? "") \(checksum.count) \(checksum.text)")
  }
}

/// A folder that is no run and no model, or whose models do not belong together.
struct EnsembleError: ReportableError {
  let path: FilePath
  let reason: String

  var kind: ErrorKind { .badData }
  var description: String { "\(path): \(reason)" }
}
