import Dataset
import Foundation
import Testing

@testable import Reports

@Suite("The page of explanations") struct ExplanationPageTests {
  private func html(
    _ annotation: Annotation?, names: [String: String] = [:], evidence: Evidence? = nil,
    looks: VideoLooks? = nil
  ) throws -> String {
    let explanation = Explanation(
      id: "v8", category: "0312", probability: 0.75, without: 0.0625,
      shares: [
        .init(part: .title, value: 0.5), .init(part: .onScreenText, value: -0.125),
        .init(part: .frames, value: 0.3125),
      ], evidence: evidence, status: .complete)
    return try ExplanationPage(
      of: [explanation], looks: looks ?? VideoLooks(nil) { _ in annotation.map { [$0.id: $0] } ?? [:] },
      names: CategoryNames(names), program: "framewise test"
    ).html()
  }

  @Test("Each part has a bar, for or against, the widest the longest, and its percentage points")
  func bars() throws {
    let html = try html(Annotation(id: "v8", title: "Pancakes", category: "0312"), names: ["0312": "Soup"])
    for part in [
      "<b>0312</b> <bdi>Soup</bdi>, 75.0 % sure", "class=\"right\"", "Pancakes",
      "without any part<td class=\"n\">6.2 %",
      "title<td class=\"n right\">+50.0<td class=\"bars\"><span class=\"for\" style=\"width:100.0%\">",
      "on screen text<td class=\"n wrong\">−12.5<td class=\"bars\"><span class=\"against\" style=\"width:25.0%\">",
      "frames<td class=\"n right\">+31.2", "made by framewise test",
    ] { #expect(html.contains(part), "\(part)") }
    #expect(!html.contains("{{") && !html.contains("<script"))
  }

  private func word(
    _ text: String, _ value: Double, _ part: Explanation.Part = .title, isApart: Bool = true
  ) -> Evidence.Word {
    Evidence.Word(part: part, text: text, isApart: isApart, value: value)
  }

  @Test(
    "Words are coloured by what they add and stand as they are read; the strongest are named, and what they add up to"
  )
  func words() throws {
    let evidence = Evidence(
      baseline: 0.125,
      words: [
        word("soup", 0.5, isApart: false), word(",", 0.0001, isApart: false), word("at", -0.25),
        word("home", 0.06),
        word("今", 0.1, .speech, isApart: false), word("天", 0, .speech, isApart: false),
      ], frames: [.init(number: 3, value: 0.3), .init(number: 0, value: -0.1)], steps: 32, gap: -0.0012)
    let html = try html(Annotation(id: "v8", title: "Soup, at home"), evidence: evidence)
    for part in [
      "<span class=\"kind\">title</span><span class=\"w for5\" title=\"+50.0\">soup</span>"
        + "<span class=\"w \" title=\"0.0\">,</span> <span class=\"w against3\" title=\"−25.0\">at</span>"
        + " <span class=\"w for1\" title=\"+6.0\">home</span></p>",
      "<span class=\"kind\">speech</span><span class=\"w for1\" title=\"+10.0\">今</span><span class=\"w \" title=\"0.0\">天</span></p>",
      "<figure class=\"w against1\">\n<figcaption>frame 1 <b>−10.0</b></figcaption></figure>\n<figure class=\"w for3\">\n<figcaption>frame 4 <b>+30.0</b>",
      "Named first: <span class=\"first\"><bdi>soup</bdi> <b class=\"right\">+50.0</b></span>"
        + " <span class=\"first\"><bdi>frame 4</bdi>",
      "add up to +61.0, from 12.5 % with words masked and frames gone; what 32 steps of the integral miss is −0.12.",
    ] { #expect(html.contains(part), "\(part) in \(html.suffix(3000))") }
    #expect(!html.contains("Soup, at home"), "it is told once")
  }

  @Test(
    "Frames that add little are left out, and words that fill a page; nothing of them is lost in the sums")
  func bounds() throws {
    let sample = try SampleRun()
    let frames = try sample.frames(["v8": try (0..<20).map { try SampleRun.jpeg(UInt8(10 * $0)) }])
    let looks = VideoLooks(try VideoSources.open(frames)) { _ in [:] }
    let long = String(repeating: "<b>", count: 100_000)
    let evidence = Evidence(
      baseline: 0.125, words: (0..<5000).map { word(long, $0 == 4000 ? 0.25 : 0, isApart: $0 > 0) },
      frames: (0..<20).map { .init(number: $0, value: $0 < 2 ? 0.01 : 0.02) }, steps: 32, gap: 0)
    let html = try html(nil, evidence: evidence, looks: looks)
    #expect(html.matches(of: /<figure class="w for1">\n<img src="data:image\/jpeg/).count == 16)
    #expect(
      html.contains("<figcaption>3.0 s <b>+2.0</b>")
        && html.contains("4 more frames that add less, together +6.0"))
    #expect(html.contains("and 4,600 more words, together +25.0"))
    #expect(html.utf8.count < 400_000 && !html.contains("<b><b>"))
  }

  @Test("A video whose category nobody knows is neither right nor wrong")
  func unlabelled() throws {
    let html = try html(Annotation(id: "v8", title: "<script>\"\u{301}"))
    #expect(!html.contains("class=\"truth\"") && html.contains("<p class=\"answer\"><b>0312</b>"))
    #expect(html.contains("&lt;script&gt;&quot;\u{301}"))
  }
}
