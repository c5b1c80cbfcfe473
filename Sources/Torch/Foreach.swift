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

  /// The values of `others`, in whatever type, in the place of those of `tensors`.
  package static func copy(_ others: [Tensor], to tensors: [Tensor]) {
    guard Operator.foreachCopy.isAvailable, !tensors.isEmpty else {
      return zip(tensors, others).forEach { $0.copy(from: $1) }
    }
    Operator.foreachCopy(.tensors(tensors), .tensors(others), expecting: 0)
  }

  /// One update of AdamW with decoupled weight decay, all of it in one go through memory; false where libtorch has no
  /// such operator.
  /// - Parameter step: how many updates there are with this one.
  package static func updateByAdamW(
    _ weights: [Tensor], _ gradients: [Tensor], first: [Tensor], second: [Tensor], step: Int,
    learningRate: Double, betas: (first: Double, second: Double), weightDecay: Double, epsilon: Double
  ) -> Bool {
    guard Operator.fusedAdamW.isAvailable, let device = weights.first?.device else { return false }
    let count = Tensor.full([], Double(step), on: device)
    Operator.fusedAdamW(
      .tensors(weights), .tensors(gradients), .tensors(first), .tensors(second), .tensors([]),
      .tensors(weights.map { _ in count }), .real(learningRate), .real(betas.first), .real(betas.second),
      .real(weightDecay), .real(epsilon), .boolean(false), .boolean(false), expecting: 0)
    return true
  }

  /// The Euclidean norm of each tensor, a scalar each.
  package static func norm(_ tensors: [Tensor]) -> [Tensor] {
    Operator.foreachNorm(.tensors(tensors), .integer(2), expecting: tensors.count)
  }
}
