package import Batching
package import Dataset
import Text

/// A video that is read and prepared as `infer` does it, all but predicted.
package struct PreparedVideo: Sendable {
  let annotation: Annotation
  let source: any VideoSource
  let sample: Sample

  /// Of its text, with special tokens.
  package var tokens: Int { sample.tokens.count }
  /// That the models see.
  package var frames: Int { sample.pictures.count }
}

/// Prepares videos for the models of an ensemble, one at a time, from any thread.
package struct VideoPreparer: Sendable {
  private let tokenizer: any Tokenizer
  private let preparation: InputPreparation

  init(_ tokenizer: any Tokenizer, _ preparation: InputPreparation) {
    self.tokenizer = tokenizer
    self.preparation = preparation
  }

  package var modality: Modality { preparation.modality }
  /// Of one video.
  package var maximumFrames: Int { preparation.frames.maximumFrames }

  /// - Parameter source: has the video's frames, if there are any.
  package func prepared(_ annotation: Annotation, source: any VideoSource) -> PreparedVideo {
    let reader = SampleReader(
      annotations: [annotation], source: source, tokenizer: tokenizer, preparation: preparation,
      targets: [nil], cacheBytes: 0)
    return PreparedVideo(annotation: annotation, source: source, sample: reader.sample(0))
  }

  /// All variants of a video, which share its frames: these are decoded once, and in memory once.
  package func prepared(_ video: PartialVideo) -> [PreparedVideo] {
    let whole = prepared(video.variants[video.variants.count - 1], source: video.source).sample
    return video.variants.enumerated().map { number, variant in
      let text = prepared(variant, source: NoPictures()).sample
      let pictures = video.shows(.frames, in: number) ? whole.pictures : .none
      let status = PredictionStatus(hasText: text.status == .noFrames, hasFrames: pictures.count > 0)
      return PreparedVideo(
        annotation: variant, source: video.source,
        sample: Sample(index: 0, tokens: text.tokens, pictures: pictures, target: nil, status: status))
    }
  }
}

extension Ensemble {
  package var preparer: VideoPreparer {
    VideoPreparer(models[0].tokenizer.tokenizer, preparation)
  }

  /// Predicts videos of whatever sources together.
  /// - Throws: `VideoTooLarge` when memory does not suffice.
  /// - Returns: one prediction for each, in their order.
  package func predictions(of videos: [PreparedVideo]) throws -> [Prediction] {
    let predictor = Predictor(
      models: models.map(\.model), weights: weights, preparation: preparation, runtime: runtime)
    let samples = videos.enumerated().map { place, video in
      Sample(
        index: place, tokens: video.sample.tokens, pictures: video.sample.pictures, target: nil,
        status: video.sample.status)
    }
    return try predictor.predictions(of: samples) { videos[$0].annotation.id }.map { sample in
      prediction(sample, videos[sample.index].annotation, videos[sample.index].source)
    }
  }
}
