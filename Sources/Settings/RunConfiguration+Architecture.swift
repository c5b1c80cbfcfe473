import Batching
package import Models
import Tasks

extension RunConfiguration {
  /// - Parameter vectorSize: width of stored vectors; nil where the backbone sees frames.
  /// - Parameter parents: the first level of each category, as a number.
  package func architecture(
    vocabularySize: Int, vectorSize: Int?, parents: [Int]
  ) -> VideoTextClassifier.Configuration {
    VideoTextClassifier.Configuration(
      encoder: encoder(vocabularySize: vocabularySize, vectorSize: vectorSize),
      categories: parents.count, pooling: classification.pooling, headDropout: classification.headDropout,
      dropoutSamples: classification.dropoutSamples,
      hasTextHead: modality.hasText && classification.auxiliaryTextLoss > 0,
      twoQuestions: classification.twoQuestions.loss > 0
        ? .init(parents: parents, weight: classification.twoQuestions.weight) : nil,
      balancedWeight: consistency.method != .none && consistency.balanced.loss > 0
        ? consistency.balanced.weight : nil
    )
  }
}
