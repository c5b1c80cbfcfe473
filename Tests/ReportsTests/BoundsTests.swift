import Dataset
import Foundation
import Metrics
import Records
import Storage
import SystemPackage
import Testing

@testable import Reports

/// Whatever the files of a run claim, a page of it stays one that can be opened.
@Suite("How large a page can become") struct BoundsTests {
  private static let longestPage = 400_000
  private static let long = String(repeating: "長<x>", count: 60_000)

  /// The page, or the line that refuses the run.
  private func size(_ runs: RunFolder..., annotation: Annotation? = nil, names: [String: String] = [:]) throws
    -> Int
  {
    let looks = VideoLooks(nil) { ids in
      annotation.map { annotation in Dictionary(uniqueKeysWithValues: ids.map { ($0, annotation) }) } ?? [:]
    }
    do {
      return try ReportPage(of: runs, looks: looks, names: CategoryNames(names), program: "test").html().utf8
        .count
    } catch let error as any ReportableError {
      #expect(
        error.kind == .badData && error.description.utf8.count < 2000, "\(error.description.prefix(300))")
      return 0
    }
  }

  /// The value with one of its strings, or of its keys, replaced, for each of these.
  private static func stretched(_ value: Any) -> [Any] {
    switch value {
    case is String: return [long]
    case let list as [Any]:
      return list.enumerated().flatMap { place, element -> [Any] in
        stretched(element).map { changed -> Any in
          var list = list
          list[place] = changed
          return list
        }
      }
    case let members as [String: Any]:
      return members.keys.sorted().flatMap { key -> [Any] in
        guard let value = members[key] else { return [] }
        var renamed = members
        renamed[key] = nil
        renamed[long] = value
        return stretched(value).map { changed -> Any in
          var members = members
          members[key] = changed
          return members
        } + [renamed]
      }
    default: return []
    }
  }

  private static func lines(_ path: FilePath) throws -> [Data] {
    Data(try Files.read(path)).split(separator: UInt8(ascii: "\n")).map { Data($0) }
  }

  private func withReports(_ sample: SampleRun) throws -> RunFolder {
    let run = try sample.write()
    let truth = SampleRun.videos.map(\.truth)
    let scores = Scores(truth: truth, predicted: truth)
    try JSONText.write(
      RunReport(
        folds: [0: 1, 1: 0.5], totalFolds: 2, acrossFolds: Statistics([1, 0.5]), outOfFold: scores,
        calibrated: scores, floor: FloorReport(scores, input: .both, model: scores), skippedSteps: 0),
      to: run.report)
    let interval = Bootstrap(draws: 2).scores(
      truth: [0], predicted: [0], by: NumberedScores(classes: ["0100"])
    ).meanF1
    try JSONText.write(
      ModalityLedger(videos: 12, rows: [.init(input: .full, meanF1: interval)]), to: run.ledger)
    return run
  }

  @Test(
    "A text of a quarter of a million characters anywhere in the files of a run fills no page, nor the line that refuses it",
    arguments: [
      "folds.jsonl", "fold-00/predictions.jsonl", "fold-00/events.jsonl", "inputs.json", "report.json",
      "ledger.json",
    ])
  func longTexts(_ file: String) throws {
    let sample = try SampleRun()
    let run = try withReports(sample)
    let other = try sample.write(to: "other")
    let path = run.path.pushing(FilePath(file))
    let original = try Files.read(path)
    let isLines = file.hasSuffix("l")
    let parts = isLines ? try Self.lines(path) : [Data(original)]
    // Of the lines of one kind the first.
    var seen: Set<String> = []
    for (place, part) in parts.enumerated() {
      let value = try JSONSerialization.jsonObject(with: part)
      let kind = (value as? [String: Any])?["event"] as? String ?? ""
      guard seen.insert(kind).inserted else { continue }
      for changed in Self.stretched(value) {
        var parts = parts
        parts[place] = try JSONSerialization.data(withJSONObject: changed)
        try AtomicFile.write(Array(parts.joined(separator: Data("\n".utf8))), to: path)
        #expect(try size(run) < Self.longestPage)
        #expect(try size(other, run) < Self.longestPage)
      }
    }
    try AtomicFile.write(original, to: path)
    #expect(try size(run) > 10_000, "as it was it is a page")
  }

  @Test("Nor do texts of annotations, names of categories and settings")
  func strangers() throws {
    let sample = try SampleRun()
    let long = Self.long
    let settings =
      (0..<3000).map { "key\($0): v\n" }.joined()
      + "last: \"\(long)\"\n? \"\(long)\"\n: 1\nlist: [\(long), b]\n"
    let run = try sample.write(settings: settings)
    let annotation = Annotation(
      id: "v1", title: long, speech: long, onScreenText: (0..<300).map { .init(time: Double($0), text: long) }
    )
    let size = try size(run, annotation: annotation, names: ["0100": long, "01": long])
    #expect((10_000..<Self.longestPage).contains(size))
  }

  @Test("Aliases of aliases in the settings come to an end")
  func aliases() throws {
    let levels = (1...40).map { "a\($0): &a\($0) {x: *a\($0 - 1), y: *a\($0 - 1)}\n" }
    let sample = try SampleRun()
    let run = try sample.write(settings: "a0: &a0 {x: 1, y: 2}\n" + levels.joined())
    #expect(try size(run) < Self.longestPage)
  }

  @Test("A hundred thousand events with other groups, epochs and warnings each are a page like another")
  func manyEvents() throws {
    let sample = try SampleRun()
    let run = try sample.write()
    let scores = EpochScores(Scores(truth: ["0100"], predicted: ["0100"]))
    let events = (1...25_000).flatMap { number -> [FitEvent] in
      [
        .step(
          .init(
            fold: 0, epoch: number, step: number, loss: 1, gradientNorm: 1,
            learningRates: ["group \(number)": Double(number), "head": 1], videosPerSecond: 1)),
        .epoch(
          EpochResult(fold: 0, epoch: number, loss: 1 / Double(number), skippedSteps: 0, scores),
          EpochCost(videosPerSecond: 6, trainingSeconds: 60, validationSeconds: 15, peakMemory: 3 << 30)),
        .warning(.init(message: "warning \(number)")),
        .skip(.init(fold: 0, epoch: 1, step: 1, tensor: "x", ids: [])),
      ]
    }
    try JSONLines.write(events, to: run.events(0))
    let size = try size(run, try sample.write(to: "other"))
    #expect(try (10_000..<Self.longestPage).contains(size) && self.size(run) < Self.longestPage)
  }

  @Test("As many categories as there can be, and hundreds of folds, are cut to what anybody reads")
  func manyCategories() throws {
    let videos = (0..<400).map { number in
      SampleRun.Video(
        id: "v\(number)", truth: String(format: "%04d", number * 7), probabilities: [:], fold: number % 200)
    }
    let sample = try SampleRun()
    let run = try sample.write(videos, epochs: 1)
    #expect(try (10_000..<2 * Self.longestPage).contains(size(run)))
  }

  @Test("More folds than can be, and categories that are none, are refused in a line")
  func refused() throws {
    let sample = try SampleRun()
    let run = try sample.write()
    try JSONLines.write((0..<1200).map { FoldRow(id: "v\($0)", fold: $0, category: "0100") }, to: run.folds)
    #expect(try size(run) == 0)
    try JSONLines.write((0..<9).map { FoldRow(id: "v\($0)", fold: 0, category: "c\($0)") }, to: run.folds)
    #expect(try size(run) == 0)
  }
}
