import Models

extension RunConfiguration {
  /// Throws at the first value that no run can work with, so that it does not fail an hour later.
  package func validate(origin: String) throws(ConfigurationError) {
    func require(_ condition: Bool, _ key: String, _ reason: String) throws(ConfigurationError) {
      guard condition else { throw ConfigurationError(origin, key: key, reason) }
    }
    func requirePositive(_ values: [(key: String, value: Int)]) throws(ConfigurationError) {
      for (key, value) in values { try require(value >= 1, key, "is \(value), must be at least 1") }
    }
    func requirePart(_ values: [(key: String, value: Double)], below end: Double) throws(ConfigurationError) {
      for (key, value) in values {
        try require(value >= 0 && value < end, key, "is \(value), must be at least 0 and below \(end)")
      }
    }

    try require(folds >= 2, "folds", "is \(folds), must be at least 2: each fold is predicted by the others")
    try requirePositive([
      ("backbone.img_size", backbone.imageSize), ("backbone.patch_size", backbone.patchSize),
      ("backbone.embed_dim", backbone.embeddingSize), ("backbone.depth", backbone.depth),
      ("backbone.num_heads", backbone.heads), ("text_encoder.hidden_size", textEncoder.hiddenSize),
      ("text_encoder.num_hidden_layers", textEncoder.layers),
      ("text_encoder.num_attention_heads", textEncoder.heads),
      ("text_encoder.intermediate_size", textEncoder.intermediateSize),
      ("frames.maximum_frames", frames.maximumFrames),
      ("training.epochs", training.epochs), ("training.batch_size", training.batchSize),
    ])
    try require(training.maximumSteps >= 0, "training.maximum_steps", "must not be negative")
    try require(
      backbone.imageSize.isMultiple(of: backbone.patchSize), "backbone.img_size",
      "is \(backbone.imageSize), must be a multiple of the patch size \(backbone.patchSize)")
    try require(
      backbone.embeddingSize.isMultiple(of: backbone.heads), "backbone.embed_dim",
      "is \(backbone.embeddingSize), must be a multiple of its \(backbone.heads) heads")
    try require(
      textEncoder.hiddenSize.isMultiple(of: textEncoder.heads), "text_encoder.hidden_size",
      "is \(textEncoder.hiddenSize), must be a multiple of its \(textEncoder.heads) heads")
    try require(backbone.perceptronRatio > 0, "backbone.mlp_ratio", "must be positive")
    try require(
      frames.mean.count == 3 && frames.deviation.count == 3 && frames.deviation.allSatisfy { $0 > 0 },
      "frames.image_std", "image_mean and image_std take three numbers each, the deviations positive")

    let rates = training.learningRate
    try requirePart(
      [
        ("training.learning_rate.backbone", rates.backbone), ("training.learning_rate.fusion", rates.fusion),
        ("training.learning_rate.heads", rates.heads), ("training.weight_decay", training.weightDecay),
        ("training.label_smoothing", training.labelSmoothing),
        ("training.average_decay", training.averageDecay),
        ("training.head_dropout", training.headDropout),
        ("text_encoder.hidden_dropout_prob", textEncoder.dropout),
        ("training.warm_up", training.warmUp),
      ], below: 1)
    try requirePart(
      [
        ("training.class_weight_exponent", training.classWeightExponent),
        ("training.auxiliary_video_loss", training.auxiliaryVideoLoss),
      ], below: 100)
    try require(
      training.maximumGradientNorm > 0, "training.maximum_gradient_norm", "must be positive")
    try require(
      training.augmentation.minimumCrop > 0 && training.augmentation.minimumCrop <= 1,
      "training.augmentation.minimum_crop",
      "is \(training.augmentation.minimumCrop), must be above 0 and at most 1")
  }
}
