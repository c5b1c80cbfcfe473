package import Batching
package import Dataset
import Text

/// A video that is read and prepared as `infer` does it, all but predicted. Of its pictures it keeps what the models see, and
/// not where they were read from: those that wait are all in memory.
package struct PreparedVideo: Sendable {
  let id: String
  let sample: Sample
  /// What a run's floor says of it, where it has one.
  let floor: [Double]?

  /// Of its text, with special tokens.
  package var tokens: Int { sample.tokens.count }
  /// That the models see.
  package var frames: Int { sample.pictures.count }
}

/// Prepares videos for the models of an ensemble, one at a time, from any thread.
package struct VideoPreparer: Sendable {
  private let tokenizer: any Tokenizer
  private let preparation: InputPreparation
  private let floor: FloorMember?

  init(_ tokenizer: any Tokenizer, _ preparation: InputPreparation, _ floor: FloorMember?) {
    self.tokenizer = tokenizer
    self.preparation = preparation
    self.floor = floor
  }

  package var modality: Modality { preparation.modality }
  /// Of one video.
  package var maximumFrames: Int { preparation.frames.maximumFrames }

  private func sample(_ annotation: Annotation, _ source: any VideoSource) -> Sample {
    SampleReader(
      annotations: [annotation], source: source, tokenizer: tokenizer, preparation: preparation,
      targets: [nil], cacheBytes: 0
    ).sample(0)
  }

  /// - Parameter source: has the video's frames, if there are any.
  package func prepared(_ annotation: Annotation, source: any VideoSource) -> PreparedVideo {
    PreparedVideo(
      id: annotation.id, sample: sample(annotation, source), floor: floor?.says(of: annotation, source))
  }

  /// All variants of a video, which share its frames: these are decoded once, and in memory once.
  package func prepared(_ video: PartialVideo) -> [PreparedVideo] {
    let whole = sample(video.variants[video.variants.count - 1], video.source)
    return video.variants.enumerated().map { number, variant in
      let text = sample(variant, NoPictures())
      let pictures = video.shows(.frames, in: number) ? whole.pictures : .none
      let status = PredictionStatus(hasText: text.status == .noFrames, hasFrames: pictures.count > 0)
      return PreparedVideo(
        id: variant.id,
        sample: Sample(index: 0, tokens: text.tokens, pictures: pictures, target: nil, status: status),
        floor: floor?.says(of: variant, video.source))
    }
  }
}

extension Ensemble {
  package var preparer: VideoPreparer {
    VideoPreparer(models[0].tokenizer.tokenizer, preparation, floor)
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
    return try predictor.predictions(of: samples) { videos[$0].id }.map { sample in
      prediction(sample, of: videos[sample.index].id) { videos[sample.index].floor }
    }
  }
}
