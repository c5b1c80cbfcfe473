import Batching
import Inference
import Models
import Tasks
import Text
import Training

/// A named starting point for a configuration, with weights that begin at random: fine-tuning published ones wants a
/// tenth of these learning rates.
package enum Preset: String, CaseIterable, Sendable {
  case tiny, small, base

  package var configuration: RunConfiguration {
    switch self {
    case .tiny: .tiny
    case .small: .small
    case .base: .base
    }
  }

  /// The same encoder, learning without labels: at the same rates, all of them, from twenty passes over larger batches,
  /// with nothing hidden but what is asked for.
  package var pretraining: PretrainingConfiguration {
    let run = configuration
    var optimization = run.optimization
    optimization.epochs = 20
    optimization.batchSize = 64
    optimization.learningRate.heads = optimization.learningRate.fusion
    optimization.warmUp = 0.06
    optimization.schedule.shape = .cosine
    optimization.augmentation.text = TextAugmentation()
    return PretrainingConfiguration(
      seed: run.seed, foldSeed: run.foldSeed, modality: run.modality, weights: run.weights,
      backbone: run.backbone, textEncoder: run.textEncoder, streams: run.streams,
      maximumFrames: run.maximumFrames,
      framing: run.framing, text: run.text, optimization: optimization, questions: PretrainingQuestions())
  }
}

// Masked tokens, dropped parts and strong crops are what lets eight epochs over a few thousand videos still gain:
// without them titles and photos are learnt by heart from the sixth on (docs/recipe.md).

extension RunConfiguration {
  /// For processors and first looks: 6 million parameters.
  static let tiny = RunConfiguration(
    seed: 1, folds: 10, foldSeed: 1, modality: .both, weights: .init(),
    backbone: .vit(.init(imageSize: 96, patchSize: 16, embeddingSize: 192, depth: 6, heads: 3)),
    textEncoder: .bert(
      .init(
        vocabularySize: 0, hiddenSize: 256, layers: 4, heads: 4, intermediateSize: 1024, maximumPositions: 0,
        hiddenDropout: 0.2)),
    maximumFrames: 8, framing: .middleSquare,
    text: TextBudget(title: 40, speech: 40, onScreenText: 44),
    optimization: OptimizationConfiguration(
      epochs: 8, batchSize: 32,
      learningRate: .init(backbone: 5e-4, embeddings: 3e-3, fusion: 5e-4, heads: 1e-3),
      warmUp: 0.1, weightDecay: 0.01, maximumGradientNorm: 1,
      augmentation: Augmentation(
        frames: FrameAugmentation(minimumArea: 0.3, aspectRatio: 1.33, flip: true, colorJitter: 0.3),
        text: TextAugmentation(partDropping: 0.1, tokenMasking: 0.5), modalityDropping: 0)),
    classification: ClassificationConfiguration(
      classWeights: ClassWeighting(scheme: .power, exponent: 0.3), labelSmoothing: 0.1, level1Loss: 0.5,
      auxiliaryVideoLoss: 0.5, headDropout: 0.3),
    calibration: CalibrationConfiguration(floor: true, level1First: true))

  /// ViT-S/16 at 224 pixels with a BERT of half the width of BERT-base.
  static let small = RunConfiguration(
    seed: 1, folds: 10, foldSeed: 1, modality: .both, weights: .init(),
    backbone: .vit(.init(imageSize: 224, patchSize: 16, embeddingSize: 384, depth: 12, heads: 6)),
    textEncoder: .bert(
      .init(
        vocabularySize: 0, hiddenSize: 384, layers: 6, heads: 6, intermediateSize: 1536, maximumPositions: 0,
        hiddenDropout: 0.1)),
    maximumFrames: 16, framing: .middleSquare,
    text: TextBudget(title: 64, speech: 96, onScreenText: 92),
    optimization: OptimizationConfiguration(
      epochs: 8, batchSize: 32,
      learningRate: .init(backbone: 3e-4, embeddings: 2e-3, fusion: 3e-4, heads: 6e-4),
      warmUp: 0.1, weightDecay: 0.01, maximumGradientNorm: 1,
      augmentation: Augmentation(
        frames: FrameAugmentation(minimumArea: 0.3, aspectRatio: 1.33, flip: true, colorJitter: 0.3),
        text: TextAugmentation(partDropping: 0.1, tokenMasking: 0.5), modalityDropping: 0)),
    classification: ClassificationConfiguration(
      classWeights: ClassWeighting(scheme: .power, exponent: 0.3), labelSmoothing: 0.1, level1Loss: 0.5,
      auxiliaryVideoLoss: 0.5, headDropout: 0.3),
    calibration: CalibrationConfiguration(floor: true, level1First: true))

  /// ViT-B/16 at 224 pixels with BERT-base.
  static let base = RunConfiguration(
    seed: 1, folds: 10, foldSeed: 1, modality: .both, weights: .init(),
    backbone: .vit(.init(imageSize: 224, patchSize: 16, embeddingSize: 768, depth: 12, heads: 12)),
    textEncoder: .bert(
      .init(
        vocabularySize: 0, hiddenSize: 768, layers: 12, heads: 12, intermediateSize: 3072,
        maximumPositions: 0,
        hiddenDropout: 0.1)),
    maximumFrames: 32, framing: .middleSquare,
    text: TextBudget(title: 64, speech: 96, onScreenText: 92),
    optimization: OptimizationConfiguration(
      epochs: 8, batchSize: 32,
      learningRate: .init(backbone: 1e-4, embeddings: 6e-4, fusion: 1e-4, heads: 2e-4),
      warmUp: 0.1, weightDecay: 0.01, maximumGradientNorm: 1,
      augmentation: Augmentation(
        frames: FrameAugmentation(minimumArea: 0.3, aspectRatio: 1.33, flip: true, colorJitter: 0.3),
        text: TextAugmentation(partDropping: 0.1, tokenMasking: 0.5), modalityDropping: 0)),
    classification: ClassificationConfiguration(
      classWeights: ClassWeighting(scheme: .power, exponent: 0.3), labelSmoothing: 0.1, level1Loss: 0.5,
      auxiliaryVideoLoss: 0.5, headDropout: 0.3),
    calibration: CalibrationConfiguration(floor: true, level1First: true))
}
