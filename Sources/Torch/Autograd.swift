import CTorch

extension Tensor {
  package var requiresGradient: Bool {
    get { ct_tensor_requires_gradient(handle) }
    set {
      guard ct_tensor_set_requires_gradient(handle, newValue) == CT_OK else { fatalError(lastError()) }
    }
  }

  /// What `backward` has accumulated here; nil before.
  package var gradient: Tensor? {
    get { ct_tensor_gradient(handle).map(Tensor.init(handle:)) }
    set {
      guard ct_tensor_set_gradient(handle, newValue?.handle) == CT_OK else { fatalError(lastError()) }
    }
  }

  /// Accumulates the gradient of this tensor into every leaf that it was computed from.
  /// - Parameter seed: the gradient with respect to this tensor; nil for a scalar, whose seed is 1.
  package func backward(seed: Tensor? = nil) { Tensor.backward([(self, seed)]) }

  /// The same for several tensors in one go through what they have in common.
  package static func backward(_ outputs: [(tensor: Tensor, seed: Tensor?)]) {
    defer { withExtendedLifetime(outputs) {} }
    guard !MemoryScope.isExhausted else { return }
    let handles: [OpaquePointer?] = outputs.map(\.tensor.handle)
    let seeds: [OpaquePointer?] = outputs.map { $0.seed?.handle }
    guard ct_backward(handles, seeds, Int32(handles.count), false) == CT_OK || MemoryScope.isExhausted else {
      fatalError("backward: \(lastError())")
    }
  }

  /// The gradients of this scalar with respect to `inputs`, which are accumulated nowhere; nil where an input
  /// has no part in it.
  package func gradients(of inputs: [Tensor], keepingGraph: Bool = false) -> [Tensor?] {
    guard !MemoryScope.isExhausted else { return inputs.map { .ofShape($0.shape, $0.type) } }
    var output: OpaquePointer? = handle
    var seed: OpaquePointer?
    let handles: [OpaquePointer?] = inputs.map(\.handle)
    var results = [OpaquePointer?](repeating: nil, count: inputs.count)
    let status = ct_gradients(&output, &seed, 1, handles, Int32(handles.count), keepingGraph, &results)
    withExtendedLifetime((self, inputs)) {}
    guard status == CT_OK else {
      guard MemoryScope.isExhausted else { fatalError("gradients: \(lastError())") }
      return inputs.map { .ofShape($0.shape, $0.type) }
    }
    return results.map { $0.map(Tensor.init(handle:)) }
  }
}

/// Whether what is computed now is recorded, so that there will be gradients.
var recordsGradients: Bool { ct_gradient_mode() }

/// Runs `body` without recording a graph for gradients.
package func withoutGradients<Result>(_ body: () throws -> Result) rethrows -> Result {
  let previous = ct_set_gradient_mode(false)
  defer { _ = ct_set_gradient_mode(previous) }
  return try body()
}
