import Storage
import SystemPackage
import Torch

/// Weights with the files that say what they are.
struct ExportedFolder {
  let weights: [String: Tensor]
  /// `config.json` last, where there is one.
  let files: [(name: String, bytes: [UInt8])]

  /// Writes the folder, the settings last: whoever is stopped leaves none that would belong to other weights.
  func write(to folder: FilePath) throws {
    try Folder.create(folder)
    let settings = folder.appending("config.json")
    if Folder.exists(settings) { try Folder.removeFile(settings) }
    try Safetensors.write(weights, metadata: ["format": "pt"], to: folder.appending("model.safetensors"))
    for (name, bytes) in files { try AtomicFile.write(bytes, to: folder.appending(name)) }
  }
}
