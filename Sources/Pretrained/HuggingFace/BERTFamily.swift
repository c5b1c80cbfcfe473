import Models
import NN
import Storage
import Torch

/// What of Hugging Face's text encoders computes BERT's numbers, by `model_type`, whatever the name of the folder: hfl's
/// RoBERTa-wwm-ext and MacBERT, and BGE for Chinese, are `bert`; BGE-M3 is `xlm-roberta`.
enum BERTFamily: String, CaseIterable {
  case bert
  case roberta
  case xlmRoberta = "xlm-roberta"
  /// A BERT that has read text and pictures together.
  case visualBERT = "visual_bert"

  /// What stands before the encoder's names where a head stands beside it.
  private var prefix: String {
    switch self {
    case .bert: "bert."
    case .roberta, .xlmRoberta: "roberta."
    case .visualBERT: "visual_bert."
    }
  }

  /// Whether positions begin behind the padding's number.
  private var isRoberta: Bool { self == .roberta || self == .xlmRoberta }

  /// Heads that stand beside the encoder.
  private var heads: [String] {
    ["classifier.", "qa_outputs.", "dropout."] + (isRoberta ? ["lm_head."] : ["cls."])
  }

  func configuration(_ settings: inout PublishedSettings) throws -> BERT.Configuration {
    try settings.expect("hidden_act", "gelu")
    try settings.expect("position_embedding_type", "absolute")
    try settings.expect("is_decoder", false)
    try settings.expect("add_cross_attention", false)
    try settings.expect("tie_word_embeddings", true, false)
    let padding = try settings.whole("pad_token_id") ?? 1
    // RoBERTa numbers what is no padding from the padding's own number on.
    let offset = isRoberta ? padding + 1 : 0
    guard (0...1024).contains(offset) else { throw settings.problem("pad_token_id", "is \(padding)") }
    let configuration = BERT.Configuration(
      vocabularySize: try settings.requiredWhole("vocab_size"),
      hiddenSize: try settings.requiredWhole("hidden_size"),
      layers: try settings.requiredWhole("num_hidden_layers"),
      heads: try settings.requiredWhole("num_attention_heads"),
      intermediateSize: try settings.requiredWhole("intermediate_size"),
      maximumPositions: try settings.whole("max_position_embeddings") ?? 512,
      positionOffset: offset,
      tokenTypes: try settings.whole("type_vocab_size") ?? 2,
      hiddenDropout: try settings.number("hidden_dropout_prob") ?? 0.1,
      layerNormEpsilon: try settings.number("layer_norm_eps") ?? 1e-12)
    if self == .visualBERT {
      try settings.expect("bypass_transformer", false)
      settings.passOver("visual_embedding_dim", "special_visual_initialize")
    }
    // Heads and poolers that are not taken, and how training was made harder.
    settings.passOver(
      "classifier_dropout", "attention_probs_dropout_prob", "directionality", "model_max_length")
    settings.passOver { $0.hasPrefix("pooler_") }
    try settings.passOverWhatComputesNothing()
    try settings.finish()
    return configuration
  }

  /// As converters from TensorFlow wrote it.
  static func spelling(_ name: String) -> String {
    for (old, new) in [("LayerNorm.gamma", "LayerNorm.weight"), ("LayerNorm.beta", "LayerNorm.bias")]
    where name.hasSuffix(old) {
      return String(name.dropLast(old.count)) + new
    }
    return name
  }

  /// - Throws: `PublishedError` for a tensor outside of the encoder that is of no known head.
  func layout(of file: any TensorFile) throws -> WeightLayout {
    let names = file.names
    let prefix = names.contains { $0.hasPrefix(self.prefix) } ? self.prefix : ""
    if let stranger = names.first(where: { name in
      !prefix.isEmpty && !name.hasPrefix(prefix) && !heads.contains { name.hasPrefix($0) }
    }) {
      throw PublishedError(
        path: file.path, reason: "\(quoted(stranger)) belongs to no part of a \(rawValue) that is known")
    }
    // Buffers that old versions wrote: what they hold is computed.
    let buffers = ["embeddings.position_ids", "embeddings.token_type_ids"]
    return WeightLayout(prefix: prefix, ignoring: ["pooler."] + buffers + (prefix.isEmpty ? heads : []))
  }
}
