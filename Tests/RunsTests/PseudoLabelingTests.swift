import Dataset
import Foundation
import Inference
import Records
import RunFixtures
import Settings
import Storage
import SystemPackage
import Testing
import Torch

@testable import Runs

@Suite("Pseudo-labels") struct PseudoLabelingTests: PseudoPlace {
  let folder: TemporaryFolder
  let data: TinyData

  init() throws {
    folder = try TemporaryFolder()
    data = try TinyData(in: folder.path)
  }

  private func fit(_ name: String, _ more: String..., only: Int? = nil) throws {
    _ = try data.fit(
      try TinyData.configuration(["training.maximum_steps=3"] + more), in: path(name), only: only)
  }

  @Test("A fold's labels are what its own model at the end of training says, and nobody else")
  func ownModel() throws {
    try fit("run")
    let summary = try label(by: try teachers(["run"]), to: "labels")
    #expect(summary.parts.map(\.fold) == [0, 1] && summary.parts.allSatisfy { $0.labels == 6 })
    #expect(summary.parts.allSatisfy { $0.excluded.unseen == 1 }, "of one there is nothing to see")
    for fold in 0..<2 {
      let predictions = try Ensemble(reading: run("run").model(fold), runtime: TinyData.runtime())
        .predictions(of: unlabelled, source: pictures)
      for (video, said) in try said("labels", fold: fold) {
        let names = ["0100", "0101", "0200"]
        for (category, probability) in zip(names, said) {
          #expect(abs(predictions[video].probabilities[category, default: 9] - probability) < 2e-3)
        }
      }
    }
    let header = try labels("labels").header
    #expect(header.teachers.map(\.run) == [Folder.resolved(path("run")).string] && header.round == 1)

    // What was chosen by the videos held out, or has seen them, changes nothing.
    let before = try said("labels", fold: 0)
    try JSONText.write(Calibration(temperature: 5), to: run("run").calibration)
    let weights = try Files.read(run("run").model(1).appending("model.safetensors"))
    try AtomicFile.write(weights, to: run("run").bestModel(0).appending("model.safetensors"))
    try label(by: try teachers(["run"]), to: "again")
    #expect(try Files.read(path("again")) == Files.read(path("labels")))
    let own = try Files.read(run("run").model(0).appending("model.safetensors"))
    try AtomicFile.write(own, to: run("run").model(1).appending("model.safetensors"))
    try label(by: try teachers(["run"]), to: "other")
    #expect(try said("other", fold: 0) == before)
    #expect(try said("other", fold: 1) == before, "the model of fold 0 now stands where that of fold 1 stood")
    #expect(try said("labels", fold: 1) != before)
  }

  @Test(
    "What logit adjustment made of a model's answers is taken out of its labels, by what its own fold saw")
  func unadjusted() throws {
    try fit("run", "training.logit_adjustment=1", "training.class_weights.scheme=none")
    try label(by: try teachers(["run"]), to: "labels", fullData: true)
    let rows = try JSONLines.read(FoldRow.self, from: run("run").folds)
    let names = ["0100", "0101", "0200"]
    var mean = [Int: [Double]]()
    for fold in 0..<2 {
      let counts = names.map { name in
        zip(rows, data.annotations).count { $0.fold != fold && $1.category == name }
      }
      let predictions = try Ensemble(reading: run("run").model(fold), runtime: TinyData.runtime())
        .predictions(of: unlabelled, source: pictures)
      for (video, said) in try said("labels", fold: fold) {
        let raw = zip(names, counts).map {
          Double(predictions[video].probabilities[$0, default: 9]) * Double(max($1, 1))
        }
        let wanted = raw.map { $0 / raw.reduce(0, +) }
        #expect(zip(said, wanted).allSatisfy { abs(Double($0) - $1) < 2e-3 }, "fold \(fold)")
        mean[video] = zip(mean[video] ?? [0, 0, 0], wanted).map { $0 + $1 / 2 }
      }
    }
    for (video, said) in try said("labels", fold: nil) {
      #expect(zip(said, mean[video] ?? []).allSatisfy { abs(Double($0) - $1) < 3e-3 })
    }
  }

