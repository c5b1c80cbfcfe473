import Batching
import Dataset
import Models
import Text
import Torch

extension Ensemble {
  /// - Parameter status: what the prediction was made from; of nothing there is no evidence.
  func evidence(
    for category: String, of annotation: Annotation, _ status: PredictionStatus, _ source: any VideoSource,
    steps: Int
  ) throws -> Evidence? {
    guard status != .prior,
      let number = models[0].description.categories.firstIndex(of: category)
    else { return nil }
    let tokenizer = models[0].tokenizer.tokenizer
    let reader = SampleReader(
      annotations: [annotation], source: source, tokenizer: tokenizer, preparation: preparation,
      targets: [nil],
      cacheBytes: 0)
    let seen = reader.inspected(0)
    let tokens = seen.sample.tokens
    Machine.threads = runtime.threads
    let values = try IntegratedGradients(
      models: models.map(\.model), weights: weights,
      destination: InputDestination(
        preparation.frames, vectorSize: models[0].model.configuration.encoder.vectorSize,
        type: runtime.computeType, on: runtime.device), steps: steps
    )(
      of: seen.sample,
      masked: tokens.enumerated().map { place, token in
        seen.texts.contains { $0.contains(place) } ? tokenizer.special.mask : token
      },
      category: number, id: annotation.id, outcome(floor: floor?.says(of: annotation, source)))
    let words = zip([Explanation.Part.title, .speech, .onScreenText], seen.texts).flatMap { part, range in
      SpelledWord.words(of: Array(tokens[range]), by: tokenizer).map { word in
        Evidence.Word(
          part: part, text: word.text, isApart: word.isApart,
          value: word.tokens.reduce(0) { $0 + values.tokens[range.lowerBound + $1] })
      }
    }
    let sum = (values.tokens + values.frames).reduce(0, +)
    return Evidence(
      baseline: values.baseline, words: words,
      frames: zip(seen.frames, values.frames).map { Evidence.Frame(number: $0, value: $1) }, steps: steps,
      gap: sum - (values.probability - values.baseline))
  }
}
