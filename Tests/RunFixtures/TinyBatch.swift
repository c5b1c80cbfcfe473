package import Batching
package import Configuration
package import Dataset
package import Models
package import NN
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
  package let store = ParameterStore()
  package let model: VideoTextClassifier
  package let objective: Objective
  package let batch: Batch

  package init(_ settings: String...) throws { try self.init(settings) }

  package init(_ settings: [String]) throws {
    configuration = try TinyData.configuration(settings)
    RandomState.seed(7)
    model = VideoTextClassifier(
      store.root, configuration.architecture(vocabularySize: 12, featureDimension: nil, categories: 3))
    // Of a size that lets every part be seen in the gradients.
    store.assign(
      store.parameters.map {
        .normal($0.tensor.shape, mean: $0.name.hasSuffix("orm.weight") ? 1 : 0, deviation: 0.3)
      })
    objective = Objective(
      configuration.classification, counts: Self.counts, parents: Self.categories.parents,
      modality: configuration.modality, on: .cpu)
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
          index: index, tokens: shape.tokens, pictures: .frames(bytes, count: shape.frames),
          label: shape.label,
          status: PredictionStatus(hasText: shape.tokens.count > 2, hasFrames: shape.frames > 0))
      })
  }

  package func input(_ batch: Batch? = nil) -> Batch.Tensors {
    (batch ?? self.batch).tensors(configuration.input, width: 16, type: .float32, on: .cpu)
  }

  /// Everything anew: the backbone too.
  package func output() -> VideoTextClassifier.Output {
    let input = input()
    return model(
      text: input.text, vectors: model.vectors(of: input.pictures), frames: input.frames, .training)
  }

  /// The gradients that `body` accumulates, by the parameters' names; they are gone afterwards.
  package func gradients(of body: () throws -> Void) rethrows -> [String: Tensor] {
    try body()
    defer { for tensor in store.tensors { tensor.gradient = nil } }
    return Dictionary(
      uniqueKeysWithValues: store.parameters.compactMap { parameter in
        parameter.tensor.gradient.map { (parameter.name, $0.clone()) }
      })
  }

  /// Those of a step.
  package func gradients(parts: Int = 1) -> [String: Tensor] {
    let gradients = BatchGradients(model, objective, configuration.classification)
    return self.gradients {
      for part in batch.parts(parts) {
        _ = gradients.accumulate(input(part), objective.target(of: part, in: batch))
      }
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
