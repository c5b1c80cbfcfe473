import Batching
import Dataset
import Foundation
import Inference
import Metrics
import Records
import RunFixtures
import Settings
import Storage
import SystemPackage
import Tasks
import Testing
import Training

@testable import Runs

@Suite("Ablation") struct AblationTests {
  let folder: TemporaryFolder
  let data: TinyData
  var path: FilePath { folder.path.appending("ablation") }

  init() throws {
    folder = try TemporaryFolder()
    data = try TinyData(in: folder.path)
  }

  private func plan() throws -> AblationPlan {
    let configuration = try TinyData.configuration("training.epochs=1")
    let yaml = try configuration.yaml.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n")
    let text =
      "seeds: [1, 2]\nsettings:\n\(yaml)\nvariations:\n  plain:\n  fgm: {training.adversary.method: fgm}\n"
    return try AblationPlan(reading: try folder.write(text, to: "recipe.yaml"), preset: .tiny)
  }

  private struct Stop: Error {}

  /// - Parameter stop: after how many steps.
  private func run(stop: Int = .max, told: @escaping (String) -> Void = { _ in }) throws -> AblationReport {
    var steps = 0
    return try Ablation(try plan(), of: data.annotations, in: path).run { configuration, folder, report in
      try data.makeFit(configuration, in: folder.path, report: report)
    } progress: { progress in
      switch progress {
      case .run(let variation, let seed): told("\(variation) \(seed)")
      case .event(.step):
        steps += 1
        if steps == stop { throw Stop() }
      case .table: told("table")
      case .event: break
      }
    }
  }

  @Test("Each variation is trained with each seed on the same folds, and compared with the first")
  func table() throws {
    var order: [String] = []
    let report = try run { order.append($0) }
    #expect(order == ["plain 1", "fgm 1", "plain 2", "fgm 2"].flatMap { [$0, "table"] })
    #expect(report.rows.map(\.name) == ["plain", "fgm"] && report.videos == 9 && report.folds == [0, 1])
    #expect(report.rows[0].difference == nil && report.rows.allSatisfy { $0.seeds == [1, 2] })
    let difference = try #require(report.rows[1].difference)
    #expect(
      abs(difference.meanF1.value - (report.rows[1].meanF1.mean - report.rows[0].meanF1.mean)) < 1e-9)
    #expect(difference.meanF1.low <= difference.meanF1.high && difference.seeds == [1, 2])
    #expect(report.rows.allSatisfy { $0.videosPerSecond ?? 0 > 0 && $0.meanF1.count == 2 })
    let runs = ["plain", "fgm"].map { RunFolder(path.appending($0).appending("seed-2")) }
    #expect(try Files.read(runs[0].folds) == Files.read(runs[1].folds))
    #expect(
      try Files.read(runs[0].folds)
        == Files.read(RunFolder(path.appending("plain").appending("seed-1")).folds))
    #expect(
      try Files.read(runs[0].model(0).appending("model.safetensors"))
        != Files.read(runs[1].model(0).appending("model.safetensors")))
    #expect(try JSONText.read(AblationReport.self, from: path.appending("ablation.json")) == report)
    let markdown = try String(decoding: Files.read(path.appending("ablation.md")), as: UTF8.self)
    #expect(markdown == report.markdown && markdown.contains("| fgm | 2 |"))
  }

  @Test("One that was stopped goes on: what is finished is not trained again, and the table is the same")
  func resumed() throws {
    let whole = try run()
    try FileManager.default.removeItem(atPath: path.string)
    #expect(throws: Stop.self) { _ = try run(stop: 8) }  // in the second run
    let table = try JSONText.read(AblationReport.self, from: path.appending("ablation.json"))
    #expect(table.rows.map(\.name) == ["plain"] && table.rows[0].seeds == [1])
    let resumed = try run()
    #expect(resumed.rows.map(\.meanF1) == whole.rows.map(\.meanF1))
    #expect(resumed.rows.map(\.difference?.meanF1) == whole.rows.map(\.difference?.meanF1))
    let weights = path.appending("fgm").appending("seed-1").appending("fold-00/model/model.safetensors")
    let before =
      try FileManager.default.attributesOfItem(atPath: weights.string)[.modificationDate] as? Date
    var tables = 0
    _ = try run { tables += $0 == "table" ? 1 : 0 }
    #expect(tables == 0)
    let after = try FileManager.default.attributesOfItem(atPath: weights.string)[.modificationDate] as? Date
    #expect(before == after)
  }
}
