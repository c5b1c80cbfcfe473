import Dataset
import Records
import Storage
import SystemPackage
import Testing

@testable import Reports

@Suite("Runs that are not as fit leaves them") struct ForgedRunTests {
  /// What is changed in a file of the run, and how; each once made the page's arithmetic trap, or would have.
  static let forgeries: [(file: String, from: String, to: String)] = [
    ("folds.jsonl", #""fold":1"#, #""fold":9223372036854775807"#),
    ("folds.jsonl", #""fold":1"#, #""fold":-4"#),
    ("folds.jsonl", #""id":"v11""#, #""id":"v1""#),
    ("folds.jsonl", #""category_id":"0200""#, #""category_id":"""#),
    ("fold-00/predictions.jsonl", #""0100":0."#, #""0100":99999999999999999999."#),
    ("fold-00/predictions.jsonl", #""status":"complete""#, #""status":"prior""#),
    ("fold-00/events.jsonl", #""loss":3"#, #""loss":1.7e308"#),
    ("fold-00/events.jsonl", #""loss":3"#, #""loss":-1.7e308"#),
    ("fold-00/events.jsonl", #""step":2"#, #""step":9223372036854775807"#),
    ("fold-00/events.jsonl", #""epoch":1"#, #""epoch":-9223372036854775808"#),
    ("fold-00/events.jsonl", #""skipped_steps":0"#, #""skipped_steps":9223372036854775807"#),
    ("fold-00/events.jsonl", #""peak_memory":3221225472"#, #""peak_memory":-1"#),
    ("fold-00/events.jsonl", #""training_seconds":60"#, #""training_seconds":1e300"#),
    ("fold-00/events.jsonl", "warning", "nothing"), ("configuration.yaml", "seed: 1", "seed: [1, {a: b}]"),
    ("configuration.yaml", "seed: 1", "seed: \"x"), ("configuration.yaml", "seed: 1", "1: 2\n? [a]\n: 3"),
    ("inputs.json", "00112233aabbccdd", "<b>"), ("inputs.json", "{", "["),
  ]

  @Test("They are reported as far as they can be read, or refused in a line", arguments: forgeries)
  func forged(_ forgery: (file: String, from: String, to: String)) throws {
    let sample = try SampleRun()
    let run = try sample.write()
    let path = run.path.pushing(FilePath(forgery.file))
    let text = String(decoding: try Files.read(path), as: UTF8.self)
    let compact = text.replacing("\" : ", with: "\":")
    try #require(compact.contains(forgery.from), "\(compact.prefix(300))")
    try AtomicFile.write(compact.replacing(forgery.from, with: forgery.to), to: path)
    let other = try sample.write(to: "other")
    for runs in [[run], [run, other], [other, run]] {
      do {
        let html = try ReportPage(
          of: runs, looks: VideoLooks(nil) { _ in [:] }, names: .none, program: "test"
        ).html()
        #expect(html.hasSuffix("</html>\n") && !html.contains("nan") && html.utf8.count < 200_000)
      } catch let error as any ReportableError {
        #expect(error.description.count { $0.isNewline } == 0 && error.kind == .badData, "\(error)")
      }
    }
  }
}
