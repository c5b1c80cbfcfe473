import Configuration
import Dataset
import Foundation
import Inference
import RunFixtures
import Storage
import Synchronization
import SystemPackage
import Testing

@testable import Runs

@Suite("What a run goes on with, and with whom") struct RunInputsTests {
  let folder: TemporaryFolder
  let data: TinyData
  var run: RunFolder { RunFolder(folder.path.appending("run")) }
  var frames: FilePath { folder.path.appending("frames") }

  init() throws {
    folder = try TemporaryFolder()
    data = try TinyData(in: folder.path)
  }

  /// The frames, as an extraction of other settings would have made them.
  private func otherFrames() throws -> FilePath {
    let other = folder.path.appending("other")
    try FileManager.default.copyItem(atPath: frames.string, toPath: other.string)
    let path = other.appending("dataset.json")
    let text = String(decoding: try Files.read(path), as: UTF8.self)
    try AtomicFile.write(text.replacing("\"quality\" : 95", with: "\"quality\" : 60"), to: path)
    return other
  }

  @Test("A run that was begun with some frames is refused others, which names both; moved ones are the same")
  func otherOnes() throws {
    let configuration = try TinyData.configuration("training.maximum_steps=1")
    _ = try data.fit(configuration, in: run.path, only: 0)
    let other = try otherFrames()
    expectError(.usage, saying: "other --frames", "\(frames)", "\(other)") {
      _ = try data.fit(configuration, in: run.path, source: try VideoSources.open(other))
    }
    expectError(.usage, saying: "other --frames") {
      _ = try data.fit(configuration, in: run.path, source: MemorySource())
    }
    #expect(!run.isFinished(1))
    let moved = folder.path.appending("moved")
    try FileManager.default.moveItem(atPath: frames.string, toPath: moved.string)
    let before = try Files.read(run.inputs)
    _ = try data.fit(configuration, in: run.path, source: try VideoSources.open(moved))
    #expect(run.isFinished(1))
    #expect(try Files.read(run.inputs) == before)
  }

  @Test("A run of text alone has no frames to go on with")
  func textAlone() throws {
    let configuration = try TinyData.configuration("training.maximum_steps=1", "modality=text")
    _ = try data.fit(configuration, in: run.path, only: 0)
    _ = try data.fit(configuration, in: run.path, source: try VideoSources.open(try otherFrames()))
    #expect(run.isFinished(1))
  }

  @Test(
    "Folds that are begun side by side open one run, and none takes what another makes for something else")
  func openedTogether() throws {
    let configuration = try TinyData.configuration()
    let inputs = try data.makeFit(configuration, in: run.path).inputs
    for round in 0..<20 {
      let folder = RunFolder(folder.path.appending("together-\(round)"))
      let failures = Mutex<[String]>([])
      DispatchQueue.concurrentPerform(iterations: 4) { _ in
        do { try folder.open(configuration, inputs) } catch { failures.withLock { $0.append("\(error)") } }
      }
      #expect(failures.withLock { $0 } == [])
    }
  }

  @Test("A report that waited for another's has the folds that were finished meanwhile")
  func reportedTogether() throws {
    let configuration = try TinyData.configuration("training.maximum_steps=1")
    _ = try data.fit(configuration, in: run.path, only: 0)
    let whole = RunFolder(folder.path.appending("whole"))
    _ = try data.fit(configuration, in: whole.path)
    let summary = try data.makeFit(configuration, in: run.path).summary
    // Another process puts its report together; fold 1 is finished after it, and before ours.
    var lock: FileLock? = try FileLock.wait(.exclusive, at: run.path.appending(".framewise.lock"))
    nonisolated(unsafe) let own = summary  // used by the thread alone until it has ended
    let run = run
    let written = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      _ = try? own.write([run], to: run)
      written.signal()
    }
    let isEarly = written.wait(timeout: .now() + 0.3) == .success  // as what does not wait for the other is
    try FileManager.default.copyItem(atPath: whole.fold(1).string, toPath: run.fold(1).string)
    withExtendedLifetime(lock) {}
    lock = nil
    if !isEarly { written.wait() }
    #expect(try JSONText.read(RunReport.self, from: run.report).folds.keys.sorted() == [0, 1])
    #expect(Folder.exists(run.outOfFold))
  }
}
