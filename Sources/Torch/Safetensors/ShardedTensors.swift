import Storage
package import SystemPackage

/// The tensors of several files, and the index that says which tensor is in which: `model.safetensors.index.json`, or
/// `pytorch_model.bin.index.json`.
package final class ShardedTensors: TensorFile {
  package let path: FilePath
  /// The index first.
  package let paths: [FilePath]
  private let files: [String: any TensorFile]
  private let map: [String: String]

  package var names: [String] { map.keys.sorted() }

  private struct Index: Decodable {
    let map: [String: String]

    enum CodingKeys: String, CodingKey { case map = "weight_map" }
  }

  private static let mostFiles = 10_000

  /// - Throws: `SafetensorsError` where index and files do not say the same, and what is wrong with one of them.
  package init(_ path: FilePath) throws {
    self.path = path
    func damaged(_ reason: String, _ tensor: String? = nil) -> SafetensorsError {
      SafetensorsError(path: path, tensor: tensor, reason: reason)
    }
    map = try JSONText.read(Index.self, from: path).map
    let parts = Set(map.values).sorted()
    guard (1...Self.mostFiles).contains(parts.count) else { throw damaged("names \(parts.count) files") }
    let folder = path.removingLastComponent()
    var files: [String: any TensorFile] = [:]
    for part in parts {
      // Beside the index and nowhere else.
      guard let name = FilePath.Component(part), name.kind == .regular, name.string == part else {
        throw damaged("names the file \(quoted(part)), which is no name of a file beside it")
      }
      let file = folder.appending(name)
      guard Folder.exists(file) else { throw damaged("names the file \(quoted(part)), which is not there") }
      files[part] = try PyTorchFile.isOne(file) ? try PyTorchFile(file) : try Safetensors(file)
    }
    self.files = files
    paths = [path] + parts.map { folder.appending($0) }
    guard map.keys.allSatisfy({ $0.utf8.count <= TensorClaims.longestName }) else {
      throw damaged("holds a name of more than \(TensorClaims.longestName) bytes")
    }
    for (tensor, part) in map where files[part]?.shape(of: tensor) == nil {
      throw damaged("is not in the file \(quoted(part)), which the index names", tensor)
    }
    for (part, file) in files {
      if let stranger = file.names.first(where: { map[$0] != part }) {
        throw damaged("is in the file \(quoted(part)), which the index does not say", stranger)
      }
    }
  }

  private func file(of name: String) -> (any TensorFile)? { map[name].flatMap { files[$0] } }

  package func shape(of name: String) -> [Int]? { file(of: name)?.shape(of: name) }

  package func tensor(_ name: String) throws -> Tensor {
    guard let file = file(of: name) else {
      throw SafetensorsError(path: path, tensor: name, reason: "is not in the index")
    }
    return try file.tensor(name)
  }
}
