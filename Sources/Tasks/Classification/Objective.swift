package import Batching
import Dataset
package import Models
import NN
package import Torch

/// What training minimises: the cross entropy of the fused logits at both levels of categories, and with smaller
/// weights that of the heads that see the video or the text alone. A mean over the videos, weighted by their classes.
package struct Objective {
  private let settings: ClassificationConfiguration
  private let modality: Modality
  /// Of each category; nil where all weigh 1.
  private let classWeights: [Float]?
  private let weightTensor: Tensor?
  /// τ times the logarithm of each category's part of the videos, `[categories]`.
  private let shift: Tensor?
  /// Row c is 0 at the categories of the same first level as c, -∞ elsewhere: `[categories, categories]`.
  private let siblings: Tensor?
  private let device: Device

  /// - Parameter counts: videos of each category in the training part.
  /// - Parameter parents: the first level of each category, as a number.
  package init(
    _ settings: ClassificationConfiguration, counts: [Int], parents: [Int], modality: Modality,
    on device: Device
  ) {
    self.settings = settings
    self.modality = modality
    self.device = device
    classWeights = ClassWeights.make(counts: counts, settings.classWeights)
    weightTensor = classWeights.map { Tensor($0).to(device) }
    shift =
      settings.logitAdjustment == 0
      ? nil
      : (Tensor(counts.map { Float(max($0, 1)) }).logarithm() * settings.logitAdjustment).to(device)
    siblings =
      settings.level1Loss == 0
      ? nil
      : Tensor(
        parents.flatMap { own in parents.map { $0 == own ? 0 : -Float.infinity } },
        shape: [parents.count, parents.count]
      ).to(device)
  }

  /// - Returns: the part of the batch's mean loss that belongs to `target`, a scalar.
  package func loss(_ output: VideoTextClassifier.Output, _ target: Target) -> Tensor {
    let fused = adjusted(output.logits)
    let labels = target.labels(repeated: output.logits.size(0) / target.labels.size(0))
    var loss = crossEntropy(fused, labels)
    if let siblings { loss = loss + level1(fused, siblings.gathered(labels), labels) * settings.level1Loss }
    loss = loss * target.share.videos
    if let rows = target.withFrames {
      loss =
        loss + head(output.videoLogits, rows, target)
        * (settings.auxiliaryVideoLoss * target.share.withFrames)
    }
    if let rows = target.withText, let logits = output.textLogits {
      loss = loss + head(logits, rows, target) * (settings.auxiliaryTextLoss * target.share.withText)
    }
    return loss
  }

  /// R-Drop (Liang et al., 2021): the mean loss of two passes that differ by their dropout, and with its weight how
  /// much they disagree: half of `KL(p‖q) + KL(q‖p) = Σ (p - q) · (log p - log q)`.
  func loss(
    _ first: VideoTextClassifier.Output, _ second: VideoTextClassifier.Output, _ target: Target
  ) -> Tensor {
    let (p, q) = (first.logits.logSoftmax(along: -1), second.logits.logSoftmax(along: -1))
    let divergence = ((p.exponential() - q.exponential()) * (p - q)).sum(along: -1).mean()
    return (loss(first, target) + loss(second, target)) * 0.5
      + divergence * (0.5 * settings.rDrop * target.share.count)
  }

  /// An auxiliary head's loss over the `rows` that it has something to say of.
  private func head(_ logits: Tensor, _ rows: Tensor, _ target: Target) -> Tensor {
    crossEntropy(adjusted(logits.gathered(rows)), target.labels.gathered(rows))
  }

  /// Logit adjustment (Menon et al., 2021): a rare category must win by more, so that it wins without the prior.
  private func adjusted(_ logits: Tensor) -> Tensor { shift.map { logits + $0 } ?? logits }

  /// With γ above 0 the focal loss (Lin et al., 2017), which weighs what is learnt already down.
  private func crossEntropy(_ logits: Tensor, _ labels: Tensor) -> Tensor {
    let smoothing = settings.labelSmoothing
    guard settings.focalGamma > 0 else {
      return logits.crossEntropy(labels, weight: weightTensor, labelSmoothing: smoothing)
    }
    let certainty = (logits.crossEntropies(labels, weight: nil, labelSmoothing: 0) * -1).exponential()
    let doubt = (certainty * -1 + 1).clamped(atLeast: 1e-6).power(settings.focalGamma)
    let losses = logits.crossEntropies(labels, weight: weightTensor, labelSmoothing: smoothing) * doubt
    return weightTensor.map { losses.sum() / $0.gathered(labels).sum() } ?? losses.mean()
  }

  /// `-log` of the sum of the probabilities of all categories of the true first level: how unlikely the category is,
  /// less how unlikely it is among its siblings.
  private func level1(_ logits: Tensor, _ siblings: Tensor, _ labels: Tensor) -> Tensor {
    func entropies(_ logits: Tensor) -> Tensor {
      logits.crossEntropies(labels, weight: nil, labelSmoothing: 0)
    }
    let losses = entropies(logits) - entropies(logits + siblings)  // [videos]
    guard let weights = weightTensor?.gathered(labels) else { return losses.mean() }
    return (losses * weights).sum() / weights.sum()
  }
}

