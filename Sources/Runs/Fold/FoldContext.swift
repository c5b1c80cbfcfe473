import Records
import SystemPackage

/// What a training needs to know of the run that it belongs to, whatever its task.
struct FoldContext {
  let fold: Int
  /// What it is called in messages, `fold 3`.
  let name: String
  let folder: TrainingFolder
  let safeguards: Safeguards
  /// The id of the video at a place in the annotations.
  let id: (Int) -> String
  /// What of the videos that were read is damaged, a sentence each.
  let damage: () -> [String]
  /// What there is to say of folds and their steps before they are trained.
  let start: (_ folds: [Int], _ totalSteps: Int) -> FitEvent.Start
  /// Who else keeps the events in a folder.
  let mirror: ((FilePath) -> any EventMirror)?
  /// Is told what happens; a warning that was told already is not told again.
  let report: (FitEvent) throws -> Void
}
