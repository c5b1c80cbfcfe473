import Configuration
import Inference
import Models
import NN
import Pretrained
import Storage
import SystemPackage
import Torch

/// What the folds of a run begin with, as the run keeps it: `start.safetensors`, in float32 under the names of the model's
/// own layers, so that a run goes on without the folder that the weights came from.
struct StartingWeights {
  let folder: RunFolder
  /// nil where a run goes on with what it keeps.
  let given: GivenWeights?
  let weights: RunConfiguration.InitialWeights
  /// With the backbone.
  let architecture: VideoTextClassifier.Configuration

  private static let backbone = "backbone"

  var areRandom: Bool { weights == .init() }

  /// Those of an earlier run differ from fold to fold.
  private func path(_ part: RunPart) -> FilePath {
    let own =
      switch part {
      case .fold(let fold): folder.start(fold)
      case .full: folder.full.start(0)
      }
    if case .run = given?.backbone { return own }
    return Folder.exists(own) ? own : folder.start
  }

  /// Writes the file where the run does not keep it yet.
  /// - Throws: `CheckpointError` naming everything in the given weights that does not fit; `GivenWeightsError` where there
  ///   is neither a file nor a folder to make it from.
  func prepare(_ part: RunPart) throws {
    let path = path(part)
    guard !areRandom, !Folder.exists(path) else { return }
    guard let backbone = given?.backbone, let configuration = architecture.encoder.backbone else {
      throw GivenWeightsError(
        reason: "\(folder.path): the configuration says that weights are given, and the run keeps none: give "
          + "--backbone again",
        kind: .missingInput)
    }
    let store = ParameterStore(sources: [
      try backbone.source(for: part, at: Self.backbone, of: configuration)
    ])
    _ = configuration.model(store.root[Self.backbone])
    try store.finish()
    if let odd = store.weights.first(where: { !$0.tensor.isFinite }) {
      throw GivenWeightsError(
        reason: "--backbone: '\(odd.name)' of \(backbone.description.name) holds numbers that are not finite")
    }
    try Folder.create(path.removingLastComponent())
    try store.write(to: path, metadata: ["format": "pt"])
  }

  /// The parts of the model that learn from these weights on.
  func sources(_ part: RunPart, isBackboneFrozen: Bool) throws -> [WeightSource] {
    guard weights.backbone == .given, !isBackboneFrozen else { return [] }
    return [try source(part)]
  }

  private func source(_ part: RunPart) throws -> WeightSource {
    WeightSource(try Safetensors(path(part)), at: Self.backbone, under: Self.backbone + ".")
  }

  /// The backbone alone.
  func backbone(_ part: RunPart, on device: Device) throws -> ParameterStore {
    let store = ParameterStore(sources: [try source(part)], on: device)
    _ = architecture.encoder.backbone?.model(store.root[Self.backbone])
    try store.finish()
    return store
  }
}
