import Dataset
import Inference
import Records
import Settings
import Storage
package import SystemPackage
import Tasks
import Training

/// A run whose models say what unlabelled videos are.
///
/// Of fold k the model at the end of training says it: it never saw the videos that fold k holds out, and nothing of it was
/// chosen by them. The number of its epochs stood in the configuration; `best` was chosen by these videos, calibrations
/// were fitted on them, and the models of all other folds have seen them, so that none of these may speak for fold k.
struct TeacherRun {
  let folder: RunFolder
  /// Of each seed.
  let members: [RunFolder]
  let rows: [FoldRow]
  let folds: Int
  /// The fingerprint of its annotations.
  let annotations: String
  /// Where these lay.
  let annotationsPath: FilePath?
  /// What it was trained on by pseudo-labels itself.
  let pseudoLabels: RunInputs.PseudoLabels?
  let configuration: RunConfiguration
  /// Whether the videos that are to be predicted were among those that it learnt from without their categories.
  let isTransductive: Bool
  let teacher: PseudoLabelHeader.Teacher

  /// - Throws: `NoRun`, and `FurtherVideosError` for a run that must not teach.
  init(reading path: FilePath) throws {
    folder = RunFolder(path)
    guard Folder.isFolder(path) else { throw NoRun(path: path) }
    members = try folder.members
    guard let first = members.first, Folder.exists(first.folds), Folder.exists(first.inputs) else {
      guard ModelFolder.isComplete(path) else { throw NoRun(path: path) }
      throw FurtherVideosError(
        reason:
          "\(path): --run: is one model, and does not say which videos it has seen; give the run's folder")
    }
    configuration = try RunConfiguration(reading: first.configuration)
    guard configuration.optimization.average.weights != .soup else {
      throw FurtherVideosError(
        reason:
          "\(path): --run: training.average.weights is soup there: each fold's weights were chosen by the videos that it "
          + "held out, which would be judged by what they have chosen; take a run without")
    }
    let classification = configuration.classification
    guard
      classification.logitAdjustment == 0 || classification.twoQuestions.loss == 0
        || classification.twoQuestions.weight == 0
    else {
      throw FurtherVideosError(
        reason:
          "\(path): --run: has training.logit_adjustment beside training.two_questions there: what its models say is mixed of "
          + "answers that are adjusted each in a way of its own, which cannot be taken out of it again")
    }
    let (consistency, balanced) = (configuration.consistency, configuration.consistency.balanced)
    guard consistency.method == .none || balanced.loss == 0 || balanced.weight == 0 else {
      throw FurtherVideosError(
        reason:
          "\(path): --run: has consistency.balanced.weight above 0 there: what its models say is mixed with a head that takes all "
          + "categories for equally frequent; take a run with consistency.balanced.weight=0")
    }
    rows = try JSONLines.read(FoldRow.self, from: first.folds)
    folds = configuration.folds
    let inputs = try members.map { try JSONText.read(RunInputs.self, from: $0.inputs) }
    annotations = inputs[0].annotations
    annotationsPath = inputs[0].annotationsPath.map { FilePath($0) }
    pseudoLabels = inputs.compactMap(\.pseudoLabels).max { $0.round < $1.round }
    isTransductive = inputs.contains {
      $0.pseudoLabels?.transductive == true || $0.unlabelled?.transductive == true
    }
    teacher = PseudoLabelHeader.Teacher(
      run: Folder.resolved(path).string, fingerprint: try first.settingsFingerprint, seeds: members.count)
  }

  /// The models that may speak for a fold.
  /// - Returns: nil where a seed has not finished it.
  func models(of fold: Int) -> [FilePath]? {
    members.allSatisfy { $0.isFinished(fold) && ModelFolder.isComplete($0.model(fold)) }
      ? members.map { $0.model(fold) } : nil
  }

  /// Those that may speak for the model of all videos: of every fold, and of all videos where there is one.
  func models() throws -> [FilePath]? {
    guard (0..<folds).allSatisfy({ models(of: $0) != nil }) else { return nil }
    return try members.flatMap { try $0.models }
  }

  /// The fold that a model of this run never saw; nil of one of all videos.
  func fold(of model: FilePath) -> Int? {
    (0..<folds).first { fold in members.contains { $0.model(fold) == model } }
  }
}

extension Teachers {
  /// Where the labelled videos of a run lay when it was trained; nil where it does not say so, or is none.
  package static func annotations(of run: FilePath) -> FilePath? {
    (try? TeacherRun(reading: run))?.annotationsPath
  }
}
