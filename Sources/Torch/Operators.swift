import CTorch

/// Every operator of libtorch that Framewise calls, by its name in libtorch's `native_functions.yaml`.
///
/// All arithmetic passes through `call`: the one place for tracing, profiling and export.
enum Operator: String, CaseIterable {
  // Making
  case zeros
  case empty = "empty.memory_format"
  case full
  case arange = "arange.start"
  case normal = "normal_"
  case uniform = "uniform_"
  case random = "random_.from"

  // Elementwise
  case add = "add.Tensor"
  case addScalar = "add.Scalar"
  case subtract = "sub.Tensor"
  case multiply = "mul.Tensor"
  case multiplyScalar = "mul.Scalar"
  case divide = "div.Tensor"
  case divideScalar = "div.Scalar"
  case power = "pow.Tensor_Scalar"
  case exponential = "exp"
  case logarithm = "log"
  case squareRoot = "sqrt"
  case cosine = "cos"
  case sine = "sin"
  case hyperbolicTangent = "tanh"
  case inverseErrorFunction = "erfinv"
  case gelu
  case relu
  case hardTanh = "hardtanh"
  case silu
  case sigmoid
  case clamp
  case isFinite = "isfinite"
  case isAtLeast = "ge.Scalar"
  case dropout = "native_dropout"

  // Reductions
  case sum
  case sumAlong = "sum.dim_IntList"
  case mean
  case meanAlong = "mean.dim"
  case maximum = "max"
  case maximumAlong = "amax"
  case placeOfMaximum = "argmax"
  case absolute = "abs"
  case vectorNorm = "linalg_vector_norm"
  case all

  // Linear algebra and layers
  case matmul
  case linear
  case layerNorm = "layer_norm"
  case embedding
  case convolution2D = "conv2d"
  case batchNorm = "batch_norm"
  case nativeBatchNorm = "native_batch_norm"
  case maximumPool2D = "max_pool2d"
  case averagePool2D = "avg_pool2d"
  case resampleBicubic2D = "upsample_bicubic2d"
  case resampleBicubicAntialiased2D = "_upsample_bicubic2d_aa"
  case softmax = "softmax.int"
  case logSoftmax = "log_softmax.int"
  case crossEntropy = "cross_entropy_loss"
  case scaledDotProductAttention = "scaled_dot_product_attention"
  case flashAttention = "_flash_attention_forward"

  // Shape and place
  case reshape
  case transpose = "transpose.int"
  case permute
  case expand
  case concatenate = "cat"
  case stack
  case narrow
  case pad = "constant_pad_nd"
  case roll
  case select = "select.int"
  case split = "split_with_sizes"
  case unbind = "unbind.int"
  case indexSelect = "index_select"
  case indexAdd = "index_add"
  case indexCopy = "index_copy_"
  case scatterReduce = "scatter_reduce.two"
  case viewAsType = "view.dtype"
  case toType = "to.dtype"
  case toDevice = "to.device"
  case clone
  case contiguous
  case detach
  case copy = "copy_"

  // Many tensors at once, in place
  case foreachAddList = "_foreach_add_.List"
  case foreachMultiply = "_foreach_mul_.Scalar"
  case foreachAddProduct = "_foreach_addcmul_.Scalar"
  case foreachAddQuotient = "_foreach_addcdiv_.Scalar"
  case foreachSquareRoot = "_foreach_sqrt"
  case foreachDivide = "_foreach_div_.Scalar"
  case foreachAdd = "_foreach_add_.Scalar"
  case foreachNorm = "_foreach_norm.Scalar"
  case foreachCopy = "_foreach_copy_"
  case fusedAdamW = "_fused_adamw_"

  /// Whether this libtorch has the operator; the distribution's 1.13 lacks the fused attention and AdamW.
  var isAvailable: Bool { Self.handles[ordinal] != nil }

  /// The place among `allCases`, which is how a case without a payload is stored. A dictionary would hash and compare
  /// the name at every call: 0.35 µs, as long as all else that the call costs.
  private var ordinal: Int { Int(unsafeBitCast(self, to: UInt8.self)) }

  /// In the order of `allCases`; looked up in libtorch's dispatcher once.
  private static let handles = allCases.enumerated().map { index, operation -> OperatorHandle? in
    precondition(operation.ordinal == index)
    let parts = operation.rawValue.split(separator: ".", maxSplits: 1)
    var handle: OpaquePointer?
    let status = ct_operator_find("aten::\(parts[0])", parts.count == 2 ? String(parts[1]) : "", &handle)
    guard status == CT_OK, let handle else { return nil }
    return OperatorHandle(pointer: handle)
  }

  /// Calls the operator and returns its only result.
  ///
  /// A failure is a programmer's mistake (shapes that do not fit together) and traps with libtorch's message and
  /// the operands; running out of memory is not where `catchingOutOfMemory` is prepared for it.
  @discardableResult
  func callAsFunction(_ arguments: Argument...) -> Tensor {
    let results = call(arguments, expecting: 1)
    guard results.count == 1 else { fatalError("\(rawValue) returned \(results.count) tensors") }
    return results[0]
  }

  /// Calls the operator and returns its `count` or fewer results.
  @discardableResult
  func callAsFunction(_ arguments: Argument..., expecting count: Int) -> [Tensor] {
    call(arguments, expecting: count)
  }

  func call(_ arguments: [Argument], expecting capacity: Int) -> [Tensor] {
    OperatorTally.note(rawValue)
    // See `catchingOutOfMemory`.
    if MemoryScope.isExhausted,
      !isInPlace || arguments.contains(where: { !$0.tensors.allSatisfy(\.hasValues) })
    {
      let results = shapes(arguments, expecting: capacity)
      MultiplyAdds.note(self, arguments, results)
      return results
    }
    if let results = call(arguments, expecting: capacity, through: ct_operator_call) { return results }
    guard MemoryScope.isExhausted else { fatalError("\(rawValue)\(arguments): \(lastError())") }
    return shapes(arguments, expecting: capacity)
  }

  /// - Returns: nil where the operator fails; `lastError` says why.
  func call(
    _ arguments: [Argument], expecting capacity: Int,
    through entry: (
      OpaquePointer?, UnsafePointer<ct_value>?, Int32, UnsafeMutablePointer<ct_value>?, Int32,
      UnsafeMutablePointer<Int32>?
    ) -> ct_status
  ) -> [Tensor]? {
    guard let handle = Self.handles[ordinal] else {
      fatalError("libtorch \(Machine.libtorchVersion) has no operator \(rawValue)")
    }
    var packed = PackedArguments(arguments)
    return withUnsafeTemporaryAllocation(of: ct_value.self, capacity: max(capacity, 1)) { results in
      var count: Int32 = 0
      let status = packed.withValues {
        entry(handle.pointer, $0, $1, results.baseAddress, Int32(capacity), &count)
      }
      withExtendedLifetime(arguments) {}
      guard status == CT_OK else { return nil }
      return results[..<Int(count)].map { result in
        guard let tensor = result.tensor else { fatalError("\(rawValue) did not return a tensor") }
        return Tensor(handle: tensor)
      }
    }
  }
}

/// libtorch's operator handles are immutable once registered and are meant to be called from any thread.
private struct OperatorHandle: @unchecked Sendable {
  let pointer: OpaquePointer
}
