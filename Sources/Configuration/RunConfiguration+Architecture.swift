import Batching
package import Models
import Tasks
import Text

extension RunConfiguration {
  /// - Parameter vectorSize: width of stored vectors; nil where the backbone sees frames.
  package func architecture(
    vocabularySize: Int, vectorSize: Int?, categories: Int
  ) -> VideoTextClassifier.Configuration {
    VideoTextClassifier.Configuration(
      encoder: VideoTextEncoder.Configuration(
        backbone: modality.hasFrames && vectorSize == nil ? backbone : nil,
        fusion: VisualBERT.Configuration(
          text: textEncoder.bert(
            vocabularySize: vocabularySize, positions: max(text.sequenceLength, maximumFrames)),
          visualEmbeddingSize: vectorSize ?? backbone.vectorSize)),
      categories: categories, headDropout: classification.headDropout,
      dropoutSamples: classification.dropoutSamples,
      hasTextHead: modality.hasText && classification.auxiliaryTextLoss > 0
    )
  }
}
