import Baselines
import Dataset
import Foundation
import Metrics
import Records
import RunFixtures
import Settings
import Storage
import SystemPackage
import Testing
import Torch

@testable import Inference
@testable import Runs

@Suite("The floor of a run") struct FloorTests {
  let folder: TemporaryFolder
  let data: TinyData
  var run: RunFolder { RunFolder(folder.path.appending("run")) }

  init() throws {
    folder = try TemporaryFolder()
    data = try TinyData(in: folder.path)
  }

  private func path(_ fold: Int, in run: RunFolder) -> FilePath { run.floor.appending("fold-0\(fold).jsonl") }

  private func configuration(_ more: String...) throws -> RunConfiguration {
    try TinyData.configuration(["training.maximum_steps=1"] + more)
  }

  @Test(
    "Every finished run says what linear models reach on its folds, and at which levels its model is below")
  func report() throws {
    let part = try data.fit(try configuration(), in: run.path, only: 0)
    #expect(
      part.floor == nil && !Folder.exists(run.floor),
      "before all folds are finished there is nothing to compare")
    let report = try data.fit(try configuration(), in: run.path)
    let floor = try #require(report.floor)
    #expect(floor.input == .text)
    var places: [String: Int] = [:]
    for row in try JSONLines.read(FoldRow.self, from: run.folds) { places[row.id] = row.fold }
    for fold in 0..<2 {
      let said = try Prediction.read(path(fold, in: run))
      #expect(said.map(\.id) == data.annotations.map(\.id).filter { places[$0] == fold })
      #expect(
        said.allSatisfy { $0.status == .noFrames && abs($0.probabilities.values.reduce(0, +) - 1) < 1e-5 })
    }
    // Of both sides the first level is chosen first, by whoever wrote the files.
    let names = ["0100", "0101", "0200"]
    func level1Right(_ predictions: [Prediction]) -> Double {
      let right = predictions.count { prediction in
        let row = names.map { prediction.probabilities[$0, default: 0] }
        let said = row[0] + row[1] >= row[2] ? "01" : "02"
        return data.annotations.contains { $0.id == prediction.id && $0.category?.hasPrefix(said) == true }
      }
      return Double(right) / 9
    }
    let said = try (0..<2).flatMap { try Prediction.read(path($0, in: run)) }
    #expect(abs(floor.level1.microF1 - level1Right(said)) < 1e-9)
    #expect(abs(floor.level1.modelMicroF1 - level1Right(try Prediction.read(run.outOfFold))) < 1e-9)
    let page = String(decoding: try Files.read(run.readableReport), as: UTF8.self)
    #expect(page.contains("## The floor") && page.contains("| floor | "))
    #expect(page.contains(floor.verdict ?? "The model is below the floor at no level."))
  }

  @Test(
    "The verdict names each level at which the model is below",
    arguments: [(0.9, nil), (0.1, "level 1 and level 2")])
  func verdict(right: Double, levels: String?) {
    func scores(_ right: Double) -> Scores {
      let truth = (0..<100).map { $0 % 2 == 0 ? "0100" : "0200" }
      return Scores(
        truth: truth,
        predicted: truth.enumerated().map { number, own in
          Double(number) < right * 100 ? own : own == "0100" ? "0200" : "0100"
        })
    }
    let report = FloorReport(scores(0.5), input: .text, model: scores(right))
    #expect(report.verdict == levels.map { "The model is below the floor at \($0)." })
  }

  @Test("A fold of the floor that is there is not made again, one that is missing is, to the same bytes")
  func resumed() throws {
    _ = try data.fit(try configuration(), in: run.path)
    let whole = try contents(of: run.path)
    try Folder.removeFile(path(1, in: run))
    let mark = try Prediction.read(path(0, in: run)).map { prediction in
      var prediction = prediction
      prediction.probability = 0.5
      return prediction
    }
    try Prediction.write(mark, to: path(0, in: run))
    _ = try data.fit(try configuration(), in: run.path)
    #expect(try Prediction.read(path(0, in: run)) == mark)
    #expect(try Data(Files.read(path(1, in: run))) == whole["floor/fold-01.jsonl"])
    // Of other videos, or other categories, it is refused where it is a member.
    var others = mark
    others[0].probabilities["0900"] = 0
    for (wrong, saying) in [(Array(mark.dropLast()), "fold 0"), (others, "other categories")] {
      try Prediction.write(wrong, to: path(0, in: run))
      expectError(.badData, saying: "floor/fold-00.jsonl", saying) {
        _ = try data.fit(try configuration("calibration.floor=true"), in: run.path)
      }
    }
  }

  @Test("A floor that cannot be made costs a finished run nothing but the floor, unless it is to be a member")
  func impossible() throws {
    _ = try data.fit(try configuration(), in: run.path, only: 0)
    try AtomicFile.write("in the way", to: run.floor)
    var told: [String] = []
    let report = try data.fit(try configuration(), in: run.path) { event in
      if case .warning(let warning) = event { told.append(warning.message) }
    }
    #expect(report.outOfFold != nil && report.floor == nil && Folder.exists(run.report))
    #expect(told.count == 1 && told.first?.hasPrefix("the report goes without the floor: ") == true)
    expectError(.cannotCreate, saying: "--no-floor goes without them") {
      _ = try data.fit(try configuration("calibration.floor=true"), in: run.path)
    }
  }

  @Test("Whoever stops while linear models are trained can go on")
  func interrupted() async throws {
    _ = try data.fit(try configuration(), in: run.path)
    try Folder.removeFile(path(1, in: run))
    let (path, data) = (run.path, data)
    let error = await #expect(throws: FloorInterrupted.self) {
      try await Task {
        withUnsafeCurrentTask { $0?.cancel() }
        _ = try data.fit(try TinyData.configuration("training.maximum_steps=1"), in: path)
      }.value
    }
    #expect(error?.kind == .resumable)
    #expect(
      try data.fit(try configuration(), in: run.path).floor != nil && Folder.exists(self.path(1, in: run)))
  }

  @Test("Vectors that a trained backbone made of these videos are refused by baseline as by fit")
  func seenVectors() throws {
    struct Seen: VideoSource {
      let vectorSize: Int? = 1
      let vectorOrigin: VectorFolder.Origin?
      let ids: [String] = []
      func content(of id: String) -> VideoContent { .features([1], dimension: 1) }
      func fingerprint(of ids: some Sequence<String>) -> String { "" }
    }
    let origin = VectorFolder.Origin(backbone: "the backbones of runs/first", run: "runs/first", fold: 0)
    let videos = try #require(
      BaselineVideos(data.annotations, hasText: true, source: Seen(vectorOrigin: origin)))
    expectError(.badData, saying: "runs/first", "has seen") {
      _ = try BaselineReport(of: videos, folds: 2, foldSeed: 1, cores: .init(1)) { _, _ in }
    }
  }

  @Test("As a member it has its weights in the calibration, chosen at any time, and infer mixes it in")
  func member() throws {
    _ = try data.fit(try configuration(), in: run.path)
    #expect(!LinearBaseline.isComplete(run.floor))
    let alone = try Ensemble(reading: run.path, runtime: TinyData.runtime())
      .predictions(of: data.annotations, source: data.source)
    let report = try data.fit(try configuration("calibration.floor=true"), in: run.path)
    #expect(report.calibrated != nil && LinearBaseline.isComplete(run.floor))
    var calibration = try Calibration(of: run, members: 1)
    #expect(calibration.floorWeights != nil)

    // Whatever nine videos choose: a weight of 1 shows the floor, and nothing else.
    calibration.floorWeights = .init(level1: 1, level2: 1)
    try JSONText.write(calibration, to: run.calibration)
    let floor = try LinearBaseline(reading: run.floor)
    let ensemble = try Ensemble(reading: run.path, runtime: TinyData.runtime())
    let together = try ensemble.predictions(of: data.annotations, source: data.source)
    for (annotation, prediction) in zip(data.annotations, together) {
      let said = floor.answer(annotation, source: data.source).probabilities
      for (category, probability) in zip(floor.categories, said) {
        #expect(abs(prediction.probabilities[category, default: 9] - probability) < 1e-6)
      }
      #expect(prediction.status == .complete)
    }
    // Without text the models alone speak, without anything the prior.
    let mute = data.annotations.map { Annotation(id: $0.id) } + [Annotation(id: "neither")]
    let bare = try ensemble.predictions(of: mute, source: data.source)
    calibration.floorWeights = nil
    let before = try ensemble.fingerprint(mute, source: data.source)
    try JSONText.write(calibration, to: run.calibration)
    let models = try Ensemble(reading: run.path, runtime: TinyData.runtime())
    #expect(try models.predictions(of: mute, source: data.source) == bare && bare.last?.status == .prior)
    #expect(try models.predictions(of: data.annotations, source: data.source) == alone)
    #expect(try models.fingerprint(mute, source: data.source) != before)
  }

  @Test(
    "The first level is chosen first where the calibration says so, in infer as in its scores; the prior is left alone"
  )
  func level1First() throws {
    let report = try data.fit(try configuration("calibration.level1_first=true"), in: run.path)
    #expect(report.calibrated != nil && report.outOfFold != nil)
    let annotations = data.annotations + [Annotation(id: "neither")]
    // Three categories of which the two of one first level share what the third has less of.
    var calibration = try Calibration(of: run, members: 1)
    #expect(calibration.level1First)
    calibration.scales = ["0200": 1.2]
    func predict() throws -> [Prediction] {
      try JSONText.write(calibration, to: run.calibration)
      return try Ensemble(reading: run.path, runtime: TinyData.runtime())
        .predictions(of: annotations, source: data.source)
    }
    let first = try predict()
    calibration.level1First = false
    let plain = try predict()
    #expect(first.map(\.probabilities) == plain.map(\.probabilities))
    let names = ["0100", "0101", "0200"]
    for (one, other) in zip(first, plain).dropLast() {
      let row = names.map { one.probabilities[$0, default: 0] }
      #expect(
        one.category == names[FirstLevels(names).best(of: row)]
          && one.probability == one.probabilities[one.category])
      #expect(other.probability == row.max())
    }
    #expect(first.last == plain.last && first.last?.status == .prior)
  }

  @Test("A calibration that names a floor which is not there is refused by name")
  func missingModel() throws {
    _ = try data.fit(try configuration("calibration.floor=true"), in: run.path)
    try Folder.removeFile(run.floor.appending("config.json"))
    expectError(.missingInput, saying: "floor/config.json") {
      _ = try Ensemble(reading: run.path, runtime: TinyData.runtime())
    }
    _ = try data.fit(try configuration("calibration.floor=true"), in: run.path)
    _ = try Ensemble(reading: run.path, runtime: TinyData.runtime())
  }

  @Test("Seeds share the folds of the floor, and each can be used alone")
  func seeds() throws {
    let configuration = try configuration("calibration.floor=true")
    let report = try SeededRuns(configuration, count: 2, in: run).run { configuration, member in
      try Fit(
        configuration: configuration, annotations: data.annotations, source: data.source,
        tokenizer: data.tokenizer, floor: run.floor, folder: member, runtime: TinyData.runtime(),
        cacheBytes: 1 << 20, report: { _ in })
    } train: {
      _ = try $0.run()
    }
    #expect(
      report.floor != nil && Folder.exists(path(0, in: run)) && !Folder.exists(path(0, in: run.member(1))))
    for folder in [run, run.member(1), run.member(2)] {
      #expect(LinearBaseline.isComplete(folder.floor))
      _ = try Ensemble(reading: folder.path, runtime: TinyData.runtime())
    }
    #expect(
      try Files.read(run.floor.appending("model.safetensors"))
        == Files.read(run.member(2).floor.appending("model.safetensors")))
  }

  @Test("A run of frames alone has no floor, which is an error where one is asked for by name")
  func framesAlone() throws {
    let configuration = try configuration("modality=video", "calibration.floor=true")
    #expect(try data.fit(configuration, in: run.path).floor == nil)
    #expect(try Calibration(of: run, members: 1).floorWeights == nil)
    _ = try Ensemble(reading: run.path, runtime: TinyData.runtime())
    expectError(.usage, saying: "--floor", "neither") {
      _ = try Fit(
        configuration: configuration, annotations: data.annotations, source: data.source,
        tokenizer: data.tokenizer, hasFloor: true, folder: run, runtime: TinyData.runtime(), cacheBytes: 0,
        report: { _ in })
    }
  }

  @Test("Stored vectors are looked at beside the texts, or alone")
  func vectors() throws {
    let source = MemorySource(
      vectorSize: 4,
      contents: Dictionary(
        uniqueKeysWithValues: data.annotations.map { annotation in
          (annotation.id, .features([annotation.category == "0101" ? 1 : 0, 1, 2, 3], dimension: 4))
        }))
    #expect(try data.fit(try configuration(), in: run.path, source: source).floor?.input == .both)
    let video = try data.fit(
      try configuration("modality=video", "calibration.floor=true"), in: folder.path.appending("video"),
      source: source)
    #expect(video.floor?.input == .video)
    let text = try data.fit(
      try configuration("modality=text"), in: folder.path.appending("text"), source: source)
    #expect(text.floor?.input == .text)
    let predictions = try Ensemble(reading: folder.path.appending("video"), runtime: TinyData.runtime())
      .predictions(of: data.annotations, source: source)
    #expect(predictions.allSatisfy { $0.status == .noText })
  }

  @Test("The folds are those of fit, and each input is scored by itself")
  func baseline() throws {
    _ = try data.fit(try configuration(), in: run.path)
    let videos = try #require(BaselineVideos(data.annotations, hasText: true, source: nil))
    var told: [Int] = []
    let report = try BaselineReport(of: videos, folds: 2, foldSeed: 1, cores: .init(1)) { told.append($1) }
    #expect(told == [0, 1] && report.rows.map(\.input) == [.text] && report.videos == 9)
    let floor = try #require(try JSONText.read(RunReport.self, from: run.report).floor)
    #expect(report.rows[0].scores.meanF1 == floor.meanF1)
    expectError(.badData, saying: "10 folds") {
      _ = try BaselineReport(of: videos, folds: 10, foldSeed: 1, cores: .init(1)) { _, _ in }
    }
  }
}