extension Objective {
  /// What is to be said of the videos of a batch, or of a part of it.
  package struct Target {
    /// The numbers of the categories, `[videos]` int64.
    let labels: Tensor
    /// The rows of the videos that have frames, or text, where a head sees these alone; nil where none has.
    let withFrames: Tensor?
    let withText: Tensor?
    let share: Share

    package init(labels: Tensor, withFrames: Tensor?, withText: Tensor?, share: Share = Share()) {
      self.labels = labels
      self.withFrames = withFrames
      self.withText = withText
      self.share = share
    }

    /// Draw after draw of a multi-sample dropout.
    func labels(repeated times: Int) -> Tensor {
      times == 1 ? labels : Tensor.concatenated(Array(repeating: labels, count: times))
    }
  }

  /// How much of the whole batch's weight a part has, so that the losses of the parts add up to the batch's mean.
  package struct Share: Sendable {
    var count = 1.0
    var videos = 1.0
    var withFrames = 1.0
    var withText = 1.0

    package init() {}

    init(count: Double, videos: Double, withFrames: Double, withText: Double) {
      self.count = count
      self.videos = videos
      self.withFrames = withFrames
      self.withText = withText
    }
  }

  package func target(of part: Batch, in batch: Batch) -> Target {
    func share(_ includes: (Sample) -> Bool) -> Double {
      let whole = weight(of: batch.samples.filter(includes))
      return whole > 0 ? weight(of: part.samples.filter(includes)) / whole : 0
    }
    func rows(_ wanted: Bool, _ includes: (Sample) -> Bool) -> Tensor? {
      let rows = part.samples.indices.filter { includes(part.samples[$0]) }
      return wanted && !rows.isEmpty ? Tensor(rows.map(Int64.init)).to(device) : nil
    }
    func hasFrames(_ sample: Sample) -> Bool { sample.pictures.count > 0 }
    func hasText(_ sample: Sample) -> Bool { sample.status == .complete || sample.status == .noFrames }
    return Target(
      labels: part.labels(on: device),
      withFrames: rows(modality.hasFrames && settings.auxiliaryVideoLoss > 0, hasFrames),
      withText: rows(settings.auxiliaryTextLoss > 0, hasText),
      share: Share(
        count: Double(part.samples.count) / Double(batch.samples.count), videos: share { _ in true },
        withFrames: share(hasFrames), withText: share(hasText)))
  }

  private func weight(of samples: [Sample]) -> Double {
    guard let classWeights else { return Double(samples.count) }
    return samples.reduce(0) { $0 + Double($1.label.map { classWeights[$0] } ?? 0) }
  }
}
