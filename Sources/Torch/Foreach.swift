/// One operation over many tensors, in place: one call instead of one for each.
package enum Foreach {
  /// `tensors *= factor`
  package static func multiply(_ tensors: [Tensor], by factor: Double) {
    Operator.foreachMultiply(.tensors(tensors), .real(factor), expecting: 0)
  }

  /// `tensors += scale * others`
  package static func add(_ others: [Tensor], to tensors: [Tensor], scale: Double = 1) {
    Operator.foreachAddList(.tensors(tensors), .tensors(others), .real(scale), expecting: 0)
  }

  /// `tensors += value`
  package static func add(_ value: Double, to tensors: [Tensor]) {
    Operator.foreachAdd(.tensors(tensors), .real(value), expecting: 0)
  }

  /// `tensors += scale * left * right`
  package static func addProduct(_ left: [Tensor], _ right: [Tensor], to tensors: [Tensor], scale: Double) {
    Operator.foreachAddProduct(
      .tensors(tensors), .tensors(left), .tensors(right), .real(scale), expecting: 0)
  }

  /// `tensors += scale * left / right`
  package static func addQuotient(_ left: [Tensor], _ right: [Tensor], to tensors: [Tensor], scale: Double) {
    Operator.foreachAddQuotient(
      .tensors(tensors), .tensors(left), .tensors(right), .real(scale), expecting: 0)
  }

  /// `tensors /= divisor`
  package static func divide(_ tensors: [Tensor], by divisor: Double) {
    Operator.foreachDivide(.tensors(tensors), .real(divisor), expecting: 0)
  }

  /// New tensors with the square roots.
  package static func squareRoot(_ tensors: [Tensor]) -> [Tensor] {
    Operator.foreachSquareRoot(.tensors(tensors), expecting: tensors.count)
  }

  /// The Euclidean norm of each tensor, a scalar each.
  package static func norm(_ tensors: [Tensor]) -> [Tensor] {
    Operator.foreachNorm(.tensors(tensors), .integer(2), expecting: tensors.count)
  }
}
