import Dataset
import Extraction
import Foundation
import Images
import JSONSchema
import Media
import Storage
import SystemPackage
import Testing
import Text

@testable import Inspection

/// One token for each character.
struct Letters: Tokenizer {
  let vocabularySize = 1 << 21
  let special = SpecialTokens(padding: 0, unknown: 1, classification: 2, separator: 3, mask: 4)
  func encode(_ text: String) -> [Int32] { text.unicodeScalars.map { Int32($0.value) + 5 } }
  func spellings(of tokens: Set<Int32>) -> [Int32: TokenSpelling] { [:] }
}

@Suite("Validation") struct ValidatorTests {
  let workplace: Workplace

  init() throws { workplace = try Workplace() }

  private func report(
    _ annotations: String, _ change: (inout Validator) throws -> Void = { _ in }
  ) throws -> ValidationReport {
    var validator = Validator(
      annotations: try workplace.write(annotations, as: "a.json"),
      composer: TextComposer(tokenizer: Letters(), budget: TextBudget(title: 4, speech: 4, onScreenText: 4)),
      tokenizer: "letters")
    validator.folds = 2
    try change(&validator)
    return try validator.run()
  }

  private func report(
    _ annotations: [Annotation], _ change: (inout Validator) throws -> Void = { _ in }
  ) throws -> ValidationReport {
    try report(String(decoding: JSONText.encode(annotations), as: UTF8.self), change)
  }

  @Test("Nothing is wrong with what is as it should be")
  func good() throws {
    let report = try report([
      Annotation(id: "a", title: "tea", category: "0100"),
      Annotation(id: "b", title: "cup", category: "0100"),
      Annotation(id: "c", title: "两杯", speech: "茶", category: "0201"),
      Annotation(id: "d", title: "x", category: "0201"),
    ])
    #expect(report.isUsable && report.warnings == [])
    #expect(report.annotations.entries == 4 && report.annotations.labelled == 4)
    #expect(report.text?.title.videos == 4 && report.text?.speech.videos == 1)
    #expect(report.text?.title.characters == .init(minimum: 1, median: 2, percentile95: 3, maximum: 3))
    #expect(report.text?.scripts == [.init(name: "Latin", count: 3), .init(name: "Han", count: 1)])
    #expect(report.categories?.level1 == [.init(name: "01", count: 2), .init(name: "02", count: 2)])
    #expect(report.categories?.level2.map(\.name) == ["0100", "0201"])
  }

  @Test("A key that is not known is a warning with the one that may have been meant")
  func unknownKeys() throws {
    let report = try report("[{\"id\": \"a\", \"titel\": \"x\"}, {\"id\": \"b\", \"titel\": \"y\"}]")
    #expect(report.annotations.unknownKeys == [.init(name: "titel", entries: 2, nearest: "title")])
    #expect(report.isUsable)
    #expect(report.warnings.first?.what.hasPrefix("\"titel\" in 2 entries") == true)
    #expect(report.warnings.first?.advice == "is \"title\" meant?")
  }

  @Test("Every faulty and repeated entry is counted, and the first are named; the others still count")
  func faulty() throws {
    let report = try report(
      #"[{"id": "a"}, {"id": "../b"}, {"id": "a"}, 3, {"id": "c", "category_id": 12}, {"id": "d", "title": "x"}]"#
    )
    #expect(!report.isUsable && report.errors.count == 2)
    #expect(report.annotations.entries == 6)
    #expect(report.annotations.faulty.count == 3 && report.annotations.repeated.count == 1)
    #expect(report.annotations.faulty.first.first?.contains("a.json[1]") == true)
    #expect(report.annotations.repeated.first.first?.contains("a.json[2], id \"a\"") == true)
    #expect(report.text?.none == 1 && report.text?.title.videos == 1)
    #expect(try self.report("[]").errors.map(\.what) == ["there are no annotations"])
    #expect(throws: DatasetError.self) { try self.report("{}") }
  }

