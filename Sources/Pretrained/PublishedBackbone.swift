package import Batching
package import Models
package import NN
package import Storage
package import SystemPackage
import Torch

/// A vision model that somebody published, as the backbone that computes what it computed, or refused by the name of what
/// is not understood.
package struct PublishedBackbone {
  package let path: FilePath
  package let description: BackboneDescription
  let weights: PublishedWeights
  /// How the weights lie in the file; see `WeightSource`.
  let layout: WeightLayout

  /// - Parameter path: a folder with a `config.json` and weights.
  /// - Throws: `FileError`, `JSONError`, `SafetensorsError`, `PublishedError`.
  package init(reading path: FilePath) throws {
    guard Folder.isFolder(path) else {
      guard Folder.exists(path) else { throw FileError(.read, path, .noSuchFileOrDirectory) }
      throw PublishedError(
        path: path, reason: "is no folder with a config.json, which says what the weights are")
    }
    let config = path.appending("config.json")
    guard Folder.exists(config) else {
      throw PublishedError(path: path, reason: "holds no config.json, which says what the weights are")
    }
    var settings = try PublishedSettings(reading: config)
    guard settings.contains("architecture") else {
      throw PublishedError(
        path: config, reason: "names no architecture: only timm's folders are read as backbones")
    }
    self = try TimmFolder(path, &settings).backbone
  }

  init(
    path: FilePath, _ description: BackboneDescription, weights: PublishedWeights, layout: WeightLayout
  ) throws {
    var checks = SettingChecks()
    description.configuration.check(&checks)
    if let (key, reason) = checks.problem { throw PublishedError(path: path, reason: "\(key) \(reason)") }
    self.path = path
    self.description = description
    self.weights = weights
    self.layout = layout
  }

  /// The weights as the backbone at `place` reads them.
  /// - Parameter configuration: the backbone's, whose input may have another size than the weights' own: tables of
  ///   positions are resampled as timm does.
  package func source(at place: String, for configuration: BackboneConfiguration) -> WeightSource {
    layout.source(ResizedPositions(weights.file, for: configuration, antialias: true), at: place)
  }

  /// Eight digits that tell these weights from others.
  package var fingerprint: String { get throws { try weights.fingerprint } }
}

/// What a backbone is, wherever its weights come from.
package struct BackboneDescription: Sendable {
  /// Such as `timm's tf_efficientnet_lite0`.
  package let name: String
  package let configuration: BackboneConfiguration
  /// How its pixels were prepared.
  package let framing: Framing

  package init(name: String, configuration: BackboneConfiguration, framing: Framing) {
    self.name = name
    self.configuration = configuration
    self.framing = framing
  }
}

/// What a layout of weights calls otherwise than the model does, and what nobody need read.
struct WeightLayout {
  var prefix = ""
  var renaming: [String: String] = [:]
  var ignoring: [String] = []
  var fresh: [String] = []

  func source(_ file: any TensorFile, at place: String) -> WeightSource {
    WeightSource(file, at: place, under: prefix, renaming: renaming, ignoring: ignoring, fresh: fresh)
  }
}

/// A published model that cannot be read as what is asked for.
package struct PublishedError: ReportableError {
  package let path: FilePath
  package let reason: String

  package init(path: FilePath, reason: String) {
    self.path = path
    self.reason = reason
  }

  package var kind: ErrorKind { .badData }
  package var description: String { "\(path): \(reason)" }
}
