package import Batching
package import Inference
package import Models
package import Tasks
package import Text
package import Training

/// Everything that decides what a run computes; saved with the run as `configuration.yaml`.
package struct RunConfiguration: EncoderSettings, Equatable {
  package var seed: UInt64
  package var folds: Int
  /// From which the folds are drawn: runs of several seeds hold out the same videos.
  package var foldSeed: UInt64
  package var modality: Modality
  package var weights: InitialWeights
  package var backbone: BackboneConfiguration
  package var textEncoder: TextEncoderConfiguration
  package var streams = Streams()
  package var maximumFrames: Int
  package var framing: Framing
  package var text: TextBudget
  package var optimization: OptimizationConfiguration
  package var classification: ClassificationConfiguration
  package var pseudoLabels = PseudoLabelConfiguration()
  package var consistency = ConsistencyConfiguration()
  package var calibration: CalibrationConfiguration
}
