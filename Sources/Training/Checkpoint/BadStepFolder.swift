import Batching
import NN
import Storage
package import SystemPackage
package import Torch

/// A step that went wrong, kept so that it can be repeated: `step.json` says which it was, `batch.safetensors` holds its
/// videos as the model took them, `weights.safetensors` the weights that met them, and a teacher's. What it drew follows from the run's
/// seed and the step.
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
    /// In how many rounds the batch was computed.
    package let rounds: Int

    package init(fold: Int, epoch: Int, step: Int, tensor: String, ids: [String], rounds: Int) {
      self.fold = fold
      self.epoch = epoch
      self.step = step
      self.tensor = tensor
      self.ids = ids
      self.rounds = rounds
    }
  }

  private var description: FilePath { path.appending("step.json") }
  private var batch: FilePath { path.appending("batch.safetensors") }
  private var weights: FilePath { path.appending("weights.safetensors") }

  /// - Parameter computing: all that the step computed with.
  package func write(
    _ step: BadStep, _ description: Description, computing: [(name: String, tensor: Tensor)]
  ) throws {
    try Folder.create(path)
    try Safetensors.write(
      Dictionary(uniqueKeysWithValues: computing.map { ($0.name, $0.tensor) }), to: weights)
    try Safetensors.write(step.batch.portable, to: batch)
    try JSONText.write(description, to: self.description)
  }

  /// The step with its description.
  /// - Parameter computing: what takes over what the step computed with.
  package func read(into computing: [(name: String, tensor: Tensor)]) throws -> (BadStep, Description) {
    let description = try JSONText.read(Description.self, from: description)
    let file = try Safetensors(batch)
    let batch = try Batch(portable: file)
    guard batch.videos.count == description.ids.count else {
      throw SafetensorsError(
        path: file.path,
        reason: "holds \(batch.videos.count) videos, step.json names \(description.ids.count)")
    }
    let weights = try Safetensors(weights)
    let problems = computing.filter { weights.shape(of: $0.name) != $0.tensor.shape }.map {
      "'\($0.name)' is missing or of another shape"
    }
    guard problems.isEmpty else { throw CheckpointError(path: weights.path, problems: problems) }
    try withoutGradients {
      for (name, tensor) in computing { tensor.copy(from: try weights.tensor(name)) }
    }
    return (
      BadStep(tensor: description.tensor, batch: batch, rounds: max(1, description.rounds)), description
    )
  }
}
