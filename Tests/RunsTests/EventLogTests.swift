import Dataset
import Foundation
import Inference
import Records
import RunFixtures
import Settings
import Storage
import SystemPackage
import Testing
import Training

@testable import Runs

@Suite("The events of a fold") struct EventLogTests {
  let folder: TemporaryFolder
  let data: TinyData

  init() throws {
    folder = try TemporaryFolder()
    data = try TinyData(in: folder.path)
  }

  private struct Stop: Error {}

  private func run(_ name: String) -> RunFolder { RunFolder(folder.path.appending(name)) }

  private func fit(
    in name: String, checkpointSteps: Int? = nil, report: @escaping (FitEvent) throws -> Void = { _ in }
  ) throws {
    _ = try Fit(
      configuration: try TinyData.configuration("training.epochs=3"), annotations: data.annotations,
      source: data.source, tokenizer: data.tokenizer, folder: run(name), runtime: TinyData.runtime(),
      cacheBytes: 1 << 20, safeguards: Safeguards(checkpointSteps: checkpointSteps), report: report
    ).run(only: 0)
  }

  private func kind(_ event: FitEvent) -> String {
    switch event {
    case .start: "start"
    case .step(let step): "step \(step.step)"
    case .epoch(let epoch, _): "epoch \(epoch.epoch)"
    case .checkpoint(let checkpoint): "checkpoint \(checkpoint.step)"
    case .fold: "fold"
    default: "other"
    }
  }

