package import Dataset
package import Inference

extension Ensemble {
  package func predictions(of annotations: [Annotation], source: any VideoSource) throws -> [Prediction] {
    var predictions: [Prediction] = []
    _ = try predict(annotations, source: source) { predictions += $0 }
    return predictions
  }
}
