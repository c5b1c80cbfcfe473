package import Models
package import Storage

extension VisionTransformer.Configuration {
  /// - Parameter key: where these settings stand, with a dot at the end.
  package func check(_ checks: inout SettingChecks, at key: String) {
    checks.whole(key + "img_size", imageSize, 1...4096)
    checks.whole(key + "patch_size", patchSize, 1...4096)
    checks.whole(key + "embed_dim", embeddingSize, 1...16_384)
    checks.whole(key + "depth", depth, 1...512)
    checks.whole(key + "num_heads", heads, 1...1024)
    checks.number(key + "mlp_ratio", perceptronRatio, 0.1...64)
    guard checks.problem == nil else { return }
    checks.require(
      imageSize.isMultiple(of: patchSize), key + "img_size",
      "is \(imageSize), must be a multiple of the patch size \(patchSize)")
    checks.require(
      imageSize / patchSize <= 256, key + "patch_size", "cuts a frame into more than 256 × 256 patches")
    checks.require(
      embeddingSize.isMultiple(of: heads), key + "num_heads",
      "is \(heads), must divide the width \(embeddingSize)")
  }
}

extension BERT.Configuration {
  /// - Parameter key: where these settings stand, with a dot at the end.
  package func check(_ checks: inout SettingChecks, at key: String) {
    checks.whole(key + "vocab_size", vocabularySize, 1...10_000_000)
    checks.whole(key + "hidden_size", hiddenSize, 1...16_384)
    checks.whole(key + "num_hidden_layers", layers, 1...512)
    checks.whole(key + "num_attention_heads", heads, 1...1024)
    checks.whole(key + "intermediate_size", intermediateSize, 1...262_144)
    checks.whole(key + "max_position_embeddings", maximumPositions, 1...1_000_000)
    checks.whole(key + "type_vocab_size", tokenTypes, 2...1024)  // text and frames
    checks.part(key + "hidden_dropout_prob", hiddenDropout)
    checks.number(key + "layer_norm_eps", layerNormEpsilon, 0...1)
    guard checks.problem == nil else { return }
    checks.require(
      hiddenSize.isMultiple(of: heads), key + "num_attention_heads",
      "is \(heads), must divide the width \(hiddenSize)")
  }
}
