import Batching
import Dataset
import Foundation
import Metrics
import Records
import RunFixtures
import Settings
import Storage
import SystemPackage
import Tasks
import Testing
import Training

@testable import Inference
@testable import Runs

@Suite("Several seeds and calibration") struct SeededRunsTests {
  let folder: TemporaryFolder
  let data: TinyData
  var run: RunFolder { RunFolder(folder.path.appending("run")) }

  init() throws {
    folder = try TemporaryFolder()
    data = try TinyData(in: folder.path)
  }

  private func train(_ configuration: RunConfiguration, seeds: Int) throws -> RunReport {
    try SeededRuns(configuration, count: seeds, in: run).run { configuration, member in
      try data.makeFit(configuration, in: member.path)
    } train: {
      _ = try $0.run()
    }
  }

  private func predict(_ path: FilePath) throws -> [Prediction] {
    try Ensemble(reading: path, runtime: TinyData.runtime())
      .predictions(of: data.annotations + [Annotation(id: "neither")], source: data.source)
  }

  private func difference(_ one: [Prediction], _ other: [Prediction]) -> Float {
    zip(one, other).reduce(0) { largest, pair in
      pair.0.probabilities.reduce(largest) { max($0, abs($1.value - (pair.1.probabilities[$1.key] ?? 9))) }
    }
  }

  @Test("Each seed is a run of its own on the same folds; out of fold and in infer their mean counts")
  func seeds() throws {
    let report = try train(try TinyData.configuration("training.epochs=1", "seed=5"), seeds: 2)
    let members = [run.member(5), run.member(6)]
    #expect(try run.members.map(\.path) == members.map(\.path))
    #expect(try Files.read(members[0].folds) == Files.read(members[1].folds))
    let each = try members.map { try Prediction.read($0.outOfFold) }
    #expect(difference(each[0], each[1]) > 1e-4, "two seeds that say the same prove nothing")
    for (video, mean) in try Prediction.read(run.outOfFold).enumerated() {
      for (category, probability) in mean.probabilities {
        let sum = each.reduce(0) { $0 + ($1[video].probabilities[category] ?? 9) }
        #expect(abs(probability - sum / 2) < 1e-6)
      }
      #expect(mean.probability == mean.probabilities.values.max() && mean.id == data.annotations[video].id)
    }
    #expect(report.outOfFold?.count == 9 && report.folds.count == 2)
    #expect(try JSONText.read(RunReport.self, from: run.report) == report)

    let together = try predict(run.path)
    let alone = try members.map { try predict($0.path) }
    let mean = zip(alone[0], alone[1]).map { one, other in
      var mean = one
      mean.probabilities = one.probabilities.merging(other.probabilities) { ($0 + $1) / 2 }
      return mean
    }
    #expect(difference(together, mean) < 1e-6)
  }

  @Test("More seeds later train those alone; a folder of one seed is left alone")
  func more() throws {
    let configuration = try TinyData.configuration("training.maximum_steps=1")
    _ = try train(configuration, seeds: 1)
    let weights = run.member(1).model(0).appending("model.safetensors")
    let before = try Files.read(weights)
    #expect(try train(configuration, seeds: 2).outOfFold != nil)
    #expect(try Files.read(weights) == before && run.members.count == 2)
    let single = RunFolder(folder.path.appending("single"))
    _ = try data.fit(configuration, in: single.path, only: 0)
    expectError(.usage, saying: "single", "one seed") {
      _ = try SeededRuns(configuration, count: 2, in: single).run { _, _ in
        throw CancellationError()
      } train: { _ in
      }
    }
  }

  @Test("The report is that of the ensemble: seeds that earlier commands trained count as well")
  func earlier() throws {
    _ = try train(try TinyData.configuration("training.maximum_steps=1", "seed=2"), seeds: 1)
    _ = try train(try TinyData.configuration("training.maximum_steps=1", "seed=1"), seeds: 1)
    let each = try [1, 2].map { try Prediction.read(run.member($0).outOfFold) }
    for (video, mean) in try Prediction.read(run.outOfFold).enumerated() {
      for (category, probability) in mean.probabilities {
        let sum = each.reduce(0) { $0 + ($1[video].probabilities[category] ?? 9) }
        #expect(abs(probability - sum / 2) < 1e-6)
      }
    }
    #expect(difference(each[0], each[1]) > 1e-4, "two seeds that say the same prove nothing")
  }

  @Test(
    "A folder with something else in it is refused and left as it is",
    arguments: ["calibration.json", "report.md", "out-of-fold.jsonl", "notes.txt"])
  func taken(name: String) throws {
    try Folder.create(run.member(1).path)  // what a run leaves that is killed as it begins
    try AtomicFile.write("mine", to: run.path.appending(name))
    expectError(.usage, saying: "run", "not empty") {
      _ = try train(try TinyData.configuration("training.maximum_steps=1"), seeds: 1)
    }
    #expect(try Files.read(run.path.appending(name)) == Array("mine".utf8))
    #expect(try Folder.names(in: run.member(1).path).isEmpty)
    try Folder.removeFile(run.path.appending(name))
    #expect(try train(try TinyData.configuration("training.maximum_steps=1"), seeds: 1).folds.count == 2)
  }

