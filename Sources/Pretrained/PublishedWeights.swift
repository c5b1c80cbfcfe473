import Storage
import SystemPackage
import Torch

/// The weights of a published folder.
struct PublishedWeights {
  let file: any TensorFile
  /// The files that hold them.
  let paths: [FilePath]

  /// The names under which weights are published, the first that is there counting: those that need no pickle first.
  static let names = [
    "model.safetensors", "model.safetensors.index.json", "open_clip_model.safetensors", "pytorch_model.bin",
    "pytorch_model.bin.index.json", "open_clip_pytorch_model.bin",
  ]

  /// - Throws: `PublishedError` where the folder holds no weights, and what is wrong with those that it holds.
  /// - Parameter isOpenCLIP: whether open_clip's are meant where others lie beside them.
  init(in folder: FilePath, isOpenCLIP: Bool = false) throws {
    let own = isOpenCLIP ? Self.names.filter { $0.hasPrefix("open_clip") } : []
    guard let name = (own + Self.names).first(where: { Folder.exists(folder.appending($0)) }) else {
      throw PublishedError(
        path: folder, reason: "holds no weights: none of \(Self.names.joined(separator: ", "))")
    }
    try self.init(folder.appending(name))
  }

  /// - Parameter path: a file of tensors, or the index of several.
  init(_ path: FilePath) throws {
    let file: any TensorFile
    if path.extension == "json" {
      let shards = try ShardedTensors(path)
      (file, paths) = (shards, shards.paths)
    } else {
      file = try PyTorchFile.isOne(path) ? try PyTorchFile(path) : try Safetensors(path)
      paths = [path]
    }
    self.file = Self.withoutWrapper(file)
  }

  private init(_ file: any TensorFile, _ paths: [FilePath]) {
    self.file = file
    self.paths = paths
  }

  /// Training on several devices puts `module.` before every name.
  private static func withoutWrapper(_ file: any TensorFile) -> any TensorFile {
    let wrapper = "module."
    let names = file.names
    guard !names.isEmpty, names.allSatisfy({ $0.hasPrefix(wrapper) }) else { return file }
    return RespelledTensors(file, names: names) { String($0.dropFirst(wrapper.count)) }
  }

  /// With names as they are spelled today.
  func respelled(_ spelling: (String) -> String) throws -> PublishedWeights {
    let names = file.names
    let new = names.map(spelling)
    guard new != names else { return self }
    guard Set(new).count == new.count else {
      throw PublishedError(path: file.path, reason: "holds tensors in an old and in a new spelling")
    }
    return PublishedWeights(RespelledTensors(file, names: names, spelling: spelling), paths)
  }

  var fingerprint: String {
    get throws {
      var checksum = Checksum()
      for path in paths {
        try MappedFile(path).withBytes { checksum.add($0) }
      }
      return checksum.text
    }
  }
}

/// The tensors of a file under other names.
final class RespelledTensors: TensorFile {
  private let file: any TensorFile
  private let originals: [String: String]

  /// - Parameter spelling: gives each name another one than any other's.
  init(_ file: any TensorFile, names: [String], spelling: (String) -> String) {
    self.file = file
    originals = Dictionary(uniqueKeysWithValues: names.map { (spelling($0), $0) })
  }

  var path: FilePath { file.path }
  var names: [String] { originals.keys.sorted() }
  func shape(of name: String) -> [Int]? { originals[name].flatMap { file.shape(of: $0) } }
  func tensor(_ name: String) throws -> Tensor { try file.tensor(originals[name] ?? name) }
}
