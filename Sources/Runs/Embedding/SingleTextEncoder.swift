import Inference
package import Models
package import NN
import Pretrained
import Records
import Storage
package import SystemPackage
package import Text
package import Torch

/// One text encoder and its weights: published, of a model of a run, or of what `pretrain` made.
package struct SingleTextEncoder {
  /// For people.
  package let name: String
  package let configuration: TextEncoderConfiguration
  package let tokenizer: TokenizerFile
  private let source: WeightSource

  /// Where the weights' names begin.
  package static let place = "text"

  /// - Parameter path: a published folder, a model folder such as `runs/first/fold-00/model`, or an encoder's folder.
  /// - Throws: what reading them throws; `GivenWeightsError` for a whole run.
  package init(reading path: FilePath) throws {
    let type = ModelFolder.isComplete(path) ? try ModelFolder.type(path) : nil
    // What pretrain made has a configuration as well.
    guard type != nil || !Folder.exists(RunFolder(path).configuration) else {
      throw GivenWeightsError(
        reason: "\(path): --model: is a run, whose folds have a text encoder each; give the model of one, "
          + "\(RunFolder(path).model(0))",
        kind: .usage)
    }
    switch type {
    case ModelDescription.modelType:
      configuration = try ModelFolder.settings(path).0.architecture.encoder.fusion.text
      tokenizer = try ModelFolder.tokenizer(path, for: configuration)
    case EncoderDescription.modelType:
      let encoder = try EncoderFolder(reading: path)
      configuration = encoder.description.architecture.fusion.text
      tokenizer = encoder.tokenizer
    default:
      let published = try PublishedTextEncoder(reading: path)
      (name, configuration, tokenizer) = (published.name, published.configuration, published.tokenizer)
      source = published.source(at: Self.place)
      return
    }
    name = "the text encoder of \(path)"
    source = WeightSource(
      try ModelFolder.weights(path), at: Self.place, under: "fusion.",
      ignoring: FusionConfiguration.beyondText + FusionConfiguration.visualTables)
  }

  /// The weights, under the names below `text`.
  /// - Throws: `CheckpointError` naming all that does not fit.
  package func weights(on device: Device = .cpu) throws -> ParameterStore {
    let store = ParameterStore(sources: [source], on: device)
    _ = TextEncoder(store.root[Self.place], configuration)
    try store.finish()
    return store
  }
}
