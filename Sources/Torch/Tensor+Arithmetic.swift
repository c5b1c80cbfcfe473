extension Tensor {
  package static func + (left: Tensor, right: Tensor) -> Tensor {
    Operator.add(.tensor(left), .tensor(right))
  }
  package static func - (left: Tensor, right: Tensor) -> Tensor {
    Operator.subtract(.tensor(left), .tensor(right))
  }
  package static func * (left: Tensor, right: Tensor) -> Tensor {
    Operator.multiply(.tensor(left), .tensor(right))
  }
  package static func / (left: Tensor, right: Tensor) -> Tensor {
    Operator.divide(.tensor(left), .tensor(right))
  }

  package static func + (left: Tensor, right: Double) -> Tensor {
    Operator.addScalar(.tensor(left), .real(right))
  }
  package static func * (left: Tensor, right: Double) -> Tensor {
    Operator.multiplyScalar(.tensor(left), .real(right))
  }
  package static func / (left: Tensor, right: Double) -> Tensor {
    Operator.divideScalar(.tensor(left), .real(right))
  }

  package func power(_ exponent: Double) -> Tensor { Operator.power(.tensor(self), .real(exponent)) }
  package func exponential() -> Tensor { Operator.exponential(.tensor(self)) }
  package func logarithm() -> Tensor { Operator.logarithm(.tensor(self)) }
  package func squareRoot() -> Tensor { Operator.squareRoot(.tensor(self)) }
  package func absolute() -> Tensor { Operator.absolute(.tensor(self)) }
  package func cosine() -> Tensor { Operator.cosine(.tensor(self)) }
  package func sine() -> Tensor { Operator.sine(.tensor(self)) }
  package func tanh() -> Tensor { Operator.hyperbolicTangent(.tensor(self)) }
  package func inverseErrorFunction() -> Tensor { Operator.inverseErrorFunction(.tensor(self)) }

  /// `x · Φ(x)` with the exact error function, as BERT and ViT use it.
  package func gelu() -> Tensor { Operator.gelu(.tensor(self)) }
  /// The same with `Φ` approximated by a hyperbolic tangent.
  package func geluByTanh() -> Tensor { withoutBFloat16 { Operator.gelu(.tensor($0), .text("tanh")) } }
  package func relu() -> Tensor { Operator.relu(.tensor(self)) }
  /// `min(max(x, 0), 6)`, of which nothing goes back at 0 and at 6 themselves; NaN stays.
  ///
  /// In float32, which holds every value and gradient of a smaller type: libtorch 1.13 has no way back in bfloat16.
  package func relu6() -> Tensor {
    Operator.hardTanh(.tensor(to(.float32)), .real(0), .real(6)).to(type)
  }
  /// `x · sigmoid(x)`, as that product in bfloat16 on processors: libtorch 1.13 takes two and a half times as long by one call.
  package func silu() -> Tensor {
    type == .bfloat16 && !device.isCUDA ? self * sigmoid() : Operator.silu(.tensor(self))
  }
  package func sigmoid() -> Tensor { Operator.sigmoid(.tensor(self)) }

  /// Zeroes each element with `probability`, to a part of 2⁻¹⁶, and scales the others by the reciprocal of what is kept.
  package func dropout(_ probability: Double, drawingFrom generator: Generator) -> Tensor {
    if device.isCUDA {
      // One kernel, which draws from the device's only generator, the one that was seeded.
      return Operator.dropout(.tensor(self), .real(probability), .boolean(true), expecting: 2)[0]
    }
    // Sixteen bits decide of an element, so that a draw of 64 serves four: drawing was a twentieth of a training step.
    let levels = 1 << 16
    let dropped = min(Int((probability * Double(levels)).rounded()), levels - 1)
    let mask = withoutGradients { () -> Tensor in
      let draws = Tensor.uninitialised([(count + 3) / 4], type: .int64, on: device)
      Operator.random(.tensor(draws), .integer(.min), .none, .generator(generator))
      let bits = Operator.viewAsType(.tensor(draws), .type(.int16)).narrowed(0, 0..<count).reshaped(shape)
      let mask = Operator.isAtLeast(.tensor(bits), .integer(dropped + Int(Int16.min))).to(type)
      Foreach.multiply([mask], by: Double(levels) / Double(levels - dropped))
      return mask
    }
    return self * mask
  }

  package func sum() -> Tensor { Operator.sum(.tensor(self)) }
  package func sum(along dimension: Int, keepingDimension: Bool = false) -> Tensor {
    Operator.sumAlong(.tensor(self), .integers([dimension]), .boolean(keepingDimension))
  }
  package func mean() -> Tensor { Operator.mean(.tensor(self)) }
  package func mean(along dimensions: Int..., keepingDimension: Bool = false) -> Tensor {
    Operator.meanAlong(.tensor(self), .integers(dimensions), .boolean(keepingDimension))
  }
  /// The Euclidean length along some dimensions, which stay with a size of 1.
  package func norm(along dimensions: Int...) -> Tensor {
    Operator.vectorNorm(.tensor(self), .real(2), .integers(dimensions), .boolean(true))
  }
  package func maximum() -> Tensor { Operator.maximum(.tensor(self)) }
  package func maximum(along dimension: Int) -> Tensor {
    Operator.maximumAlong(.tensor(self), .integers([dimension]))
  }
  /// The place of the greatest along a dimension, int64; of equal ones libtorch says which.
  package func placeOfMaximum(along dimension: Int) -> Tensor {
    Operator.placeOfMaximum(.tensor(self), .integer(dimension))
  }
  /// 1 where an element is `bound` or more, 0 elsewhere, of the same type.
  package func isAtLeast(_ bound: Double) -> Tensor {
    Operator.isAtLeast(.tensor(self), .real(bound)).to(type)
  }

  /// Whether no element is infinite or not a number.
  package var isFinite: Bool { Operator.all(.tensor(Operator.isFinite(.tensor(self)))).item != 0 }

  package func matmul(_ other: Tensor) -> Tensor { Operator.matmul(.tensor(self), .tensor(other)) }
  package func softmax(along dimension: Int) -> Tensor {
    Operator.softmax(.tensor(self), .integer(dimension))
  }
  package func logSoftmax(along dimension: Int) -> Tensor {
    Operator.logSoftmax(.tensor(self), .integer(dimension))
  }

  /// Nothing smaller than `bound`; NaN stays.
  package func clamped(atLeast bound: Double) -> Tensor { Operator.clamp(.tensor(self), .real(bound)) }
  /// Nothing larger than `bound`; NaN stays.
  package func clamped(atMost bound: Double) -> Tensor { Operator.clamp(.tensor(self), .none, .real(bound)) }
}
