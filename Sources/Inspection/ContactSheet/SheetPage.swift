import Dataset
import Pages

/// What stands around the videos: the head of the page, the quarantine, the foot.
struct SheetPage {
  let options: ContactSheet.Options
  /// The folder of frames, as the user named it.
  let dataset: String
  let extraction: DatasetDescription.Extraction?

  static let templates = Templates([
    "begin": PackageResources.sheet_begin_mustache, "card": PackageResources.sheet_card_mustache,
    "end": PackageResources.sheet_end_mustache, "sheet-style": PackageResources.sheet_css,
  ])

  /// What fills `sheet_begin.mustache`.
  private struct Beginning: Sendable {
    let pageTitle: String
    let dataset: String
    let selection: String
    let extraction: String?
    let quarantine: Quarantine?
  }

  private struct Quarantine: Sendable {
    struct Row: Sendable {
      let id: String
      let reason: String
      let detail: String
      let file: String
      let frames: Int
    }

    let total: String
    let isOpen: Bool
    let rows: [Row]
    let rest: String?
  }

  /// - Parameter rows: of the ledger.
  func beginning(_ summary: ContactSheet.Summary, _ rows: [QuarantineRow]) -> String {
    Self.templates.render(
      "begin",
      Beginning(
        pageTitle: "\(dataset): contact sheet", dataset: dataset, selection: selection(summary),
        extraction: extraction.map(facts), quarantine: rows.isEmpty ? nil : quarantine(rows)))
  }

  func card(_ card: VideoCard) -> String { Self.templates.render("card", card) }

  func end(_ summary: ContactSheet.Summary) -> String {
    var notes = [
      "\(Quantity.counted(summary.thumbnails, "thumbnail")) of \(Quantity.counted(summary.videos, "video"))"
    ]
    if summary.withoutFrames > 0 { notes.append("\(summary.withoutFrames) without frames") }
    if summary.undecodable > 0 {
      notes.append(
        "\(Quantity.counted(summary.undecodable, "frame")) that cannot be decoded, which the model does not get"
      )
    }
    return Self.templates.render("end", notes.joined(separator: " · "))
  }

  /// Which videos these are of how many, and how to see others.
  private func selection(_ summary: ContactSheet.Summary) -> String {
    let total = Quantity.counted(summary.total, "video")
    switch options.selection {
    case .ids: return "\(Quantity.counted(summary.videos, "video")), as named, of \(summary.total)"
    case .sample(_, let seed):
      return "\(summary.videos) of \(total), drawn at random (--sample with --seed \(seed))"
    case .page(let page):
      guard let pages = summary.pages, pages > 1 else { return total }
      let first = (page - 1) * options.limit + 1
      let next = page < pages ? "; --page \(page + 1) shows the next" : ""
      return "Videos \(first) to \(first + summary.videos - 1) of \(summary.total) "
        + "(page \(page) of \(pages)\(next); --limit \(options.limit) to a page)"
    }
  }

  /// `at most 8 of a video's frames · extracted at 1 a second, at most 32 a video, short side 256 pixels, JPEG quality 90`
  private func facts(_ extraction: DatasetDescription.Extraction) -> String {
    let rate = Quantity.decimal(extraction.framesPerSecond, digits: extraction.framesPerSecond < 0.1 ? 3 : 1)
      .replacing(/\.?0+$/, with: "")
    return
      "extracted at \(rate) \(rate == "1" ? "frame" : "frames") a second, at most \(extraction.maximumFrames) a video, short side "
      + "\(extraction.shortSide) pixels, JPEG quality \(extraction.quality); shown are at most "
      + "\(options.maximumFrames) of a video, the ones that inference takes when it takes as many"
  }

  /// Every reason counted, and as many rows as the sheet has videos.
  private func quarantine(_ rows: [QuarantineRow]) -> Quarantine {
    let reasons = Dictionary(grouping: rows, by: \.reason.rawValue).mapValues(\.count)
      .sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) \($0.key)" }
    let shown = rows.prefix(options.limit)
    return Quarantine(
      total: "\(Quantity.counted(rows.count, "video")) (\(reasons.joined(separator: ", ")))",
      isOpen: shown.count <= 12,
      rows: shown.map {
        .init(
          id: $0.id, reason: $0.reason.rawValue, detail: $0.detail, file: $0.file ?? "", frames: $0.frames)
      },
      rest: shown.count < rows.count
        ? "The first \(shown.count) of \(rows.count); all are in quarantine.jsonl." : nil)
  }
}
