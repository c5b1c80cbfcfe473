import Batching
import Dataset
import Inference
import NN
import Records
import Settings
import SystemPackage
import Text

extension FoldRun {
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
    let safeguards: Safeguards
    /// What of the videos that were read is damaged, a sentence each.
    let damage: () -> [String]
    /// What there is to say of folds and their steps before they are trained.
    let start: (_ folds: [Int], _ totalSteps: Int) -> FitEvent.Start
    /// Who else keeps the events of the fold in this folder.
    let mirror: ((FilePath) -> any EventMirror)?
    /// Is told what happens; a warning that was told already is not told again.
    let report: (FitEvent) throws -> Void
  }
}
