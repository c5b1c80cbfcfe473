import Dataset
import Storage

/// Videos beside the labelled ones that a run learns from.
protocol FurtherVideos: Sendable {
  var annotations: [Annotation] { get }
  /// Where their pictures are.
  var source: any VideoSource { get }
  /// The option that says so.
  var framesOption: String { get }

  /// Which of them a part of the run learns from, by their places among these.
  func videos(for part: RunPart) -> [Int]

  /// - Throws: `FurtherVideosError` where there is nothing to learn from for a part of the run.
  func require(_ parts: [RunPart]) throws
}

extension FurtherVideos {
  var ids: VideoIDs { VideoIDs(annotations.map(\.id)) }

  /// - Parameter source: where the pictures of the labelled videos are.
  /// - Throws: `FurtherVideosError` where these are of another kind.
  func requirePictures(like source: any VideoSource) throws {
    try self.source.requireUnseenVectors()
    guard self.source.vectorSize == source.vectorSize else {
      func kind(_ size: Int?) -> String { size.map { "vectors of \($0) numbers" } ?? "frames" }
      throw FurtherVideosError(
        reason:
          "\(framesOption): holds \(kind(self.source.vectorSize)), --frames \(kind(source.vectorSize))")
    }
  }

  /// - Throws: `FurtherVideosError` naming a video that is in both lists.
  func requireUnlabelled(besides labeled: [Annotation]) throws {
    try FurtherVideosError.requireUnlabelled(annotations, besides: labeled)
  }
}

extension FurtherVideosError {
  /// - Throws: naming a video that is in both lists.
  static func requireUnlabelled(_ videos: [Annotation], besides labeled: [Annotation]) throws(Self) {
    let known = VideoIDs(labeled.map(\.id))
    guard let both = videos.first(where: { known.contains($0.id) }) else { return }
    throw Self(
      reason:
        "id \(quoted(both.id)): is among the labelled videos and among those without labels, so that folds which hold it out "
        + "would learn from it")
  }
}
