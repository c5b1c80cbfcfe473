import Batching
import Inference
import Models
import Storage
import Tasks
import Text
import Training

extension RunConfiguration {
  /// The first setting that no run can work with, and why.
  var problem: (key: String, reason: String)? {
    var checks = SettingChecks()
    checks.require(
      folds >= 2, CodingKeys.folds, "is \(folds), must be at least 2: each fold is predicted by the others")
    checks.within(CodingKeys.backbone) { backbone.check(&$0) }
    checks.within(CodingKeys.textEncoder) {
      textEncoder.bert(vocabularySize: 1, positions: text.sequenceLength).check(&$0)
    }
    checks.within(CodingKeys.frames) {
      $0.whole(FrameSettings.CodingKeys.maximumFrames, maximumFrames, 1...4096)
      $0.within(FrameSettings.CodingKeys.framing) { framing.check(&$0) }
    }
    checks.within(CodingKeys.training) {
      optimization.check(&$0)
      classification.check(&$0, modality)
    }
    checks.within(CodingKeys.pseudoLabels) { pseudoLabels.check(&$0) }
    checks.require(
      modality.hasFrames || weights.backbone == .random, CodingKeys.modality,
      "is text: there is no backbone to give weights to")
    if isBackboneFrozen { checkFrozenBackbone(&checks) }
    if weights.textEncoder == .given { checkPositions(&checks) }
    return checks.problem
  }

  /// Given weights have no more positions than they have, of which each token and each frame takes one.
  private func checkPositions(_ checks: inout SettingChecks) {
    let positions = textEncoder.maximumPositions - textEncoder.positionOffset
    checks.require(
      text.sequenceLength <= positions, CodingKeys.text,
      "makes sequences of \(text.sequenceLength) tokens, the given text encoder has \(positions) positions")
    checks.within(CodingKeys.frames) {
      $0.require(
        maximumFrames <= positions, FrameSettings.CodingKeys.maximumFrames,
        "is \(maximumFrames), the given text encoder has \(positions) positions")
    }
  }

  /// A backbone that never learns has weights to begin with, and its vectors are computed ahead.
  private func checkFrozenBackbone(_ checks: inout SettingChecks) {
    let changes = optimization.augmentation.frames
    checks.within(CodingKeys.training) {
      $0.within(OptimizationConfiguration.CodingKeys.unfreezing) {
        $0.require(
          weights.backbone == .given, Unfreezing.CodingKeys.start,
          "keeps a backbone from ever learning that begins at random: give it weights (--backbone)")
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
