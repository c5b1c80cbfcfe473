package import NN
import Storage
package import Torch

/// Two linear heads in the place of one question about some hundred categories: which first level, of which each has ten
/// times the examples, and which category within each first level. Their answers are mixed with those of the flat head:
///
///     P(c) = (1 - weight) · P_flat(c) + weight · P(first level of c) · P(c | first level of c)
package struct TwoQuestions {
  package struct Configuration: Codable, Sendable, Equatable {
    /// The first level of each category, as a number.
    package var parents: [Int]
    /// Of the two questions in the mixture, from 0 to 1.
    package var weight: Double

    package init(parents: [Int], weight: Double) {
      self.parents = parents
      self.weight = weight
    }

    enum CodingKeys: String, CodingKey { case parents, weight }

    package var levels: Int { (parents.max() ?? 0) + 1 }

    /// Notes what no model can be made from.
    func check(_ checks: inout SettingChecks, categories: Int) {
      checks.number(CodingKeys.weight, weight, 0...1)
      checks.require(
        parents.count == categories && Set(parents) == Set(0..<Set(parents).count), CodingKeys.parents,
        "does not number the first levels of \(categories) categories")
    }
  }

  /// What the two heads say of each row.
  package struct Answers {
    /// Logits of the first levels, `[rows, first levels]` float32.
    package let level1: Tensor
    /// Logits of the categories, which count within each first level alone, `[rows, categories]` float32.
    package let level2: Tensor

    package init(level1: Tensor, level2: Tensor) {
      self.level1 = level1
      self.level2 = level2
    }
  }

  private let configuration: Configuration
  private let level1: Linear
  private let level2: Linear
  private let membership: Tensor

  /// - Parameter heads: in full precision.
  package init(_ heads: Scope, inputs: Int, _ configuration: Configuration) {
    self.configuration = configuration
    level1 = Linear(heads["level1_classifier"], inputs: inputs, outputs: configuration.levels)
    level2 = Linear(heads["level2_classifier"], inputs: inputs, outputs: configuration.parents.count)
    membership = Self.membership(configuration.parents, on: heads.device)
  }

  /// 1 where a category belongs to a first level, `[categories, first levels]`.
  package static func membership(_ parents: [Int], on device: Device) -> Tensor {
    let levels = (parents.max() ?? 0) + 1
    return Tensor(
      parents.flatMap { parent in (0..<levels).map { $0 == parent ? 1 as Float : 0 } },
      shape: [parents.count, levels]
    ).to(device)
  }

  /// - Parameter pooled: `[rows, inputs]`.
  package func callAsFunction(_ pooled: Tensor) -> Answers {
    Answers(level1: level1(pooled), level2: level2(pooled))
  }

  /// `log P(c | first level of c)`, `[rows, categories]`: a softmax within each first level.
  package static func within(_ level2: Tensor, _ membership: Tensor) -> Tensor {
    let sums = level2.softmax(along: -1).matmul(membership).clamped(atLeast: 1e-30).logarithm()
    return level2.logSoftmax(along: -1) - sums.matmul(membership.transposed(0, 1))
  }

  /// Logits whose softmax is the mixture, `[rows, categories]`; with a weight of 0 the flat head's own.
  package func mixed(_ flat: Tensor, _ answers: Answers) -> Tensor {
    guard configuration.weight > 0 else { return flat }
    let joint =
      answers.level1.logSoftmax(along: -1).matmul(membership.transposed(0, 1))
      + Self.within(answers.level2, membership)
    let mixture =
      flat.softmax(along: -1) * (1 - configuration.weight) + joint.exponential() * configuration.weight
    return mixture.clamped(atLeast: 1e-30).logarithm()
  }
}
