import Batching
import Dataset
import Foundation
import Inference
import Metrics
import Models
import NN
import Records
import RunFixtures
import Settings
import Storage
import SystemPackage
import Tasks
import Testing
import Text
import Torch

@testable import Runs
@testable import Training

@Suite("A fit with videos without categories") struct ConsistencyFitTests: PseudoPlace {
  let folder: TemporaryFolder
  let data: TinyData

  init() throws {
    folder = try TemporaryFolder()
    data = try TinyData(in: folder.path)
  }

  private func configuration(_ more: String...) throws -> RunConfiguration {
    try TinyData.configuration(
      ["consistency={method: mean_teacher, near_duplicates: 0, ramp_up: 0}"] + more)
  }

  private func videos(
    _ annotations: [Annotation]? = nil, source: (any VideoSource)? = nil, modality: Modality = .both,
    isTransductive: Bool = false
  ) throws -> UnlabelledVideos {
    try UnlabelledVideos(
      annotations ?? unlabelled, source: source ?? pictures, modality: modality,
      isTransductive: isTransductive)
  }

  @Test("Events, inputs and report say how many there are; what there is nothing to see of is left out")
  func told() throws {
    var events: [FitEvent] = []
    let given = try videos()
    #expect(
      given.warnings == ["of 7 videos without categories 1 have nothing to learn from, and are left out"])
    let fit = try data.makeFit(try configuration(), in: path("run"), unlabelled: given) {
      events.append($0)
    }
    let report = try fit.run()
    try fit.trainOnAllVideos()
    guard case .start(let start)? = events.first else { return #expect(Bool(false), "no start") }
    #expect(start.videos == 9 && start.unlabelledVideos == 6 && start.pseudoVideos == nil)
    let trust = events.compactMap { if case .step(let step) = $0 { step.trust } else { nil } }
    // Half of each batch of two: of four and five labelled videos as many batches an epoch.
    #expect(start.totalSteps == 2 * (4 + 5) && trust.count > start.totalSteps && trust.allSatisfy { $0 == 1 })
    #expect(
      report.unlabelled
        == .init(videos: 6, method: "mean_teacher", transductive: false, nearDuplicates: 0))
    let page = String(decoding: try Files.read(run("run").readableReport), as: UTF8.self)
    #expect(page.contains("by consistency (mean_teacher)") && !page.contains("Transductive"))
    #expect(page.contains("also those that nearly say") && !page.contains("without those that nearly"))
    let inputs = try JSONText.read(RunInputs.self, from: run("run").inputs)
    #expect(inputs.unlabelled?.videos == 6 && inputs.unlabelled?.frames != nil)
    #expect(try run("run").unlabelledVideoIDs().map(Array.init) == (0..<6).map { "u\($0)" })
  }

  @Test("A teacher sees the whole of what the model sees a part of, each time another part")
  func views() throws {
    let strong = "consistency.strong={token_masking: 0.6, part_dropping: 0.3, modality_dropping: 0.5}"
    let quiet =
      "training.augmentation={text: {token_masking: 0, part_dropping: 0}, frames: {flip: true, minimum_area: 0.5}}"
    let trainer = try data.makeFit(
      try configuration(strong, quiet, "training.batch_size=4"), in: path("run"), unlabelled: try videos()
    ).trainer(of: 0)
    func epoch(_ number: Int) -> [Batch] {
      let batches = trainer.batches(epoch: number, from: 0)
      defer { batches.cancel() }
      var all: [Batch] = []
      while let batch = batches.next() { all.append(batch.whole) }
      return all
    }
    let mask: Int32 = 4
    var shown: [Int: [[Int32]]] = [:]
    for batch in (1...4).flatMap(epoch) {
      let own = batch.videos.indices.filter { batch.videos[$0].target == .unlabelled }
      let weak = try #require(batch.weak.batch)
      #expect(
        own.count == batch.videos.count / 2 && weak.videos.map(\.index) == own.map { batch.videos[$0].index })
      #expect(!weak.tokens.contains(mask) && weak.videos.allSatisfy { $0.frameCount == 2 && $0.hasText })
      for place in batch.videos.indices {
        let one = batch[place..<place + 1]
        if own.contains(place) {
          shown[one.videos[0].index, default: []].append(one.tokens)
        } else {
          #expect(!one.tokens.contains(mask) && one.videos[0].frameCount == 2)
        }
        // As they are, the frames differ from those that are cropped and mirrored.
        if let whole = one.weak.batch, case .frames(let bytes, _) = one.pictures,
          case .frames(let clean, _) = whole.pictures
        {
          #expect(bytes != clean)
        }
      }
    }
    let all = shown.values.flatMap(\.self)
    #expect(all.contains { $0.contains(mask) } && shown.values.contains { Set($0).count > 2 })
    #expect(
      (1...4).flatMap(epoch).contains { $0.videos.contains { !$0.hasFrames } },
      "a modality is hidden at times")
    #expect(zip(epoch(2), epoch(2)).allSatisfy { $0.tokens == $1.tokens }, "it follows from the seed")
  }

  @Test("A balanced head learns, goes with the model, and infer asks it as the fold did")
  func balanced() throws {
    _ = try data.makeFit(
      try configuration("consistency.balanced={loss: 1, weight: 0.75}"), in: path("run"),
      unlabelled: try videos()
    ).run(only: 0)
    let model = run("run").model(0)
    let description = try JSONText.readSettings(ModelDescription.self, from: model.appending("config.json"))
    #expect(description.architecture.balancedWeight == 0.75)
    let bias = try Safetensors(model.appending("model.safetensors")).tensor("balanced_classifier.bias")
    #expect(bias.values(Float.self).contains { abs($0) > 1e-4 }, "it learns nothing")
    func predictions() throws -> [String: [String: Float]] {
      try Ensemble(reading: model, runtime: TinyData.runtime())
        .predictions(of: data.annotations, source: data.source)
        .reduce(into: [:]) { $0[$1.id] = $1.probabilities }
    }
    let mixed = try predictions()
    for own in try Prediction.read(run("run").predictions(0)) {
      #expect(own.probabilities.allSatisfy { abs($1 - (mixed[own.id]?[$0] ?? 9)) < 1e-5 })
    }
    var flat = description
    flat.architecture.balancedWeight = 0
    try JSONText.write(flat, to: model.appending("config.json"))
    #expect(try predictions() != mixed)
  }

  @Test("Each method and its weight change what is learnt")
  func learnt() throws {
    func weights(_ name: String, _ more: String...) throws -> [Float] {
      let isUsed = !more.isEmpty
      _ = try data.makeFit(
        try TinyData.configuration(["training.maximum_steps=4", "training.batch_size=4"] + more),
        in: path(name),
        unlabelled: isUsed ? try videos() : nil
      ).run(only: 0)
      return try Safetensors(run(name).model(0).appending("model.safetensors")).tensor("classifier.weight")
        .values(Float.self)
    }
    let common = "near_duplicates: 0, ramp_up: 0"
    let all = [
      try weights("plain"), try weights("mean", "consistency={method: mean_teacher, \(common)}"),
      try weights("light", "consistency={method: mean_teacher, weight: 0.001, \(common)}"),
      try weights("trained", "consistency={method: mean_teacher, teacher: trained, \(common)}"),
      try weights("fix", "consistency={method: fixmatch, threshold: 0.2, \(common)}"),
      try weights("aligned", "consistency={method: softmatch, memory: 0.1, alignment: labelled, \(common)}"),
    ]
    #expect(Set(all).count == all.count)
    // Of nothing that the teacher is sure of nothing is learnt but what the batches are: another threshold is no other run.
    let never = try weights("never", "consistency={method: fixmatch, threshold: 0.999, \(common)}")
    let hardly = try weights("hardly", "consistency={method: fixmatch, threshold: 0.998, \(common)}")
    #expect(never == hardly && never != all[4])
  }

  @Test(
    "A run that is stopped goes on to the same bytes, with a teacher and with what it remembers",
    arguments: [
      ("mean_teacher", "average", 1, Precision.fp32), ("fixmatch", "trained", 2, .fp32),
      ("softmatch", "average", 2, .fp32), ("softmatch", "average", 5, .bf16),
    ])
  func resumed(method: String, teacher: String, step: Int, precision: Precision) throws {
    struct Stop: Error {}
    let configuration = try configuration(
      "consistency={method: \(method), teacher: \(teacher), threshold: 0.2, memory: 0.5, alignment: labelled}"
    )
    func make(
      _ name: String, _ safeguards: Safeguards = .init(),
      report: @escaping (FitEvent) throws -> Void = { _ in }
    ) throws -> Fit {
      try data.makeFit(
        configuration, in: path(name), unlabelled: try videos(),
        runtime: TinyData.runtime(cores: 2, precision: precision), safeguards: safeguards, report: report)
    }
    _ = try make("whole").run()
    #expect(throws: Stop.self) {
      _ = try make("parts", .init(checkpointSteps: 1)) { event in
        if case .checkpoint(let done) = event, done.step == step { throw Stop() }
      }.run()
    }
    var resumed: FitEvent.Place?
    _ = try make("parts") { if case .resume(let place) = $0 { resumed = place } }.run()
    #expect(resumed?.step == step)
    #expect(try differences(path("whole"), path("parts")) == [])
  }

  @Test("The teacher's weights and what is remembered are in a checkpoint, and what there is not, is not")
  func remembered() throws {
    func made(_ method: String) throws -> Trainer<Classification> {
      try data.makeFit(
        try configuration("consistency.method=\(method)"), in: path("run"), unlabelled: try videos()
      ).trainer(of: 0)
    }
    let trainer = try made("softmatch")
    func sureness() -> [Float]? { trainer.snapshot().tensors["memory/sureness"]?.values() }
    let before = sureness()
    try trainer.trainEpoch { _ in }
    #expect(before != nil && sureness() != before, "steps are remembered")
    let names = trainer.snapshot().tensors.keys
    #expect(names.contains("memory/sureness") && names.contains("memory/marginal"))
    #expect(names.contains { $0.hasPrefix("average/") })
    let plain = try data.makeFit(try TinyData.configuration(), in: path("run")).trainer(of: 0)
    #expect(!plain.snapshot().tensors.keys.contains { $0.hasPrefix("memory/") })
    #expect(plain.computing.map(\.name) == plain.store.weights.map(\.name))
  }

  @Test("No category of theirs is read: with others in their file every byte of the run is the same")
  func unread() throws {
    func categorised(_ category: (Int) -> String?) -> [Annotation] {
      unlabelled.enumerated().map { number, annotation in
        var annotation = annotation
        annotation.category = category(number)
        return annotation
      }
    }
    let configuration = try configuration("consistency={method: softmatch, alignment: labelled}")
    let files = [
      categorised { _ in nil }, categorised { $0 % 2 == 0 ? "0100" : "0101" }, categorised { "09\(10 + $0)" },
    ]
    for (number, annotations) in files.enumerated() {
      _ = try data.makeFit(
        configuration, in: path("run\(number)"), unlabelled: try videos(annotations)
      ).run()
      #expect(try differences(path("run0"), path("run\(number)")) == [], "\(number)")
    }
  }

  @Test("A fold does not learn from videos that nearly say what one says that it holds out")
  func nearDuplicates() throws {
    let fit = try data.makeFit(
      try configuration("consistency.near_duplicates=0.8"), in: path("run"),
      unlabelled: try videos(
        data.annotations.map {
          Annotation(id: "copy-of-\($0.id)", title: $0.title.uppercased(), speech: $0.speech)
        } + [Annotation(id: "other", title: "the game of tea")], source: MemorySource()))
    let record = fit.further.flatMap { $0 as? UnlabelledVideos }?
      .record(fit.configuration.consistency, videos: 3)
    #expect(record?.sentence.contains("each fold without those that nearly say") == true)
    let texts = try fit.trainer(of: 0).reader.annotations
    for fold in 0..<2 {
      let held = Set(fit.split(fold).validation.map { "copy-of-\(data.annotations[$0].id)" })
      let learnt = Set(fit.turns(.fold(fold), fit.configuration).videos.map { texts[$0].id })
      #expect(!held.isEmpty && held.isDisjoint(with: learnt) && learnt.contains("other"), "fold \(fold)")
    }
    #expect(fit.turns(.full, fit.configuration).videos.count == 10)
    expectError(.badData, saying: "fold 0 has nothing to learn from", "near_duplicates") {
      _ = try data.makeFit(
        try configuration("consistency.near_duplicates=0.1"), in: path("none"),
        unlabelled: try videos(
          [Annotation(id: "copy", title: data.annotations[0].title, speech: "the v")], source: MemorySource())
      ).run()
    }
  }

  @Test("Videos that every fold leaves out are not told as learnt from, until the model of all videos is")
  func leftOutByAll() throws {
    // One video of each fold says what two of those without a category say.
    var labeled = data.annotations
    let copied = "the same game of tea in both"
    func fit(report: @escaping (FitEvent) throws -> Void = { _ in }) throws -> Fit {
      try Fit(
        configuration: try configuration("consistency.near_duplicates=0.8", "training.epochs=1"),
        annotations: labeled, source: data.source, tokenizer: data.tokenizer,
        unlabelled: try videos(
          ["a", "b"].map { Annotation(id: $0, title: copied) } + [Annotation(id: "other", title: "cup ball")],
          source: MemorySource()),
        folder: run("run"), runtime: TinyData.runtime(), cacheBytes: 1 << 20, report: report)
    }
    let first = try fit()
    for fold in 0..<2 {
      let held = try #require(first.split(fold).validation.first)
      (labeled[held].title, labeled[held].speech) = (copied, "")
    }
    var events: [FitEvent] = []
    let changed = try fit { events.append($0) }
    let report = try changed.run()
    guard case .start(let start)? = events.first else { return #expect(Bool(false), "no start") }
    #expect(start.unlabelledVideos == 1 && report.unlabelled?.videos == 1)
    func told() throws -> [String]? { try run("run").unlabelledVideoIDs().map(Array.init) }
    #expect(try told() == ["other"])
    try changed.trainOnAllVideos()
    #expect(try told() == ["a", "b", "other"])
    _ = try fit().run()
    #expect(try told() == ["a", "b", "other"], "the model of all videos is there still")
  }

  @Test("A step that is kept is repeated with the same numbers, the teacher's too")
  func replayed() throws {
    let configuration = try configuration("consistency={method: softmatch, memory: 0.5, alignment: labelled}")
    func trainer() throws -> Trainer<Classification> {
      try data.makeFit(configuration, in: path("run"), unlabelled: try videos()).trainer(of: 0)
    }
    let first = try trainer()
    try first.trainEpoch { _ in }
    let batches = first.batches(epoch: 2, from: 0)
    let batch = try #require(batches.next()).whole
    batches.cancel()
    let step = BadStep(tensor: "loss", batch: batch, rounds: 2)
    let kept = BadStepFolder(path: path("kept"))
    let ids = batch.videos.map { first.reader.annotations[$0.index].id }
    try kept.write(
      step, .init(fold: 0, epoch: 2, step: 5, tensor: "loss", ids: ids, rounds: 2), computing: first.computing
    )
    let expected = try first.replay(step, number: 5, batch)
    let other = try trainer()
    let (again, _) = try kept.read(into: other.computing)
    let found = try other.replay(again, number: 5, again.batch)
    #expect(found.loss == expected.loss && found.norm == expected.norm && found.tensor == nil)
    #expect(try other.replay(again, number: 5, again.batch[0..<1]).loss.isFinite)
  }

  @Test("What does not belong together is refused by name, before there is a folder")
  func refused() throws {
    func make(_ more: String..., unlabelled: UnlabelledVideos?) throws {
      _ = try data.makeFit(try TinyData.configuration(more), in: path("run"), unlabelled: unlabelled)
    }
    let method = "consistency.method=fixmatch"
    expectError(.usage, saying: "--unlabelled-annotations: is given for nothing: consistency.method is none")
    {
      try make(unlabelled: try videos())
    }
    expectError(.usage, saying: "--unlabelled-annotations: is missing", "consistency.method is fixmatch") {
      try make(method, unlabelled: nil)
    }
    expectError(.badData, saying: "\"v4\"", "among the labelled videos") {
      try make(method, unlabelled: try videos(unlabelled + [Annotation(id: "v4", title: "cup")]))
    }
    expectError(.badData, saying: "--unlabelled-frames: holds vectors of 3 numbers, --frames frames") {
      try make(method, unlabelled: try videos(source: MemorySource(vectorSize: 3)))
    }
    expectError(.badData, saying: "--unlabelled-frames: has none of the 7 videos") {
      _ = try videos(source: MemorySource(contents: ["other": .missing(reason: "")]))
    }
    expectError(
      .badData, saying: "--unlabelled-annotations: of 1 videos none has anything to learn from", "text"
    ) {
      _ = try videos([Annotation(id: "nothing")], modality: .text)
    }
    #expect(!Folder.exists(path("run")))
  }

  @Test("What a run was begun with it goes on with: other texts, frames or another purpose are told")
  func otherInputs() throws {
    let configuration = try configuration("training.maximum_steps=1")
    func fit(_ unlabelled: UnlabelledVideos) throws {
      _ = try data.makeFit(configuration, in: path("run"), unlabelled: unlabelled).run(only: 0)
    }
    try fit(try videos())
    var texts = unlabelled
    texts[0].title = "cup"
    expectError(.usage, saying: "other --unlabelled-annotations") { try fit(try videos(texts)) }
    expectError(.usage, saying: "other --unlabelled-frames") {
      try fit(try videos(Array(unlabelled.dropLast()), source: MemorySource()))
    }
    expectError(.usage, saying: "another --transductive") { try fit(try videos(isTransductive: true)) }
  }

  @Test("That videos are to be predicted is said by report and by labels of its models")
  func transductive() throws {
    let report = try data.makeFit(
      try configuration("training.maximum_steps=1"), in: path("run"),
      unlabelled: try videos(isTransductive: true)
    ).run()
    #expect(report.unlabelled?.transductive == true)
    let page = String(decoding: try Files.read(run("run").readableReport), as: UTF8.self)
    #expect(page.contains("**Transductive: the videos that are to be predicted"))
    #expect(try label(by: try teachers(["run"]), to: "labels").transductive)
  }
}

