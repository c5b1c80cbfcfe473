package import Torch

/// `y = x · weightᵀ + bias` over the last dimension. Parameters: `weight [outputs, inputs]`, `bias [outputs]`.
package struct Linear {
  private let weight: JoinedParameters
  private let bias: JoinedParameters?

  package init(
    _ scope: Scope, inputs: Int, outputs: Int, hasBias: Bool = true,
    initializer: Initializer = .truncatedNormal(deviation: 0.02)
  ) {
    self.init(joining: [scope], inputs: inputs, outputs: outputs, hasBias: hasBias, initializer: initializer)
  }

  /// Several layers for one input, their outputs side by side in the last dimension: one product instead of many.
  /// - Parameter outputs: of each.
  package init(
    joining scopes: [Scope], inputs: Int, outputs: Int, hasBias: Bool = true,
    initializer: Initializer = .truncatedNormal(deviation: 0.02)
  ) {
    var (weights, biases): ([Tensor], [Tensor]) = ([], [])
    for scope in scopes {
      weights.append(scope.parameter("weight", shape: [outputs, inputs], initializer))
      if hasBias { biases.append(scope.parameter("bias", shape: [outputs], .zeros)) }
    }
    weight = scopes[0].joined(weights)
    bias = hasBias ? scopes[0].joined(biases) : nil
  }

  /// Queries, keys and values side by side, of which keys have no bias: `weight [3 * outputs, inputs]`, and the biases
  /// `[outputs]` of the other two apart.
  package init(_ scope: Scope, queryBias: Scope, valueBias: Scope, inputs: Int, outputs: Int) {
    weight = scope.joined([
      scope.parameter("weight", shape: [3 * outputs, inputs], .truncatedNormal(deviation: 0.02))
    ])
    let query = queryBias.parameter(shape: [outputs], .zeros)
    let value = valueBias.parameter(shape: [outputs], .zeros)
    bias = JoinedParameters(parts: [query, .zeros([outputs], type: query.type, on: query.device), value])
  }

  package func callAsFunction(_ x: Tensor) -> Tensor { x.linear(weight: weight.tensor, bias: bias?.tensor) }

  /// Some of the outputs alone.
  package func callAsFunction(_ x: Tensor, outputs: Range<Int>) -> Tensor {
    x.linear(weight: weight.tensor.narrowed(0, outputs), bias: bias?.tensor.narrowed(0, outputs))
  }
}
