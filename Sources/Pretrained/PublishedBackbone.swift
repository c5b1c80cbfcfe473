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
  /// The same under the names that the model has for them, but for what `layout` says.
  let tensors: any TensorFile
  /// What the weights hold for other parts of what was published: heads, a text tower.
  let elsewhere: [String]
  /// How the weights lie in the file; see `WeightSource`.
  let layout: WeightLayout
  /// Whether the publisher resamples tables of positions with antialiasing.
  let antialiasesPositions: Bool

  /// - Parameter path: a folder with settings and weights, or a file of CLIP's weights as its authors published it.
  /// - Throws: `FileError`, `JSONError`, `PublishedError`, and what is wrong with the weights.
  package init(reading path: FilePath) throws {
    guard Folder.isFolder(path) else {
      guard Folder.exists(path) else { throw FileError(.read, path, .noSuchFileOrDirectory) }
      self = try CLIPFile(path).backbone
      return
    }
    switch try Layout(of: path) {
    case .timm(var settings): self = try TimmFolder(path, &settings).backbone
    case .huggingFace(var settings): self = try HuggingFaceFolder(path, &settings).backbone
    case .openCLIP: self = try OpenCLIPFolder(path).backbone
    }
  }

  /// Whether a folder claims to hold a model of vision, whatever else.
  package static func isOne(_ path: FilePath) throws -> Bool {
    switch try Layout(of: path) {
    case .timm, .openCLIP: true
    case .huggingFace(var settings): try settings.text("model_type").flatMap(HuggingFaceFamily.init) != nil
    }
  }

  /// Whose layout a folder has: several may lie in one, of which open_clip's is the last that is looked at.
  private enum Layout {
    case timm(PublishedSettings)
    case huggingFace(PublishedSettings)
    case openCLIP

    init(of path: FilePath) throws {
      let config = path.appending("config.json")
      let isOpenCLIP = Folder.exists(path.appending(OpenCLIPFolder.configuration))
      guard Folder.exists(config) else {
        guard isOpenCLIP else {
          throw PublishedError(
            path: path,
            reason: "holds no config.json, which says what the weights are, and no open_clip_config.json")
        }
        self = .openCLIP
        return
      }
      let settings = try PublishedSettings(reading: config)
      if settings.contains("architecture") {
        self = .timm(settings)
      } else if settings.contains("model_type") {
        self = .huggingFace(settings)
      } else if isOpenCLIP {
        self = .openCLIP
      } else {
        throw PublishedError(
          path: config,
          reason: "names no architecture, as timm's does, and no model_type, as Hugging Face's does")
      }
    }
  }

  init(
    path: FilePath, _ description: BackboneDescription, weights: PublishedWeights, tensors: any TensorFile,
    elsewhere: [String] = [], layout: WeightLayout, antialiasesPositions: Bool
  ) {
    self.path = path
    self.description = description
    self.weights = weights
    self.tensors = tensors
    self.elsewhere = elsewhere
    self.layout = layout
    self.antialiasesPositions = antialiasesPositions
  }

  /// The weights as the backbone at `place` reads them.
  /// - Parameter configuration: the backbone's, whose input may have another size than the weights' own: tables of
  ///   positions are resampled as their publisher does.
  package func source(at place: String, for configuration: BackboneConfiguration) -> WeightSource {
    layout.source(ResizedPositions(tensors, for: configuration, antialias: antialiasesPositions), at: place)
  }

  /// Eight digits that tell these weights from others.
  package var fingerprint: String { get throws { try weights.fingerprint } }
}

/// What a backbone is, wherever its weights come from.
package struct BackboneDescription: Sendable {
  /// Such as `timm's tf_efficientnet_lite0`.
  package let name: String
  package private(set) var configuration: BackboneConfiguration
  /// How its pixels were prepared.
  package let framing: Framing

  package init(name: String, configuration: BackboneConfiguration, framing: Framing) {
    self.name = name
    self.configuration = configuration
    self.framing = framing
  }

  /// The same for frames of another width and height.
  /// - Throws: `PublishedError` where no model can be made of this.
  package func resized(to size: Int, at path: FilePath) throws(PublishedError) -> Self {
    var resized = self
    resized.configuration.imageSize = size
    try resized.requireModel(at: path)
    return resized
  }

  /// - Throws: `PublishedError` where no model can be made of this.
  func requireModel(at path: FilePath) throws(PublishedError) {
    var checks = SettingChecks()
    configuration.check(&checks)
    if let (key, reason) = checks.problem { throw PublishedError(path: path, reason: "\(key) \(reason)") }
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
