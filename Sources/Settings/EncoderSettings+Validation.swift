import Batching
import Inference
import Models
import Storage
import Text
import Training

extension EncoderSettings {
  /// Where these settings stand in every kind of configuration.
  private typealias Keys = RunConfiguration.CodingKeys

  /// Notes the first setting of an encoder that nothing can work with.
  func checkEncoder(_ checks: inout SettingChecks) {
    checks.within(Keys.backbone) { backbone.check(&$0) }
    checks.within(Keys.textEncoder) {
      textEncoder.fitted(vocabularySize: 1, positions: text.sequenceLength).check(&$0)
    }
    checks.within(Keys.streams) {
      streams.check(&$0)
      $0.require(
        streams.kind == .single || modality == .both, Streams.CodingKeys.kind,
        "is dual, and the model sees \(modality.rawValue) alone")
    }
    checks.within(Keys.frames) {
      $0.whole(FrameSettings.CodingKeys.maximumFrames, maximumFrames, 1...4096)
      $0.within(FrameSettings.CodingKeys.framing) { framing.check(&$0) }
    }
    checks.require(
      modality.hasFrames || weights.backbone != .given, Keys.modality,
      "is text: there is no backbone to give weights to")
    if isBackboneFrozen { checkFrozenBackbone(&checks) }
    if weights.textEncoder != .random { checkPositions(&checks) }
  }

  /// Given weights have no more positions than they have, of which each token and each frame takes one.
  private func checkPositions(_ checks: inout SettingChecks) {
    let positions = textEncoder.positions
    checks.require(
      text.sequenceLength <= positions, Keys.text,
      "makes sequences of \(text.sequenceLength) tokens, the given text encoder has \(positions) positions")
    checks.within(Keys.frames) {
      $0.require(
        maximumFrames <= positions, FrameSettings.CodingKeys.maximumFrames,
        "is \(maximumFrames), the given text encoder has \(positions) positions")
    }
  }

  /// A backbone that never learns has weights to begin with, and its vectors are computed ahead.
  private func checkFrozenBackbone(_ checks: inout SettingChecks) {
    let changes = optimization.augmentation.frames
    checks.within(Keys.training) {
      $0.within(OptimizationConfiguration.CodingKeys.unfreezing) {
        $0.require(
          weights.backbone != .random, Unfreezing.CodingKeys.start,
          "keeps a backbone from ever learning that begins at random: give it weights (--backbone, --init)")
        $0.require(
          optimization.unfreezing.views == 0 || changes.isAny, Unfreezing.CodingKeys.views,
          "asks for changed frames, and training.augmentation.frames changes nothing")
      }
      $0.within(OptimizationConfiguration.CodingKeys.augmentation) {
        $0.require(
          optimization.unfreezing.views > 0 || !changes.isAny, Augmentation.CodingKeys.frames,
          "changes frames anew each time, and a frozen backbone's vectors are computed once: switch it off, or let "
            + "training.unfreezing.views say how many changed versions of each video are computed ahead")
      }
    }
  }
}
