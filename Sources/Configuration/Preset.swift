import Batching
import Inference
import Models
import Tasks
import Text
import Training

/// A named starting point for a configuration.
package enum Preset: String, CaseIterable, Sendable {
  /// For processors and first looks: ViT 192×6 at 96 pixels with 8 frames, BERT 256×4; 6 million parameters.
  case tiny
  /// ViT-S/16 at 224 pixels with 16 frames, BERT 384×6.
  case small
  /// ViT-B/16 at 224 pixels with 32 frames, BERT-base.
  case base

  package var configuration: RunConfiguration {
    RunConfiguration(
      seed: 1, folds: 10, foldSeed: 1, modality: .both, backbone: backbone, textEncoder: textEncoder,
      frames: frames,
      text: text,
      optimization: optimization, classification: classification, calibration: CalibrationConfiguration())
  }

  private var backbone: VisionTransformer.Configuration {
    switch self {
    case .tiny: .init(imageSize: 96, patchSize: 16, embeddingSize: 192, depth: 6, heads: 3)
    case .small: .init(imageSize: 224, patchSize: 16, embeddingSize: 384, depth: 12, heads: 6)
    case .base: .init(imageSize: 224, patchSize: 16, embeddingSize: 768, depth: 12, heads: 12)
    }
  }

  private var textEncoder: RunConfiguration.TextEncoder {
    switch self {
    case .tiny: .init(hiddenSize: 256, layers: 4, heads: 4, intermediateSize: 1024, dropout: 0.2)
    case .small: .init(hiddenSize: 384, layers: 6, heads: 6, intermediateSize: 1536, dropout: 0.1)
    case .base: .init(hiddenSize: 768, layers: 12, heads: 12, intermediateSize: 3072, dropout: 0.1)
    }
  }

  private var frames: FramePreparation {
    switch self {
    case .tiny: FramePreparation(maximumFrames: 8)
    case .small: FramePreparation(maximumFrames: 16)
    case .base: FramePreparation(maximumFrames: 32)
    }
  }

  private var text: TextBudget {
    switch self {
    case .tiny: TextBudget()
    case .small, .base: TextBudget(title: 64, speech: 96, onScreenText: 92)
    }
  }

  /// For weights that begin at random; fine-tuning published weights wants a tenth of these rates.
  private var optimization: OptimizationConfiguration {
    let (rate, embeddings) =
      switch self {
      case .tiny: (5e-4, 3e-3)
      case .small: (3e-4, 2e-3)
      case .base: (1e-4, 6e-4)
      }
    // Masked tokens, dropped parts and strong crops are what lets eight epochs over a few thousand videos still gain:
    // without them titles and photos are learnt by heart from the sixth on (docs/recipe.md).
    return OptimizationConfiguration(
      epochs: 8, batchSize: 32,
      learningRate: .init(backbone: rate, embeddings: embeddings, fusion: rate, heads: 2 * rate),
      warmUp: 0.1, weightDecay: 0.01, maximumGradientNorm: 1,
      augmentation: Augmentation(
        frames: FrameAugmentation(minimumArea: 0.3, aspectRatio: 1.33, flip: true, colorJitter: 0.3),
        text: TextAugmentation(partDropping: 0.1, tokenMasking: 0.5), modalityDropping: 0))
  }

  private var classification: ClassificationConfiguration {
    ClassificationConfiguration(
      classWeights: ClassWeighting(scheme: .power), labelSmoothing: 0.1, auxiliaryVideoLoss: 0.5,
      headDropout: 0.3)
  }
}
