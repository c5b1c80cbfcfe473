import Storage
import SystemPackage
import Torch

/// The weights of a published folder.
struct PublishedWeights {
  let file: any TensorFile
  /// The files that hold them.
  let paths: [FilePath]

  /// - Throws: `PublishedError` where the folder holds no weights, and what is wrong with those that it holds.
  init(in folder: FilePath) throws {
    let path = folder.appending("model.safetensors")
    guard Folder.exists(path) else {
      throw PublishedError(path: folder, reason: "holds no model.safetensors")
    }
    file = try Safetensors(path)
    paths = [path]
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
