import Dataset
import Foundation
import Images
import Storage
import SystemPackage
import Testing

@testable import Inspection

@Suite("The contact sheet") struct ContactSheetTests {
  let workplace: Workplace

  init() throws { workplace = try Workplace() }

  /// Writes the sheet of a source and reads it again.
  private func sheet(
    _ source: any VideoSource, annotations: [Annotation]? = nil,
    _ change: (inout ContactSheet.Options) -> Void = { _ in }
  ) throws -> (html: String, summary: ContactSheet.Summary) {
    var options = ContactSheet.Options()
    change(&options)
    let sheet = try ContactSheet(of: "frames/x", source, annotations: annotations, options: options)
    var told = 0
    let summary = try sheet.write(to: workplace.path.appending("sheet.html")) { told += 1 }
    #expect(told == summary.videos && told == sheet.count)
    let html = try workplace.text("sheet.html")
    #expect(summary.bytes == html.utf8.count)
    return (html, summary)
  }

  /// The pictures on the page, decoded.
  private func pictures(_ html: String) throws -> [RGBImage] {
    try html.matches(of: /data:image\/jpeg;base64,([A-Za-z0-9+\/=]+)/).map { match in
      try JPEG.decode(Array(try #require(Data(base64Encoded: String(match.1)))))
    }
  }

  @Test("Every video has its frames, small, in their order, with id and times")
  func frames() throws {
    let source = try workplace.dataset([
      "first": [try jpeg((250, 0, 0)), try jpeg((0, 250, 0))], "wide": [try jpeg((0, 0, 250), width: 320)],
    ])
    let (html, summary) = try sheet(source)
    #expect(
      summary.videos == 2 && summary.total == 2 && summary.thumbnails == 3 && summary.withoutFrames == 0)
    let pictures = try pictures(html)
    #expect(pictures.map { max($0.width, $0.height) } == [144, 144, 144])
    #expect(pictures.map { min($0.width, $0.height) } == [81, 81, 72])
    #expect(pictures[0].pixels[0] > 200 && pictures[1].pixels[1] > 200 && pictures[2].pixels[2] > 200)
    for part in [
      "<bdi>first</bdi>", "<bdi>wide</bdi>", ">0.0 s<", ">0.5 s<", "h264 1280×720, turned 90°", "1:01.3",
    ] {
      #expect(html.contains(part), "\(part)")
    }
    // Of a 9:16 picture 7/32 lie above the middle square and as many below.
    #expect(html.contains("--cut:21.9%"))
  }

  @Test("Frames that are the nearest keyframes are labelled so, others are not")
  func mode() throws {
    let frame = try jpeg((9, 9, 9))
    #expect(try !sheet(try workplace.dataset(["a": [frame]])).html.contains("nearest keyframes"))
    #expect(
      try sheet(try workplace.dataset(["a": [frame]], mode: .keyframes)).html.contains("nearest keyframes"))
  }

  @Test("Of many frames those are shown that inference takes, and the page says how many there are")
  func spread() throws {
    let source = try workplace.dataset(["a": try (0..<16).map { try jpeg((UInt8($0 * 15), 0, 0)) }])
    let (html, summary) = try sheet(source) { $0.maximumFrames = 4 }
    #expect(summary.thumbnails == 4 && html.contains("4 of 16 frames"))
    let reds = try pictures(html).map { Int($0.pixels[0]) }
    for (found, frame) in zip(reds, FrameSampling.spread(count: 16, room: 4)) {
      #expect(abs(found - frame * 15) < 8)
    }
  }

  @Test("What is in quarantine is listed with its reason, with frames or without")
  func quarantine() throws {
    let source = try workplace.dataset(
      ["cut": [try jpeg((9, 9, 9))], "good": [try jpeg((9, 9, 9))]],
      quarantine: [
        QuarantineRow(id: "lost", reason: .missing, detail: "no file has this id as its name"),
        QuarantineRow(id: "cut", reason: .truncated, detail: "ends early <1>", file: "cut.mp4", frames: 1),
      ])
    let (html, summary) = try sheet(source)
    #expect(summary.videos == 3 && summary.quarantined == 2 && summary.withoutFrames == 1)
    #expect(html.contains("In quarantine: 2 videos (1 missing, 1 truncated)"))
    #expect(html.contains("<td><bdi>lost</bdi><td>missing<td>no file has this id as its name"))
    #expect(html.contains("ends early &lt;1&gt;"))
    #expect(html.contains("missing: no file has this id as its name"), "the video's own place says it too")
    let named = try sheet(source) { $0.selection = .ids(["good"]) }
    #expect(named.summary.quarantined == 0 && !named.html.contains("lost"))
  }

  @Test("A frame that no decoder takes is said to be one, and its neighbours are shown")
  func undecodable() throws {
    let source = try workplace.dataset([
      "a": [try jpeg((250, 0, 0)), noPicture], "b": [try jpeg((0, 250, 0))],
    ])
    let (html, summary) = try sheet(source)
    #expect(summary.undecodable == 1 && summary.thumbnails == 2)
    #expect(html.contains("class=\"broken\"") && html.contains("1 frame that cannot be decoded"))
    #expect(try pictures(html).count == 2)
  }