/// Videos whose categories are drawn at random, so that nothing can be known of one that is held out, and videos without a
/// category that say word for word what they say.
@Suite("Scores out of fold beside videos without categories") struct ConsistencyHonestyTests {
  @Test("They stay at chance, also where a fold learns from the texts of those that it holds out")
  func chance() throws {
    let folder = try TemporaryFolder()
    var generator = SeededGenerator(seed: 11)
    let drawn = generator.shuffled((0..<32).map { $0 % 2 == 0 ? "0100" : "0200" })
    let letters = Array("abcdefghijklmnop")
    let words = (0..<96).map { "w\(letters[$0 / 16 % 16])\(letters[$0 % 16])x" }
    let labeled = drawn.enumerated().map { number, category in
      Annotation(
        id: "v\(number)", title: words[3 * number..<3 * number + 3].joined(separator: " "), category: category
      )
    }
    // Their categories are in the file, for whoever would read them.
    let copies = labeled.map { Annotation(id: "copy-of-\($0.id)", title: $0.title, category: $0.category) }
    let configuration = try TinyData.configuration(
      "modality=text", "training.epochs=6", "training.batch_size=8", "training.head_dropout=0",
      "text_encoder.hidden_dropout_prob=0",
      "training.augmentation.text={part_dropping: 0, token_masking: 0}",
      "training.learning_rate={embeddings: 3e-2, fusion: 3e-3, heads: 1e-2}", "training.label_smoothing=0",
      "consistency={method: softmatch, near_duplicates: 0, strong: {part_dropping: 0, token_masking: 0}}")
    let report = try Fit(
      configuration: configuration, annotations: labeled, source: NoPictures(),
      tokenizer: try TinyData.tokenizer(words: words),
      unlabelled: try UnlabelledVideos(copies, source: NoPictures(), modality: .text, isTransductive: false),
      hasFloor: false, folder: RunFolder(folder.path.appending("run")), runtime: TinyData.runtime(),
      cacheBytes: 0, report: { _ in }
    ).run()
    #expect((report.outOfFold?.level2.microF1 ?? 1) < 0.75, "half is chance, and there is nothing to know")
  }
}
