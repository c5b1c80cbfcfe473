import Dataset
import Foundation
import Testing

@testable import Reports

@Suite("The page of explanations") struct ExplanationPageTests {
  private func html(_ annotation: Annotation?, names: [String: String] = [:]) throws -> String {
    let explanation = Explanation(
      id: "v8", category: "0312", probability: 0.75, without: 0.0625,
      shares: [
        .init(part: .title, value: 0.5), .init(part: .onScreenText, value: -0.125),
        .init(part: .frames, value: 0.3125),
      ], status: .complete)
    return try ExplanationPage(
      of: [explanation], looks: VideoLooks(nil) { _ in annotation.map { [$0.id: $0] } ?? [:] },
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

  @Test("A video whose category nobody knows is neither right nor wrong")
  func unlabelled() throws {
    let html = try html(Annotation(id: "v8", title: "<script>\"\u{301}"))
    #expect(!html.contains("class=\"truth\"") && html.contains("<p class=\"answer\"><b>0312</b>"))
    #expect(html.contains("&lt;script&gt;&quot;\u{301}"))
  }
}