  @Test("Ids, titles and reasons of strangers cannot become markup or leave their place")
  func hostile() throws {
    let id = "<img src=x onerror=alert(1)>'&"
    let source = try workplace.dataset(
      [id: [try jpeg((9, 9, 9))]],
      quarantine: [
        QuarantineRow(
          id: "q", reason: .undecodable, detail: "</td><script>alert(2)</script>", file: "\"><b>.mp4")
      ])
    let annotations = [
      Annotation(
        id: id,
        title: "</p></main><script>alert(3)</script>\u{202E}\u{0}\u{1B}" + String(repeating: "長", count: 9999)
      ),
      Annotation(id: "q", title: "\"' onload=x"),
    ]
    let (html, _) = try sheet(source, annotations: annotations)
    let allowed: Set<String> = [
      "!DOCTYPE", "html", "head", "meta", "title", "style", "body", "input", "header", "h1", "h2", "p",
      "label",
      "main", "article", "bdi", "div", "figure", "img", "figcaption", "footer", "details", "summary", "table",
      "tr", "th", "td", "span",
    ]
    // Whatever begins a tag is one of ours, and none has an attribute that acts.
    for tag in html.matches(of: /<\/?([!A-Za-z0-9]*)([^>]*)>/) {
      #expect(allowed.contains(String(tag.1)), "\(tag.0.prefix(60))")
      #expect(!tag.2.contains(/\bon[a-z]+=/), "\(tag.0.prefix(60))")
    }
    #expect(html.contains("&lt;img src=x onerror=alert(1)&gt;&#39;&amp;"))
    #expect(html.contains("default-src 'none'"))
    #expect(!html.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
    #expect(html.utf8.count < 20_000, "a long title is cut")
  }

  @Test("Pages cut all videos in their order; the page says which it is")
  func pages() throws {
    let source = try workplace.dataset([
      "v0": [try jpeg((9, 9, 9))], "v1": [], "v2": [], "v3": [], "v4": [],
    ])
    let (html, summary) = try sheet(source) { ($0.limit, $0.selection) = (2, .page(2)) }
    #expect(summary.videos == 2 && summary.total == 5 && summary.page == 2 && summary.pages == 3)
    #expect(
      html.contains(">v2<") && html.contains(">v3<") && !html.contains(">v1<") && !html.contains(">v4<"))
    #expect(html.contains("Videos 3 to 4 of 5 (page 2 of 3; --page 3 shows the next; --limit 2 to a page)"))
    #expect(try sheet(source) { ($0.limit, $0.selection) = (2, .page(3)) }.summary.videos == 1)
    let error = #expect(throws: ContactSheetError.self) {
      try sheet(source) { ($0.limit, $0.selection) = (2, .page(4)) }
    }
    #expect(error?.kind == .usage && error?.description == "--page: is 4, there are 3 pages")
  }

  @Test("A sample is drawn by its seed, each video once, in the order of the dataset")
  func sample() {
    let population = (0..<1000).map(String.init)
    let draws = (0..<4 as Range<UInt64>).map {
      SheetSelection.sample(50, seed: $0).choose(from: population, limit: 1)
    }
    for draw in draws {
      #expect(draw.count == 50 && Set(draw).count == 50)
      #expect(draw.compactMap(Int.init) == draw.compactMap(Int.init).sorted())
    }
    #expect(Set(draws).count == 4)
    #expect(draws[1] == SheetSelection.sample(50, seed: 1).choose(from: population, limit: 9))
    // Each tenth of the videos has its share of many draws.
    var shares = [Int](repeating: 0, count: 10)
    for seed in 0..<400 as Range<UInt64> {
      for id in SheetSelection.sample(10, seed: seed).choose(from: population, limit: 1) {
        shares[(Int(id) ?? 0) / 100] += 1
      }
    }
    #expect(shares.allSatisfy { (320...480).contains($0) }, "\(shares)")
    #expect(SheetSelection.sample(9, seed: 1).choose(from: ["a", "b"], limit: 1) == ["a", "b"])
  }

  @Test("Annotations say which videos, with titles and categories; what they lack is not on the page")
  func annotations() throws {
    let source = try workplace.dataset(["a": [try jpeg((9, 9, 9))], "b": [try jpeg((9, 9, 9))]])
    let (html, summary) = try sheet(
      source,
      annotations: [
        Annotation(id: "gone", title: "煎饼"), Annotation(id: "b", title: "How to flip", category: "0312"),
      ])
    #expect(summary.total == 2 && summary.withoutFrames == 1)
    #expect(html.contains("煎饼") && html.contains("How to flip") && html.contains("<span>0312</span>"))
    #expect(!html.contains("<bdi>a</bdi>") && html.contains("not in \(workplace.path)/frames"))
  }

  @Test("Archives of frames know the order alone; vectors are nothing to look at")
  func archives() throws {
    try workplace.archive(of: "12345678", [try jpeg((250, 0, 0)), try jpeg((0, 250, 0))])
    let (html, summary) = try sheet(try VideoSources.open(workplace.path.appending("zip_frames")))
    #expect(summary.thumbnails == 2 && html.contains(">frame 1<") && html.contains(">frame 2<"))
    struct Vectors: VideoSource {
      let vectorSize: Int? = 8
      let ids = ["a"]
      func content(of id: String) -> VideoContent { .features([], dimension: 8) }
      func fingerprint(of ids: some Sequence<String>) -> String { "" }
    }
    let error = #expect(throws: ContactSheetError.self) { try sheet(Vectors()) }
    #expect(error?.kind == .badData && error?.description.contains("feature vectors of 8 numbers") == true)
  }

  @Test("The same input gives the same bytes, and a stopped sheet leaves none")
  func reproducible() throws {
    let source = try workplace.dataset(["a": [try jpeg((9, 99, 9))]])
    #expect(try sheet(source).html == sheet(source).html)
    let path = workplace.path.appending("stopped.html")
    let stopped = try ContactSheet(of: "x", source, annotations: nil, options: .init())
    #expect(throws: CancellationError.self) { try stopped.write(to: path) { throw CancellationError() } }
    #expect(try Folder.names(in: workplace.path).sorted() == ["frames", "sheet.html"])
  }
}
