/// The type of a tensor's elements; raw values are libtorch's (`c10::ScalarType`).
package enum DataType: Int32, Sendable, CaseIterable {
  case uint8 = 0
  case int8 = 1
  case int16 = 2
  case int32 = 3
  case int64 = 4
  case float16 = 5
  case float32 = 6
  case float64 = 7
  case bool = 11
  case bfloat16 = 15

  /// Bytes of one element.
  package var size: Int {
    switch self {
    case .uint8, .int8, .bool: 1
    case .int16, .float16, .bfloat16: 2
    case .int32, .float32: 4
    case .int64, .float64: 8
    }
  }

  package var isFloatingPoint: Bool {
    switch self {
    case .float16, .float32, .float64, .bfloat16: true
    case .uint8, .int8, .int16, .int32, .int64, .bool: false
    }
  }
}

/// A Swift type whose values lie in memory as libtorch's do.
package protocol TensorElement: BitwiseCopyable, Sendable {
  static var dataType: DataType { get }
}

extension UInt8: TensorElement { package static var dataType: DataType { .uint8 } }
extension Int32: TensorElement { package static var dataType: DataType { .int32 } }
extension Int64: TensorElement { package static var dataType: DataType { .int64 } }
extension Float: TensorElement { package static var dataType: DataType { .float32 } }
extension Double: TensorElement { package static var dataType: DataType { .float64 } }
extension Bool: TensorElement { package static var dataType: DataType { .bool } }
