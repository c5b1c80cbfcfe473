import Batching
import Dataset
import Inference
import Models
package import NN
package import Pretrained
import Records
import Storage
package import SystemPackage
package import Torch

/// One backbone and its weights: published, or that of a model of a run.
package struct SingleBackbone {
  package let description: BackboneDescription
  let origin: VectorFolder.Origin
  private let source: WeightSource

  /// Where the weights' names begin.
  package static let place = "backbone"

  /// - Parameter path: a published folder or file, or a model folder such as `runs/first/fold-00/model`.
  /// - Parameter inputSize: width and height of its input, where it is not to be the weights' own.
  /// - Throws: what reading them throws; `GivenWeightsError` for a whole run, for a model without a backbone, and where a model
  ///   of a run is to have another input size than it learnt with.
  package init(reading path: FilePath, inputSize: Int? = nil) throws {
    let type = ModelFolder.isComplete(path) ? try ModelFolder.type(path) : nil
    guard type != EncoderDescription.modelType else {
      throw GivenWeightsError(
        reason:
          "\(path): --model: is an encoder that pretrain made, of whose backbone nothing else is made than fit --init",
        kind: .usage)
    }
    guard !Folder.exists(RunFolder(path).configuration) else {
      throw GivenWeightsError(
        reason: "\(path): --model: is a run, whose folds have a backbone each; give the model of one, "
          + "\(RunFolder(path).model(0))",
        kind: .usage)
    }
    if type == ModelDescription.modelType {
      let (model, preparation) = try ModelFolder.settings(path)
      guard let backbone = model.architecture.encoder.backbone else {
        throw GivenWeightsError(reason: "\(path): --model: has no backbone: it reads text, or stored vectors")
      }
      guard inputSize ?? backbone.imageSize == backbone.imageSize else {
        throw GivenWeightsError(
          reason:
            "\(path): --input-size: a model of a run has the \(backbone.imageSize) pixels that it learnt with",
          kind: .usage)
      }
      description = BackboneDescription(
        name: "the backbone of \(path)", configuration: backbone, framing: preparation.frames.framing)
      origin = Self.origin(of: path, name: description.name)
      source = WeightSource(try ModelFolder.weights(path), at: Self.place, under: Self.place + ".")
    } else {
      let published = try PublishedBackbone(reading: path)
      description =
        try inputSize.map { try published.description.resized(to: $0, at: path) } ?? published.description
      origin = VectorFolder.Origin(backbone: published.description.name)
      source = published.source(at: Self.place, for: description.configuration)
    }
  }

  /// `runs/first/fold-03/model` was trained in fold 3 of `runs/first`; a model that was moved away at least says so itself.
  private static func origin(of path: FilePath, name: String) -> VectorFolder.Origin {
    let fold = Folder.resolved(path).removingLastComponent()
    let run = fold.removingLastComponent()
    guard Folder.exists(RunFolder(run).configuration),
      let number = fold.lastComponent?.string.split(separator: "-").last
    else { return VectorFolder.Origin(backbone: name, run: Folder.resolved(path).string) }
    return VectorFolder.Origin(
      backbone: name, run: run.string, fold: run.lastComponent == "full" ? nil : Int(number))
  }

  /// The weights, under the names below `backbone`.
  /// - Throws: `CheckpointError` naming all that does not fit.
  package func weights(on device: Device = .cpu) throws -> ParameterStore {
    let store = ParameterStore(sources: [source], on: device)
    _ = description.configuration.model(store.root[Self.place])
    try store.finish()
    return store
  }
}
