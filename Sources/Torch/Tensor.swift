import CTorch

/// An n-dimensional array on a device. A handle: copies share their elements.
///
/// Not Sendable: libtorch records the graph for gradients as tensors are used. Tasks exchange plain arrays.
package final class Tensor {
  let handle: OpaquePointer

  /// Takes over ownership of `handle`.
  init(handle: OpaquePointer) { self.handle = handle }

  deinit { ct_tensor_free(handle) }

  /// Copies `values`, which lie in row-major order, to a new tensor on the processor.
  package convenience init<Element: TensorElement>(_ values: [Element], shape: [Int]) {
    precondition(values.count == shape.reduce(1, *), "\(values.count) values for shape \(shape)")
    self.init(handle: values.withUnsafeBytes { Tensor.copy($0, shape: shape, type: Element.dataType) })
  }

  /// Copies a vector.
  package convenience init<Element: TensorElement>(_ values: [Element]) {
    self.init(values, shape: [values.count])
  }

  /// Copies bytes that hold elements of `type` in row-major order.
  package convenience init(bytes: UnsafeRawBufferPointer, shape: [Int], type: DataType) {
    precondition(
      bytes.count == shape.reduce(type.size, *), "\(bytes.count) bytes for shape \(shape) of \(type)")
    self.init(handle: Tensor.copy(bytes, shape: shape, type: type))
  }

  /// The same in memory that an accelerator reads from by itself; nil where there is none, or no more such memory.
  convenience init?(pinning bytes: UnsafeRawBufferPointer, shape: [Int], type: DataType) {
    var result: OpaquePointer?
    let status = ignoringOutOfMemory {
      ct_tensor_in_pinned_memory(
        bytes.baseAddress, shape.map(Int64.init), Int32(shape.count), type.rawValue, &result)
    }
    guard status == CT_OK, let result else { return nil }
    OperatorTally.note(OperatorTally.upload)
    self.init(handle: result)
  }

  private static func copy(_ bytes: UnsafeRawBufferPointer, shape: [Int], type: DataType) -> OpaquePointer {
    OperatorTally.note(OperatorTally.upload)
    var result: OpaquePointer?
    let status = ct_tensor_from_bytes(
      bytes.baseAddress, shape.map(Int64.init), Int32(shape.count), type.rawValue, &result)
    if let result, status == CT_OK { return result }
    guard MemoryScope.isExhausted,
      ct_tensor_of_shape(shape.map(Int64.init), Int32(shape.count), type.rawValue, &result) == CT_OK,
      let result
    else { fatalError("tensor of shape \(shape): \(lastError())") }
    return result
  }

  package var rank: Int { Int(ct_tensor_rank(handle)) }

  package var shape: [Int] {
    let rank = self.rank
    let sizes = [Int64](unsafeUninitializedCapacity: rank) { buffer, count in
      ct_tensor_shape(handle, buffer.baseAddress)
      count = rank
    }
    return sizes.map(Int.init)
  }

  /// The size of one dimension; a negative one counts from the end.
  package func size(_ dimension: Int) -> Int {
    let shape = self.shape
    return shape[dimension < 0 ? shape.count + dimension : dimension]
  }

  /// Number of elements.
  package var count: Int { shape.reduce(1, *) }

  package var type: DataType {
    guard let type = DataType(rawValue: ct_tensor_type(handle)) else {
      fatalError("a tensor of libtorch's type \(ct_tensor_type(handle)) reached Swift")
    }
    return type
  }

  package var device: Device {
    let name = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 32) { buffer in
      guard let base = buffer.baseAddress else { return "cpu" }
      ct_tensor_device(handle, base, buffer.count)
      return String(cString: base)
    }
    return Device(reported: name)
  }

  /// The elements in row-major order.
  /// - Precondition: the tensor's type is `Element`'s.
  package func values<Element: TensorElement>(_: Element.Type = Element.self) -> [Element] {
    precondition(type == Element.dataType, "values of \(Element.dataType) from a tensor of \(type)")
    let count = self.count
    return [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
      copy(to: UnsafeMutableRawBufferPointer(buffer))
      initialized = count
    }
  }

  /// The bytes of the elements in row-major order.
  package var bytes: [UInt8] {
    let size = count * type.size
    return [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
      copy(to: UnsafeMutableRawBufferPointer(buffer))
      initialized = size
    }
  }

  private func copy(to buffer: UnsafeMutableRawBufferPointer) {
    if hasValues || !MemoryScope.isExhausted {
      if ct_tensor_to_bytes(handle, buffer.baseAddress, buffer.count) == CT_OK { return }
    }
    guard MemoryScope.isExhausted else {
      fatalError("reading a tensor of shape \(shape): \(lastError())")
    }
    buffer.initializeMemory(as: UInt8.self, repeating: 0)
  }

  /// The only element, as a number.
  package var item: Double {
    precondition(count == 1, "item of a tensor of shape \(shape)")
    return to(.float64).values(Double.self)[0]
  }
}

extension Tensor: CustomStringConvertible {
  /// Shape and type, such as `[2, 3] float32`: what error messages show of an operand.
  package var description: String { "\(shape) \(type)" }
}

/// libtorch's message for the failure that this thread saw last.
func lastError() -> String { String(cString: ct_last_error()) }
