/// Reads the pickle of a PyTorch checkpoint without executing any of it: a pickle is a program for a small machine, of
/// which only the instructions that put data together are carried out. Functions are those that make tensors and
/// dictionaries, known by their names; every other name or instruction refuses the file.
///
/// An instruction makes one value at most, so that what is built is bounded by what was read, and by how many instructions
/// `PickledContainers` allows a file. Values that are stored in many places stay one.
struct PickleMachine {
  private let bytes: ArraySlice<UInt8>
  private(set) var position: Int
  private var stack: [Pickle] = []
  /// Where the values of an open list, tuple or dictionary begin.
  private var marks: [Int] = []
  private var memo: [Int: Pickle] = [:]
  private let containers: PickledContainers

  /// Bytes of a class's module and name.
  private static let longestName = 512

  /// - Parameter containers: owns what is made.
  init(_ bytes: ArraySlice<UInt8>, _ containers: PickledContainers) {
    self.bytes = bytes
    self.containers = containers
    position = bytes.startIndex
  }

  /// Runs until the pickle stops; `position` is then behind it.
  mutating func run() throws(PickleError) -> Pickle {
    while true {
      try containers.spend(1)
      let place = position
      let code = try byte()
      guard let instruction = Instruction(rawValue: code) else {
        throw PickleError(
          "its pickle has the instruction \(Self.name(code)) at byte \(place), which no tensor needs")
      }
      if case .stop = instruction { return try pop() }
      try carryOut(instruction)
    }
  }

  private static func name(_ code: UInt8) -> String {
    let digits = String(code, radix: 16)
    return (0x21...0x7E).contains(code) ? "'\(Character(UnicodeScalar(code)))'" : "0x\(digits)"
  }

  private enum Instruction: UInt8 {
    case mark = 0x28, stop = 0x2E, pop = 0x30, popMark = 0x31, duplicate = 0x32
    case real = 0x47, int4 = 0x4A, int1 = 0x4B, int2 = 0x4D, none = 0x4E, persistent = 0x51, reduce = 0x52
    case bytes4 = 0x42, bytes1 = 0x43, string4 = 0x54, string1 = 0x55, unicode4 = 0x58
    case emptyList = 0x5D, append = 0x61, build = 0x62, global = 0x63, dictionary = 0x64, appends = 0x65
    case get1 = 0x68, get4 = 0x6A, list = 0x6C, put1 = 0x71, put4 = 0x72, setItem = 0x73, tuple = 0x74
    case setItems = 0x75, emptyTuple = 0x29, emptyDictionary = 0x7D
    case version = 0x80, newObject = 0x81, tuple1 = 0x85, tuple2 = 0x86, tuple3 = 0x87, isTrue = 0x88
    case isFalse = 0x89, long1 = 0x8A, long4 = 0x8B, unicode1 = 0x8C, unicode8 = 0x8D, globalOfStack = 0x93
    case memoize = 0x94, frame = 0x95
  }

  private mutating func carryOut(_ instruction: Instruction) throws(PickleError) {
    switch instruction {
    case .stop: break
    case .version:
      let version = try byte()
      guard 2...5 ~= version else { throw PickleError("its pickle has version \(version)") }
    case .frame: _ = try take(8)
    case .mark: marks.append(stack.count)
    case .pop: _ = try pop()
    case .popMark: _ = try popToMark()
    case .duplicate: stack.append(try top())
    case .none: stack.append(.none)
    case .isTrue: stack.append(.flag(true))
    case .isFalse: stack.append(.flag(false))
    case .int1: stack.append(.whole(Int(try byte())))
    case .int2: stack.append(.whole(try number(2)))
    case .int4: stack.append(.whole(Int(Int32(truncatingIfNeeded: try number(4)))))
    case .long1: stack.append(try long(Int(try byte())))
    case .long4: stack.append(try long(try number(4)))
    case .real:
      let bits = try take(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      stack.append(.real(Double(bitPattern: bits)))
    case .unicode1, .string1: stack.append(.text(try text(Int(try byte()))))
    case .unicode4, .string4: stack.append(.text(try text(try number(4))))
    case .unicode8: stack.append(.text(try text(try number(8))))
    case .bytes1: stack.append(.bytes(try take(Int(try byte()))))
    case .bytes4: stack.append(.bytes(try take(try number(4))))
    case .emptyTuple: stack.append(.tuple(containers.list()))
    case .tuple1: stack.append(.tuple(containers.list(try pop(1))))
    case .tuple2: stack.append(.tuple(containers.list(try pop(2))))
    case .tuple3: stack.append(.tuple(containers.list(try pop(3))))
    case .tuple: stack.append(.tuple(containers.list(try popToMark())))
    case .emptyList: stack.append(.list(containers.list()))
    case .list: stack.append(.list(containers.list(try popToMark())))
    case .append: try append(try pop(1))
    case .appends: try append(try popToMark())
    case .emptyDictionary: stack.append(.dictionary(containers.dictionary()))
    case .dictionary:
      let values = try popToMark()
      stack.append(.dictionary(containers.dictionary()))
      try set(values)
    case .setItem: try set(try pop(2))
    case .setItems: try set(try popToMark())
    case .put1: memo[Int(try byte())] = try top()
    case .put4: memo[try number(4)] = try top()
    case .memoize: memo[memo.count] = try top()
    case .get1: stack.append(try remembered(Int(try byte())))
    case .get4: stack.append(try remembered(try number(4)))
    case .global: stack.append(.global("\(try line()).\(try line())"))
    case .globalOfStack:
      guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
        throw PickleError("its pickle names a class by something else than text")
      }
      guard module.utf8.count + name.utf8.count <= Self.longestName else {
        throw PickleError("its pickle names a class without an end")
      }
      stack.append(.global("\(module).\(name)"))
    case .persistent: stack.append(.storage(try PickledNames.storage(try pop())))
    case .reduce, .newObject:
      let arguments = try pop()
      stack.append(try PickledNames.made(by: try pop(), arguments, in: containers))
    case .build: try build(try pop())
    }
  }

