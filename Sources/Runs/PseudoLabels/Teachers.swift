import Baselines
package import Batching
package import Dataset
import Inference
import Records
import Settings
import Storage
package import SystemPackage
import Tasks
package import Torch
import Training

/// Who says what unlabelled videos are: the models of runs, linear models on the texts, or both.
package struct Teachers {
  let runs: [TeacherRun]
  private let asksModels: Bool
  /// Learns anew for each fold; nil where it is no teacher.
  let floor: CrossValidation?
  package let labeled: [Annotation]
  /// Where they were read; nil where they come from no file.
  let labeledPath: FilePath?
  let categories: Categories
  /// The number of the category of each labelled video.
  private let labels: [Int]
  /// The fold that each labelled video is held out in.
  let places: [Int]
  package let folds: Int

  /// - Parameters:
  ///   - runs: of the same videos and folds.
  ///   - asksModels: whether the models of the runs are teachers; without, the runs say what the folds are.
  ///   - asksFloor: whether linear models on the texts are.
  ///   - labeled: the videos that the runs were trained on; nil reads them where the first run says that they lay.
  ///   - labeledPath: the file that they were read from, for messages.
  ///   - foldsWithoutRun: how many folds there are and their seed, where no run says it.
  /// - Throws: `NoRun`, `FurtherVideosError`, `UnknownCategory`, `TooFewVideos`.
  package init(
    runs paths: [FilePath], asksModels: Bool, asksFloor: Bool, labeled given: [Annotation]?,
    in labeledPath: FilePath? = nil, foldsWithoutRun: (count: Int, seed: UInt64), cores: Cores,
    warn: (String) throws -> Void
  ) throws {
    runs = try paths.map { try TeacherRun(reading: $0) }
    if let given {
      (labeled, self.labeledPath) = (given, labeledPath)
    } else {
      let path = try Self.labeledPath(of: runs.first)
      (labeled, self.labeledPath) = (try AnnotationFile.read(path, warn: warn), path)
    }
    categories = Categories(of: labeled)
    labels = try categories.labels(of: labeled)
    if let first = runs.first {
      folds = first.folds
      places = first.rows.map(\.fold)
      try Self.requireSame(runs, labeled)
    } else {
      folds = foldsWithoutRun.count
      guard labeled.count >= folds else { throw TooFewVideos(videos: labeled.count, folds: folds) }
      places = Folds.stratified(
        ids: labeled.map(\.id), categories: labels, folds: folds, seed: foldsWithoutRun.seed)
    }
    self.asksModels = asksModels && !runs.isEmpty
    if asksFloor {
      guard let videos = BaselineVideos(labeled, hasText: true, source: nil) else {
        preconditionFailure("texts are looked at")
      }
      self.floor = try CrossValidation(of: videos, folds: places, cores: cores)
    } else {
      self.floor = nil
    }
    guard self.asksModels || asksFloor else {
      throw FurtherVideosError(reason: "--run: is missing: who is to say what the videos are?", kind: .usage)
    }
  }

  private static func labeledPath(of run: TeacherRun?) throws -> FilePath {
    guard let path = run?.annotationsPath else {
      throw FurtherVideosError(
        reason: "--labeled: is missing; "
          + (run == nil
            ? "linear models learn from labelled videos" : "the run does not say where its annotations lay"),
        kind: .usage)
    }
    guard Folder.exists(path) else {
      throw FurtherVideosError(
        reason: "\(path): is where the run's annotations lay, and is not there any more; give --labeled",
        kind: .missingInput)
    }
    return path
  }

  /// Teachers that hold out other videos cannot speak for the same fold.
  private static func requireSame(_ runs: [TeacherRun], _ labeled: [Annotation]) throws {
    let fingerprint = RunInputs.fingerprint(labeled)
    for run in runs {
      guard run.annotations == fingerprint, run.rows.map(\.id) == labeled.map(\.id) else {
        throw FurtherVideosError(
          reason:
            "\(run.folder.path): --run: was trained on other videos, texts or categories than those of --labeled"
        )
      }
      guard run.rows == runs[0].rows, run.folds == runs[0].folds else {
        throw FurtherVideosError(
          reason:
            "\(run.folder.path): --run: holds out other videos than \(runs[0].folder.path), so that both cannot speak for "
            + "one fold")
      }
    }
  }

  /// The folds that every run has finished.
  package var finished: [Int] {
    (0..<folds).filter { fold in speakers.allSatisfy { $0.models(of: fold) != nil } }
  }

  /// The runs whose models are asked.
  var speakers: [TeacherRun] { asksModels ? runs : [] }

  /// What the models look at; text, where linear models alone are asked.
  package var modality: Modality {
    get throws {
      let each = try finished.first.map { try models(of: $0) } ?? []
      let all = try each.map { try ModelFolder.settings($0.path).1.modality }
      let (frames, text) = (all.contains(where: \.hasFrames), all.contains(where: \.hasText) || floor != nil)
      return frames ? text ? .both : .video : .text
    }
  }

  /// What was said to teachers themselves counts as one round more.
  var round: Int { 1 + (speakers.compactMap(\.pseudoLabels?.round).max() ?? 0) }

  var areTransductive: Bool { speakers.contains(where: \.isTransductive) }

  /// A model that is asked.
  struct Speaker {
    let path: FilePath
    /// What its training saw of each category, and τ of the adjustment by it.
    fileprivate let prior: [Double]
    fileprivate let adjustment: Double

    /// Its probabilities without the adjustment that it was trained with: what the videos are, not what they would be if
    /// categories were all alike.
    func unadjusted(_ said: [Float]) -> [Float] {
      LearntPrior.unadjusted(said, prior, by: adjustment)
    }
  }

  private func speaker(_ model: FilePath, of run: TeacherRun) -> Speaker {
    let (configuration, held) = (run.configuration, run.fold(of: model))
    let counts = categories.counts(of: zip(labels, places).filter { $1 != held }.map(\.0))
    return Speaker(
      path: model,
      prior: LearntPrior.make(
        configuration.classification, counts: counts,
        samplingExponent: configuration.optimization.samplingExponent),
      adjustment: configuration.classification.logitAdjustment)
  }

  /// The models that may speak for a fold, or for the model of all videos.
  /// - Throws: `FurtherVideosError` where a run has not finished it.
  func models(of fold: Int?) throws -> [Speaker] {
    try speakers.flatMap { run in
      guard let models = try fold.map({ run.models(of: $0) }) ?? run.models() else {
        throw FurtherVideosError(
          reason: "\(run.folder.path): --run: "
            + (fold.map { "fold \($0) is not finished, and no other fold's model may speak for it" }
              ?? "labels for the model of all videos (--full-data) come from all folds, and not all are finished"),
          kind: .missingInput)
      }
      return models.map { speaker($0, of: run) }
    }
  }

  /// The linear models that may speak for a fold.
  func linearModels(of fold: Int?) throws -> LinearBaseline? {
    try fold.map { try floor?.baseline(of: $0) } ?? floor?.ofAllVideos()
  }
}
