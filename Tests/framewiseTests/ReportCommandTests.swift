import Foundation
import Testing

@Suite("framewise report", .syntheticSet) struct ReportCommandTests {
  let folder: TemporaryFolder
  let set: SyntheticSet

  init() throws {
    folder = try TemporaryFolder()
    set = try SyntheticSet.current
  }

  private func report(_ arguments: String...) async throws -> CommandLineRunner.Outcome {
    try await CommandLineRunner.run(["report"] + arguments)
  }

  @Test("fit ends with the page, report makes the same one anew, and puts runs beside each other")
  func pages() async throws {
    let run = folder("run")
    let fitted = try await CommandLineRunner.run(set.fitArguments(out: run))
    #expect(fitted.exitCode == 0, "\(fitted.messages)")
    #expect(fitted.output.contains("report: \(run)/report.html"))
    let page = try folder.text("run/report.html")
    let videos = try set.annotations("labeled.json").count
    #expect(page.contains("\(videos) videos, each predicted by the model that never saw it"))
    let wrong = page.matches(of: /<article class="card">/).count
    #expect(wrong > 0 && page.matches(of: /data:image\/jpeg;base64,/).count >= wrong)

    let again = try await report(run, "--out", folder("again.html"))
    #expect(again.exitCode == 0 && again.messages.isEmpty, "\(again.messages)")
    #expect(try folder.text("again.html") == page, "texts and frames are found where the run says they lay")

    let ledger = try await report(run, "--out", folder("ledger.html"), "--ledger", "--threads", "1")
    #expect(ledger.exitCode == 0, "\(ledger.messages)")
    #expect(try folder.text("ledger.html").contains("<tr><td>the frames of another video"))
    let stored = try folder.text("run/ledger.json")
    #expect(stored.contains("shuffled-text"))
    #expect(try !folder.text("ledger.html").contains("as the run was then"))
    // As if a fold had been finished since.
    _ = try folder.write(stored.replacing(/"videos"\s*:\s*\d+/, with: "\"videos\": 7"), to: "run/ledger.json")
    let old = try await report(run, "--out", "-")
    #expect(old.output.contains("Of 7 videos, as the run was then"), "\(stored)")

    let names = try folder.write(#"{"01": "Cooking"}"#, to: "names.json")
    let other = try await CommandLineRunner.run(
      set.fitArguments(out: folder("other")) + ["--seed", "5", "--categories", names])
    #expect(other.exitCode == 0, "\(other.messages)")
    #expect(try folder.text("other/report.html").contains("<bdi>Cooking</bdi>"))
    let compared = try await report(run, folder("other"), "--out", "-")
    #expect(compared.exitCode == 0 && compared.output.hasPrefix("<!DOCTYPE html>"), "\(compared.messages)")
    #expect(compared.output.contains("<code>seed</code><td><code>1</code><td><code>5</code>"))
  }

  @Test("What cannot be reported is said in a line, and no page is written over without being asked to")
  func errors() async throws {
    try await report(folder("none"), "--out", folder("page.html"))
      .expectError(66, saying: "none: there is no run here")
    try await report(set("frames/labeled"), "--out", folder("page.html"))
      .expectError(66, saying: "there is no run here")
    let page = try folder.write("mine", to: "page.html")
    try await report(folder("none"), "--out", page).expectError(73, saying: "page.html", "--overwrite")
    #expect(try folder.text("page.html") == "mine")
    let names = try folder.write(#"{"soup": "Soup"}"#, to: "names.json")
    try await report(folder("none"), "--out", folder("new.html"), "--categories", names)
      .expectError(65, saying: "names.json", "\"soup\" is no category")
    #expect(try await report(folder("none"), "--out", folder("page.png")).exitCode == 64)
    #expect(try await report("--out", folder("new.html")).exitCode == 64, "no run is named")
  }
}
