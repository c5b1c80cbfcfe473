import Batching
package import Models
import Tasks
import Text

extension RunConfiguration {
  /// - Parameter featureDimension: width of stored vectors; nil where the backbone sees frames.
  package func architecture(
    vocabularySize: Int, featureDimension: Int?, categories: Int
  ) -> VideoTextClassifier.Configuration {
    VideoTextClassifier.Configuration(
      backbone: modality.hasFrames && featureDimension == nil ? backbone : nil,
      fusion: VisualBERT.Configuration(
        text: textEncoder.bert(
          vocabularySize: vocabularySize, positions: max(text.sequenceLength, frames.maximumFrames)),
        visualEmbeddingSize: featureDimension ?? backbone.embeddingSize),
      categories: categories, headDropout: classification.headDropout,
      dropoutSamples: classification.dropoutSamples,
      hasTextHead: modality.hasText && classification.auxiliaryTextLoss > 0
    )
  }
}
