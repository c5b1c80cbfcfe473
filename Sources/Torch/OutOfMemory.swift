import CTorch
package import Storage

/// The tensors of a computation did not fit into memory.
package struct OutOfMemory: ReportableError {
  /// libtorch's message.
  package let reason: String

  package init(reason: String) { self.reason = reason }

  package var kind: ErrorKind { .resumable }
  package var description: String { "out of memory (\(reason.split(separator: "\n").first ?? ""))" }
}

/// Runs `body`, in which tensors may run out of memory.
///
/// Operators cannot throw: models would be littered with `try`. When one finds no memory, the rest of `body` runs on
/// shapes alone, without memory and values, which takes next to no time, and its result is thrown away. What it reads
/// of a tensor without values is zero; what it writes into a tensor that has values is written only where it comes
/// from values. So `body` must keep nothing that it makes, except through its result.
/// - Throws: `OutOfMemory`, or what `body` throws.
package func catchingOutOfMemory<Result>(_ body: () throws -> Result) throws -> Result {
  let outer = ct_memory()
  if outer == CT_MEMORY_UNWATCHED { ct_set_memory(CT_MEMORY_WATCHED) }
  defer { ct_set_memory(outer) }
  let result: Result
  do { result = try body() } catch {
    try throwIfExhausted()
    throw error
  }
  try throwIfExhausted()
  return result
}

/// Runs `body`, whose failure for want of memory is no news: there is another way.
func ignoringOutOfMemory<Result>(_ body: () throws -> Result) rethrows -> Result {
  let outer = ct_memory()
  ct_set_memory(CT_MEMORY_UNWATCHED)
  defer { ct_set_memory(outer) }
  return try body()
}

private func throwIfExhausted() throws {
  guard MemoryScope.isExhausted else { return }
  throw OutOfMemory(reason: String(cString: ct_memory_error()))
}

enum MemoryScope {
  /// Whether this thread goes on with shapes alone, until the end of `catchingOutOfMemory`.
  static var isExhausted: Bool { ct_memory() == CT_MEMORY_EXHAUSTED }

  /// What happens when an operator finds no memory.
  static func exhaust() { ct_set_memory(CT_MEMORY_EXHAUSTED) }
}

extension Tensor {
  /// False for what took the place of a result for which there was no memory.
  var hasValues: Bool { ct_tensor_has_values(handle) }

  /// Shape and type, without memory and values.
  static func ofShape(_ shape: [Int], _ type: DataType) -> Tensor {
    var result: OpaquePointer?
    let status = ct_tensor_of_shape(shape.map(Int64.init), Int32(shape.count), type.rawValue, &result)
    guard status == CT_OK, let result else { fatalError("shape \(shape): \(lastError())") }
    return Tensor(handle: result)
  }
}

extension Machine {
  /// From now on new tensors on the processor may take `bytes` together; nil sets no limit.
  package static func limitMemory(to bytes: Int?) { ct_limit_memory(bytes ?? 0) }

  /// The most bytes that tensors on the processor took at a time since `limitMemory`.
  package static var memoryPeak: Int { ct_memory_peak() }
}