  @Test("The model of all videos learns from all models; folds that are not finished get no labels")
  func parts() throws {
    func fit(only: Int? = nil) throws {
      try self.fit("run", "training.maximum_steps=8", "training.learning_rate.heads=0.1", only: only)
    }
    try fit(only: 1)
    expectError(.missingInput, saying: "--full-data", "not all are finished") {
      try label(by: try teachers(["run"]), to: "labels", fullData: true)
    }
    #expect(!Folder.exists(path("labels")))
    try label(by: try teachers(["run"]), to: "labels")
    #expect(try labels("labels").header.folds == [1] && !labels("labels").header.full)
    try fit()
    try label(by: try teachers(["run"]), to: "labels", fullData: true)
    let (one, other, all) = (
      try said("labels", fold: 0), try said("labels", fold: 1), try said("labels", fold: nil)
    )
    #expect(!all.isEmpty)
    for (video, mean) in all {
      let (one, other) = (try #require(one[video]), try #require(other[video]))
      for (mean, parts) in zip(mean, zip(one, other)) {
        #expect(abs(mean - (parts.0 + parts.1) / 2) < 2e-3)
      }
    }
  }

  @Test("Labels are hard or soft, sharper by a temperature, and left out by doubt, quota and dispute")
  func selection() throws {
    try fit("run")
    let soft = try label(by: try teachers(["run"]), to: "soft")
    try label(by: try teachers(["run"]), to: "sharp", settings: settings { $0.temperature = 0.2 })
    try label(by: try teachers(["run"]), to: "hard", settings: settings { $0.hard = true })
    let (plain, sharp, hard) = (
      try said("soft", fold: 0), try said("sharp", fold: 0), try said("hard", fold: 0)
    )
    for video in 0..<6 {
      let (plain, sharp, hard) = (
        try #require(plain[video]?.max()), try #require(sharp[video]?.max()), try #require(hard[video])
      )
      #expect(sharp > plain && hard.max() == 1 && hard.reduce(0, +) == 1)
    }
    let quota = try label(by: try teachers(["run"]), to: "quota", settings: settings { $0.perCategory = 1 })
    for (part, all) in zip(quota.parts, soft.parts) {
      #expect(
        part.perCategory.values.allSatisfy { $0 == 1 } && part.perCategory.count == all.perCategory.count)
      #expect(part.excluded.beyondQuota == all.labels - part.labels)
    }
    // The surest of its category is the one that stays.
    for (video, said) in try said("quota", fold: 0) {
      let category = said.firstIndex(of: said.max() ?? 0)
      let rivals = plain.values.filter { $0.firstIndex(of: $0.max() ?? 0) == category }.compactMap {
        $0.max()
      }
      #expect(rivals.max() == plain[video]?.max())
    }
    let surest = plain.values.compactMap { $0.max() }.sorted()
    let middle = Double(surest[2] + surest[3]) / 2
    let sure = try label(
      by: try teachers(["run"]), to: "sure", settings: settings { $0.threshold = middle })
    #expect(sure.parts[0].labels == 3 && sure.parts[0].excluded.unsure == 3)
    expectError(.badData, saying: "not one label is left", "6 unsure") {
      try label(by: try teachers(["run"]), to: "none", settings: settings { $0.threshold = 1 })
    }
    #expect(!Folder.exists(path("none")))
  }

