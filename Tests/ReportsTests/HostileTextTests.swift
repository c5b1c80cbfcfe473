import Dataset
import Foundation
import Records
import Storage
import SystemPackage
import Testing

@testable import Reports

@Suite("What strangers wrote, on a report") struct HostileTextTests {
  static let texts = [
    "<script>alert(1)</script>", "]]></style></svg><img src=x onerror=alert(2)>",
    "\u{202E}txet desrever\u{2066}",
    "\"\u{301} onload=alert(3) x=\"", "</bdi></p></article></main>{{{name}}}{{> head}}",
    "\u{0}\u{1B}[31m\u{FFFF}",
    String(repeating: "<b>長", count: 25_000),
  ]

  /// All tags of the page's own templates.
  private static let tags: Set<String> = [
    "!DOCTYPE", "html", "head", "meta", "title", "style", "body", "header", "main", "section", "footer", "h1",
    "h2",
    "h3", "p", "b", "bdi", "span", "code", "div", "dl", "dt", "dd", "ul", "li", "table", "thead", "tr", "th",
    "td",
    "figure", "figcaption", "img", "article", "svg", "path", "text", "rect", "polyline", "circle",
  ]

  private func expectHarmless(_ html: String, _ text: String) throws {
    for tag in html.matches(of: /<\/?([!A-Za-z0-9]*)((?:[^>"]|"[^"]*")*)>/) {
      #expect(Self.tags.contains(String(tag.1)), "\(text.prefix(20)): \(tag.0.prefix(60))")
      #expect(!tag.2.contains(/\son[a-z]+=/), "\(text.prefix(20)): \(tag.0.prefix(60))")
    }
    for name in ["article", "section", "main", "bdi", "figure", "svg", "table", "p", "h3"] {
      let opened = html.matches(of: try Regex("<\(name)[ >]")).count
      #expect(opened == html.matches(of: try Regex("</\(name)>")).count, "\(text.prefix(20)): <\(name)>")
    }
    #expect(!html.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" && $0 != "\t" })
    #expect(html.utf8.count < 150_000, "\(text.prefix(20)): \(html.utf8.count)")
  }

  @Test(
    "Titles, speech, ids, names of categories and runs cannot become markup, nor fill the page",
    arguments: texts)
  func hostile(_ text: String) throws {
    let sample = try SampleRun()
    var videos = SampleRun.videos
    videos[8].id = String(text.unicodeScalars.filter { $0.value >= 0x20 }.prefix(90).map(Character.init))
    let name = String(text.filter { $0 != "/" && $0 != "\0" }.prefix(30))
    let run = try sample.write(
      videos, to: "r\(name)", settings: "note: \"\(text.filter(\.isLetter).prefix(99))\"\n")
    let looks = VideoLooks(nil) { ids in
      Dictionary(
        uniqueKeysWithValues: ids.map {
          (
            $0,
            Annotation(
              id: $0, title: text, speech: text, onScreenText: [.init(time: 0, text: text)], category: "0200")
          )
        })
    }
    let names = ["0100": text, "0200": text, "01": text]
    try expectHarmless(page(run, looks: looks, names: names), text)
    let other = try sample.write(Array(videos.dropLast()), to: "other")
    try expectHarmless(page(run, other, looks: looks, names: names), text)
  }

  @Test("A file of names that is none is refused, and says what is strange in it")
  func names() throws {
    let sample = try SampleRun()
    let path = sample.path.appending("names.json")
    for (text, problem) in [
      ("[1]", "is an array"), (#"{"0312": 5}"#, "312"), (#"{"soup": "Soup"}"#, "\"soup\" is no category"),
      ("{", "not JSON"),
    ] {
      try AtomicFile.write(text, to: path)
      let error = #expect(throws: JSONError.self) { try CategoryNames(reading: path) }
      #expect(
        error?.kind == .badData && error?.description.contains(problem) == true, "\(text): \(error as Any)")
    }
    try AtomicFile.write(#"{"0312": "Soup", "03": ""}"#, to: path)
    #expect(try CategoryNames(reading: path).label("0312") == "0312 Soup")
    #expect(try CategoryNames(reading: path).label("03") == "03")
  }
}
