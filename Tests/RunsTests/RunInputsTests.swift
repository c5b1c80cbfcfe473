import Dataset
import Foundation
import Inference
import Records
import RunFixtures
import Settings
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

  /// Runs `body` on a thread of its own while the run is another process's, lets `others` do what that one does, and
  /// then lets go.
  private func waiting(_ body: @escaping @Sendable () -> Void, others: () throws -> Void) throws {
    try Folder.create(run.path)
    var lock: FileLock? = try FileLock.wait(.exclusive, at: run.path.appending(".framewise.lock"))
    let done = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      body()
      done.signal()
    }
    let isEarly = done.wait(timeout: .now() + 0.3) == .success  // as what does not wait for the other is
    try others()
    withExtendedLifetime(lock) {}
    lock = nil
    if !isEarly { done.wait() }
  }

  @Test(
    "Folds that are begun side by side are of one run: who comes second goes on with what the first has made")
  func openedTogether() throws {
    let first = try TinyData.configuration()
    let inputs = try data.makeFit(first, in: run.path).inputs
    for (second, difference) in [
      (first, ""), (try TinyData.configuration("seed=2"), "'seed: 1', not 'seed: 2'"),
    ] {
      let run = run
      let problem = Mutex<String?>(nil)
      try waiting({
        do { try run.open(second, inputs) } catch { problem.withLock { $0 = "\(error)" } }
      }) {
        try AtomicFile.write(try first.yaml, to: run.configuration)
        try JSONText.write(inputs, to: run.inputs)
      }
      #expect(problem.withLock { $0 ?? "" }.contains(difference) || difference.isEmpty)
      #expect(problem.withLock { $0 == nil } == difference.isEmpty)
      Folder.remove(run.path)
    }
  }

  @Test("A report that waited for another's has the folds that were finished meanwhile")
  func reportedTogether() throws {
    let configuration = try TinyData.configuration("training.maximum_steps=1")
    _ = try data.fit(configuration, in: run.path, only: 0)
    let whole = RunFolder(folder.path.appending("whole"))
    _ = try data.fit(configuration, in: whole.path)
    let summary = try data.makeFit(configuration, in: run.path).summary
    nonisolated(unsafe) let own = summary  // used by the thread alone until it has ended
    let run = run
    try waiting({ _ = try? own.write([run], to: run) }) {
      try FileManager.default.copyItem(atPath: whole.fold(1).string, toPath: run.fold(1).string)
    }
    #expect(try JSONText.read(RunReport.self, from: run.report).folds.keys.sorted() == [0, 1])
    #expect(Folder.exists(run.outOfFold))
  }
}
