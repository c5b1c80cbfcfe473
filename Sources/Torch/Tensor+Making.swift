extension Tensor {
  package static func zeros(_ shape: [Int], type: DataType = .float32, on device: Device = .cpu) -> Tensor {
    Operator.zeros(.integers(shape), .type(type), .none, .device(device))
  }

  /// Room for values that are to be written at once; what is there before means nothing.
  package static func uninitialised(_ shape: [Int], type: DataType = .float32, on device: Device = .cpu)
    -> Tensor
  {
    Operator.empty(.integers(shape), .type(type), .none, .device(device))
  }

  package static func full(
    _ shape: [Int], _ value: Double, type: DataType = .float32, on device: Device = .cpu
  ) -> Tensor {
    Operator.full(.integers(shape), .real(value), .type(type), .none, .device(device))
  }

  package static func ones(_ shape: [Int], type: DataType = .float32, on device: Device = .cpu) -> Tensor {
    full(shape, 1, type: type, on: device)
  }

  /// The integers of `range` in order, `[range.count]` int64.
  package static func range(_ range: Range<Int>, on device: Device = .cpu) -> Tensor {
    Operator.arange(
      .integer(range.lowerBound), .integer(range.upperBound), .type(.int64), .none, .device(device))
  }

  /// Numbers from the normal distribution.
  /// - Parameter generator: nil draws from the process's own.
  package static func normal(
    _ shape: [Int], mean: Double = 0, deviation: Double = 1, drawingFrom generator: Generator? = nil,
    on device: Device = .cpu
  ) -> Tensor {
    Operator.normal(
      .tensor(uninitialised(shape, on: device)), .real(mean), .real(deviation), .optional(generator))
  }

  /// Numbers from the uniform distribution over `range`.
  package static func uniform(
    _ shape: [Int], in range: ClosedRange<Double>, drawingFrom generator: Generator? = nil,
    on device: Device = .cpu
  ) -> Tensor {
    Operator.uniform(
      .tensor(uninitialised(shape, on: device)), .real(range.lowerBound), .real(range.upperBound),
      .optional(generator))
  }
}
