import Models

/// Settings of `modernbert`, as its authors wrote them, and as transformers 5 does: which layer sees how far in a list, and the
/// bases of rotations in a section for each kind.
enum ModernBERTLayout {
  static func configuration(_ settings: inout PublishedSettings) throws -> ModernBERT.Configuration {
    try settings.expect("hidden_activation", "gelu")
    for key in ["attention_bias", "mlp_bias", "norm_bias"] { try settings.expect(key, false) }
    try settings.expect("rope_scaling", nil)
    var configuration = ModernBERT.Configuration(
      vocabularySize: try settings.requiredWhole("vocab_size"),
      hiddenSize: try settings.requiredWhole("hidden_size"),
      layers: try settings.requiredWhole("num_hidden_layers"),
      heads: try settings.requiredWhole("num_attention_heads"),
      intermediateSize: try settings.requiredWhole("intermediate_size"))
    configuration.maximumPositions = try settings.whole("max_position_embeddings") ?? 8192
    configuration.localAttention = try settings.whole("local_attention") ?? 128
    configuration.layerNormEpsilon = try settings.number("norm_eps") ?? 1e-5
    configuration.hiddenDropout = try settings.number("mlp_dropout") ?? 0
    configuration.globalEvery = try settings.whole("global_attn_every_n_layers") ?? 3
    if let every = try every(&settings, configuration.layers) { configuration.globalEvery = every }
    let bases = try bases(&settings)
    // Where both are there the section counts, as in transformers 5.
    let far = try settings.number("global_rope_theta")
    configuration.globalBase = bases.far ?? far ?? 160_000
    // Unlike a key that is not there, null says that all layers turn alike.
    let same = settings.isNull("local_rope_theta") ? configuration.globalBase : 10_000
    let near = try settings.number("local_rope_theta")
    configuration.localBase = bases.near ?? near ?? same
    // Other dropout; how fast it is computed; how the heads are trained; and two keys that nothing of it reads.
    settings.passOver(
      "attention_dropout", "embedding_dropout", "reference_compile", "deterministic_flash_attn",
      "repad_logits_with_grad", "sparse_prediction", "sparse_pred_ignore_index", "decoder_bias",
      "initializer_cutoff_factor", "cls_token_id", "mask_token_id", "layer_norm_eps",
      "position_embedding_type")
    return configuration
  }

  /// Every how many layers one sees the whole text, by a list of what each sees; nil where there is none.
  private static func every(_ settings: inout PublishedSettings, _ layers: Int) throws -> Int? {
    guard let kinds = try settings.texts("layer_types") else { return nil }
    let whole = "full_attention"
    let every = kinds.dropFirst().firstIndex(of: whole) ?? max(kinds.count, 1)
    guard kinds.count == layers,
      kinds.enumerated().allSatisfy({ $1 == ($0.isMultiple(of: every) ? whole : "sliding_attention") })
    else {
      throw settings.problem(
        "layer_types", "does not say that the first layer sees the whole text, and every so many-th")
    }
    return every
  }

  private static func bases(_ settings: inout PublishedSettings) throws -> (far: Double?, near: Double?) {
    guard var all = try settings.section("rope_parameters") else { return (nil, nil) }
    func base(_ kind: String) throws -> Double? {
      guard var rotation = try all.section(kind) else { return nil }
      try rotation.expect("rope_type", "default")
      let base = try rotation.number("rope_theta")
      try rotation.finish()
      return base
    }
    let bases = (far: try base("full_attention"), near: try base("sliding_attention"))
    try all.finish()
    return bases
  }
}
