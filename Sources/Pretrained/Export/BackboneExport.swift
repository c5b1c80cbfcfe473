import Batching
import Models
package import NN
import Storage
package import SystemPackage
import Torch

/// A backbone as a folder that others read.
package struct BackboneExport {
  package enum Layout: String, CaseIterable, Sendable {
    case huggingFace = "hf"
    case timm
    /// The tensors alone, under timm's names.
    case safetensors
  }

  private let folder: ExportedFolder

  /// - Parameter store: the weights; names begin with `prefix`.
  /// - Throws: `ExportError` where the other library has no such model.
  package init(
    _ description: BackboneDescription, _ store: ParameterStore, under prefix: String, to layout: Layout
  ) throws {
    let configuration = description.configuration
    var own = store.weights.map {
      (name: String($0.name.dropFirst(prefix.count)), tensor: $0.tensor.to(.cpu))
    }
    // PyTorch counts the batches that BatchNorm has seen, and misses the count where it is not there.
    for (name, _) in own where name.hasSuffix(".running_mean") {
      let place = String(name.dropLast("running_mean".count))
      own.append((place + "num_batches_tracked", Tensor([Int64(0)], shape: [])))
    }
    var weights = Dictionary(uniqueKeysWithValues: own.map { ($0.name, $0.tensor) })
    var settings: [(String, ExportedSettings)] = []
    switch layout {
    case .huggingFace:
      let export = try HuggingFaceExport(configuration)
      var stored = export.names.stored(own)
      for (name, shape) in export.idle { stored[name] = .zeros(shape) }
      weights = Dictionary(uniqueKeysWithValues: stored.map { (export.prefix + $0.key, $0.value) })
      let pixels = ExportedSettings.preprocessor(
        size: configuration.imageSize, configuration.normalization, description.framing)
      settings = [("preprocessor_config.json", pixels), ("config.json", export.settings)]
    case .timm: settings = [("config.json", try TimmExport(configuration, description.framing).settings)]
    case .safetensors: break
    }
    folder = ExportedFolder(weights: weights, files: settings.map { ($0, $1.bytes) })
  }

  package static let fileNames = ["model.safetensors", "preprocessor_config.json", "config.json"]

  package var tensors: Int { folder.weights.count }

  package func write(to path: FilePath) throws { try folder.write(to: path) }
}

/// A backbone or text encoder that another library cannot be told of.
struct ExportError: ReportableError {
  let reason: String

  init(_ reason: String) { self.reason = reason }

  var kind: ErrorKind { .usage }
  var description: String { "--to: \(reason)" }
}
