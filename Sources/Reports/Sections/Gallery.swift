import Dataset
import Foundation

/// The errors that the models were surest of: the worst ones, or annotations that are wrong.
struct Gallery: Sendable {
  let cards: [VideoCard]
  let note: String

  static let most = 24

  init(_ videos: HeldOutVideos, _ looks: VideoLooks, _ names: CategoryNames) throws {
    let wrong = (0..<videos.count).filter { !videos.isRight($0) }
    let surest = wrong.sorted { (videos.confidences[$1], $0) < (videos.confidences[$0], $1) }
      .prefix(Self.most)
    let annotations = try looks.annotations(of: Set(surest.map { videos.ids[$0] }))
    cards = surest.map { video in
      VideoCard(
        videos.ids[video], truth: videos.classes[videos.truth[video]],
        [VideoCard.Answer(videos, video, names)], annotations[videos.ids[video]], looks, names)
    }
    note =
      wrong.count > cards.count
      ? "The \(cards.count) of \(wrong.count) errors that the models were surest of."
      : "All \(wrong.count) errors, those first that the models were surest of."
  }
}