  // MARK: The stack

  // What changes a container on the stack is mutating: the machine is otherwise copied before the arguments, which are
  // taken off the stack, are.

  private func top() throws(PickleError) -> Pickle {
    guard let value = stack.last, stack.count > marks.last ?? 0 else {
      throw PickleError("its pickle ends too early")
    }
    return value
  }

  private mutating func pop() throws(PickleError) -> Pickle {
    let value = try top()
    stack.removeLast()
    return value
  }

  private mutating func pop(_ count: Int) throws(PickleError) -> [Pickle] {
    guard stack.count - (marks.last ?? 0) >= count else {
      throw PickleError("its pickle takes what is not there")
    }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func popToMark() throws(PickleError) -> [Pickle] {
    guard let mark = marks.popLast() else { throw PickleError("its pickle ends what did not begin") }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[mark...])
  }

  private func remembered(_ place: Int) throws(PickleError) -> Pickle {
    guard let value = memo[place] else { throw PickleError("its pickle recalls what it never stored") }
    return value
  }

  private mutating func append(_ values: [Pickle]) throws(PickleError) {
    guard case .list(let list) = try top() else { throw PickleError("its pickle appends to what is no list") }
    list.elements += values
  }

  private mutating func set(_ values: [Pickle]) throws(PickleError) {
    guard case .dictionary(let dictionary) = try top(), values.count.isMultiple(of: 2) else {
      throw PickleError("its pickle sets members of what is no dict")
    }
    for place in stride(from: 0, to: values.count, by: 2) {
      dictionary.entries.append((values[place], values[place + 1]))
    }
  }

  /// Attributes of what was made: those of a module are its content, those of a dictionary (`_metadata`) say nothing of
  /// its tensors.
  private mutating func build(_ state: Pickle) throws(PickleError) {
    guard case .dictionary(let object) = try top() else {
      throw PickleError("its pickle sets the state of \(try top().kind)")
    }
    guard case .dictionary(let attributes) = state else {
      throw PickleError("its pickle has a state that is \(state.kind)")
    }
    guard object.entries.isEmpty else { return }
    object.entries = attributes.entries
    try containers.spend(attributes.entries.count)  // a second copy, once one of the two grows
  }

  // MARK: The bytes

  private mutating func byte() throws(PickleError) -> UInt8 {
    guard position < bytes.endIndex else { throw PickleError("its pickle is cut short") }
    defer { position += 1 }
    return bytes[position]
  }

  private mutating func take(_ count: Int) throws(PickleError) -> ArraySlice<UInt8> {
    guard count >= 0, count <= bytes.endIndex - position else { throw PickleError("its pickle is cut short") }
    defer { position += count }
    return bytes[position..<position + count]
  }

  /// Little-endian, without a sign; more than fits is as wrong as more than is there.
  private mutating func number(_ size: Int) throws(PickleError) -> Int {
    let value = try take(size).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return Int(clamping: value)
  }

  private mutating func long(_ size: Int) throws(PickleError) -> Pickle {
    let digits = try take(size)
    guard size <= 8 else { return .bytes(digits) }  // such as the magic number of the old format
    var value = digits.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    if size > 0, size < 8, digits.last ?? 0 >= 0x80 { value |= ~0 << UInt64(8 * size) }
    return .whole(Int(Int64(bitPattern: value)))
  }

  private mutating func text(_ count: Int) throws(PickleError) -> String {
    guard let text = String(validating: try take(count), as: UTF8.self) else {
      throw PickleError("its pickle has text that is not UTF-8")
    }
    return text
  }

  /// Up to the end of a line.
  private mutating func line() throws(PickleError) -> String {
    guard let end = bytes[position...].prefix(Self.longestName).firstIndex(of: UInt8(ascii: "\n")) else {
      throw PickleError("its pickle names a class without an end")
    }
    let name = try text(end - position)
    position = end + 1
    return name
  }
}
