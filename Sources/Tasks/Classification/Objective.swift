import Glibc
package import Models
package import NN
package import Torch

/// What training minimises: the cross entropy of the fused logits at both levels of categories, and with smaller
/// weights that of the heads that see the video or the text alone. A mean over the videos, weighted by their classes.
package struct Objective: Sendable {
  private let settings: ClassificationConfiguration
  private let prior: [Double]
  private let parents: [Int]

  /// - Parameter counts: videos of each category in the training part.
  /// - Parameter samplingExponent: s in the probability n^s with which a category of n videos is shown.
  /// - Parameter parents: the first level of each category, as a number.
  package init(
    _ settings: ClassificationConfiguration, counts: [Int], samplingExponent: Double, parents: [Int]
  ) {
    self.settings = settings
    prior = LearntPrior.make(settings, counts: counts, samplingExponent: samplingExponent)
    self.parents = parents
  }

  /// What stays the same from step to step, on the device.
  package struct Constants {
    /// τ times the logarithm of each category's part of what training sees (`LearntPrior`), `[categories]`.
    fileprivate let shift: Tensor?
    /// 1 where a category belongs to a first level, `[categories, first levels]`.
    fileprivate let parents: Tensor?
    fileprivate let twoQuestions: TwoQuestionsLoss?
  }

  package func constants(on device: Device) -> Constants {
    Constants(
      shift: settings.logitAdjustment == 0
        ? nil : (Tensor(prior.map { Float(log($0)) }) * settings.logitAdjustment).to(device),
      parents: settings.level1Loss == 0
        ? nil
        : TwoQuestions.membership(parents, on: device),
      twoQuestions: settings.twoQuestions.loss == 0
        ? nil : TwoQuestionsLoss(settings, parents: parents, prior: prior, on: device))
  }

  /// What is to be said of the videos of a batch, or of a part of it, on the device.
  package struct Target {
    /// The numbers of the categories `[videos]` int64, or their probabilities `[videos, categories]`.
    let labels: Tensor
    /// How much each video counts, `[videos]`.
    let weights: Tensor
    let withFrames: Tensor?
    let withText: Tensor?
    let share: ClassificationTargets.Share

    init(
      labels: Tensor, weights: Tensor, withFrames: Tensor?, withText: Tensor?,
      share: ClassificationTargets.Share = .init()
    ) {
      self.labels = labels
      self.weights = weights
      self.withFrames = withFrames
      self.withText = withText
      self.share = share
    }

    package init(_ plan: ClassificationTargets.Plan, _ sent: Upload.Sent) {
      if let labels = plan.labels {
        self.labels = sent[labels]
      } else if let distributions = plan.distributions {
        labels = sent[distributions].reshaped([plan.videos, -1])
      } else {
        preconditionFailure("a target is a category or a distribution")
      }
      weights = sent[plan.weights]
      withFrames = plan.withFrames.map { sent[$0] }
      withText = plan.withText.map { sent[$0] }
      share = plan.share
    }
  }

  /// The part of the batch's mean loss that belongs to `target`, a scalar.
  ///
  /// Of two outputs it is their mean and, as R-Drop (Liang et al., 2021), how much they disagree: half of
  /// `KL(p‖q) + KL(q‖p) = Σ (p - q) · (log p - log q)`, times its weight.
  /// - Parameter outputs: of passes that differ by their dropout.
  package func loss(
    _ outputs: [VideoTextClassifier.Output], _ target: Target, _ constants: Constants
  ) -> Tensor {
    let losses = outputs.map { loss($0, target, constants) }
    guard losses.count == 2 else { return losses[0] }
    let (p, q) = (outputs[0].logits.logSoftmax(along: -1), outputs[1].logits.logSoftmax(along: -1))
    let divergence = ((p.exponential() - q.exponential()) * (p - q)).sum(along: -1).mean()
    return (losses[0] + losses[1]) * 0.5 + divergence * (0.5 * settings.rDrop * target.share.count)
  }

  private func loss(_ output: VideoTextClassifier.Output, _ target: Target, _ constants: Constants) -> Tensor
  {
    func adjusted(_ logits: Tensor) -> Tensor { constants.shift.map { logits + $0 } ?? logits }
    let draws = output.logits.size(0) / target.labels.size(0)
    let (labels, weights) = (target.labels.repeated(draws), target.weights.repeated(draws))
    let fused = adjusted(output.logits)
    var loss = mean(entropies(fused, labels), weights)
    if let parents = constants.parents {
      loss = loss + mean(level1(fused, labels, parents), weights) * settings.level1Loss
    }
    if let answers = output.twoQuestions, let questions = constants.twoQuestions {
      let losses = questions(answers, labels, adjustment: constants.shift)
      loss = loss + mean(losses, weights) * settings.twoQuestions.loss
    }
    loss = loss * target.share.videos
    /// An auxiliary head's loss over the rows that it has something to say of.
    func add(_ logits: Tensor, _ rows: Tensor, _ weight: Double) {
      let entropies = entropies(adjusted(logits.gathered(rows)), target.labels.gathered(rows))
      loss = loss + mean(entropies, target.weights.gathered(rows)) * weight
    }
    if let rows = target.withFrames {
      add(output.videoLogits, rows, settings.auxiliaryVideoLoss * target.share.withFrames)
    }
    if let rows = target.withText, let logits = output.textLogits {
      add(logits, rows, settings.auxiliaryTextLoss * target.share.withText)
    }
    return loss
  }

  private func mean(_ losses: Tensor, _ weights: Tensor) -> Tensor {
    (losses * weights).sum() / weights.sum().clamped(atLeast: 1e-12)
  }

  /// Of each video, `[videos]`; with γ above 0 the focal loss (Lin et al., 2017), which weighs what is learnt already
  /// down. A video's weight multiplies its smoothed loss as a whole: PyTorch's lets the smoothing carry the weights of all
  /// categories, so that the rare ones' would inflate it.
  private func entropies(_ logits: Tensor, _ labels: Tensor) -> Tensor {
    let losses = logits.crossEntropies(labels, labelSmoothing: settings.labelSmoothing)
    guard settings.focalGamma > 0 else { return losses }
    let certainty = (logits.crossEntropies(labels, labelSmoothing: 0) * -1).exponential()
    return losses * (certainty * -1 + 1).clamped(atLeast: 1e-6).power(settings.focalGamma)
  }

  /// `-log` of the probability of the first level: the sum of those of its categories.
  private func level1(_ logits: Tensor, _ labels: Tensor, _ parents: Tensor) -> Tensor {
    let probabilities = logits.softmax(along: -1).matmul(parents)  // [videos, first levels]
    let truth = labels.rank == 2 ? labels.matmul(parents) : parents.gathered(labels)
    return (truth * probabilities.clamped(atLeast: 1e-12).logarithm()).sum(along: -1) * -1
  }
}