  @Test("Texts are measured against the room that the model has for them")
  func text() throws {
    let report = try report([
      Annotation(id: "a", title: "12345", speech: "1234", onScreenText: [.init(time: 0, text: "1234")]),
      Annotation(id: "b", title: "123456789"), Annotation(id: "c", title: " \n"),
      Annotation(id: "d", title: "123456789"),
      Annotation(
        id: "e",
        onScreenText: [.init(time: 0, text: "ab"), .init(time: 1, text: "ab"), .init(time: 2, text: "c")]),
    ])
    let tokens = try #require(report.text?.tokens)
    // 16 tokens with [CLS] and three [SEP]: nine of the title alone fit, thirteen of three parts do not.
    #expect(tokens.room == 16 && tokens.cut == 1 && tokens.sampled == 5)
    #expect(
      tokens.title == .init(budget: 4, tokens: .init(minimum: 5, median: 9, percentile95: 9, maximum: 9)))
    #expect(tokens.onScreenText.tokens?.maximum == 4, "a repeated line is taken once, as for the model")
    #expect(report.text?.none == 1 && report.text?.copies == 1)
    let words = report.warnings.map(\.what).joined(separator: "\n")
    #expect(words.contains("1 of 5 videos have no text"))
    #expect(words.contains("exactly the texts of an earlier one"))
    #expect(words.contains("of 1 of 5 videos not all text fits into 16 tokens"))
  }

  @Test("Of a long file a part of the texts is counted in tokens, spread over all of it")
  func manyTexts() {
    var survey = TokenSurvey(TextComposer(tokenizer: Letters(), budget: TextBudget()), tokenizer: "letters")
    for number in 0..<50_000 {
      survey.add(
        Annotation(id: "\(number)", title: String(repeating: "x", count: number / 5000 + 1)), characters: 1)
    }
    let report = survey.report
    #expect((10_000...20_000).contains(report.sampled))
    #expect(report.title.tokens == .init(minimum: 1, median: 5, percentile95: 10, maximum: 10))
  }

  @Test("Labels that are partly there, categories that are rare, more folds than videos: each with advice")
  func labels() throws {
    let report = try report([
      Annotation(id: "a", title: "1", category: "0100"), Annotation(id: "b", title: "2", category: "0100"),
      Annotation(id: "c", title: "3", category: "0101"), Annotation(id: "d", title: "4"),
    ]) { $0.folds = 5 }
    #expect(report.categories?.fewerThanFolds == ["0100", "0101"])
    let words = report.warnings.map(\.what).joined(separator: "\n")
    #expect(words.contains("1 of 4 videos have no category_id"))
    #expect(words.contains("3 labelled videos are fewer than 5 folds"))
    #expect(words.contains("2 of 2 categories have fewer videos than 5 folds, 1 of them a single one"))
    #expect(report.warnings.allSatisfy { !$0.advice.isEmpty } && report.isUsable)
    // Without any label it is a set to predict, and nothing is missing.
    let test = try self.report([Annotation(id: "a", title: "1")])
    #expect(test.categories == nil && test.warnings == [])
  }

  @Test("Videos are found as extract finds them; headers are read; what cannot be is told with the reason")
  func videos() throws {
    let pictures = (0..<10).map {
      RGBImage(width: 64, height: 32, pixels: [UInt8](repeating: UInt8($0), count: 64 * 32 * 3))
    }
    let video = try VideoEncoder.encode(pictures, framesPerSecond: 5)
    for name in ["a.mp4", "b.mp4", "b.mkv", "inner/c.mp4", "stranger.mp4", "notes.txt"] {
      try workplace.write(video, as: "videos/\(name)")
    }
    try workplace.write("no video at all", as: "videos/d.mp4")
    let ids = ["a", "b", "c", "d", "e"]
    let report = try report(ids.map { Annotation(id: $0, title: "title of \($0)") }) {
      $0.videos = workplace.path.appending("videos")
    }
    let videos = try #require(report.videos)
    #expect(videos.found == 4 && videos.missing == .init(count: 1, first: ["e"]))
    #expect(videos.extra == .init(count: 1, first: ["stranger.mp4"]))
    #expect(videos.ambiguous.count == 1)
    #expect(videos.probe.files == 4 && videos.probe.bytes == 3 * video.count)
    #expect(videos.probe.codecs == [.init(name: "mpeg4", count: 3)])
    #expect(videos.probe.sizes == [.init(name: "64×32", count: 3)])
    #expect(videos.probe.durations == [.init(name: "1 to 5 s", count: 3)])
    #expect(videos.probe.unreadable == [.init(name: "not-media", count: 1)])
    #expect(report.isUsable && report.warnings.count == 4)
    let limited = try self.report(ids.map { Annotation(id: $0, title: "title of \($0)") }) {
      ($0.videos, $0.probe) = (workplace.path.appending("videos"), 2)
    }
    #expect(limited.videos?.probe.files == 2 && limited.videos?.found == 4)
    let other = try self.report([Annotation(id: "x", title: "x")]) {
      $0.videos = workplace.path.appending("videos")
    }
    #expect(!other.isUsable && other.errors[0].what.contains("none of the 1 ids has a file"))
  }

  @Test("A video that takes over what reads its header can do nothing else, and is told as a crash")
  func hostileVideos() throws {
    let deeds = ["open", "socket", "fine", "share"]
    for (number, deed) in deeds.enumerated() { try workplace.write(deed, as: "videos/v\(number).mp4") }
    let report = try report(deeds.indices.map { Annotation(id: "v\($0)", title: "title of \($0)") }) {
      $0.videos = workplace.path.appending("videos")
      $0.probing.program = Extractor.programBesideThis.removingLastComponent().appending("hostile-worker")
    }
    let probe = try #require(report.videos?.probe)
    #expect(probe.files == 4 && probe.codecs == [])
    #expect(probe.unreadable == [.init(name: "crash", count: 3), .init(name: "empty", count: 1)])
    #expect(
      probe.firstUnreadable.first?.hasSuffix("v0.mp4: crash: its reader tried what it may not do (SIGSYS)")
        == true)
  }

  @Test("Where the program is missing that reads headers, that is said, unless no header is asked for")
  func withoutWorker() throws {
    try workplace.write("", as: "videos/a.mp4")
    for probe in [1, 0] {
      let validate = {
        try report([Annotation(id: "a", title: "x")]) {
          $0.videos = workplace.path.appending("videos")
          $0.probing.program = "/nowhere/framewise-extract-worker"
          $0.probe = probe
        }
      }
      if probe == 0 {
        #expect(try validate().videos?.found == 1)
      } else {
        #expect(throws: WorkerError.missing("/nowhere/framewise-extract-worker")) { try validate() }
      }
    }
  }

  @Test("Frames are counted, and decoded for a look; another dataset's are refused")
  func frames() throws {
    let source = try workplace.dataset(
      ["a": [try jpeg((1, 2, 3)), noPicture], "b": [try jpeg((1, 2, 3))], "unasked": []],
      quarantine: [QuarantineRow(id: "c", reason: .missing, detail: "no file")])
    let report = try report(["a", "b", "c"].map { Annotation(id: $0, title: "title of \($0)") }) {
      $0.frames = ("frames", source)
    }
    let frames = try #require(report.frames)
    #expect(frames.found == 2 && frames.missing.first == ["c"] && frames.extra.first == ["unasked"])
    #expect(frames.quarantined == [.init(name: "missing", count: 1)])
    #expect(frames.probed == 2 && frames.undecodable == 1)
    #expect(frames.perVideo == .init(minimum: 1, median: 1, percentile95: 2, maximum: 2))
    #expect(frames.sizes == [.init(name: "90×160", count: 2)])
    #expect(report.isUsable && report.warnings.count == 2)
    let other = try self.report([Annotation(id: "x", title: "x")]) { $0.frames = ("frames", source) }
    #expect(!other.isUsable && other.errors[0].what.contains("none of the 1 ids is among the 3 videos"))
  }

  @Test("Schema, example and type of the report say the same")
  func format() throws {
    #expect(try FileFormat("validation-report").problems(as: ValidationReport.self) == [])
    let written = try report([Annotation(id: "a", title: "x", category: "0100"), Annotation(id: "b")]) {
      $0.frames = ("frames", try workplace.dataset(["a": [try jpeg((1, 2, 3))]]))
      $0.videos = workplace.path
    }
    let value = try JSONDecoder().decode(JSONValue.self, from: Data(JSONText.encode(written)))
    #expect(JSONSchema(try FileFormat("validation-report").schema).problems(in: value) == [])
  }
}

