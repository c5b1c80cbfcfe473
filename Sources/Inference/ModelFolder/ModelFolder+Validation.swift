import Batching
import Models
import Storage
import Text

// A model folder may come from anywhere: what does not fit together is said, before a layer traps on it.

extension ModelDescription {
  /// What no model can be made from.
  var problem: String? {
    var checks = SettingChecks()
    checks.within(CodingKeys.architecture) { architecture.check(&$0) }
    checks.require(!categories.isEmpty, CodingKeys.labels, "names no category")
    return checks.problem.map { "\($0.key) \($0.reason)" }
  }
}

extension InputPreparation {
  /// What a model of this architecture cannot take.
  func problem(for architecture: VideoTextEncoder.Configuration) -> String? {
    var checks = SettingChecks()
    checks.within(CodingKeys.frames) { frames.check(&$0) }
    checks.whole(CodingKeys.imageSize, imageSize, 1...4096)
    if let backbone = architecture.backbone {
      checks.require(
        imageSize == backbone.imageSize, CodingKeys.imageSize,
        "is \(imageSize), the model's backbone takes \(backbone.imageSize)")
    }
    checks.whole(CodingKeys.squareSize, squareSize, max(1, imageSize)...100_000)
    let positions = architecture.fusion.text.positions
    checks.within(CodingKeys.frames) {
      $0.require(
        frames.maximumFrames <= positions, FramePreparation.CodingKeys.maximumFrames,
        "is \(frames.maximumFrames), the model has \(positions) positions")
    }
    checks.require(
      text.sequenceLength <= positions, CodingKeys.text,
      "makes \(text.sequenceLength) tokens, the model has \(positions) positions")
    return checks.problem.map { "\($0.key) \($0.reason)" }
  }
}
