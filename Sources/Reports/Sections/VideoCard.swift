import Dataset
import Foundation
import Images
import Pages
import Storage

/// A video with what it is and what it was taken for.
struct VideoCard: Sendable {
  struct Answer: Sendable {
    /// Which run says so; nil where there is one.
    let who: String?
    let said: String
    let saidName: String?
    let percent: String
    /// `right`, `wrong`, and `answer` where nobody knows.
    let tone: String
  }

  struct Frame: Sendable {
    let picture: Picture?
    let broken: String?
  }

  struct Picture: Sendable {
    let address: String
    let width: Int
    let height: Int
    let alternative: String
  }

  struct Text: Sendable {
    let kind: String
    let content: String
  }

  let id: String
  /// nil where nobody knows.
  let truth: String?
  let truthName: String?
  let answers: [Answer]
  let texts: [Text]
  let frames: [Frame]
  /// Why there is nothing to see.
  let unseen: String?

  static let mostFrames = 4
  private static let longSide = 128
  private static let quality = 72
  /// Unicode scalars of each text.
  private static let longestText = 180
  /// Unicode scalars of an id, and of why something is not there.
  static let (longestID, longestReason) = (200, 300)

  init(
    _ id: String, truth: String?, _ answers: [Answer], _ annotation: Annotation?, _ looks: VideoLooks,
    _ names: CategoryNames
  ) {
    self.id = id.cut(to: Self.longestID)
    self.truth = truth
    truthName = truth.flatMap(names.name)
    self.answers = answers
    texts = annotation.map(Self.texts) ?? []
    let footage = looks.footage(of: id)
    frames = footage?.shown.map(Frame.init) ?? []
    unseen = footage?.missing?.cut(to: Self.longestReason)
  }

  private static func texts(_ annotation: Annotation) -> [Text] {
    let onScreen = annotation.onScreenText.lazy.prefix(longestText).map { $0.text.cut(to: longestText) }
      .joined(separator: " · ")
    return [("", annotation.title), ("speech", annotation.speech), ("on screen", onScreen)].compactMap {
      let content = $1.cut(to: longestText)
      return content.allSatisfy(\.isWhitespace) ? nil : Text(kind: $0, content: content)
    }
  }
}

extension VideoCard.Frame {
  init(_ frame: Footage.Frame) {
    do {
      let thumbnail = try Thumbnail(
        frame.jpeg, longSide: VideoCard.longSide, quality: VideoCard.quality)
      picture = VideoCard.Picture(
        address: thumbnail.address, width: thumbnail.width, height: thumbnail.height,
        alternative: frame.time.map { "at \(Quantity.seconds($0))" } ?? "frame \(frame.number + 1)")
      broken = nil
    } catch {
      (picture, broken) = (nil, error.description.cut(to: VideoCard.longestReason))
    }
  }
}

extension VideoCard.Answer {
  /// What a run says of a video.
  init(_ videos: HeldOutVideos, _ video: Int, who: String? = nil, _ names: CategoryNames) {
    self.who = who
    said = videos.classes[videos.predicted[video]]
    saidName = names.name(of: said)
    percent = String(format: "%.0f", videos.confidences[video] * 100)
    tone = videos.isRight(video) ? "right" : "wrong"
  }
}
