package import Batching
package import NN
import Storage
package import SystemPackage
import Torch

/// A step that went wrong, kept so that it can be repeated: `step.json` says which it was, `batch.safetensors` holds its
/// videos as the model took them and the random state before it, `weights.safetensors` the weights that met them.
package struct BadStepFolder {
  package let path: FilePath

  package init(path: FilePath) { self.path = path }

  package struct Description: Codable, Equatable {
    package let fold: Int
    package let epoch: Int
    package let step: Int
    /// The first tensor that was not finite.
    package let tensor: String
    /// The videos, in the order of the batch.
    package let ids: [String]
    /// In how many parts the batch was computed.
    package let parts: Int

    package init(fold: Int, epoch: Int, step: Int, tensor: String, ids: [String], parts: Int) {
      self.fold = fold
      self.epoch = epoch
      self.step = step
      self.tensor = tensor
      self.ids = ids
      self.parts = parts
    }
  }

  private var description: FilePath { path.appending("step.json") }
  private var batch: FilePath { path.appending("batch.safetensors") }
  private var weights: FilePath { path.appending("weights.safetensors") }

  package func write(_ step: BadStep, _ description: Description, weights store: ParameterStore) throws {
    try Folder.create(path)
    try store.write(to: weights)
    try Safetensors.write(step.batch.portable.merging(step.randomState) { $1 }, to: batch)
    try JSONText.write(description, to: self.description)
  }

  /// The step with its description.
  /// - Parameter preparation: of the run, for the size of its frames.
  package func read(_ preparation: InputPreparation, into store: ParameterStore) throws -> (
    BadStep, Description
  ) {
    let description = try JSONText.read(Description.self, from: description)
    let file = try Safetensors(batch)
    let batch = try Batch(portable: file, frameBytes: preparation.imageSize * preparation.imageSize * 3)
    guard batch.samples.count == description.ids.count else {
      throw SafetensorsError(
        path: file.path,
        reason: "holds \(batch.samples.count) videos, step.json names \(description.ids.count)")
    }
    let weights = try Safetensors(weights)
    for parameter in store.parameters where weights.shape(of: parameter.name) != parameter.tensor.shape {
      throw CheckpointError(
        path: weights.path, problems: ["'\(parameter.name)' is missing or of another shape"])
    }
    store.assign(try store.parameters.map { try weights.tensor($0.name) })
    let random = try file.names.filter(RandomStates.isState).map { ($0, try file.tensor($0)) }
    return (
      BadStep(
        tensor: description.tensor, batch: batch, randomState: Dictionary(uniqueKeysWithValues: random),
        parts: max(1, description.parts)),
      description
    )
  }
}
