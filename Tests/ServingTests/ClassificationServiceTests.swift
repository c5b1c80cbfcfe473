import Dataset
import Extraction
import Foundation
import Inference
import RunFixtures
import ServingFixtures
import Storage
import SystemPackage
import Testing

@testable import Serving

@Suite("Questions and answers") struct ClassificationServiceTests {
  let run: ServedRun

  init() throws { run = try ServedRun() }

  private func difference(_ one: Prediction, _ other: Prediction) -> Float {
    guard one.status == other.status, one.category == other.category else { return .infinity }
    return one.probabilities.map { abs($1 - (other.probabilities[$0] ?? .infinity)) }.max() ?? .infinity
  }

  /// Videos of every kind, with their files.
  private func videos() throws -> (annotations: [Annotation], files: [String: [UInt8]]) {
    let plain = try ServedRun.video("plain.mp4")
    let annotations = [
      Annotation(id: "a", title: "ball game", speech: "the tea"), Annotation(id: "b", title: "tea cup"),
      Annotation(id: "c"), Annotation(id: "d", onScreenText: [OnScreenText(time: 0, text: "cup cup")]),
      Annotation(id: "e", title: "game"), Annotation(id: "f", title: "cup", speech: "ball ball ball"),
    ]
    let files = [
      "a": plain, "b": try ServedRun.video("vfr.mkv"), "c": try ServedRun.video("turned90.mp4"),
      "e": try ServedRun.video("sound.mp4"), "f": Array(plain.prefix(plain.count / 2)),
    ]
    return (annotations, files)
  }

  private func question(_ annotation: Annotation, _ file: [UInt8]?) throws -> VideoQuestion {
    var question = VideoQuestion(id: annotation.id)
    question.title = annotation.title
    question.speech = annotation.speech
    question.onScreenText = annotation.onScreenText.map(\.text)
    question.upload = try file.map { try run.spooled($0) }
    return question
  }

