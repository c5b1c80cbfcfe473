import Batching
import Dataset
import Foundation
import Records
import RunFixtures
import Storage
import SystemPackage
import Testing

@testable import Inference

@Suite("Predictions that are gone on with") struct UnfinishedPredictionsTests {
  let folder: TemporaryFolder
  let data: TinyData
  let run: RunFolder
  /// One of them of nothing to see or to read.
  let annotations: [Annotation]
  private var output: FilePath { folder.path.appending("test.jsonl") }

  init() throws {
    folder = try TemporaryFolder()
    data = try TinyData(in: folder.path)
    run = RunFolder(folder.path.appending("run"))
    _ = try data.fit(try TinyData.configuration("training.epochs=1"), in: run.path)
    annotations = data.annotations + [Annotation(id: "neither")]
  }

  private struct Stop: Error {}

  /// What lies beside the output.
  private func unfinished() throws -> [FilePath] {
    try Folder.names(in: folder.path).filter { $0.hasPrefix(".test.jsonl.unfinished-") }
      .map(folder.path.appending)
  }

  /// - Parameter limit: videos after which it stops.
  /// - Returns: what was done already, and whether there was something else.
  @discardableResult
  private func predict(
    _ annotations: [Annotation]? = nil, from path: FilePath? = nil, together: Int = 4, limit: Int = .max
  ) throws -> (rows: [UnfinishedPredictions.Row], hasOthers: Bool) {
    let annotations = annotations ?? self.annotations
    let runtime = TinyData.runtime(predictionBatchSize: together)
    let ensemble = try Ensemble(reading: path ?? run.path, runtime: runtime)
    let file = try PredictionsOutput(output) { try ensemble.fingerprint(annotations, source: data.source) }
    var rows: [UnfinishedPredictions.Row] = []
    let done = try file.goOn(with: annotations.map(\.id), batch: runtime.predictionsTogether) { rows += $0 }
    #expect(rows.count == done)
    var made = done
    _ = try ensemble.predict(Array(annotations[done...]), source: data.source) { predictions in
      if made >= limit { throw Stop() }
      try file.append(predictions)
      made += predictions.count
    }
    try file.commit()
    return (rows, file.hasOthers)
  }

  @Test("Cut anywhere, in the middle of a line or of a batch, they end with the same bytes")
  func cut() throws {
    try predict()
    let whole = try Files.read(output)
    #expect(try Prediction.read(output).map(\.id) == annotations.map(\.id))
    #expect(throws: Stop.self) { try predict(limit: 4) }
    let partial = try #require(try unfinished().first)
    #expect(try Files.read(output) == whole, "until the new ones are finished the old ones stay")
    let ends = whole.indices.filter { whole[$0] == UInt8(ascii: "\n") }.map { $0 + 1 }
    for length in Array(stride(from: 0, to: whole.count, by: 311)) + ends + [ends[4] - 1, ends[4] + 1] {
      try Folder.removeFile(output)
      try AtomicFile.write(Array(whole[..<length]), to: partial)
      let (rows, _) = try predict()
      let lines = ends.count { $0 <= length }
      #expect(rows.count == (lines == 10 ? 10 : lines / 4 * 4), "\(length) bytes")
      #expect(rows.map(\.id) == annotations.prefix(rows.count).map(\.id))
      #expect(try Files.read(output) == whole, "\(length) bytes")
      #expect(try unfinished().isEmpty)
    }
    let rows = try Prediction.read(output)
    try AtomicFile.write(whole, to: partial)
    let (found, _) = try predict()
    #expect(found.map(\.category) == rows.map(\.category) && found.map(\.status) == rows.map(\.status))
  }

  @Test("What is not what was written is made again, and so is all behind it")
  func damaged() throws {
    try predict()
    let whole = try Files.read(output)
    #expect(throws: Stop.self) { try predict(limit: 8) }
    let partial = try #require(try unfinished().first)
    var lines = try Files.read(partial).split(separator: UInt8(ascii: "\n")).map(Array.init)
    #expect(lines.count == 8)
    lines[5] = [UInt8](repeating: 0, count: lines[5].count)
    try AtomicFile.write(lines.flatMap { $0 + [UInt8(ascii: "\n")] }, to: partial)
    #expect(try predict().rows.count == 4)
    #expect(try Files.read(output) == whole)
    #expect(throws: Stop.self) { try predict(limit: 8) }
    lines = try Files.read(partial).split(separator: UInt8(ascii: "\n")).map(Array.init)
    lines.swapAt(0, 1)
    try AtomicFile.write(lines.flatMap { $0 + [UInt8(ascii: "\n")] }, to: partial)
    #expect(try predict().rows.isEmpty)
    #expect(try Files.read(output) == whole)
  }

  @Test("Those of another model, of other videos or of other batches are not gone on with, and go in the end")
  func others() throws {
    try predict()
    let whole = try Files.read(output)
    var changed = annotations
    changed[7].title = "another"
    let first = try #require(try run.foldsWithModel().first)
    func others() throws {
      #expect(throws: Stop.self) { try predict(changed, limit: 4) }
      #expect(throws: Stop.self) { try predict(from: run.model(first), limit: 4) }
      #expect(throws: Stop.self) { try predict(together: 2, limit: 4) }
    }
    try others()
    #expect(try unfinished().count == 3)
    let (rows, hasOthers) = try predict()
    #expect(rows.isEmpty && hasOthers)
    #expect(try Files.read(output) == whole)
    #expect(try unfinished().isEmpty)
    #expect(try !predict().hasOthers)
    // A model that is trained again is another, wherever it lies.
    let moved = folder.path.appending("moved")
    try FileManager.default.moveItem(atPath: run.path.string, toPath: moved.string)
    #expect(throws: Stop.self) { try predict(from: moved, limit: 4) }
    #expect(try predict(from: moved).rows.count == 4)
    #expect(throws: Stop.self) { try predict(from: moved, limit: 4) }
    let model = RunFolder(moved).model(first).appending("model.safetensors")
    var bytes = try Files.read(model)
    bytes[bytes.count - 1] ^= 1
    try AtomicFile.write(bytes, to: model)
    let (again, hasOther) = try predict(from: moved)
    #expect(again.isEmpty && hasOther)
  }

  @Test("Two processes do not make the same predictions; a stream is nothing to go on with")
  func inUse() throws {
    let runtime = TinyData.runtime(predictionBatchSize: 4)
    let ensemble = try Ensemble(reading: run.path, runtime: runtime)
    let fingerprint = try ensemble.fingerprint(annotations, source: data.source)
    let first = try PredictionsOutput(output) { fingerprint }
    expectError(.cannotCreate, saying: "test.jsonl", "at work") {
      _ = try PredictionsOutput(output) { fingerprint }
    }
    withExtendedLifetime(first) {}
    let stream = try PredictionsOutput("/dev/null") { throw Stop() }
    #expect(try stream.goOn(with: ["a"], batch: 1) { _ in } == 0)
    try stream.commit()
  }
}
