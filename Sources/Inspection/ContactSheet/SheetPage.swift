import Dataset

/// What stands around the videos: the head of the page, the quarantine, the foot.
struct SheetPage {
  let options: ContactSheet.Options
  /// The folder of frames, as the user named it.
  let dataset: String
  let extraction: DatasetDescription.Extraction?

  func beginning(_ summary: ContactSheet.Summary) -> String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
    <meta name="color-scheme" content="light dark">
    <title>\(dataset.escapedForHTML): contact sheet</title>
    <style>
    \(SheetStyle.css)
    </style>
    </head>
    <body>
    <input type="checkbox" id="square" checked>
    <header>
    <h1>\(dataset.isolatedForHTML)</h1>
    <p>\(selection(summary).escapedForHTML)</p>
    \(extraction.map { "<p class=\"facts\">\(facts($0).escapedForHTML)</p>" } ?? "")
    <label for="square">dim what lies outside the middle square, which is all that the model sees</label>
    </header>

    """
  }

  /// Which videos these are of how many, and how to see others.
  private func selection(_ summary: ContactSheet.Summary) -> String {
    let total = counted(summary.total, "video")
    switch options.selection {
    case .ids: return "\(counted(summary.videos, "video")), as named, of \(summary.total)"
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
    let rate = VideoCard.number(extraction.framesPerSecond, digits: extraction.framesPerSecond < 0.1 ? 3 : 1)
      .replacing(/\.?0+$/, with: "")
    return
      "extracted at \(rate) \(rate == "1" ? "frame" : "frames") a second, at most \(extraction.maximumFrames) a video, short side "
      + "\(extraction.shortSide) pixels, JPEG quality \(extraction.quality); shown are at most "
      + "\(options.maximumFrames) of a video, the ones that inference takes when it takes as many"
  }

  /// The ledger: every reason counted, and as many rows as the sheet has videos.
  func quarantine(_ rows: [QuarantineRow]) -> String {
    guard !rows.isEmpty else { return "" }
    let reasons = Dictionary(grouping: rows, by: \.reason.rawValue).mapValues(\.count)
      .sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) \($0.key)" }
    let shown = rows.prefix(options.limit)
    var html = "<details\(shown.count <= 12 ? " open" : "")>\n"
    html +=
      "<summary>In quarantine: \(counted(rows.count, "video")) (\(reasons.joined(separator: ", ")))</summary>\n"
    html += "<div class=\"ledger\"><table>\n<tr><th>id<th>reason<th>what<th>file<th>frames kept\n"
    for row in shown {
      html += "<tr><td>\(row.id.isolatedForHTML)<td>\(row.reason.rawValue)<td>\(row.detail.escapedForHTML)"
      html += "<td>\((row.file ?? "").isolatedForHTML)<td>\(row.frames)\n"
    }
    html += "</table></div>\n"
    if shown.count < rows.count {
      html +=
        "<p class=\"facts\">The first \(shown.count) of \(rows.count); all are in quarantine.jsonl.</p>\n"
    }
    return html + "</details>\n"
  }

  func end(_ summary: ContactSheet.Summary) -> String {
    var notes = ["\(counted(summary.thumbnails, "thumbnail")) of \(counted(summary.videos, "video"))"]
    if summary.withoutFrames > 0 { notes.append("\(summary.withoutFrames) without frames") }
    if summary.undecodable > 0 {
      notes.append(
        "\(counted(summary.undecodable, "frame")) that cannot be decoded, which the model does not get")
    }
    return "<footer>\(notes.joined(separator: " · "))</footer>\n</body>\n</html>\n"
  }
}
