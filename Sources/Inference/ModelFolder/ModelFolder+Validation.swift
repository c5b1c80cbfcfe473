import Batching
import Models
import Storage
import Text

// A model folder may come from anywhere: what does not fit together is said, before a layer traps on it.

extension ModelDescription {
  /// What no model can be made from.
  var problem: String? {
    var checks = SettingChecks()
    architecture.backbone?.check(&checks, at: "architecture.backbone.")
    architecture.fusion.text.check(&checks, at: "architecture.fusion.")
    let width = architecture.fusion.visualEmbeddingSize
    checks.whole("architecture.fusion.visual_embedding_dim", width, 1...1_000_000)
    checks.part("architecture.classifier_dropout", architecture.headDropout)
    checks.whole("architecture.classifier_dropout_samples", architecture.dropoutSamples, 1...1000)
    if let backbone = architecture.backbone {
      checks.require(
        backbone.embeddingSize == width, "architecture.fusion.visual_embedding_dim",
        "is \(width), the backbone's vectors have \(backbone.embeddingSize)")
    }
    checks.require(!categories.isEmpty, "id2label", "names no category")
    checks.require(
      Set(categories).count == categories.count, "id2label", "names a category twice")
    return checks.problem.map { "\($0.key) \($0.reason)" }
  }
}

extension InputPreparation {
  /// What a model of this architecture cannot take.
  func problem(for architecture: VideoTextClassifier.Configuration) -> String? {
    var checks = SettingChecks()
    frames.check(&checks, at: "frames.")
    checks.whole("image_size", imageSize, 1...4096)
    if let backbone = architecture.backbone {
      checks.require(
        imageSize == backbone.imageSize, "image_size",
        "is \(imageSize), the model's backbone takes \(backbone.imageSize)")
    }
    checks.whole("square_size", squareSize, max(1, imageSize)...100_000)
    let positions = architecture.fusion.text.maximumPositions
    checks.require(
      frames.maximumFrames <= positions, "frames.maximum_frames",
      "is \(frames.maximumFrames), the model has \(positions) positions")
    checks.require(
      text.sequenceLength <= positions, "text",
      "makes \(text.sequenceLength) tokens, the model has \(positions) positions")
    return checks.problem.map { "\($0.key) \($0.reason)" }
  }
}
