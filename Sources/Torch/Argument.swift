import CTorch

/// An argument of an operator.
enum Argument {
  case none
  case tensor(Tensor)
  case tensors([Tensor])
  case integer(Int)
  case real(Double)
  case boolean(Bool)
  case integers([Int])
  case text(String)
  case device(Device)
  case generator(Generator)

  static func optional(_ tensor: Tensor?) -> Argument { tensor.map(Argument.tensor) ?? .none }
  static func optional(_ integer: Int?) -> Argument { integer.map(Argument.integer) ?? .none }
  static func optional(_ generator: Generator?) -> Argument { generator.map(Argument.generator) ?? .none }
  static func type(_ type: DataType) -> Argument { .integer(Int(type.rawValue)) }
}

extension Argument: CustomStringConvertible {
  var description: String {
    switch self {
    case .none: "none"
    case .tensor(let tensor): tensor.description
    case .tensors(let tensors): "\(tensors)"
    case .integer(let value): "\(value)"
    case .real(let value): "\(value)"
    case .boolean(let value): "\(value)"
    case .integers(let values): "\(values)"
    case .text(let text): "'\(text)'"
    case .device(let device): "\(device)"
    case .generator: "generator"
    }
  }
}

/// Arguments in the form that the C call takes. The lists lie one after another in flat storage, so that pointers
/// into it can be handed out once everything is in place.
struct PackedArguments {
  private var values: [ct_value] = []
  private var integers: [Int64] = []
  private var handles: [OpaquePointer?] = []
  private var texts: [CChar] = []
  /// Where in its storage the list (or text) of each value begins.
  private var offsets: [Int] = []

  init(_ arguments: [Argument]) {
    values.reserveCapacity(arguments.count)
    offsets.reserveCapacity(arguments.count)
    for argument in arguments { append(argument) }
  }

  private mutating func append(_ argument: Argument) {
    var value = ct_value()
    var offset = 0
    switch argument {
    case .none: value.kind = CT_NONE
    case .tensor(let tensor):
      value.kind = CT_TENSOR
      value.tensor = tensor.handle
    case .tensors(let tensors):
      value.kind = CT_TENSOR_LIST
      value.count = Int64(tensors.count)
      offset = handles.count
      handles.append(contentsOf: tensors.map(\.handle))
    case .integer(let integer):
      value.kind = CT_INTEGER
      value.integer = Int64(integer)
    case .real(let real):
      value.kind = CT_REAL
      value.real = real
    case .boolean(let boolean):
      value.kind = CT_BOOLEAN
      value.integer = boolean ? 1 : 0
    case .integers(let list):
      value.kind = CT_INTEGER_LIST
      value.count = Int64(list.count)
      offset = integers.count
      integers.append(contentsOf: list.map(Int64.init))
    case .text(let text):
      value.kind = CT_STRING
      offset = texts.count
      texts.append(contentsOf: text.utf8CString)
    case .device(let device):
      value.kind = CT_DEVICE
      offset = texts.count
      texts.append(contentsOf: device.name.utf8CString)
    case .generator(let generator):
      value.kind = CT_GENERATOR
      value.generator = generator.handle
    }
    values.append(value)
    offsets.append(offset)
  }

  /// Calls `body` with the values while everything that they point to stays alive.
  mutating func withValues<Result>(_ body: (UnsafePointer<ct_value>?, Int32) -> Result) -> Result {
    return integers.withUnsafeBufferPointer { integers in
      handles.withUnsafeBufferPointer { handles in
        texts.withUnsafeBufferPointer { texts in
          for index in values.indices {
            switch values[index].kind {
            case CT_INTEGER_LIST: values[index].integers = integers.baseAddress.map { $0 + offsets[index] }
            case CT_TENSOR_LIST: values[index].tensors = handles.baseAddress.map { $0 + offsets[index] }
            case CT_STRING, CT_DEVICE: values[index].string = texts.baseAddress.map { $0 + offsets[index] }
            default: break
            }
          }
          return values.withUnsafeBufferPointer { body($0.baseAddress, Int32($0.count)) }
        }
      }
    }
  }
}
