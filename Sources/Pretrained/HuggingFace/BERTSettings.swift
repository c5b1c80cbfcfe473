import Models
import Storage
import Torch

/// BERT in Hugging Face's layout: `transformers.BertModel`, or one of its heads, whatever the name of the folder. hfl's
/// RoBERTa-wwm-ext and MacBERT, and BGE for Chinese, are such.
enum BERTSettings {
  static func configuration(_ settings: inout PublishedSettings) throws -> BERT.Configuration {
    try settings.expect("hidden_act", "gelu")
    try settings.expect("position_embedding_type", "absolute")
    try settings.expect("is_decoder", false)
    try settings.expect("add_cross_attention", false)
    try settings.expect("tie_word_embeddings", true, false)
    let configuration = BERT.Configuration(
      vocabularySize: try settings.requiredWhole("vocab_size"),
      hiddenSize: try settings.requiredWhole("hidden_size"),
      layers: try settings.requiredWhole("num_hidden_layers"),
      heads: try settings.requiredWhole("num_attention_heads"),
      intermediateSize: try settings.requiredWhole("intermediate_size"),
      maximumPositions: try settings.whole("max_position_embeddings") ?? 512,
      tokenTypes: try settings.whole("type_vocab_size") ?? 2,
      hiddenDropout: try settings.number("hidden_dropout_prob") ?? 0.1,
      layerNormEpsilon: try settings.number("layer_norm_eps") ?? 1e-12)
    // Who made it with what, of which task, how generation would go, and how training was made harder.
    settings.passOver(
      "_name_or_path", "architectures", "torch_dtype", "dtype", "transformers_version",
      "gradient_checkpointing",
      "use_cache", "initializer_range", "initializer_factor", "classifier_dropout",
      "attention_probs_dropout_prob",
      "directionality", "output_past", "pad_token_id", "bos_token_id", "eos_token_id", "id2label", "label2id",
      "problem_type", "finetuning_task", "num_labels", "chunk_size_feed_forward", "return_dict",
      "model_max_length",
      "output_attentions", "output_hidden_states")
    settings.passOver { $0.hasPrefix("pooler_") }
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

  /// Heads that stand beside the encoder.
  private static let heads = ["cls.", "classifier.", "qa_outputs.", "dropout."]

  /// - Throws: `PublishedError` for a tensor outside of the encoder that is of no known head.
  static func layout(of file: any TensorFile) throws -> WeightLayout {
    let names = file.names
    let prefix = names.contains { $0.hasPrefix("bert.") } ? "bert." : ""
    if let stranger = names.first(where: { name in
      !prefix.isEmpty && !name.hasPrefix(prefix) && !heads.contains { name.hasPrefix($0) }
    }) {
      throw PublishedError(
        path: file.path, reason: "\(quoted(stranger)) belongs to no part of a BERT that is known")
    }
    return WeightLayout(
      prefix: prefix, ignoring: ["pooler.", "embeddings.position_ids"] + (prefix.isEmpty ? heads : []))
  }
}
