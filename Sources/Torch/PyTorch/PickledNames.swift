import Storage

/// The few classes and functions that checkpoints name, and what they stand for. None is looked up anywhere.
enum PickledNames {
  private static let storages: [String: DataType] = [
    "FloatStorage": .float32, "DoubleStorage": .float64, "HalfStorage": .float16,
    "BFloat16Storage": .bfloat16,
    "LongStorage": .int64, "IntStorage": .int32, "ShortStorage": .int16, "CharStorage": .int8,
    "ByteStorage": .uint8, "BoolStorage": .bool,
  ]

  /// `('storage', torch.FloatStorage, key, device, count)`, in the old format with a view of it at the end.
  static func storage(_ id: Pickle) throws(PickleError) -> StoredNumbers {
    guard case .tuple(let tuple) = id, case let parts = tuple.elements, parts.count >= 5,
      case .text("storage") = parts[0],
      case .global(let name) = parts[1], case .text(let key) = parts[2], case .whole(let count) = parts[4]
    else { throw PickleError("it refers to something else than a storage") }
    guard name.hasPrefix("torch."), let type = storages[String(name.dropFirst("torch.".count))] else {
      throw PickleError("it has a storage of the kind \(printable(name))")
    }
    if parts.count > 5, case .tuple = parts[5] {
      throw PickleError("it has a storage that is a view of another")
    }
    guard (0...(1 << 48)).contains(count) else { throw PickleError("it has a storage of \(count) numbers") }
    return StoredNumbers(key: key, type: type, count: count)
  }

  /// What a call would have made.
  static func made(
    by callee: Pickle, _ arguments: Pickle, in containers: PickledContainers
  ) throws(PickleError) -> Pickle {
    guard case .global(let name) = callee, case .tuple(let tuple) = arguments else {
      throw PickleError("it calls \(callee.kind), and would run code")
    }
    let arguments = tuple.elements
    switch name {
    case "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor":
      guard arguments.count >= 4, case .storage(let storage) = arguments[0],
        case .whole(let offset) = arguments[1],
        let shape = arguments[2].wholes, let strides = arguments[3].wholes
      else {
        throw PickleError("it has a tensor of something else than a storage, offset, shape and strides")
      }
      // Behind whether it learns, and hooks: what the numbers are to be seen through, such as with the other sign.
      if arguments.count > 6 {
        guard isEmpty(arguments[6]) else {
          throw PickleError("it has a tensor that is a view of its numbers, negated or conjugated")
        }
      }
      return .tensor(try StoredTensor(storage, offset: offset, shape: shape, strides: strides))
    case "torch._utils._rebuild_parameter":
      guard case .tensor? = arguments.first else { throw PickleError("it has a parameter that is no tensor") }
      return arguments[0]
    case "collections.OrderedDict":
      guard arguments.isEmpty else { throw PickleError("it has an OrderedDict that is not empty at first") }
      return .dictionary(containers.dictionary())
    case "torch.Size":
      guard let first = arguments.first, first.wholes != nil else {
        throw PickleError("it has a torch.Size of no numbers")
      }
      return first
    case let module where module.hasPrefix("__torch__."):
      // A module of TorchScript: its attributes follow, its code lies elsewhere and is never read.
      return .dictionary(containers.dictionary())
    default: throw PickleError("it calls \(printable(name)), and would run code: only tensors are read")
    }
  }

  private static func isEmpty(_ metadata: Pickle) -> Bool {
    switch metadata {
    case .none: true
    case .dictionary(let dictionary): dictionary.entries.isEmpty
    default: false
    }
  }

  /// A name from a stranger's file, for a message.
  private static func printable(_ name: String) -> String { quoted(String(name.prefix(80))) }
}
