import Foundation
import Metrics
import Records
import Storage
import SwiftProtobuf
import SystemPackage
import Testing

@testable import Reports

@Suite("TensorBoard's files") struct TensorBoardTests {
  let sample: SampleRun
  let folder: FilePath
  let log: FilePath

  init() throws {
    sample = try SampleRun()
    folder = sample.path.appending("fold-00")
    log = folder.appending("events.jsonl")
    try Folder.create(folder)
    try AtomicFile.write("", to: log)
  }

  private struct Scalar: Equatable, CustomStringConvertible {
    let time: Double
    let step: Int
    let tag: String
    let value: Double

    var description: String { "\(tag) \(step) \(value) at \(time)" }
  }

  private var names: [String] {
    get throws { try Folder.names(in: folder).filter { $0.contains("tfevents") } }
  }

  /// All scalars of the one file that there is, which has to begin with its version.
  private func scalars() throws -> [Scalar] {
    let name = try #require(try names.first)
    #expect(try names.count == 1)
    let events = try TFRecords.records(in: try Files.read(folder.appending(name))).map {
      try Tensorflow_Event(serializedBytes: Array($0))
    }
    #expect(events.first?.fileVersion == "brain.Event:2")
    return events.dropFirst().flatMap { event in
      event.summary.value.map {
        Scalar(time: event.wallTime, step: Int(event.step), tag: $0.tag, value: Double($0.simpleValue))
      }
    }
  }

  private func step(_ number: Int) -> FitEvent {
    .step(
      .init(
        fold: 0, epoch: 1, step: number, loss: Double(number) / 2, gradientNorm: 1,
        trust: number == 2 ? 0.75 : nil, learningRates: ["head": 0.25, "backbone": 0.125], videosPerSecond: 4)
    )
  }

  private func epoch(_ number: Int) -> FitEvent {
    .epoch(
      EpochResult(
        fold: 0, epoch: number, loss: 0.5, skippedSteps: 0,
        EpochScores(Scores(truth: ["0100"], predicted: ["0100"]))),
      EpochCost(videosPerSecond: 8, trainingSeconds: 1, validationSeconds: 1, peakMemory: 1))
  }

  @Test(
    "The checksum is that of the standard",
    arguments: [
      (Array("123456789".utf8), 0xE306_9283), ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
      ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
    ] as [([UInt8], UInt32)])
  func checksum(_ bytes: [UInt8], _ expected: UInt32) {
    #expect(CRC32C.checksum(bytes) == expected)
  }

  @Test("A record is what TensorFlow writes, and a file is read up to what is damaged")
  func records() {
    // The first record of every file of TensorFlow, but for its time.
    var event = Tensorflow_Event()
    event.fileVersion = "brain.Event:2"
    let bytes: [UInt8] = (try? event.serializedBytes()) ?? []
    #expect(bytes == [0x1A, 0x0D] + Array("brain.Event:2".utf8))
    let record = TFRecords.record(bytes)
    #expect(record.prefix(8) == [15, 0, 0, 0, 0, 0, 0, 0] && record.count == 15 + 16)
    let file = record + TFRecords.record([]) + TFRecords.record([1, 2, 3])
    #expect(TFRecords.records(in: file).map(Array.init) == [bytes, [], [1, 2, 3]])
    for (cut, whole) in [(1, 2), (4, 2), (19, 2), (20, 1)] {
      #expect(TFRecords.records(in: Array(file.dropLast(cut))).count == whole, "\(cut)")
    }
    for place in file.indices {
      var damaged = file
      damaged[place] ^= 0x10
      let whole = place < 31 ? 0 : place < 47 ? 1 : 2
      #expect(TFRecords.records(in: damaged).count == whole, "\(place)")
    }
  }

  @Test("Steps and epochs are scalars under names of their own, with the time they happened at")
  func scalarsOfEvents() throws {
    var time = 1_700_000_000.5
    let file = TensorBoardFile(in: folder) { time }
    try file.goOn(with: EventFile(log))
    for event in [step(1), step(2), .warning(.init(message: "no scalar")), epoch(1)] {
      time += 1
      file.add(event)
    }
    file.flush()
    let scalars = try scalars()
    #expect(try names == ["events.out.tfevents.1700000000.framewise"])
    #expect(
      scalars.filter { $0.tag == "step/loss" } == [
        Scalar(time: 1_700_000_001.5, step: 1, tag: "step/loss", value: 0.5),
        Scalar(time: 1_700_000_002.5, step: 2, tag: "step/loss", value: 1),
      ])
    #expect(scalars.contains(Scalar(time: 1_700_000_004.5, step: 1, tag: "epoch/mean_f1", value: 1)))
    #expect(
      Set(scalars.map(\.tag)) == [
        "step/loss", "step/gradient_norm", "step/trust", "step/videos_per_second",
        "step/learning_rate/backbone",
        "step/learning_rate/head", "epoch/loss", "epoch/videos_per_second", "epoch/mean_f1",
        "epoch/level1_micro_f1", "epoch/level1_macro_f1", "epoch/level2_micro_f1", "epoch/level2_macro_f1",
      ])
  }

  @Test("A fold that goes on leaves a file that reads as if nothing had happened", arguments: [false, true])
  func goingOn(_ isDamaged: Bool) throws {
    var time = 1000.0
    func write(_ events: [FitEvent], to file: TensorBoardFile) {
      for event in events {
        time += 1
        file.add(event)
      }
      file.flush()
    }
    let first = TensorBoardFile(in: folder) { time }
    try first.goOn(with: EventFile(log))
    write([step(1), step(2), epoch(1), step(3), step(4), epoch(2)], to: first)
    let whole = try scalars()
    // The checkpoint was made after step 3: what the events tell beyond it is gone, and happens again.
    try JSONLines.write([step(1), step(2), epoch(1), step(3)], to: log)
    if isDamaged {
      let path = folder.appending(try #require(try names.first))
      try AtomicFile.write(Array(try Files.read(path).dropLast(300)), to: path)
    }
    time = 2000
    let second = TensorBoardFile(in: folder) { time }
    try second.goOn(with: EventFile(log))
    write([step(4), epoch(2)], to: second)
    let resumed = try scalars()
    #expect(resumed.map(\.tag) == whole.map(\.tag) && resumed.map(\.step) == whole.map(\.step))
    #expect(resumed.map(\.value) == whole.map(\.value))
    #expect(resumed.first?.time == 1001 && resumed.last?.time == 2002)
    #expect(isDamaged || resumed.filter { $0.time < 2000 }.count == whole.filter { $0.time <= 1004 }.count)
    #expect(try names == ["events.out.tfevents.0000002000.framewise"], "later than the one before")
  }

  @Test("A run that asks for it only when it goes on has all of its steps")
  func later() throws {
    try JSONLines.write([step(1), epoch(1)], to: log)
    let file = TensorBoardFile(in: folder) { 5 }
    try file.goOn(with: EventFile(log))
    file.add(step(2))
    file.flush()
    #expect(try scalars().filter { $0.tag == "step/loss" }.map(\.step) == [1, 2])
    try file.goOn(with: EventFile(log))
    #expect(try names == ["events.out.tfevents.0000000006.framewise"], "never the name of another")
  }
}
