import Foundation
import Testing

@testable import Pages

@Suite("Templates") struct TemplatesTests {
  private struct View: Sendable {
    let text: String
    let lines: [Line]

    struct Line: Sendable {
      let inner: String?
    }
  }

  private func render(_ template: String, _ text: String, lines: [String?] = []) -> String {
    Templates(["page": Array(template.utf8)])
      .render("page", View(text: text, lines: lines.map(View.Line.init)))
  }

  @Test(
    "No text can leave the element or the attribute that it stands in",
    arguments: [
      ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
      // One character to people, and to the template library: a quotation mark with an accent.
      ("\"\u{301} onload=x", "&quot;\u{301} onload=x"), ("<\u{301}b>", "&lt;\u{301}b&gt;"),
      ("'\u{200D}a&\u{FE0F}amp;", "&#39;\u{200D}a&amp;\u{FE0F}amp;"), ("]]>", "]]&gt;"),
      ("a\u{0}\u{1B}[2J\u{9B}\r\n", "a\u{FFFD}\u{FFFD}[2J\u{FFFD}\u{FFFD}\n"), ("{{text}}", "{{text}}"),
      ("plain, 長い", "plain, 長い"),
    ])
  func escaping(_ text: String, _ escaped: String) {
    #expect(render("<p title=\"{{text}}\">{{text}}", text) == "<p title=\"\(escaped)\">\(escaped)")
    #expect(render("{{#lines}}{{inner}}{{/lines}}", "", lines: [text]) == escaped)
  }

  @Test("Text is escaped in templates that others call, too")
  func partials() {
    let templates = Templates(["page": Array("{{> part}}".utf8), "part": Array("<b>{{text}}</b>".utf8)])
    #expect(templates.render("page", View(text: "\"\u{301}<", lines: [])) == "<b>&quot;\u{301}&lt;</b>")
  }

  @Test("What is not there leaves nothing, and lists are told from empty ones")
  func absence() {
    let template =
      "{{#lines}}[{{#inner}}{{.}}{{/inner}}{{^inner}}none{{/inner}}]{{/lines}}{{^lines}}no lines{{/lines}}"
    #expect(render(template, "", lines: ["a", nil]) == "[a][none]")
    #expect(render(template, "") == "no lines")
    #expect(render("{{^empty(lines)}}some{{/empty(lines)}}", "", lines: [nil]) == "some")
  }

  @Test("No template of the program puts text on a page unescaped")
  func shipped() throws {
    let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Sources")
    var count = 0
    for path in FileManager.default.enumerator(atPath: sources.path)?.compactMap({ $0 as? String }) ?? []
    where path.hasSuffix(".mustache") {
      count += 1
      let text = String(decoding: try Data(contentsOf: sources.appending(path: path)), as: UTF8.self)
      #expect(!text.contains("{{{") && !text.contains(/\{\{\s*&/), "\(path)")
      #expect(!text.contains("CONTENT_TYPE"), "\(path)")
      // A page that stands alone has none; that of a server has its own, in a file of the program.
      let script = path.hasPrefix("Web/") ? "<script src=\"page.js\" defer></script>" : ""
      #expect(!text.replacing(script, with: "").contains("<script"), "\(path)")
    }
    #expect(count >= 8)
  }

  @Test("Quantities are as people read them")
  func quantities() {
    #expect(Quantity.grouped(1_234_567) == "1,234,567" && Quantity.grouped(999) == "999")
    #expect(Quantity.grouped(-1000) == "−1,000" && Quantity.counted(1, "video") == "1 video")
    #expect(Quantity.counted(2000, "category", "categories") == "2,000 categories")
    #expect(Quantity.duration(119.6) == "2 min" && Quantity.duration(119) == "119 s")
    #expect(Quantity.duration(12_345) == "3 h 25 min" && Quantity.duration(.infinity) == "?")
    #expect(Quantity.seconds(61.25) == "1:01.3" && Quantity.seconds(.nan) == "?")
    #expect("日本語テスト".cut(to: 3) == "日本語…" && "abc".cut(to: 3) == "abc")
  }
}
