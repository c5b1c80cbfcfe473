import Dataset
import Foundation
import Images

/// One video on the sheet: id, what is known of it, and its frames.
struct VideoCard {
  private(set) var html = ""
  private(set) var thumbnails = 0
  private(set) var undecodable = 0

  private static let titleLimit = 160

  init(
    _ id: String, _ footage: Footage, _ annotation: Annotation?, _ quarantined: QuarantineRow?,
    options: ContactSheet.Options
  ) {
    html += "<article\(footage.shown.isEmpty ? " class=\"none\"" : "")>\n"
    html += "<h2>\(id.isolatedForHTML)\(Self.badges(annotation, quarantined))</h2>\n"
    if let title = annotation?.title, !title.isEmpty {
      html += "<p class=\"title\" dir=\"auto\">\(title.cut(to: Self.titleLimit).escapedForHTML)</p>\n"
    }
    if let missing = footage.missing {
      // The ledger knows more of a video that it names.
      let reason = quarantined.map { "\($0.reason.rawValue): \($0.detail)" } ?? missing
      html += "<p class=\"reason\">\(reason.escapedForHTML)</p>\n"
    } else {
      html += "<p class=\"facts\">\(Self.facts(footage).escapedForHTML)</p>\n"
      if let quarantined { html += "<p class=\"reason\">\(quarantined.detail.escapedForHTML)</p>\n" }
      html += "<div class=\"strip\">\n"
      for frame in footage.shown { add(frame, options) }
      html += "</div>\n"
    }
    html += "</article>\n"
  }

  private mutating func add(_ frame: Footage.Frame, _ options: ContactSheet.Options) {
    let caption = frame.time.map { Self.seconds($0) } ?? "frame \(frame.number + 1)"
    do {
      let thumbnail = try Thumbnail(frame.jpeg, longSide: options.longSide, quality: options.quality)
      let kind = thumbnail.width > thumbnail.height ? "wide" : "tall"
      html += """
        <figure class="\(kind)"><div style="--cut:\(Self.number(thumbnail.percentOutsideSquare, digits: 1))%">\
        <img src="\(thumbnail.jpeg.dataAddress)" width="\(thumbnail.width)" height="\(thumbnail.height)" \
        alt="\(caption)" loading="lazy"></div><figcaption>\(caption)</figcaption></figure>

        """
      thumbnails += 1
    } catch {
      html += """
        <figure class="broken"><div>\(error.description.escapedForHTML)</div><figcaption>\(caption)</figcaption></figure>

        """
      undecodable += 1
    }
  }

  private static func badges(_ annotation: Annotation?, _ quarantined: QuarantineRow?) -> String {
    var badges = ""
    if let category = annotation?.category { badges += " <span>\(category.escapedForHTML)</span>" }
    if let quarantined { badges += " <span class=\"bad\">\(quarantined.reason.rawValue)</span>" }
    return badges
  }

  /// `8 of 24 frames · 23.9 s · h264 720×1280, turned 90°`
  private static func facts(_ footage: Footage) -> String {
    let count =
      footage.shown.count < footage.stored
      ? "\(footage.shown.count) of \(footage.stored) frames" : counted(footage.stored, "frame")
    guard let sample = footage.sample else { return count }
    var facts = [count]
    if let duration = sample.duration { facts.append(seconds(duration)) }
    let turned = sample.rotation == 0 ? "" : ", turned \(sample.rotation)°"
    facts.append("\(sample.codec) \(sample.sourceWidth)×\(sample.sourceHeight)\(turned)")
    if sample.mode == .keyframes { facts.append("nearest keyframes") }
    return facts.joined(separator: " · ")
  }

  /// `2.5 s`; `3:07.5` from a minute on.
  static func seconds(_ seconds: Double) -> String {
    guard seconds.isFinite, abs(seconds) < 1e7 else { return "?" }
    guard seconds >= 59.95 else { return "\(number(seconds, digits: 1)) s" }
    let tenths = Int((seconds * 10).rounded())
    return String(format: "%d:%02d.%d", tenths / 600, tenths / 10 % 60, tenths % 10)
  }

  static func number(_ value: Double, digits: Int) -> String { String(format: "%.\(digits)f", value) }
}
