import Models
import Storage
import Torch

/// What of Hugging Face's text encoders is computed here, by `model_type`, whatever the name of the folder: hfl's
/// RoBERTa-wwm-ext and MacBERT, and BGE for Chinese, are `bert`; BGE-M3 is `xlm-roberta`; DeBERTa-v3 is `deberta-v2`.
enum TextEncoderFamily: String, CaseIterable {
  case bert
  case roberta
  case xlmRoberta = "xlm-roberta"
  /// A BERT that has read text and pictures together.
  case visualBERT = "visual_bert"
  case modernBERT = "modernbert"
  case debertaV2 = "deberta-v2"

  /// - Throws: `JSONError` naming what is not computed here.
  func configuration(_ settings: inout PublishedSettings) throws -> TextEncoderConfiguration {
    try settings.expect("is_decoder", false)
    try settings.expect("add_cross_attention", false)
    try settings.expect("tie_word_embeddings", true, false)
    let configuration: TextEncoderConfiguration =
      switch self {
      case .bert, .visualBERT: .bert(try BERTLayout.configuration(&settings, isRoberta: false))
      case .roberta, .xlmRoberta: .bert(try BERTLayout.configuration(&settings, isRoberta: true))
      case .modernBERT: .modernBERT(try ModernBERTLayout.configuration(&settings))
      case .debertaV2: .deberta(try DeBERTaLayout.configuration(&settings))
      }
    if self == .visualBERT {
      try settings.expect("bypass_transformer", false)
      settings.passOver("visual_embedding_dim", "special_visual_initialize")
    }
    // Heads and poolers that are not taken, and how training was made harder.
    settings.passOver("attention_probs_dropout_prob", "directionality", "model_max_length")
    settings.passOver { $0.hasPrefix("pooler_") || $0.hasPrefix("classifier_") }
    try settings.passOverWhatComputesNothing()
    try settings.finish()
    return configuration
  }

  /// What stands before the encoder's names where a head stands beside it.
  private var prefix: String {
    switch self {
    case .bert: "bert."
    case .roberta, .xlmRoberta: "roberta."
    case .visualBERT: "visual_bert."
    case .modernBERT: "model."
    case .debertaV2: "deberta."
    }
  }

  /// Heads that stand beside the encoder.
  private var heads: [String] {
    let usual = ["classifier.", "qa_outputs.", "dropout."]
    return switch self {
    case .bert, .visualBERT: usual + ["cls."]
    case .roberta, .xlmRoberta: usual + ["lm_head."]
    case .modernBERT: usual + ["head.", "decoder."]
    case .debertaV2: usual + ["cls.", "pooler.", "lm_predictions.", "mask_predictions."]
    }
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
    var idle = ["pooler.", "embeddings.position_ids", "embeddings.token_type_ids"]
    // DeBERTa-v3's files hold a table of positions that nothing of theirs reads.
    if self == .debertaV2 { idle.append("embeddings.position_embeddings.") }
    return WeightLayout(prefix: prefix, ignoring: idle + (prefix.isEmpty ? heads : []))
  }
}