  @Test("Members that take a video for something else make its label light, or keep it from having one")
  func agreement() {
    let categories = ["0100", "0101", "0200"]
    var opinions = Opinions(categories: categories, videos: 4)
    // Agreed; won by one of two; a compromise that nobody speaks for; nothing seen by one.
    let said: [[[Float]?]] = [
      [[0.9, 0.1, 0], [0.6, 0.4, 0], [0.5, 0.4, 0.1], [1, 0, 0]],
      [[0.7, 0.3, 0], [0.1, 0.5, 0.4], [0, 0.45, 0.55], nil],
    ]
    for member in said {
      opinions.beginModel()
      for (video, probabilities) in member.enumerated() { opinions.add(video, probabilities) }
    }
    func labels(_ least: Double) -> (PseudoLabelTable, PseudoLabelSummary.Excluded) {
      LabelSelection(settings: settings { $0.agreement = least }, categories: categories)
        .labels(opinions, duplicates: [false, false, false, false])
    }
    let (all, excluded) = labels(0)
    #expect(all.videos == [0, 1] && all.weights == [1, 0.5])
    #expect(excluded.disputed == 1 && excluded.unseen == 1)
    #expect(all.label(0).map(\.category) == [0, 1] && abs(all.label(0)[0].probability - 0.8) < 1e-6)
    let (agreed, rest) = labels(0.6)
    #expect(agreed.videos == [0] && rest.disputed == 2)
  }

  @Test("Several runs on the same folds are asked together")
  func severalRuns() throws {
    try fit("run")
    try fit("longer", "training.maximum_steps=5")
    try label(by: try teachers(["run", "longer"]), to: "both")
    try label(by: try teachers(["run"]), to: "one")
    try label(by: try teachers(["longer"]), to: "other")
    #expect(try labels("both").header.teachers.count == 2)
    let (both, one, other) = (
      try said("both", fold: 0), try said("one", fold: 0), try said("other", fold: 0)
    )
    #expect(!both.isEmpty)
    for (video, mean) in both {
      for (mean, parts) in zip(mean, zip(one[video] ?? [], other[video] ?? [])) {
        #expect(abs(mean - (parts.0 + parts.1) / 2) < 2e-3)
      }
    }
  }