  @Test("The file tells from the start to the end what is told while the fold is trained")
  func whole() throws {
    var told: [FitEvent] = []
    try fit(in: "run") { told.append($0) }
    let events = try EventFile(run("run").events(0)).all()
    let perEpoch = told.count { if case .step(let step) = $0 { step.epoch == 1 } else { false } }
    var expected = ["start"]
    for epoch in 1...3 {
      for step in 1...perEpoch { expected.append("step \((epoch - 1) * perEpoch + step)") }
      expected.append("epoch \(epoch)")
      if epoch < 3 { expected.append("checkpoint \(epoch * perEpoch)") }
    }
    #expect(events.map(kind) == expected + ["fold"])
    // All but the start and the end of the command.
    #expect(
      events.dropFirst().map { JSONText.encode($0) }
        == told.dropFirst().dropLast().map { JSONText.encode($0) })
    for case .step(let step) in events {
      #expect(
        step.gradientNorm > 0
          && Set(step.learningRates.keys).isSuperset(of: ["backbone", "embeddings", "fusion"]))
    }
  }

  @Test(
    "A file that was cut anywhere, half a line included, or that tells of more than the checkpoint, goes on alike"
  )
  func cut() throws {
    try fit(in: "whole")
    let whole = try comparableContents(of: run("whole").path)
    #expect(throws: Stop.self) {
      try fit(in: "stopped", checkpointSteps: 2) { event in
        if case .step(let step) = event, step.step == 5 { throw Stop() }
      }
    }
    // What a kill left: the file as it was at the checkpoint of step 4, and more.
    let stopped = try contents(of: run("stopped").path)
    let kept = try #require(stopped["fold-00/events.jsonl"])
    let end = Data("\n".utf8)
    let more = try #require(try contents(of: run("whole").path)["fold-00/events.jsonl"])
      .split(separator: end[0]).drop { $0.range(of: Data(#""step":5"#.utf8)) == nil }
    let lines = kept + Data(more.joined(separator: end)) + end
    let half = lines.count - kept.count
    for length in [0, 1, half / 3, half / 2, half - 1, half] {
      let name = "cut-\(length)"
      for (file, bytes) in stopped where !Folder.isFolder(run("stopped").path.appending(file)) {
        let target = run(name).path.appending(file)
        try Folder.create(target.removingLastComponent())
        try bytes.write(to: URL(filePath: target.string))
      }
      try lines.prefix(kept.count + length).write(to: URL(filePath: run(name).events(0).string))
      var warnings: [String] = []
      try fit(in: name, checkpointSteps: 2) {
        if case .warning(let warning) = $0 { warnings.append(warning.message) }
      }
      #expect(try comparableContents(of: run(name).path) == whole, "\(length) bytes more")
      #expect(warnings.isEmpty)
    }
  }

  /// What a mirror was told since it last went on.
  private final class Mirror: EventMirror {
    private(set) var events: [FitEvent] = []
    private(set) var flushes = 0

    func goOn(with file: EventFile) throws { events = try file.all() }
    func add(_ event: FitEvent) { events.append(event) }
    func flush() { flushes += 1 }
  }

  @Test("Who mirrors the events has those of the file, also after a stop")
  func mirror() throws {
    let mirror = Mirror()
    func fit(stopAt stop: Int?) throws {
      _ = try Fit(
        configuration: try TinyData.configuration("training.epochs=3"), annotations: data.annotations,
        source: data.source, tokenizer: data.tokenizer, folder: run("run"), runtime: TinyData.runtime(),
        cacheBytes: 1 << 20, safeguards: Safeguards(checkpointSteps: 2),
        invocation: Invocation(program: "test 1", command: "test fit"),
        mirror: { [self] in
          #expect($0 == run("run").fold(0))
          return mirror
        }
      ) { if case .step(let step) = $0, step.step == stop { throw Stop() } }.run(only: 0)
    }
    #expect(throws: Stop.self) { try fit(stopAt: 5) }
    #expect(mirror.events.map(kind).last == "step 5" && mirror.flushes > 0)
    try fit(stopAt: nil)
    let file = try EventFile(run("run").events(0)).all()
    #expect(mirror.events.map { JSONText.encode($0) } == file.map { JSONText.encode($0) })
    #expect(file.map(kind).last == "fold" && file.count { kind($0) == "step 5" } == 1)
    guard case .start(let start) = file[0] else { Issue.record("no start"); return }
    #expect(start.program == "test 1" && start.command == "test fit")
    for case .epoch(_, let cost) in file {
      #expect(cost.trainingSeconds > 0 && cost.validationSeconds > 0 && cost.peakMemory > 1 << 20)
    }
  }

  @Test("Whoever keeps the events in another form and cannot is done without, and that is said once")
  func brokenMirror() throws {
    struct Full: ReportableError {
      var kind: ErrorKind { .cannotCreate }
      var description: String { "no space" }
    }
    final class Broken: EventMirror {
      var events = 0
      func goOn(with events: EventFile) throws { throw Full() }
      func add(_ event: FitEvent) { events += 1 }
      func flush() { events += 1 }
    }
    let mirror = Broken()
    var warnings: [String] = []
    _ = try Fit(
      configuration: try TinyData.configuration("training.epochs=1"), annotations: data.annotations,
      source: data.source, tokenizer: data.tokenizer, folder: run("run"), runtime: TinyData.runtime(),
      cacheBytes: 1 << 20, mirror: { _ in mirror }
    ) { if case .warning(let warning) = $0 { warnings.append(warning.message) } }.run(only: 0)
    #expect(warnings == ["fold 0 is trained without its events in another form: no space"])
    #expect(mirror.events == 0 && run("run").isFinished(0))
    #expect(try EventFile(run("run").events(0)).all().map(kind).first == "start")
  }

  @Test("An older checkpoint than the last events cuts these off; a file that lacks events is said to")
  func older() throws {
    func log() throws -> EventLog { try EventLog(folder.path.appending("events.jsonl")) }
    func events() throws -> [String] {
      try EventFile(folder.path.appending("events.jsonl")).all().map(kind)
    }
    func step(_ number: Int) -> FitEvent {
      .step(
        .init(
          fold: 0, epoch: (number + 1) / 2, step: number, loss: 1, gradientNorm: 1, learningRates: [:],
          videosPerSecond: 1))
    }
    let first = try log()
    for number in 1...2 { first.add(step(number)) }
    first.add(.checkpoint(.init(fold: 0, epoch: 1, step: 2, problem: nil)))  // before the epoch's validation
    first.add(.warning(.init(message: "kept")))
    first.add(.checkpoint(.init(fold: 0, epoch: 2, step: 2, problem: nil)))
    for number in 3...4 { first.add(step(number)) }
    try first.flush()

    let second = try log()
    #expect(try second.goOn(from: .init(fold: 0, epoch: 2, step: 3)).steps == 3)
    try second.flush()
    #expect(try events() == ["step 1", "step 2", "checkpoint 2", "other", "checkpoint 2", "step 3"])
    #expect(second.has(.init(message: "kept")) && !second.has(.init(message: "new")))

    let third = try log()
    #expect(try third.goOn(from: .init(fold: 0, epoch: 2, step: 2)).steps == 2)
    #expect(try events() == ["step 1", "step 2", "checkpoint 2", "other"])
    #expect(try third.goOn(from: .init(fold: 0, epoch: 3, step: 4)).steps == 2, "of four")
    #expect(try third.goOn(from: .init(fold: 0, epoch: 1, step: 2)).steps == 2)
    #expect(try events() == ["step 1", "step 2"])
    #expect(try third.goOn(from: nil).steps == 0)
    #expect(try events().isEmpty && third.isEmpty)
  }

  @Test(
    "A file from which events were taken away is said to be so, and the weights are what they would have been"
  )
  func lost() throws {
    try fit(in: "whole")
    #expect(throws: Stop.self) {
      try fit(in: "run", checkpointSteps: 1) { event in
        if case .step(let step) = event, step.step == 3 { throw Stop() }
      }
    }
    try AtomicFile.write("", to: run("run").events(0))
    var warnings: [String] = []
    try fit(in: "run") { if case .warning(let warning) = $0 { warnings.append(warning.message) } }
    #expect(warnings.count == 1 && warnings[0].contains("events.jsonl") && warnings[0].contains("lost"))
    #expect(try differences(run("whole").path, run("run").path) == ["fold-00/events.jsonl"])
    #expect(try EventFile(run("run").events(0)).all().first.map(kind) == "start")
  }
}
