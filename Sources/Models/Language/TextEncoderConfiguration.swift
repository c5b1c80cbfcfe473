package import NN
package import Storage

/// What a kind of text encoder has to say of itself.
package protocol TextEncoderArchitecture: Codable, Sendable, Equatable {
  /// Rows of the words' embeddings.
  var vocabularySize: Int { get set }
  /// Tokens of a text at most, and frames of a video.
  var positions: Int { get set }
  var hiddenSize: Int { get }
  var heads: Int { get }
  /// Also of what is made of frames.
  var hiddenDropout: Double { get }
  /// Also of norms that stand beside the encoder.
  var layerNormEpsilon: Double { get }

  /// - Parameter scope: of the embeddings.
  func textEmbeddings(_ scope: Scope) -> any TextEmbeddings
  /// - Parameter scope: of the whole encoder.
  func textLayers(_ scope: Scope) -> any TextLayers
  /// What is added to frames that stand where tokens do, of the same kind as what is added to tokens.
  /// - Parameter scope: of the embeddings.
  func visualTables(_ scope: Scope) -> VisualTables
  /// Notes what no model can be made from.
  func check(_ checks: inout SettingChecks)
}

/// The configuration of a text encoder, told from others by its `architecture`. A text encoder is one file beside this one, one
/// case here, one reader in `Pretrained`, and one row of the test that holds all of them to their published implementations.
package enum TextEncoderConfiguration: Sendable, Equatable {
  case bert(BERT.Configuration)
  case modernBERT(ModernBERT.Configuration)
  case deberta(DeBERTa.Configuration)

  /// What stands under `architecture`: Hugging Face's `model_type`.
  package enum Name: String, CaseIterable, Codable, Sendable {
    case bert
    case modernBERT = "modernbert"
    case deberta = "deberta-v2"
  }

  package var name: Name {
    switch self {
    case .bert: .bert
    case .modernBERT: .modernBERT
    case .deberta: .deberta
    }
  }

  /// The one that is meant where an architecture is named without more: of the size that is published as base, with as many
  /// words and positions as are needed.
  package init(default name: Name) {
    switch name {
    case .bert: self = .bert(.base)
    case .modernBERT: self = .modernBERT(.base)
    case .deberta: self = .deberta(.base)
    }
    vocabularySize = 0
    positions = 0
  }

  /// The sizes that weights were published for, by the names that Hugging Face's folders have.
  package static let published: [String: TextEncoderConfiguration] = [
    BERT.Configuration.published.mapValues(TextEncoderConfiguration.bert),
    ModernBERT.Configuration.published.mapValues(TextEncoderConfiguration.modernBERT),
    DeBERTa.Configuration.published.mapValues(TextEncoderConfiguration.deberta),
  ].reduce(into: [:]) { all, sizes in all.merge(sizes) { one, _ in one } }

  package var architecture: any TextEncoderArchitecture {
    switch self {
    case .bert(let configuration): configuration
    case .modernBERT(let configuration): configuration
    case .deberta(let configuration): configuration
    }
  }

  package var vocabularySize: Int {
    get { architecture.vocabularySize }
    set { self = changed(vocabularySize: newValue, positions: positions) }
  }
  package var positions: Int {
    get { architecture.positions }
    set { self = changed(vocabularySize: vocabularySize, positions: newValue) }
  }
  package var hiddenSize: Int { architecture.hiddenSize }
  package var heads: Int { architecture.heads }
  package var hiddenDropout: Double { architecture.hiddenDropout }
  package var layerNormEpsilon: Double { architecture.layerNormEpsilon }

  func textEmbeddings(_ scope: Scope) -> any TextEmbeddings {
    architecture.textEmbeddings(scope["embeddings"])
  }
  func textLayers(_ scope: Scope) -> any TextLayers { architecture.textLayers(scope) }
  func visualTables(_ scope: Scope) -> VisualTables { architecture.visualTables(scope["embeddings"]) }
  package func check(_ checks: inout SettingChecks) { architecture.check(&checks) }

  /// The same with room for these, where it has less.
  package func fitted(vocabularySize: Int, positions: Int) -> Self {
    changed(
      vocabularySize: max(vocabularySize, self.vocabularySize), positions: max(positions, self.positions))
  }

  private func changed(vocabularySize: Int, positions: Int) -> Self {
    func changed<Architecture: TextEncoderArchitecture>(_ configuration: Architecture) -> Architecture {
      var configuration = configuration
      configuration.vocabularySize = vocabularySize
      configuration.positions = positions
      return configuration
    }
    return switch self {
    case .bert(let configuration): .bert(changed(configuration))
    case .modernBERT(let configuration): .modernBERT(changed(configuration))
    case .deberta(let configuration): .deberta(changed(configuration))
    }
  }
}

extension TextEncoderConfiguration: Codable {
  package enum CodingKeys: String, CodingKey { case architecture }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let given = try container.decode(String.self, forKey: .architecture)
    guard let name = Name(rawValue: given) else {
      throw DecodingError.dataCorruptedError(
        forKey: .architecture, in: container,
        debugDescription: "is '\(given)', must be \(Name.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    switch name {
    case .bert: self = .bert(try .init(from: decoder))
    case .modernBERT: self = .modernBERT(try .init(from: decoder))
    case .deberta: self = .deberta(try .init(from: decoder))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name.rawValue, forKey: .architecture)
    try architecture.encode(to: encoder)
  }
}
