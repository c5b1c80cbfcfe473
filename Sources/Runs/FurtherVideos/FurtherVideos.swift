import Dataset
import Storage
import SystemPackage

/// Videos beside the labelled ones that a run learns from.
protocol FurtherVideos: Sendable {
  var annotations: [Annotation] { get }
  /// Where they were read.
  var homes: AnnotationHomes { get }
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

  /// - Parameter path: of the labelled videos; nil where they come from no file.
  /// - Throws: `FurtherVideosError` naming a video that is in both lists.
  func requireUnlabelled(besides labeled: [Annotation], in path: FilePath?) throws {
    try FurtherVideosError.requireUnlabelled(annotations, in: homes, besides: labeled, in: path)
  }
}

extension FurtherVideosError {
  /// - Throws: naming a video that is in both lists, and their files.
  static func requireUnlabelled(
    _ videos: [Annotation], in homes: AnnotationHomes, besides labeled: [Annotation], in path: FilePath?
  ) throws(Self) {
    let known = VideoIDs(labeled.map(\.id))
    guard let both = videos.first(where: { known.contains($0.id) }) else { return }
    let (place, other) = (homes.path(of: both.id).map { "\($0), " } ?? "", path.map { " of \($0)" } ?? "")
    throw Self(
      reason:
        "\(place)id \(quoted(both.id)): is among the labelled videos\(other) as well, so that folds which hold it out would "
        + "learn from it")
  }
}
