import Models

/// Goes through settings that came from outside and notes the first that nothing can work with, so that a run does
/// not fail an hour later, and a model folder from elsewhere does not trap.
struct SettingChecks {
  private(set) var problem: (key: String, reason: String)?

  mutating func require(_ holds: Bool, _ key: String, _ reason: @autoclosure () -> String) {
    if problem == nil, !holds { problem = (key, reason()) }
  }

  mutating func whole(_ key: String, _ value: Int, _ range: ClosedRange<Int>) {
    require(
      range.contains(value), key, "is \(value), must be from \(range.lowerBound) to \(range.upperBound)")
  }

  /// Refuses what is not a number, too.
  mutating func number(_ key: String, _ value: Double, _ range: ClosedRange<Double>) {
    require(
      range.contains(value), key, "is \(value), must be from \(range.lowerBound) to \(range.upperBound)")
  }

  mutating func part(_ key: String, _ value: Double) {
    require((0..<1).contains(value), key, "is \(value), must be at least 0 and below 1")
  }
}

extension VisionTransformer.Configuration {
  /// - Parameter key: where these settings stand, with a dot at the end.
  func check(_ checks: inout SettingChecks, at key: String) {
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
  func check(_ checks: inout SettingChecks, at key: String) {
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

extension FramePreparation {
  /// - Parameter key: where these settings stand, with a dot at the end.
  func check(_ checks: inout SettingChecks, at key: String) {
    checks.whole(key + "maximum_frames", maximumFrames, 1...4096)
    for (name, values) in [("image_mean", mean), ("image_std", deviation)] {
      checks.require(values.count == 3, key + name, "takes three numbers: red, green, blue")
    }
    for value in mean { checks.number(key + "image_mean", value, -100...100) }
    for value in deviation { checks.number(key + "image_std", value, 1e-6...100) }
  }
}