  @Test(
    "Whatever comes together, an answer is what infer says after extract", arguments: [(0.0, 1), (30, 3)])
  func load(wait: Double, threads: Int) async throws {
    let (annotations, files) = try videos()
    let expected = try run.inferred(annotations, videos: files).predictions
    let service = try run.service {
      $0.packing.waitMilliseconds = wait
      $0.computing.threads = threads
      $0.packing.frames = 20
      $0.limits.queue = 1000
    }
    try await withThrowingTaskGroup(of: (Int, VideoAnswer).self) { group in
      for number in 0..<60 {
        let place = number % annotations.count
        let asked = try question(annotations[place], files[annotations[place].id])
        group.addTask { (place, try await service.answers(to: [asked], .init(), within: .seconds(3600))[0]) }
      }
      for try await (place, answer) in group {
        #expect(
          difference(answer.prediction, expected[place]) < 1e-4, "\(annotations[place].id): \(answer)")
      }
    }
    #expect(
      service.metrics.text(service.gauges).contains("framewise_videos_total{status=\"no-video-stream\"} 10"))
  }

  @Test("Several videos of one request are answered in their order, and what became of each file is said")
  func several() async throws {
    let (annotations, files) = try videos()
    let service = try run.service()
    let questions = try annotations.map { try question($0, files[$0.id]) }
    var wishes = VideoQuestion.Wishes()
    (wishes.top, wishes.frames) = (2, true)
    let answers = try await service.answers(to: questions, wishes, within: .seconds(3600))
    #expect(answers.map(\.id) == annotations.map(\.id))
    #expect(
      answers.map(\.file.status.text) == [
        "complete", "complete", "complete", "none", "no-video-stream", answers[5].file.status.text,
      ])
    #expect(["truncated", "undecodable", "not-media"].contains(answers[5].file.status.text))
    #expect(answers[3].frames == [] && answers[0].frames?.isEmpty == false)
    for answer in answers {
      #expect(answer.top.count == 2 && answer.top[0].probability >= answer.top[1].probability)
      #expect(answer.level1Probability >= answer.prediction.probability)
    }
  }

  @Test("Categories have their names where they are told, and are found by their numbers all the same")
  func names() async throws {
    let plain = try run.service()
    let (first, second) = (plain.categories[0], plain.categories[1])
    let level1 = CategoryID.level1(of: first)
    let path = try run.folder.write(
      #"{"\#(first)": "Soup, \"clear\"", "\#(second)": "", "\#(level1)": "Food"}"#, to: "names.json")
    let service = try run.service { $0.categoryNames = path.string }
    let asked = try question(Annotation(id: "a", title: "tea cup"), nil)
    var wishes = VideoQuestion.Wishes()
    wishes.top = plain.categories.count
    let answer = try await service.answers(to: [asked], wishes, within: .seconds(3600))[0]
    let expected = [first: "Soup, \"clear\""]
    for candidate in answer.top { #expect(candidate.name == expected[candidate.category]) }
    #expect(answer.name == expected[answer.prediction.category])
    let isFirst = CategoryID.level1(of: answer.prediction.category) == level1
    #expect(answer.level1Name == (isFirst ? "Food" : nil))
    #expect(throws: JSONError.self) { try run.service { $0.categoryNames = "/nowhere.json" } }
  }

  @Test("An explanation is that of framewise explain")
  func explanation() async throws {
    let (annotations, files) = try videos()
    let expected = try run.inferred(annotations, videos: files).explanations
    let service = try run.service()
    var wishes = VideoQuestion.Wishes()
    wishes.explanation = true
    let questions = try annotations.map { try question($0, files[$0.id]) }
    let answers = try await service.answers(to: questions, wishes, within: .seconds(3600))
    for (answer, expected) in zip(answers, expected) {
      let told = try #require(answer.explanation)
      #expect(told.id == expected.id && told.category == expected.category && told.status == expected.status)
      #expect(told.shares.map(\.part) == expected.shares.map(\.part))
      #expect(zip(told.shares, expected.shares).allSatisfy { abs($0.value - $1.value) < 1e-4 })
      #expect(abs(told.without - expected.without) < 1e-4)
    }
  }

  @Test("A decoder that crashes or hangs costs its own video the frames, and no other anything")
  func crash() async throws {
    let worker = Extractor.programBesideThis.removingLastComponent().appending("hostile-worker")
    let service = try run.service(program: worker) {
      $0.limits.readingSeconds = 0.3
      $0.limits.queue = 100
    }
    let deeds = ["trap", "hang", "socket", "babble", "leave", "fine"]
    let reasons = ["crash", "timeout", "crash", "crash", "crash", "empty"]
    try await withThrowingTaskGroup(of: (Int, VideoAnswer).self) { group in
      for (place, deed) in deeds.enumerated() {
        let asked = try question(Annotation(id: deed, title: "ball game"), Array(deed.utf8))
        group.addTask { (place, try await service.answers(to: [asked], .init(), within: .seconds(3600))[0]) }
      }
      for try await (place, answer) in group {
        #expect(answer.file.status.text == reasons[place], "\(deeds[place])")
        #expect(answer.prediction.status == .noFrames)
      }
    }
  }

  @Test("Each video is read by a process of its own")
  func processes() throws {
    let worker = Extractor.programBesideThis.removingLastComponent().appending("hostile-worker")
    let reader = SandboxedReader(program: worker, memory: 1 << 30) { _ in }
    // As large as that worker's frames are.
    let service = try run.service { $0.extraction.shortSide = 32 }
    let request = VideoReading(
      VideoQuestion(id: "a"), .init(), service.preparer, service.settings
    ).request
    var seen: Set<String> = []
    for _ in 0..<3 {
      let video = try run.spooled(Array("who".utf8))
      seen.insert(try #require(try reader.read(video.path, request).sample?.codec))
    }
    #expect(seen.count == 3)
  }

  @Test("Who waits too long is told so at once, what was read for him is given up, and the server goes on")
  func timeLimit() async throws {
    let service = try hostileService()
    let hanging = try question(Annotation(id: "hang"), Array("hang".utf8))
    await #expect(throws: Refusal.self) {
      _ = try await service.answers(to: [hanging], .init(), within: .milliseconds(200))
    }
    let text = try question(Annotation(id: "text", title: "tea cup"), nil)
    #expect(try await service.answers(to: [text], .init(), within: .seconds(3600)).count == 1)
    // By the only reader that there is.
    let next = try question(Annotation(id: "next", title: "tea cup"), Array("fine".utf8))
    let answers = try await service.answers(to: [next], .init(), within: .seconds(3600))
    #expect(answers.map(\.file.status.text) == ["empty"])
  }

  /// Whose reader does what the videos say, one at a time, for as long as they like.
  private func hostileService() throws -> ClassificationService {
    let worker = Extractor.programBesideThis.removingLastComponent().appending("hostile-worker")
    return try run.service(program: worker) {
      $0.limits.readingSeconds = 3600
      $0.jobs = 1
    }
  }

  @Test("An upload that waits for a reader is let go of when nobody waits for its answer")
  func letGo() async throws {
    let service = try hostileService()
    func ask(_ video: String) -> Task<Void, any Error> {
      Task {
        var question = VideoQuestion(id: video)
        question.upload = try SpooledVideo(in: service.spool)
        try question.upload?.append(Array(video.utf8))
        _ = try await service.answers(to: [question], .init(), within: .seconds(3600))
      }
    }
    let read = ask("hang")
    while service.spool.bytes < 4 { await Task.yield() }
    let waiting = ask("hang longer")
    while service.spool.bytes < 15 { await Task.yield() }
    waiting.cancel()
    while service.spool.bytes > 4 { await Task.yield() }
    read.cancel()
    while service.spool.bytes > 0 { await Task.yield() }
    for task in [read, waiting] { await #expect(throws: Refusal.self) { try await task.value } }
  }

  @Test("Where the kernel does not filter system calls, nothing is served")
  func unfiltered() throws {
    let worker = Extractor.programBesideThis.removingLastComponent().appending("hostile-worker")
    let link = run.folder.path.appending("unfiltered")
    try FileManager.default.createSymbolicLink(atPath: link.string, withDestinationPath: worker.string)
    let error = #expect(throws: WorkerError.self) { try run.service(program: link) }
    #expect(error?.description.contains("does not filter") == true)
  }

  @Test("Models that give no numbers are answered for as infer does: by how frequent the categories are")
  func noNumbers() async throws {
    let models = try #require(FileManager.default.enumerator(atPath: run.run.string)).compactMap {
      $0 as? String
    }
    .filter { $0.hasSuffix("/model.safetensors") }
    for model in models {
      let path = run.run.appending(model)
      var bytes = try Files.read(path)
      let header = (0..<8).reduce(0) { $0 | Int(bytes[$1]) << (8 * $1) }
      // Each number of each weight is one that is none.
      for place in (8 + header)..<bytes.count { bytes[place] = 0xFF }
      try AtomicFile.write(bytes, to: path)
    }
    #expect(!models.isEmpty)
    let service = try run.service()
    let text = try question(Annotation(id: "text", title: "tea cup"), nil)
    for _ in 0..<2 {
      var wishes = VideoQuestion.Wishes()
      wishes.explanation = true
      let answer = try await service.answers(to: [text], wishes, within: .seconds(3600))[0]
      #expect(answer.prediction.status == .prior && answer.prediction.probability.isFinite)
      #expect(!JSONText.encode(answer).isEmpty)
    }
  }

  @Test("A video that is longer than allowed is refused by its name")
  func duration() async throws {
    let service = try run.service { $0.limits.videoSeconds = 0.1 }
    let asked = try question(Annotation(id: "long one"), try ServedRun.video("plain.mp4"))
    let error = await #expect(throws: Refusal.self) {
      _ = try await service.answers(to: [asked], .init(), within: .seconds(3600))
    }
    #expect(error?.reason == .tooLarge && error?.description.contains("long one") == true)
  }

  @Test("Models of stored vectors, a missing reader and a folder without room are refused at the start")
  func refusedAtTheStart() throws {
    #expect(throws: WorkerError.self) { try run.service(program: "/nowhere/reader") }
    #expect(throws: FileError.self) { try run.service { $0.spool = "/nowhere" } }
    #expect(throws: (any Error).self) { try run.service { $0.run = "/nowhere" } }
  }
}
