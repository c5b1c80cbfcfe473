#if Videos
import Foundation
import Inspection
import Terminal

/// What `validate` prints for people: sections of aligned columns; on a terminal with headings that stand out and
/// with bars, elsewhere without.
extension ValidationReport {
  func text(_ style: Style) -> String {
    var printout = Printout(style: style)
    add(annotations, to: &printout)
    if let text { add(text, to: &printout) }
    if let categories { add(categories, to: &printout) }
    if let videos { add(videos, to: &printout) }
    if let frames { add(frames, to: &printout) }
    printout.heading(errors.isEmpty && warnings.isEmpty ? "nothing to warn of" : "to know before a run")
    for finding in errors { printout.finding(finding, label: "error:", isError: true) }
    for finding in warnings { printout.finding(finding, label: "warning:", isError: false) }
    return printout.text
  }

  private func add(_ annotations: Annotations, to printout: inout Printout) {
    printout.heading(annotations.file)
    printout.table([
      ["entries", "\(annotations.entries)"], ["labelled", "\(annotations.labelled)"],
      ["faulty", "\(annotations.faulty.count)"], ["repeated ids", "\(annotations.repeated.count)"],
    ])
    for problem in annotations.faulty.first + annotations.repeated.first { printout.line("  \(problem)") }
  }

  private func add(_ text: Text, to printout: inout Printout) {
    printout.heading("text")
    func row(_ name: String, _ part: Text.Part, _ tokens: Tokens.Part) -> [String] {
      [name, "\(part.videos)"] + columns(part.characters) + columns(tokens.tokens) + ["\(tokens.budget)"]
    }
    printout.table([
      ["", "videos", "characters", "95 %", "longest", "tokens", "95 %", "longest", "budget"],
      row("title", text.title, text.tokens.title), row("speech", text.speech, text.tokens.speech),
      row("on-screen", text.onScreenText, text.tokens.onScreenText),
    ])
    printout.line("  the first number of each kind is the median, of the videos that have such text")
    let tokens = text.tokens
    var facts = [
      ["without text", "\(text.none)"], ["copies of an earlier text", "\(text.copies)"],
      ["cut to \(tokens.room) tokens", "\(tokens.cut) of \(tokens.sampled) looked at"],
    ]
    if let each = tokens.charactersPerToken {
      facts.append(["characters for each token", "\(each) (\(tokens.tokenizer))"])
    }
    printout.table(facts)
    printout.heading("scripts (where a tenth of a video's letters or more belong; languages are not guessed)")
    printout.histogram(text.scripts)
  }

  private func add(_ categories: Categories, to printout: inout Printout) {
    printout.heading("level 1: \(counted(categories.level1.count))")
    printout.histogram(categories.level1)
    printout.heading("level 2: \(counted(categories.level2.count))")
    let shown = 12
    let largest = categories.level2.sorted { ($1.count, $0.name) < ($0.count, $1.name) }
    printout.histogram(Array(largest.prefix(shown)), of: categories.level2)
    if let least = largest.last, largest.count > shown {
      printout.line("  and \(largest.count - shown) more, down to \(least.count) in \(least.name)")
    }
    let rare = categories.fewerThanFolds
    if !rare.isEmpty {
      let names = rare.prefix(20).joined(separator: " ") + (rare.count > 20 ? " …" : "")
      printout.line("  with fewer videos than \(categories.folds) folds: \(rare.count) (\(names))")
    }
  }

  private func counted(_ count: Int) -> String { "\(count) \(count == 1 ? "category" : "categories")" }

  private func add(_ videos: Videos, to printout: inout Printout) {
    printout.heading(videos.folder)
    printout.table([
      ["found", "\(videos.found)"], ["missing", listed(videos.missing)],
      ["without annotation", listed(videos.extra)], ["several files", listed(videos.ambiguous)],
      ["headers looked at", "\(videos.probe.files), files of \(size(videos.probe))"],
    ])
    let probe = videos.probe
    for (name, counts) in [
      ("containers", probe.containers), ("codecs", probe.codecs), ("sizes", probe.sizes),
      ("durations", probe.durations), ("cannot be read", probe.unreadable),
    ] where !counts.isEmpty {
      printout.heading(name)
      printout.histogram(counts)
    }
    for problem in probe.firstUnreadable { printout.line("  \(problem)") }
  }

