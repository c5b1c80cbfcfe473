import Foundation
import Testing

@Suite("framewise explain", .syntheticSet) struct ExplainCommandTests {
  let folder: TemporaryFolder
  let set: SyntheticSet

  init() throws {
    folder = try TemporaryFolder()
    set = try SyntheticSet.current
  }

  private func explain(_ ids: String, _ more: String...) async throws -> CommandLineRunner.Outcome {
    try await CommandLineRunner.run(
      [
        "explain", "--run", folder("run"), "--frames", set("frames/test"), "--annotations", set("test.json"),
        "--ids",
        ids, "--threads", "1",
      ] + more)
  }

  @Test("Named videos are explained on a page and in JSON; one that is not there is named")
  func explanations() async throws {
    let fitted = try await CommandLineRunner.run(set.fitArguments(out: folder("run")))
    #expect(fitted.exitCode == 0, "\(fitted.messages)")
    let ids = try set.annotations("test.json").compactMap { $0["id"] as? String }
    let named = [ids[2], ids[0]]
    let outcome = try await explain(named.joined(separator: ","), "--out", folder("explain.html"), "--json")
    #expect(outcome.exitCode == 0, "\(outcome.messages)")
    let rows = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [[String: Any]])
    #expect(rows.map { $0["id"] as? String } == named, "in the order in which they are named")
    for row in rows {
      let shares = try #require(row["shares"] as? [[String: Any]]).compactMap { $0["value"] as? Double }
      let (whole, without) = (
        try #require(row["probability"] as? Double), try #require(row["without"] as? Double)
      )
      #expect(abs(shares.reduce(0, +) - (whole - without)) < 1e-4)
      let evidence = try #require(row["evidence"] as? [String: Any])
      let values = try ["words", "frames"].flatMap {
        try #require(evidence[$0] as? [[String: Any]]).compactMap { $0["value"] as? Double }
      }
      let baseline = try #require(evidence["baseline"] as? Double)
      #expect(abs(values.reduce(0, +) - (whole - baseline)) < 1e-3 && values.count > 1)
      #expect(evidence["steps"] as? Int == 32)
    }
    let page = try folder.text("explain.html")
    #expect(page.matches(of: /<article class="card">/).count == 2 && page.contains("data:image/jpeg;base64,"))
    #expect(page.contains("Named first") || page.contains("class=\"w \""))
    try await explain("\(ids[0]),gone", "--json").expectError(65, saying: "\"gone\"", "--ids names it")
    #expect(try await explain(ids[0], "--json", "--steps", "0").exitCode == 64)
    #expect(try await explain(ids[0]).exitCode == 64, "neither --out nor --json")
  }
}
