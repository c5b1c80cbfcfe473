package import Models
package import NN
import Storage
package import SystemPackage
package import Text
import Torch

/// A text encoder as a folder that transformers reads, with its tokenizer.
package struct TextEncoderExport {
  private let folder: ExportedFolder

  /// - Parameter store: the weights; names begin with `prefix`.
  /// - Throws: `ExportError` where the other library has no such encoder.
  package init(
    _ configuration: TextEncoderConfiguration, _ tokenizer: TokenizerFile, _ store: ParameterStore,
    under prefix: String, to layout: BackboneExport.Layout
  ) throws {
    // The model's names are transformers' own.
    let weights = store.weights.map { (String($0.name.dropFirst(prefix.count)), $0.tensor.to(.cpu)) }
    let files: [(name: String, bytes: [UInt8])]
    switch layout {
    case .timm: throw ExportError("timm has no text encoders; take --to hf or safetensors")
    case .safetensors: files = []
    case .huggingFace:
      let settings = try ExportedTextEncoder.settings(configuration, tokenizer)
      let own = try ExportedTokenizer.files(
        tokenizer, positions: configuration.positions, hasTypes: configuration.tokenTypes > 1)
      if configuration.name == .modernBERT, !own.contains(where: { $0.name == PublishedTokenizer.jsonName }) {
        throw ExportError(
          "transformers reads the tokenizer of a modernbert from tokenizer.json alone, and this one is "
            + own.map(\.name).filter { $0 != TokenizerFile.settingsName }.joined(separator: " and "))
      }
      files = own + [("config.json", settings.bytes)]
    }
    folder = ExportedFolder(weights: Dictionary(uniqueKeysWithValues: weights), files: files)
  }

  /// All that such a folder may hold.
  package static let fileNames = ["model.safetensors"] + TokenizerFile.allFileNames + ["config.json"]

  package var tensors: Int { folder.weights.count }

  /// - Throws: `ExportError` where it holds the tokenizer of another model, which might be read instead.
  package func write(to path: FilePath) throws {
    let own = folder.files.map(\.name) + ["model.safetensors"]
    if !folder.files.isEmpty,
      let stranger = Self.fileNames.first(where: { !own.contains($0) && Folder.exists(path.appending($0)) })
    {
      throw ExportError("\(path.appending(stranger)) is no part of this tokenizer; take another folder")
    }
    try folder.write(to: path)
  }
}

/// What transformers is told of a text encoder.
enum ExportedTextEncoder {
  /// - Throws: `ExportError` saying what transformers has no such encoder of.
  static func settings(
    _ configuration: TextEncoderConfiguration, _ tokenizer: TokenizerFile
  ) throws(ExportError) -> ExportedSettings {
    var settings = ExportedSettings()
    let special = tokenizer.tokenizer.special
    settings.merge([
      "vocab_size": .whole(configuration.vocabularySize), "hidden_size": .whole(configuration.hiddenSize),
      "num_attention_heads": .whole(configuration.heads),
      "pad_token_id": .whole(Int(special.padding)), "bos_token_id": .whole(Int(special.classification)),
      "eos_token_id": .whole(Int(special.separator)),
    ])
    switch configuration {
    case .bert(let bert): try settings.merge(bert, tokenizer)
    case .modernBERT(let modern): settings.merge(modern, special)
    case .deberta(let deberta): settings.merge(deberta)
    }
    return settings
  }
}

extension ExportedSettings {
  fileprivate mutating func merge(
    _ bert: BERT.Configuration, _ tokenizer: TokenizerFile
  ) throws(ExportError) {
    let padding = Int(tokenizer.tokenizer.special.padding)
    // transformers finds places by which tokens are no padding.
    guard bert.positionOffset == 0 || bert.positionOffset == padding + 1 else {
      throw ExportError(
        "transformers has no such model: positions begin at row \(bert.positionOffset), and the padding of the "
          + "tokenizer is \(padding), behind which RoBERTa's begin")
    }
    let (type, name) =
      bert.positionOffset == 0
      ? ("bert", "BertModel")
      : tokenizer.isUnigram ? ("xlm-roberta", "XLMRobertaModel") : ("roberta", "RobertaModel")
    merge([
      "model_type": .word(type), "architectures": .words([name]), "num_hidden_layers": .whole(bert.layers),
      "intermediate_size": .whole(bert.intermediateSize), "hidden_act": .word("gelu"),
      "position_embedding_type": .word("absolute"),
      "max_position_embeddings": .whole(bert.maximumPositions), "type_vocab_size": .whole(bert.tokenTypes),
      "layer_norm_eps": .real(bert.layerNormEpsilon), "hidden_dropout_prob": .real(bert.hiddenDropout),
      "attention_probs_dropout_prob": .real(0),
    ])
  }

  fileprivate mutating func merge(_ modern: ModernBERT.Configuration, _ special: SpecialTokens) {
    // Every version of transformers reads the keys that its authors wrote.
    merge([
      "model_type": .word("modernbert"), "architectures": .words(["ModernBertModel"]),
      "num_hidden_layers": .whole(modern.layers), "intermediate_size": .whole(modern.intermediateSize),
      "hidden_activation": .word("gelu"), "max_position_embeddings": .whole(modern.maximumPositions),
      "global_attn_every_n_layers": .whole(modern.globalEvery),
      "local_attention": .whole(modern.localAttention), "global_rope_theta": .real(modern.globalBase),
      "local_rope_theta": .real(modern.localBase), "norm_eps": .real(modern.layerNormEpsilon),
      "norm_bias": .flag(false), "attention_bias": .flag(false), "mlp_bias": .flag(false),
      "mlp_dropout": .real(modern.hiddenDropout), "embedding_dropout": .real(modern.hiddenDropout),
      "attention_dropout": .real(0), "cls_token_id": .whole(Int(special.classification)),
      "sep_token_id": .whole(Int(special.separator)),
    ])
  }

  fileprivate mutating func merge(_ deberta: DeBERTa.Configuration) {
    merge([
      "model_type": .word("deberta-v2"), "architectures": .words(["DebertaV2Model"]),
      "num_hidden_layers": .whole(deberta.layers), "intermediate_size": .whole(deberta.intermediateSize),
      "hidden_act": .word("gelu"), "max_position_embeddings": .whole(deberta.maximumPositions),
      "type_vocab_size": .whole(deberta.tokenTypes), "relative_attention": .flag(true),
      "position_biased_input": .flag(deberta.hasInputPositions),
      "position_buckets": .whole(deberta.buckets ?? -1),
      "max_relative_positions": .whole(deberta.maximumDistance),
      "share_att_key": .flag(deberta.sharesKeys),
      "pos_att_type": .words(deberta.distanceAttention.map(\.rawValue)),
      "norm_rel_ebd": .word(deberta.normsDistances ? "layer_norm" : "none"),
      "layer_norm_eps": .real(deberta.layerNormEpsilon), "hidden_dropout_prob": .real(deberta.hiddenDropout),
      "attention_probs_dropout_prob": .real(0),
    ])
  }
}

extension TextEncoderConfiguration {
  /// Of how many kinds tokens may be: of the first text, the second, …
  fileprivate var tokenTypes: Int {
    switch self {
    case .bert(let bert): bert.tokenTypes
    case .modernBERT: 0
    case .deberta(let deberta): deberta.tokenTypes
    }
  }
}

extension TokenizerFile {
  /// As XLM-R's is, where RoBERTa's merges pairs of bytes.
  fileprivate var isUnigram: Bool {
    guard case .published(let tokenizer) = self else { return false }
    return tokenizer.isUnigram
  }
}