  private func add(_ frames: Frames, to printout: inout Printout) {
    printout.heading(frames.folder)
    var rows = [
      ["found", "\(frames.found)"], ["missing", listed(frames.missing)],
      ["without annotation", listed(frames.extra)], ["looked at", "\(frames.probed)"],
      ["damaged videos", listed(frames.damaged)],
    ]
    if let size = frames.vectorSize {
      rows.append(["kind", "feature vectors of \(size) numbers"])
    } else {
      rows.append(["damaged frames", "\(frames.undecodable)"])
    }
    if let spread = frames.perVideo {
      rows.append([
        frames.vectorSize == nil ? "frames of a video" : "vectors of a video",
        "\(spread.minimum) to \(spread.maximum), median \(spread.median)",
      ])
    }
    printout.table(rows)
    for (name, counts) in [("quarantine", frames.quarantined), ("sizes", frames.sizes)] where !counts.isEmpty
    {
      printout.heading(name)
      printout.histogram(counts)
    }
  }

  /// Median, 95th percentile and largest.
  private func columns(_ spread: Spread?) -> [String] {
    guard let spread else { return ["-", "-", "-"] }
    return ["\(spread.median)", "\(spread.percentile95)", "\(spread.maximum)"]
  }

  /// `3 (a, b, c)`
  private func listed(_ listed: Listed) -> String {
    guard !listed.first.isEmpty else { return "\(listed.count)" }
    return
      "\(listed.count) (\(listed.first.joined(separator: ", "))\(listed.count > listed.first.count ? ", …" : ""))"
  }

  private func size(_ probe: Probe) -> String {
    let readable = probe.files - probe.unreadable.reduce(0) { $0 + $1.count }
    return readable == 0 ? "0 kB" : "\(probe.bytes / readable / 1000) kB on average"
  }
}

/// Lines in the making. What comes from files is made harmless to a terminal here, once.
private struct Printout {
  let style: Style
  private var lines: [String] = []

  init(style: Style) { self.style = style }

  var text: String { lines.joined(separator: "\n") }

  mutating func line(_ text: String) { lines.append(text.onOneLine) }

  mutating func heading(_ text: String) {
    if !lines.isEmpty { lines.append("") }
    lines.append(style.heading(text.onOneLine))
  }

  mutating func finding(_ finding: ValidationReport.Finding, label: String, isError: Bool) {
    lines.append("  \(style.label(label, isError: isError)) \(finding.what.onOneLine)")
    lines.append("    \(finding.advice.onOneLine)")
  }

  /// The first column to the left; the others to the right where there are several, as numbers stand.
  mutating func table(_ rows: [[String]]) {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      rows.compactMap { $0.count > column ? $0[column].onOneLine.columns : nil }.max() ?? 0
    }
    for row in rows {
      var text = ""
      for (column, cell) in row.enumerated() {
        let padded = cell.onOneLine.padded(to: widths[column], alignRight: column > 0 && columns > 2)
        text += "  " + (column == row.count - 1 && columns <= 2 ? cell.onOneLine : padded)
      }
      lines.append(text)
    }
  }

  /// - Parameter all: what percentages are of, where these are only some.
  mutating func histogram(_ counts: [ValidationReport.Count], of all: [ValidationReport.Count]? = nil) {
    let total = max(1, (all ?? counts).reduce(0) { $0 + $1.count })
    let largest = max(1, counts.map(\.count).max() ?? 1)
    let names = counts.map(\.name.onOneLine)
    let width = names.map(\.columns).max() ?? 0
    let digits = counts.map { "\($0.count)".count }.max() ?? 0
    for (name, count) in zip(names, counts.map(\.count)) {
      var text = "  \(name.padded(to: width))  \("\(count)".padded(to: digits, alignRight: true))"
      text += String(format: "  %5.1f %%", Double(count) / Double(total) * 100)
      if style.isTerminal {
        let room = min(40, max(0, style.columns() - width - digits - 16))
        text += "  " + String(repeating: "█", count: max(count > 0 ? 1 : 0, count * room / largest))
      }
      lines.append(text)
    }
  }
}
#endif
