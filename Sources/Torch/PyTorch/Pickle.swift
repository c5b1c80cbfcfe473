/// What a pickle of tensors is made of. Lists, dictionaries and objects are filled after they were stored, so that they are
/// references; `PickledContainers` owns them.
indirect enum Pickle {
  case none
  case flag(Bool)
  case whole(Int)
  case real(Double)
  case text(String)
  case bytes(ArraySlice<UInt8>)
  case tuple(List)
  case list(List)
  case dictionary(Dictionary)
  /// A class or function, by its module and name; nothing is ever looked up or called.
  case global(String)
  case storage(StoredNumbers)
  case tensor(StoredTensor)

  final class List {
    var elements: [Pickle]

    init(_ elements: [Pickle]) { self.elements = elements }
  }

  /// A dictionary in the order in which it was filled, or the attributes of a module.
  final class Dictionary {
    var entries: [(key: Pickle, value: Pickle)] = []
  }

  /// For messages.
  var kind: String {
    switch self {
    case .none: "None"
    case .flag: "a bool"
    case .whole: "an int"
    case .real: "a float"
    case .text: "a str"
    case .bytes: "bytes"
    case .tuple: "a tuple"
    case .list: "a list"
    case .dictionary: "a dict"
    case .global: "a class or function"
    case .storage: "a storage"
    case .tensor: "a tensor"
    }
  }

  /// Whole numbers of a tuple or list, as many as a tensor has dimensions at most; nil where it holds something else.
  var wholes: [Int]? {
    switch self {
    case .tuple(let list), .list(let list):
      guard list.elements.count <= StoredTensor.maximumRank else { return nil }
      let numbers = list.elements.compactMap { if case .whole(let number) = $0 { number } else { nil } }
      return numbers.count == list.elements.count ? numbers : nil
    default: return nil
    }
  }
}

/// Numbers of one type that lie one after the other somewhere in a file.
struct StoredNumbers {
  let key: String
  let type: DataType
  let count: Int
}

/// Which of the numbers a tensor consists of.
struct StoredTensor {
  let storage: StoredNumbers
  let offset: Int
  let shape: [Int]
  let strides: [Int]

  static let maximumRank = 16

  /// - Throws: a reason where the tensor claims numbers that its storage does not hold, before anything is allocated for it.
  init(_ storage: StoredNumbers, offset: Int, shape: [Int], strides: [Int]) throws(PickleError) {
    guard shape.count == strides.count else {
      throw PickleError("a tensor of \(shape.count) dimensions and \(strides.count) strides")
    }
    guard offset >= 0, strides.allSatisfy({ $0 >= 0 }),
      shape.allSatisfy({ 0...TensorClaims.largestSize ~= $0 })
    else {
      throw PickleError("a tensor of shape \(shape), strides \(strides) and offset \(offset)")
    }
    let (count, last) = try Self.extent(shape, strides)
    let isEmpty = shape.contains(0)
    guard isEmpty || (count <= storage.count && offset <= storage.count && last < storage.count - offset)
    else {
      throw PickleError(
        "a tensor of shape \(shape) and strides \(strides) from number \(offset) on, in a storage of \(storage.count)"
      )
    }
    self.storage = storage
    self.offset = offset
    self.shape = shape
    self.strides = strides
  }

  /// How many elements there are, and the place of the last, from that of the first on.
  private static func extent(_ shape: [Int], _ strides: [Int]) throws(PickleError) -> (count: Int, last: Int)
  {
    var (count, last) = (1, 0)
    for (size, stride) in zip(shape, strides) {
      let (product, isTooMany) = count.multipliedReportingOverflow(by: max(size, 1))
      let (step, isTooFar) = max(size - 1, 0).multipliedReportingOverflow(by: stride)
      let (place, isOut) = last.addingReportingOverflow(step)
      guard !isTooMany, !isTooFar, !isOut else { throw PickleError("a tensor of impossible shape \(shape)") }
      (count, last) = (product, place)
    }
    return (count, last)
  }

  var count: Int { shape.reduce(1, *) }

  var isContiguous: Bool {
    var expected = 1
    for (size, stride) in zip(shape, strides).reversed() where size != 1 {
      guard stride == expected else { return false }
      expected *= size
    }
    return true
  }
}

/// What is wrong with a pickle, as the end of a sentence.
struct PickleError: Error {
  let reason: String

  init(_ reason: String) { self.reason = reason }
}