  @Test("What nearly says the same as a video that a fold holds out is left out for that fold alone")
  func nearDuplicates() throws {
    try fit("run")
    let rows = try JSONLines.read(FoldRow.self, from: run("run").folds)
    let labeled = Annotation(id: "v3", title: "tea cup", speech: "the v3")
    #expect(data.annotations.contains { $0.title == labeled.title && $0.speech == labeled.speech })
    let copy = Annotation(id: "copy", title: "Tea cup, the V3!")
    let fold = try #require(rows.first { $0.id == "v3" }).fold
    for (threshold, left) in [(Optional(0.95), 1), (nil, 0)] {
      let summary = try PseudoLabeling(
        try teachers(["run"]), annotations: [copy, Annotation(id: "far", title: "ball")], source: pictures,
        settings: settings { $0.nearDuplicates = threshold }, fullData: true, isTransductive: false,
        runtime: TinyData.runtime(), cacheBytes: 0
      ).write(to: path("labels")) { _ in }
      #expect(summary.parts.map(\.fold) == [0, 1, nil])
      #expect(
        summary.parts.map(\.excluded.nearDuplicates) == [fold == 0 ? left : 0, fold == 1 ? left : 0, 0])
    }
  }

  @Test(
    "Linear models teach alone, without a run, or with a run's models; each fold by those that never saw it")
  func floor() throws {
    try fit("run", "modality=text")
    let alone = try label(by: try teachers([], models: false, floor: true), to: "alone")
    #expect(alone.parts.count == 2)
    let header = try labels("alone").header
    #expect(header.floor && header.teachers.isEmpty)
    try label(by: try teachers(["run"], models: false, floor: true), to: "folds-of-run")
    #expect(try Files.read(path("folds-of-run")) == Files.read(path("alone")), "the folds are those of fit")
    // A fold's labels do not hang on the categories of what it holds out.
    let rows = try JSONLines.read(FoldRow.self, from: run("run").folds)
    try label(by: try teachers(["run"], floor: true), to: "both")
    let (floor, models) = (try said("alone", fold: 0), try label(by: try teachers(["run"]), to: "models"))
    #expect(models.parts[0].labels == 6)
    let (both, own) = (try said("both", fold: 0), try said("models", fold: 0))
    for video in 0..<6 {
      let sums = [floor, own, both].map { ($0[video] ?? [])[..<2].reduce(0, +) }
      #expect(abs(sums[2] - (sums[0] + sums[1]) / 2) < 5e-3, "half of the first level is theirs")
    }
    #expect(Set(rows.map(\.fold)) == [0, 1])
    expectError(.usage, saying: "--labeled: is missing") {
      _ = try Teachers(
        runs: [], asksModels: false, asksFloor: true, labeled: nil, foldsWithoutRun: (2, 1), cores: Cores(1)
      ) { _ in }
    }
    expectError(.usage, saying: "--run: is missing") { _ = try teachers([]) }
  }

  @Test("Who must not teach, or cannot, is refused by name")
  func refused() throws {
    try fit("soup", "training.average={weights: soup, snapshots: 1}")
    expectError(.badData, saying: "soup", "chosen by the videos") { _ = try teachers(["soup"]) }
    try fit("mixed", "training.logit_adjustment=0.5", "training.two_questions.loss=1")
    expectError(.badData, saying: "logit_adjustment beside training.two_questions") {
      _ = try teachers(["mixed"])
    }
    try fit("run")
    // As if it had learnt a balanced head from further videos, which is mixed into what it says.
    let configuration = RunFolder(path("run")).configuration
    let written = String(decoding: try Files.read(configuration), as: UTF8.self)
    let balanced = [
      ("  method: none\n  teacher: average", "  method: mean_teacher\n  teacher: trained"),
      ("balanced:\n    loss: 0.0\n    weight: 0.5", "balanced:\n    loss: 1.0\n    weight: 0.5"),
    ].reduce(written) { $0.replacing($1.0, with: $1.1) }
    for (text, isRefused) in [
      (balanced, true), (balanced.replacing("    weight: 0.5\n", with: "    weight: 0.0\n"), false),
    ] {
      try AtomicFile.write(text, to: configuration)
      let error = #expect(throws: (any Error).self) { _ = try teachers(["run", "nothing"]) }
      #expect("\(error.map { "\($0)" } ?? "")".contains("consistency.balanced.weight") == isRefused)
    }
    try AtomicFile.write(written, to: configuration)
    // Vectors that know what the folds hold out.
    let seen = MemorySource(vectorSize: 3, origin: .init(backbone: "vit", run: "/runs/video", fold: 0))
    expectError(.badData, saying: "a backbone made these vectors that /runs/video trained") {
      _ = try PseudoLabeling(
        try teachers(["run"]), annotations: unlabelled, source: seen, settings: settings(), fullData: false,
        isTransductive: false, runtime: TinyData.runtime(), cacheBytes: 0)
    }
    try fit("others", "fold_seed=2")
    expectError(.badData, saying: "holds out other videos than") { _ = try teachers(["run", "others"]) }
    expectError(.badData, saying: "give the run's folder") { _ = try teachers(["run/fold-00/model"]) }
    expectError(.missingInput, saying: "there is no run here") { _ = try teachers(["nothing"]) }
    var changed = data.annotations
    changed[0].title = "another"
    expectError(.badData, saying: "was trained on other videos, texts or categories") {
      _ = try teachers(["run"], labeled: changed)
    }
    expectError(.usage, saying: "--labeled", "does not say where") {
      _ = try Teachers(
        runs: [path("run")], asksModels: true, asksFloor: false, labeled: nil, foldsWithoutRun: (2, 1),
        cores: Cores(1)
      ) { _ in }
    }
    expectError(.badData, saying: "\"v1\"", "among the labelled videos") {
      _ = try PseudoLabeling(
        try teachers(["run"]), annotations: [data.annotations[3]], source: pictures, settings: settings(),
        fullData: false, isTransductive: false, runtime: TinyData.runtime(), cacheBytes: 0)
    }
    expectError(.badData, saying: "the model was trained on frames, --frames holds feature vectors") {
      _ = try PseudoLabeling(
        try teachers(["run"]), annotations: unlabelled, source: MemorySource(vectorSize: 3),
        settings: settings(), fullData: false, isTransductive: false, runtime: TinyData.runtime(),
        cacheBytes: 0
      ).write(to: path("labels")) { _ in }
    }
  }
}
