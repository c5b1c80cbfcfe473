package import Models
package import NN
import Storage
package import SystemPackage
package import Text

/// A text encoder that somebody published, with its tokenizer.
package struct PublishedTextEncoder {
  package let path: FilePath
  /// Such as `Hugging Face's bert`.
  package let name: String
  package let configuration: TextEncoderConfiguration
  package let tokenizer: TokenizerFile
  let weights: PublishedWeights
  let layout: WeightLayout
  private let family: TextEncoderFamily

  /// - Parameter path: a folder with a `config.json`, weights and a tokenizer.
  package init(reading path: FilePath) throws {
    let config = path.appending("config.json")
    guard Folder.exists(path) else { throw FileError(.read, path, .noSuchFileOrDirectory) }
    guard Folder.isFolder(path), Folder.exists(config) else {
      throw PublishedError(
        path: path, reason: "is no folder with a config.json, which says what the weights are")
    }
    var settings = try PublishedSettings(reading: config)
    let type = try settings.required("model_type")
    guard let family = TextEncoderFamily(rawValue: type) else {
      let known = TextEncoderFamily.allCases.map(\.rawValue).joined(separator: ", ")
      throw settings.problem("model_type", "is '\(type)': of text encoders only \(known) are read")
    }
    self.family = family
    configuration = try family.configuration(&settings)
    var checks = SettingChecks()
    configuration.check(&checks)
    if let (key, reason) = checks.problem { throw PublishedError(path: config, reason: "\(key) \(reason)") }
    name = "Hugging Face's \(type)"
    self.path = path
    weights = try PublishedWeights(in: path).respelled(TextEncoderFamily.spelling)
    layout = try family.layout(of: weights.file)
    tokenizer = try TokenizerFile(ofTextEncoderIn: path)
    guard tokenizer.tokenizer.vocabularySize <= configuration.vocabularySize else {
      throw PublishedError(
        path: path,
        reason: "its tokenizer has \(tokenizer.tokenizer.vocabularySize) tokens, its embedding "
          + "\(configuration.vocabularySize) rows")
    }
  }

  /// The weights as the fusion encoder at `place` reads them. As VisualBERT began: the visual embeddings of segment and
  /// position are copies of the text's. Where it went on from there, they are its own; its projection is of the vectors of
  /// another backbone than any here. Two streams have no such.
  package func fusionSource(at place: String, _ streams: Streams.Kind = .single) -> WeightSource {
    var layout = layout
    switch (family, streams) {
    case (.visualBERT, .single): break
    case (.visualBERT, .dual): layout.ignoring += FusionConfiguration.visualTables
    default:
      for (visual, own) in zip(FusionConfiguration.visualTables, Self.tables) {
        layout.renaming[visual] = own
      }
    }
    layout.ignoring += FusionConfiguration.beyondText
    layout.fresh = FusionConfiguration.beyondText
    return layout.source(weights.file, at: place)
  }

  /// The weights as a text encoder at `place` reads them.
  package func source(at place: String) -> WeightSource {
    var layout = layout
    layout.ignoring += FusionConfiguration.beyondText + FusionConfiguration.visualTables
    return layout.source(weights.file, at: place)
  }

  private static let tables = ["embeddings.token_type_embeddings.", "embeddings.position_embeddings."]

  package var fingerprint: String { get throws { try weights.fingerprint } }
}