@Suite("Scripts") struct ScriptTests {
  private func name(_ text: String) -> String {
    var count = ScriptCount()
    count.add(text)
    return count.name
  }

  @Test(
    "Letters tell the script, and nothing else does",
    arguments: [
      ("如何翻煎饼", "Han"), ("How to flip a pancake, naïve", "Latin"), ("如何 flip 煎饼", "Han + Latin"),
      ("パンケーキの焼き方", "Han + Kana"), ("팬케이크", "Hangul"), ("Как перевернуть блин", "Cyrillic"),
      ("كيف تقلب الفطيرة", "Arabic"), ("פנקייק", "Hebrew"), ("पैनकेक", "Devanagari"), ("แพนเค้ก", "Thai"),
      ("Ωμέγα", "Greek"), ("123 … 👍 !?", "no letters"), ("", "no letters"), ("ｆｕｌｌ", "Latin"),
      // One word of English in twenty characters of Chinese is not a second script.
      ("今天我们来学习怎么样做一个非常好吃的煎饼ok", "Han"), ("ႠႡႢ", "other scripts"),
    ])
  func scripts(text: String, expected: String) { #expect(name(text) == expected) }
}

@Suite("Tallies") struct TallyTests {
  @Test("Quantiles are values that occur")
  func spread() {
    var tally = Tally<Int>()
    #expect(tally.spread == nil)
    for value in 1...100 { tally.add(value) }
    #expect(tally.spread == .init(minimum: 1, median: 50, percentile95: 95, maximum: 100))
    var single = Tally<Int>()
    single.add(7)
    #expect(single.spread == .init(minimum: 7, median: 7, percentile95: 7, maximum: 7))
  }

  @Test("The most frequent are named, the others are one row")
  func named() {
    var tally = Tally<String>()
    for (name, count) in [("a", 1), ("b", 3), ("c", 1), ("d", 2)] { tally.add(name, times: count) }
    #expect(
      tally.named(limit: 2) == [
        .init(name: "b", count: 3), .init(name: "d", count: 2), .init(name: "others", count: 2),
      ])
    #expect(tally.named(limit: 4).map(\.name) == ["b", "d", "a", "c"])
  }
}
