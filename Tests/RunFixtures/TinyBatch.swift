package import Batching
package import Dataset
package import Models
package import NN
package import Settings
package import Tasks
package import Torch
import Training

/// Five videos with random frames and tokens, and a model of a few hundred weights that reads them.
///
/// One video has no frames, one no text; the categories are unevenly spread over two first levels.
package struct TinyBatch {
  package static let categories = Categories(["0100", "0101", "0200"])
  /// Videos of each category in the training part.
  package static let counts = [7, 2, 1]

  package let configuration: RunConfiguration
  package let store = ParameterStore(seed: 7)
  package let task: Classification
  package let objective: Objective
  /// With the store's own weights.
  package let model: VideoTextClassifier
  package let destination: InputDestination
  package let batch: Batch

  package init(_ settings: String...) throws { try self.init(settings) }

  package init(_ settings: [String]) throws {
    configuration = try TinyData.configuration(settings)
    let architecture = configuration.architecture(
      vocabularySize: 12, vectorSize: nil, parents: Self.categories.parents)
    task = Classification(
      configuration.classification, architecture, counts: Self.counts,
      samplingExponent: configuration.optimization.samplingExponent, parents: Self.categories.parents,
      modality: configuration.modality)
    objective = Objective(
      configuration.classification, counts: Self.counts,
      samplingExponent: configuration.optimization.samplingExponent, parents: Self.categories.parents)
    model = task.learner(store.root).model
    // Of a size that lets every part be seen in the gradients.
    let random = Generator(seed: 7)
    store.assign(
      store.weights.map {
        .normal(
          $0.tensor.shape, mean: $0.name.hasSuffix("orm.weight") ? 1 : 0, deviation: 0.3, drawingFrom: random)
      })
    destination = InputDestination(
      configuration.frames, vectorSize: architecture.encoder.vectorSize, type: .float32, on: .cpu)
    let shapes: [(tokens: [Int32], frames: Int, label: Int)] = [
      ([2, 5, 6, 3], 2, 0), ([2, 7, 3], 1, 1), ([2, 8, 9, 10, 3], 0, 0), ([2, 3], 2, 2),
      ([2, 5, 11, 3], 1, 0),
    ]
    batch = Batch(
      shapes.enumerated().map { index, shape in
        let bytes = (0..<shape.frames * 16 * 16 * 3).map {
          UInt8(($0 * 37 + index * 91 + $0 / 48 * 11) % 256)
        }
        return Sample(
          index: index, tokens: shape.tokens, pictures: .frames(bytes, count: shape.frames, size: 16),
          target: .category(shape.label),
          status: PredictionStatus(hasText: shape.tokens.count > 2, hasFrames: shape.frames > 0))
      })
  }

  package func packed(_ part: Batch? = nil) -> PackedBatch<Classification.Plan> {
    let part = part ?? batch
    return PackedBatch(part) { task.plan(part, of: batch, in: &$0) }
  }

  package func input(_ part: Batch? = nil) -> ModelInput { packed(part).send(to: destination) }

  /// What is to be said of the whole batch.
  package var target: Objective.Target {
    let packed = packed()
    return Objective.Target(packed.plan.targets, packed.send(to: destination).sent)
  }

  /// Everything anew, the backbone too, with the store's own weights.
  package func output(_ pass: TrainingPass = TrainingPass(seed: 1)) -> VideoTextClassifier.Output {
    let input = input()
    let mode = Mode.training(pass)
    return model(
      tokens: input.tokens, vectors: model.encoder.vectors(of: input.pictures, mode), input.layout, mode)
  }

  /// The loss of the whole batch.
  package func loss(_ outputs: VideoTextClassifier.Output...) -> Tensor {
    objective.loss(outputs, target, objective.constants(on: .cpu))
  }

  /// The gradients that `body` accumulates in the store, by the parameters' names; they are gone afterwards.
  package func gradients(of body: () throws -> Void) rethrows -> [String: Tensor] {
    try body()
    defer { for tensor in store.tensors { tensor.gradient = nil } }
    return Dictionary(
      uniqueKeysWithValues: store.parameters.compactMap { parameter in
        parameter.tensor.gradient.map { (parameter.name, $0.clone()) }
      })
  }

  /// Those that the task accumulates.
  /// - Parameter parts: computed side by side.
  /// - Parameter distributed: the batch with other targets.
  package func gradients(parts: Int = 1, of batch: Batch? = nil) throws -> [String: Tensor] {
    let whole = batch ?? self.batch
    let cores = Cores(min(parts, whole.videos.count))
    let replicas = Replicas(of: store, as: .float32, on: cores) { task.learner($0) }
    return try gradients {
      try replicas.refresh()
      let parts = whole.parts(parts).enumerated().map { number, part in
        TaskPart<Classification>(
          learner: replicas.models[number],
          batch: PackedBatch(part) { task.plan(part, of: whole, in: &$0) }, destination: destination,
          pass: TrainingPass(seed: 1))
      }
      _ = try task.accumulate(parts, on: cores, collect: replicas.collectGradients)
    }
  }
}

/// The names of the tensors that differ by more than `tolerance`, or that one side lacks.
package func differences(_ one: [String: Tensor], _ other: [String: Tensor], tolerance: Double = 1e-5)
  -> [String]
{
  Set(one.keys).union(other.keys).filter { name in
    guard let left = one[name], let right = other[name] else { return true }
    return !((left - right).absolute().maximum().item <= tolerance)
  }.sorted()
}
