import Dataset
import Images
import Pages

/// One video on the sheet: id, what is known of it, and its frames.
struct VideoCard: Sendable {
  struct Frame: Sendable {
    let caption: String
    let picture: Picture?
    /// Why there is none.
    let broken: String?
  }

  struct Picture: Sendable {
    let kind: String
    /// How much of the long side lies outside the middle square on each end, in percent.
    let cut: String
    let address: String
    let width: Int
    let height: Int
  }

  let id: String
  let category: String?
  let reason: String?
  let title: String?
  let facts: String?
  let problem: String?
  let frames: [Frame]

  private static let titleLimit = 160

  init(
    _ id: String, _ footage: Footage, _ annotation: Annotation?, _ quarantined: QuarantineRow?,
    options: ContactSheet.Options
  ) {
    self.id = id
    category = annotation?.category
    reason = quarantined?.reason.rawValue
    title = annotation.flatMap { $0.title.isEmpty ? nil : $0.title.cut(to: Self.titleLimit) }
    if let missing = footage.missing {
      facts = nil
      // The ledger knows more of a video that it names.
      problem = quarantined.map { "\($0.reason.rawValue): \($0.detail)" } ?? missing
      frames = []
    } else {
      facts = Self.facts(footage)
      problem = quarantined?.detail
      frames = footage.shown.map { Frame($0, options) }
    }
  }

  var thumbnails: Int { frames.count { $0.picture != nil } }
  var undecodable: Int { frames.count { $0.picture == nil } }

  /// `8 of 24 frames · 23.9 s · h264 720×1280, turned 90°`
  private static func facts(_ footage: Footage) -> String {
    let count =
      footage.shown.count < footage.stored
      ? "\(footage.shown.count) of \(footage.stored) frames" : Quantity.counted(footage.stored, "frame")
    guard let sample = footage.sample else { return count }
    var facts = [count]
    if let duration = sample.duration { facts.append(Quantity.seconds(duration)) }
    let turned = sample.rotation == 0 ? "" : ", turned \(sample.rotation)°"
    facts.append("\(sample.codec) \(sample.sourceWidth)×\(sample.sourceHeight)\(turned)")
    if sample.mode == .keyframes { facts.append("nearest keyframes") }
    return facts.joined(separator: " · ")
  }
}

extension VideoCard.Frame {
  fileprivate init(_ frame: Footage.Frame, _ options: ContactSheet.Options) {
    caption = frame.time.map(Quantity.seconds) ?? "frame \(frame.number + 1)"
    do {
      let thumbnail = try Thumbnail(frame.jpeg, longSide: options.longSide, quality: options.quality)
      picture = VideoCard.Picture(
        kind: thumbnail.isWide ? "wide" : "tall",
        cut: Quantity.decimal(thumbnail.percentOutsideSquare, digits: 1), address: thumbnail.address,
        width: thumbnail.width, height: thumbnail.height)
      broken = nil
    } catch {
      (picture, broken) = (nil, error.description)
    }
  }
}
