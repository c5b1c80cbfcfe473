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
  package let configuration: BERT.Configuration
  package let tokenizer: TokenizerFile
  let weights: PublishedWeights
  let layout: WeightLayout
  private let family: BERTFamily

  /// - Parameter path: a folder with a `config.json`, weights and a tokenizer.
  package init(reading path: FilePath) throws {
    let config = path.appending("config.json")
    guard Folder.isFolder(path), Folder.exists(config) else {
      throw PublishedError(
        path: path, reason: "is no folder with a config.json, which says what the weights are")
    }
    var settings = try PublishedSettings(reading: config)
    let type = try settings.required("model_type")
    guard let family = BERTFamily(rawValue: type) else {
      let known = BERTFamily.allCases.map(\.rawValue).joined(separator: ", ")
      throw settings.problem("model_type", "is '\(type)': of text encoders only \(known) are read")
    }
    self.family = family
    configuration = try family.configuration(&settings)
    var checks = SettingChecks()
    configuration.check(&checks)
    if let (key, reason) = checks.problem { throw PublishedError(path: config, reason: "\(key) \(reason)") }
    name = "Hugging Face's \(type)"
    self.path = path
    weights = try PublishedWeights(in: path).respelled(BERTFamily.spelling)
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
  /// another backbone than any here.
  package func fusionSource(at place: String) -> WeightSource {
    var layout = layout
    if family != .visualBERT {
      layout.renaming = [
        "embeddings.visual_token_type_embeddings.": "embeddings.token_type_embeddings.",
        "embeddings.visual_position_embeddings.": "embeddings.position_embeddings.",
      ]
    }
    layout.ignoring += Self.freshInFusion
    layout.fresh = Self.freshInFusion
    return layout.source(weights.file, at: place)
  }

  /// The weights as a BERT at `place` reads them.
  package func source(at place: String) -> WeightSource {
    var layout = layout
    layout.ignoring +=
      Self.freshInFusion + [
        "embeddings.visual_token_type_embeddings.", "embeddings.visual_position_embeddings.",
      ]
    return layout.source(weights.file, at: place)
  }

  /// What a fusion encoder has that no text encoder has.
  package static let freshInFusion = ["embeddings.visual_projection."]

  package var fingerprint: String { get throws { try weights.fingerprint } }
}
