package import Storage
package import SystemPackage

/// The tensors of a file that `torch.save` wrote, in the zip format of PyTorch 1.6 and later, in the older one, or as
/// TorchScript; nothing in it is executed (`PickleMachine`).
///
/// The file is untrusted: what it claims is held to what is there before anything is allocated for it.
package final class PyTorchFile: TensorFile {
  package let path: FilePath
  private let tensors: [String: StoredTensor]
  private let numbers: any NumberStore

  /// The names of the tensors, sorted. Those of modules in modules are joined by dots; a dictionary that holds a model's
  /// state beside an optimizer's is opened at the model's.
  package var names: [String] { tensors.keys.sorted() }

  /// Whether a file begins as `torch.save` has it begin.
  package static func isOne(_ path: FilePath) throws -> Bool {
    try MappedFile(path).withBytes { ZippedNumbers.isZip($0) || LegacyNumbers.isOne($0) }
  }

  /// - Throws: `FileError`, `PyTorchError`.
  package init(_ path: FilePath) throws {
    self.path = path
    let file = try MappedFile(path)
    let containers = PickledContainers()
    defer { withExtendedLifetime(containers) {} }
    do {
      let root: Pickle
      if file.withBytes(ZippedNumbers.isZip) {
        (root, numbers) = try ZippedNumbers.open(file, containers)
      } else if file.withBytes(LegacyNumbers.isOne) {
        (root, numbers) = try LegacyNumbers.open(file, containers)
      } else {
        throw PickleError("is no file that torch.save wrote")
      }
      var names = TensorNames()
      try names.collect(root)
      tensors = names.tensors
      try numbers.prepare(for: tensors.keys.sorted().compactMap { tensors[$0]?.storage })
    } catch let error as PickleError {
      throw PyTorchError(path: path, reason: error.reason)
    } catch let error as ZipError {
      throw PyTorchError(path: path, reason: error.reason)
    }
  }

  package func shape(of name: String) -> [Int]? { tensors[name]?.shape }

  /// A copy of the tensor, on the processor, its numbers in row-major order.
  package func tensor(_ name: String) throws -> Tensor {
    guard let tensor = tensors[name] else {
      throw PyTorchError(path: path, reason: "has no tensor \(quoted(name))")
    }
    do {
      return try numbers.withBytes(of: tensor.storage) { tensor.read($0) }
    } catch let error as PickleError {
      throw PyTorchError(path: path, reason: "tensor \(quoted(name)): \(error.reason)")
    } catch let error as ZipError {
      throw PyTorchError(path: path, reason: "tensor \(quoted(name)): \(error.reason)")
    }
  }
}

/// A PyTorch file that is there but is damaged, or holds something else than tensors.
package struct PyTorchError: ReportableError {
  package let path: FilePath
  package let reason: String

  package var kind: ErrorKind { .badData }
  package var description: String { "\(path): \(reason)" }
}

/// Where the numbers of storages lie.
protocol NumberStore: AnyObject {
  /// To be called once, with the storage of each tensor that may be read.
  /// - Throws: `PickleError` where they are more than the file can hold.
  func prepare(for storages: [StoredNumbers]) throws(PickleError)
  /// - Throws: `PickleError`, `ZipError` where the storage is not what was claimed.
  func withBytes<Value>(of storage: StoredNumbers, _ body: (UnsafeRawBufferPointer) throws -> Value) throws
    -> Value
}

extension StoredTensor {
  /// - Parameter bytes: of the whole storage.
  func read(_ bytes: UnsafeRawBufferPointer) -> Tensor {
    let size = storage.type.size
    guard !shape.contains(0) else { return .zeros(shape, type: storage.type) }
    if isContiguous {
      return Tensor(
        bytes: UnsafeRawBufferPointer(rebasing: bytes[offset * size..<(offset + count) * size]), shape: shape,
        type: storage.type)
    }
    var gathered: [UInt8] = []
    gathered.reserveCapacity(count * size)
    var index = [Int](repeating: 0, count: shape.count)
    var place = offset
    for _ in 0..<count {
      gathered.append(contentsOf: bytes[place * size..<(place + 1) * size])
      // The next one, the last dimension first.
      for dimension in shape.indices.reversed() {
        index[dimension] += 1
        place += strides[dimension]
        guard index[dimension] == shape[dimension] else { break }
        place -= shape[dimension] * strides[dimension]
        index[dimension] = 0
      }
    }
    return gathered.withUnsafeBytes { Tensor(bytes: $0, shape: shape, type: storage.type) }
  }
}

/// Finds the tensors in what a pickle holds.
private struct TensorNames {
  private(set) var tensors: [String: StoredTensor] = [:]
  /// Dictionaries that were looked into: one that is stored in several places is looked into as often.
  private var visits = 0

  private static let limit = 200_000
  private static let deepest = 64
  /// Under which checkpoints of training keep the model's state: the first that is a dictionary, as a key may be there
  /// with nothing in it.
  private static let states = ["state_dict", "model_state_dict", "model", "module"]

  mutating func collect(_ root: Pickle) throws(PickleError) {
    guard case .dictionary(let dictionary) = root else {
      throw PickleError("holds \(root.kind), not a dictionary of tensors")
    }
    let isState = dictionary.entries.contains { if case .tensor = $0.value { true } else { false } }
    let named = Self.states.lazy.compactMap { name in
      dictionary.entries.lazy.compactMap { entry in
        if case .text(name) = entry.key, case .dictionary(let state) = entry.value { state } else { nil }
      }.first
    }.first
    try collect(isState ? dictionary : named ?? dictionary, under: "", depth: 0)
    guard !tensors.isEmpty else { throw PickleError("holds no tensors") }
  }

  private mutating func collect(
    _ dictionary: Pickle.Dictionary, under prefix: String, depth: Int
  ) throws(PickleError) {
    guard depth < Self.deepest else { throw PickleError("holds dictionaries in dictionaries without an end") }
    for (key, value) in dictionary.entries {
      visits += 1
      guard visits <= Self.limit else { throw PickleError("holds more than \(Self.limit) entries") }
      guard case .text(let name) = key else { continue }
      guard prefix.utf8.count + name.utf8.count <= TensorClaims.longestName else {
        throw PickleError("holds a name of more than \(TensorClaims.longestName) bytes")
      }
      switch value {
      case .tensor(let tensor):
        guard tensors.updateValue(tensor, forKey: prefix + name) == nil else {
          throw PickleError("holds the tensor \(quoted(prefix + name)) twice")
        }
      case .dictionary(let inner): try collect(inner, under: "\(prefix)\(name).", depth: depth + 1)
      default: break
      }
    }
  }
}
