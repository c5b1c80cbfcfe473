import Records

/// What TensorBoard draws of an event: values under their names, at a step or an epoch.
struct ScalarEvents {
  let step: Int
  let values: [(tag: String, value: Double)]

  /// Steps count from 1 within a fold, and so do epochs: TensorBoard draws one of them along the side.
  init?(_ event: FitEvent) {
    switch event {
    case .step(let event):
      step = event.step
      values =
        [
          ("step/loss", event.loss), ("step/gradient_norm", event.gradientNorm),
          ("step/videos_per_second", event.videosPerSecond),
        ]
        + (event.trust.map { [("step/trust", $0)] } ?? [])
        + event.learningRates.sorted { $0.key < $1.key }.map { ("step/learning_rate/\($0.key)", $0.value) }
    case .epoch(let result, let cost):
      step = result.epoch
      let scores =
        result.scores.videos == 0
        ? [] : result.scores.values.sorted { $0.key < $1.key }.map { ("epoch/\($0.key)", $0.value) }
      values =
        [("epoch/loss", result.loss), ("epoch/videos_per_second", cost.videosPerSecond)] + scores
    case .start, .vectors, .floor, .resume, .skip, .split, .checkpoint, .warning, .fold, .end: return nil
    }
  }
}
