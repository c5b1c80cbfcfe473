package import Dataset
package import Inference

extension Ensemble {
  package func predictions(of annotations: [Annotation], source: any VideoSource) throws -> [Prediction] {
    var predictions: [Prediction] = []
    _ = try predict(annotations, source: source) { predictions += $0 }
    return predictions
  }

  package func fingerprint(_ annotations: [Annotation], source: any VideoSource) throws -> String {
    var contents = Fingerprint()
    for annotation in annotations { contents.add(annotation) }
    return try fingerprint(annotations.lazy.map(\.id), contents: contents.text, source: source)
  }
}
