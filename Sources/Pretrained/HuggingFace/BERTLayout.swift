import Models

/// Settings of `bert`, `visual_bert`, `roberta` and `xlm-roberta`.
enum BERTLayout {
  /// - Parameter isRoberta: whether positions begin behind the padding's number.
  static func configuration(
    _ settings: inout PublishedSettings, isRoberta: Bool
  ) throws -> BERT.Configuration {
    try settings.expect("hidden_act", "gelu")
    try settings.expect("position_embedding_type", "absolute")
    let padding = try settings.whole("pad_token_id") ?? 1
    // RoBERTa numbers what is no padding from the padding's own number on.
    let offset = isRoberta ? padding + 1 : 0
    guard (0...1024).contains(offset) else { throw settings.problem("pad_token_id", "is \(padding)") }
    return BERT.Configuration(
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
  }
}