  @Test("Seeds of another recipe or of other inputs do not join those that are there")
  func mixed() throws {
    let settings = ["training.maximum_steps=1"]
    _ = try train(try TinyData.configuration(settings), seeds: 1)
    let before = try contents(of: run.path)
    expectError(.usage, saying: "seed-1", "batch_size: 2", "batch_size: 3") {
      _ = try train(try TinyData.configuration(settings + ["seed=10", "training.batch_size=3"]), seeds: 1)
    }
    expectError(.usage, saying: "seed-1", "other annotations") {
      let configuration = try TinyData.configuration(settings + ["seed=10"])
      _ = try SeededRuns(configuration, count: 1, in: run).run { configuration, member in
        try Fit(
          configuration: configuration, annotations: data.annotations.reversed(), source: data.source,
          tokenizer: data.tokenizer, folder: member, runtime: TinyData.runtime(), cacheBytes: 1 << 20
        ) { _ in }
      } train: {
        _ = try $0.run()
      }
    }
    #expect(try contents(of: run.path) == before)
    _ = try train(try TinyData.configuration(settings + ["seed=10"]), seeds: 1)
    #expect(try run.members.count == 2)
  }

  @Test("What is chosen out of fold is kept with the run, scored honestly, and done by infer")
  func calibrated() throws {
    let settings = ["training.epochs=1", "calibration={temperature: true, member_weights: true}"]
    let report = try train(try TinyData.configuration(settings), seeds: 2)
    #expect(report.calibrated?.count == 9)
    #expect(try String(decoding: Files.read(run.readableReport), as: UTF8.self).contains("Calibrated"))
    let calibration = try JSONText.read(Calibration.self, from: run.calibration)
    #expect(calibration.temperature != 1 && calibration.memberWeights?.count == 2)
    // A seed alone has nothing to weigh, and its own temperature.
    let member = try JSONText.read(Calibration.self, from: run.member(1).calibration)
    #expect(member.memberWeights == nil)

    func predictions(_ calibration: Calibration?) throws -> [Prediction] {
      if let calibration {
        try JSONText.write(calibration, to: run.calibration)
      } else {
        try FileManager.default.removeItem(atPath: run.calibration.string)
      }
      return try predict(run.path)
    }
    try FileManager.default.removeItem(atPath: run.member(1).calibration.string)
    let first = try predict(run.member(1).path)
    #expect(
      difference(try predictions(.init(temperature: 1, scales: [:], memberWeights: [1, 0])), first) < 1e-6)
    let plain = try predictions(nil)
    #expect(difference(plain, first) > 1e-5)
    let raised = try predictions(.init(temperature: 1, scales: ["0200": 1e6], memberWeights: nil))
    #expect(raised.dropLast().allSatisfy { $0.category == "0200" && $0.probability > 0.99 })
    #expect(raised.last?.probabilities == plain.last?.probabilities, "the prior is left alone")
    let soft = try predictions(.init(temperature: 50, scales: [:], memberWeights: nil))
    #expect(soft.dropLast().allSatisfy { $0.probability < 0.36 })
    #expect(zip(soft, plain).allSatisfy { $0.category == $1.category })
  }

  @Test("A finished run is calibrated, or no longer, without training anew")
  func calibratedLater() throws {
    func fit(_ settings: String...) throws -> RunReport {
      try train(try TinyData.configuration(["training.maximum_steps=1"] + settings), seeds: 1)
    }
    let member = run.member(1)
    #expect(try fit().calibrated == nil)
    let weights = member.model(0).appending("model.safetensors")
    let (before, inode) = (try Files.read(weights), try Self.inode(weights))
    #expect(try fit("calibration.temperature=true").calibrated?.count == 9)
    #expect(Folder.exists(run.calibration) && Folder.exists(member.calibration))
    let saved = String(decoding: try Files.read(member.configuration), as: UTF8.self)
    #expect(saved.contains("temperature: true"))
    #expect(try Files.read(weights) == before && Self.inode(weights) == inode)
    #expect(try fit().calibrated == nil)
    #expect(!Folder.exists(run.calibration) && !Folder.exists(member.calibration))
    expectError(.usage, saying: "other settings", "batch_size") {
      _ = try fit("calibration.temperature=true", "training.batch_size=3")
    }
  }

  private static func inode(_ path: FilePath) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path.string)[.systemFileNumber] as? Int
  }

  @Test(
    "A calibration that was tampered with is refused by name",
    arguments: [
      #"{"temperature": 0, "scales": {}}"#, #"{"temperature": 1, "scales": {"0100": -1}}"#,
      #"{"temperature": 1, "scales": {}, "member_weights": [0.5, 0.5]}"#,
      #"{"temperature": 1, "scales": {}, "member_weights": [2]}"#, #"{"temperature": 1"#,
    ])
  func damaged(text: String) throws {
    _ = try data.fit(try TinyData.configuration("training.maximum_steps=1"), in: run.path, only: 0)
    try AtomicFile.write(text, to: run.calibration)
    expectError(.badData, saying: "calibration.json") { _ = try predict(run.path) }
  }
}
