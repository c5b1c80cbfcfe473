import Batching
import Dataset
import Foundation
import Glibc
import Inference
import JSONSchema
import Metrics
import NN
import Records
import RunFixtures
import Settings
import Storage
import SystemPackage
import Tasks
import Testing
import Torch

@testable import Runs
@testable import Training

@Suite("A fit that survives") struct SurvivalTests {
  let folder: TemporaryFolder
  let data: TinyData

  init() throws {
    folder = try TemporaryFolder()
    data = try TinyData(in: folder.path)
  }

  private func path(_ name: String) -> FilePath { folder.path.appending(name) }

  private func fit(
    _ configuration: RunConfiguration, in name: String, source: (any VideoSource)? = nil, only: Int? = nil,
    safeguards: Safeguards = .init(checkpointSteps: 1),
    report: @escaping (FitEvent) throws -> Void = { _ in }
  ) throws -> Fit {
    try Fit(
      configuration: configuration, annotations: data.annotations, source: source ?? data.source,
      tokenizer: data.tokenizer, folder: RunFolder(path(name)), runtime: TinyData.runtime(),
      cacheBytes: 1 << 20,
      safeguards: safeguards, report: report)
  }

  private struct Stop: Error {}

  /// Runs until `isEnd` says so of an event, as a kill would end it.
  private func run(
    _ configuration: RunConfiguration, in name: String, until isEnd: @escaping (FitEvent) -> Bool
  ) throws {
    #expect(throws: Stop.self) {
      _ = try fit(configuration, in: name) { if isEnd($0) { throw Stop() } }.run()
    }
  }

  /// Runs to the end and returns what happened.
  private func finish(
    _ configuration: RunConfiguration, in name: String, source: (any VideoSource)? = nil, only: Int? = nil,
    safeguards: Safeguards = .init(checkpointSteps: 1)
  ) throws -> [FitEvent] {
    var events: [FitEvent] = []
    _ = try fit(configuration, in: name, source: source, only: only, safeguards: safeguards) {
      events.append($0)
    }.run(only: only)
    return events
  }

  private func isStep(_ event: FitEvent, _ number: Int, fold: Int = 0) -> Bool {
    if case .step(let step) = event { step.step == number && step.fold == fold } else { false }
  }

  private func resumed(_ events: [FitEvent]) -> FitEvent.Place? {
    events.compactMap { if case .resume(let place) = $0 { place } else { nil } }.first
  }

  private func warnings(_ events: [FitEvent]) -> [String] {
    events.compactMap { if case .warning(let warning) = $0 { warning.message } else { nil } }
  }

  @Test("A run that is stopped anywhere goes on from there, and its folder ends the same byte for byte")
  func stopped() throws {
    let configuration = try TinyData.configuration("training.epochs=3")
    _ = try finish(configuration, in: "whole")
    // In the first epoch; at the end of one before it is validated; after that; in the other fold.
    try run(configuration, in: "stopped") { isStep($0, 2) }
    var steps: [Int] = []
    try run(configuration, in: "stopped") { event in
      if case .step(let step) = event { steps.append(step.step) }
      return isStep(event, 3)
    }
    #expect(steps == [2, 3], "step 1 was in the checkpoint, step 2 was not yet")
    try run(configuration, in: "stopped") {
      if case .epoch(let epoch, _) = $0 { epoch.epoch == 2 } else { false }
    }
    try run(configuration, in: "stopped") { isStep($0, 4, fold: 1) }
    let events = try finish(configuration, in: "stopped")
    #expect(resumed(events).map { [$0.fold, $0.step] } == [1, 3])
    #expect(try differences(path("whole"), path("stopped")) == [])
  }

  @Test(
    "Without --checkpoint-steps there is one at the end of each epoch, and then the one before it at most")
  func rotation() throws {
    let configuration = try TinyData.configuration("training.epochs=4")
    var written: [Int] = []
    var kept: [String] = []
    #expect(throws: Stop.self) {
      _ = try fit(configuration, in: "run", safeguards: Safeguards()) { event in
        guard case .checkpoint(let checkpoint) = event else { return }
        written.append(checkpoint.step)
        kept = try Folder.names(in: RunFolder(path("run")).checkpoints(0)).filter { $0.hasSuffix(".json") }
        if written.count == 3 { throw Stop() }
      }.run()
    }
    let perEpoch = written[0]
    #expect(written == [perEpoch, 2 * perEpoch, 3 * perEpoch])
    #expect(kept.sorted() == ["step-\(2 * perEpoch).json", "step-\(3 * perEpoch).json"].sorted())
  }

  @Test("Two are kept also where the last step of an epoch has one already")
  func rotationAtTheEndOfAnEpoch() throws {
    var kept: [Int] = []
    _ = try fit(
      try TinyData.configuration("training.epochs=2"), in: "run", safeguards: Safeguards(checkpointSteps: 1)
    ) { event in
      guard case .checkpoint(let checkpoint) = event, checkpoint.fold == 0 else { return }
      let names = try Folder.names(in: RunFolder(path("run")).checkpoints(0))
      kept.append(names.count { $0.hasSuffix(".json") })
    }.run()
    #expect(kept.count > 3 && kept[0] == 1 && kept.dropFirst().allSatisfy { $0 == 2 }, "\(kept)")
  }

  @Test("Time alone makes checkpoints due as well")
  func interval() throws {
    let events = try finish(
      try TinyData.configuration("training.epochs=1"), in: "run", only: 0,
      safeguards: Safeguards(checkpointInterval: .zero))
    let steps = events.compactMap {
      if case .checkpoint(let checkpoint) = $0 { checkpoint.step } else { nil }
    }
    #expect(steps.count > 1 && steps == Array(1...steps.count))
    #expect(!Folder.exists(RunFolder(path("run")).checkpoints(0)), "a finished fold keeps none")
  }

  @Test("A damaged checkpoint is passed over for the one before, which is said, and nothing else changes")
  func damaged() throws {
    let configuration = try TinyData.configuration()
    _ = try finish(configuration, in: "whole")
    for (name, damage) in [
      ("cut", { (data: Data) in data.prefix(data.count - 100) }),
      (
        "flipped",
        { (data: Data) in
          var data = data
          data[data.count / 2] ^= 4
          return data
        }
      ),
    ] {
      try run(configuration, in: name) { isStep($0, 4) }
      let newest = RunFolder(path(name)).checkpoints(0).appending("step-3.safetensors").string
      try damage(try Data(contentsOf: URL(filePath: newest))).write(to: URL(filePath: newest))
      let events = try finish(configuration, in: name)
      #expect(resumed(events)?.step == 2)
      #expect(
        warnings(events).count == 1 && warnings(events)[0].contains("step-3.safetensors"),
        "\(warnings(events))")
      #expect(try differences(path("whole"), path(name)) == [])
    }
  }

  @Test("When no checkpoint is whole the fold begins again, which is said")
  func allDamaged() throws {
    let configuration = try TinyData.configuration()
    _ = try finish(configuration, in: "whole")
    try run(configuration, in: "none") { isStep($0, 4) }
    for step in 2...3 {
      try AtomicFile.write("{}", to: RunFolder(path("none")).checkpoints(0).appending("step-\(step).json"))
    }
    let events = try finish(configuration, in: "none")
    #expect(resumed(events) == nil && warnings(events).count == 3)
    #expect(try differences(path("whole"), path("none")) == [])
  }

  @Test("What a checkpoint lacks or nobody knows is named, and then nothing is taken over from it")
  func foreign() throws {
    let configuration = try TinyData.configuration()
    let trainer = try fit(configuration, in: "run").trainer(of: 0)
    let checkpoints = CheckpointFolder(path: path("checkpoints"))
    try checkpoints.open()
    var (tensors, counts) = trainer.snapshot()
    let name = try #require(tensors.keys.filter { $0.hasPrefix("optimizer/") }.min())
    tensors[name] = nil
    tensors["average/other"] = .zeros([2])
    tensors["model/classifier.bias"] = .ones([3])
    try checkpoints.write(.init(fold: 0, progress: TrainingProgress(), counts: counts), tensors)
    counts = [:]
    expectError(.badData, saying: name, "missing", "average/other") {
      try trainer.restore(try checkpoints.read(0))
    }
    let bias = try #require(trainer.store.parameters.first { $0.name == "classifier.bias" })
    #expect(bias.tensor.values() != [1, 1, 1] as [Float])
  }

  @Test("A cancelled task ends the run after its step, with a checkpoint; a cancelled validation too")
  func cancelled() async throws {
    let configuration = try TinyData.configuration()
    _ = try finish(configuration, in: "whole")
    let (folder, data) = (folder, data)
    for step in [2, 3] {
      let error = await #expect(throws: FitInterrupted.self) {
        // Made inside: what a fit holds stays on one thread.
        try await Task {
          let fit = try Fit(
            configuration: configuration, annotations: data.annotations, source: data.source,
            tokenizer: data.tokenizer, folder: RunFolder(folder.path.appending("cancelled")),
            runtime: TinyData.runtime(), cacheBytes: 1 << 20
          ) { event in
            if case .step(let done) = event, done.step == step { withUnsafeCurrentTask { $0?.cancel() } }
          }
          _ = try fit.run()
        }.value
      }
      #expect(error?.kind == .resumable && error?.description.contains("step \(step) of fold 0") == true)
    }
    #expect(resumed(try finish(configuration, in: "cancelled"))?.step == 3)
    #expect(try differences(path("whole"), path("cancelled")) == [])
  }

  @Test("A disk that takes no checkpoint stops nothing; the one before stays")
  func fullDisk() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      let data = try TinyData(in: folder.path)
      let run = RunFolder(folder.path.appending("run"))
      let configuration = try TinyData.configuration("training.epochs=3")
      // A checkpoint is four times as large as the model; a limit on the size of files stands for the full disk.
      signal(SIGXFSZ, SIG_IGN)
      var problems: [String?] = []
      var kept: [String] = []
      func fit(_ limit: Int?) throws {
        var size = 0
        _ = try Fit(
          configuration: configuration, annotations: data.annotations, source: data.source,
          tokenizer: data.tokenizer, folder: run, runtime: TinyData.runtime(), cacheBytes: 1 << 20
        ) { event in
          guard case .checkpoint(let checkpoint) = event else { return }
          problems.append(checkpoint.problem)
          kept = try Folder.names(in: run.checkpoints(checkpoint.fold)).filter { $0 != ".lock" }
          guard size == 0 else { return }
          size = try Files.read(run.checkpoints(0).appending("step-\(checkpoint.step).safetensors")).count
          let bytes = rlim_t(size / 2)
          var limit = rlimit(rlim_cur: bytes, rlim_max: bytes)
          #expect(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
        }.run(only: 0)
      }
      try fit(nil)
      #expect(problems.count == 2 && problems[0] == nil && problems[1]?.contains("cannot write") == true)
      #expect(kept.count == 2, "the first checkpoint's files, and nothing half written: \(kept)")
      #expect(run.isFinished(0) && !Folder.exists(run.checkpoints(0)))
    }
  }

  @Test("A fold that another process is training is refused")
  func inUse() throws {
    let run = RunFolder(path("run"))
    try Folder.create(run.fold(1))
    let configuration = try TinyData.configuration("training.maximum_steps=1")
    _ = try finish(configuration, in: "other", only: 0)
    _ = try finish(configuration, in: "run2", only: 0)
    let used = RunFolder(path("run2"))
    try Folder.create(used.checkpoints(1))
    let lock = try FolderLock(used.checkpoints(1))
    expectError(.cannotCreate, saying: "fold-01") { _ = try finish(configuration, in: "run2", only: 1) }
    withExtendedLifetime(lock) {}
  }

  // MARK: Steps without finite numbers

  /// Stored vectors, those of `id` too large to compute with.
  private func vectors(spoilt id: String?) -> MemorySource {
    var source = MemorySource(vectorSize: 2)
    for annotation in data.annotations {
      source.contents[annotation.id] = .features(
        annotation.id == id ?? annotation.id ? [3e38, 3e38] : [1, 2], dimension: 2)
    }
    return source
  }

  /// The first video that a fold holds out.
  private func heldOut(in fold: Int, _ configuration: RunConfiguration) throws -> String {
    let held = Folds.stratified(
      ids: data.annotations.map(\.id),
      categories: try Categories(of: data.annotations).labels(of: data.annotations), folds: 2,
      seed: configuration.seed)
    return data.annotations[try #require(held.firstIndex(of: fold))].id
  }

  @Test("A video of which the model gives no numbers is predicted by the prior, and told from the others")
  func noNumbers() throws {
    let configuration = try TinyData.configuration("training.maximum_steps=1")
    let spoilt = try heldOut(in: 0, configuration)
    _ = try finish(configuration, in: "run", source: vectors(spoilt: spoilt), only: 0)
    for prediction in try Prediction.read(RunFolder(path("run")).predictions(0)) {
      #expect((prediction.status == .prior) == (prediction.id == spoilt))
    }
  }

  @Test("A step without a finite loss is skipped, counted and named; the others train as they would")
  func skipped() throws {
    let configuration = try TinyData.configuration()
    let spoilt = try heldOut(in: 1, configuration)
    let events = try finish(configuration, in: "run", source: vectors(spoilt: spoilt), only: 0)
    let skips = events.compactMap { if case .skip(let skip) = $0 { skip } else { nil } }
    #expect(skips.count == 2, "once in each epoch")
    #expect(skips.allSatisfy { $0.ids.contains(spoilt) && !$0.tensor.isEmpty })
    let rows = try EventFile(RunFolder(path("run")).events(0)).epochs().map(\.result)
    #expect(rows.map(\.skippedSteps) == [1, 1] && rows.allSatisfy { $0.loss.isFinite })
    let ends = events.compactMap { if case .end(let report) = $0 { report } else { nil } }
    let report = try #require(ends.first)
    #expect(report.skippedSteps == 2)
    #expect(report.markdown.contains("2 steps had no finite loss"))
    let model = try Safetensors(RunFolder(path("run")).model(0).appending("model.safetensors"))
    #expect(try model.names.allSatisfy { try model.tensor($0).isFinite })
  }

  @Test("Too many bad steps in a row end the run with tensor, videos and a step that can be repeated")
  func diverged() throws {
    let configuration = try TinyData.configuration()
    let source = vectors(spoilt: nil)
    expectError(.badData, saying: "2 steps in a row", "step 2 of fold 0", "--replay", "v") {
      _ = try finish(
        configuration, in: "run", source: source, safeguards: Safeguards(checkpointSteps: 1, badSteps: 2))
    }
    let run = RunFolder(path("run"))
    #expect(!run.isFinished(0))
    let before = try contents(of: run.path)
    let steps = try fit(configuration, in: "run", source: source).replay()
    #expect(
      steps.map { [$0.fold, $0.step] } == [[0, 2]] && steps[0].loss == nil && steps[0].tensor != nil)
    #expect(steps[0].videos.allSatisfy { $0.loss == nil } && steps[0].videos.count == 2)
    #expect(try contents(of: run.path) == before)
    // With data that can be learnt from the same step is a good one, and the fold forgets it.
    expectError(.missingInput, saying: "no fold has diverged") {
      _ = try fit(configuration, in: "run", source: source).replay(only: 1)
    }
    // An epoch of nothing but bad steps is an end as well, however many are allowed.
    expectError(.badData, saying: "diverged") {
      _ = try finish(configuration, in: "epoch", source: source, safeguards: Safeguards(badSteps: 100))
    }
  }

  @Test("A step that is kept is repeated with the same numbers, frames and all")
  func replayed() throws {
    let configuration = try TinyData.configuration("training.head_dropout=0.5")
    let made = try fit(configuration, in: "run")
    let trainer = try made.trainer(of: 0)
    let reader = trainer.reader
    let batch = Batch([0, 3, 4].map { reader.sample($0) })
    let step = BadStep(tensor: "loss", batch: batch, rounds: 2)
    let kept = BadStepFolder(path: path("kept"))
    try kept.write(
      step, .init(fold: 0, epoch: 1, step: 1, tensor: "loss", ids: ["a", "b", "c"], rounds: 2),
      computing: trainer.computing)
    let first = try trainer.replay(step, number: 1, batch)
    // Of the same run, but with other weights: those that were kept take their place.
    let other = try fit(configuration, in: "run").trainer(of: 0)
    other.store.assign(other.store.weights.map { .zeros($0.tensor.shape) })
    let (again, description) = try kept.read(into: other.computing)
    #expect(description.ids == ["a", "b", "c"])
    let second = try other.replay(again, number: 1, again.batch)
    #expect(first.loss == second.loss && first.norm == second.norm && first.tensor == nil)
  }

  // MARK: Memory

  /// The gradients of every parameter for a batch that is computed in `parts`.
  private func gradients(parts: Int) throws -> [(name: String, values: [Float])] {
    let configuration = try TinyData.configuration(
      "training.head_dropout=0", "text_encoder.hidden_dropout_prob=0",
      "training.class_weights={scheme: power, exponent: 0.7}")
    let trainer = try fit(configuration, in: "run").trainer(of: 0)
    let batch = Batch((0..<7).map { trainer.reader.sample($0) })
    trainer.progress.rounds = parts
    _ = try trainer.gradients(of: PreparedBatch(batch, for: trainer.task, parts: 1), step: 0)
    return trainer.store.parameters.map { ($0.name, $0.tensor.gradient?.values() ?? []) }
  }

  @Test(
    "The gradients of a batch in parts are those of the whole, class weights and all", arguments: [2, 3, 7])
  func parts(count: Int) throws {
    for (whole, part) in zip(try gradients(parts: 1), try gradients(parts: count)) {
      let largest = whole.values.map(abs).max() ?? 0
      for (one, other) in zip(whole.values, part.values) {
        #expect(abs(one - other) <= 1e-5 * max(1, largest), "\(whole.name)")
      }
    }
  }

  @Test(
    "When memory runs out batches are computed in parts, which is said once, and the run goes to its end")
  func outOfMemory() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      let data = try TinyData(in: folder.path)
      let configuration = try TinyData.configuration(
        "training.batch_size=4", "backbone.img_size=64", "training.epochs=3")
      func fit(_ name: String, memory: Int?) throws -> [FitEvent] {
        var events: [FitEvent] = []
        Machine.limitMemory(to: memory)
        _ = try Fit(
          configuration: configuration, annotations: data.annotations, source: data.source,
          tokenizer: data.tokenizer, folder: RunFolder(folder.path.appending(name)),
          runtime: Runtime(device: .cpu, precision: .fp32, threads: 1, predictionBatchSize: 4),
          cacheBytes: 1 << 20
        ) { events.append($0) }.run(only: 0)
        return events
      }
      func splits(_ events: [FitEvent]) -> [FitEvent.Split] {
        events.compactMap { if case .split(let split) = $0 { split } else { nil } }
      }
      #expect(splits(try fit("whole", memory: nil)).isEmpty)
      let peak = Machine.memoryPeak
      let limited = splits(try fit("limited", memory: peak * 7 / 10))
      #expect(limited.count == 1 && limited[0].rounds == 2 && limited[0].reason.contains("out of memory"))
      #expect(Machine.memoryPeak <= peak * 7 / 10)
      expectError(.resumable, saying: "out of memory") { _ = try fit("too-small", memory: peak / 10) }
    }
  }

  @Test("Predictions that do not fit into memory are made in parts as well")
  func predictions() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      let data = try TinyData(in: folder.path)
      let configuration = try TinyData.configuration("backbone.img_size=64", "training.maximum_steps=1")
      _ = try data.fit(configuration, in: folder.path.appending("run"), only: 0)
      let model = RunFolder(folder.path.appending("run")).model(0)
      func predict(memory: Int?) throws -> [Prediction] {
        Machine.limitMemory(to: memory)
        return try Ensemble(reading: model, runtime: TinyData.runtime())
          .predictions(of: data.annotations, source: data.source)
      }
      let whole = try predict(memory: nil)
      let peak = Machine.memoryPeak
      let parts = try predict(memory: peak * 7 / 10)
      for (one, other) in zip(whole, parts) {
        #expect(one.id == other.id && abs(one.probability - other.probability) < 1e-5)
      }
      #expect(whole.count == parts.count)
    }
  }

  // MARK: Events

  @Test("Every event of a real run fits the schema, and so does every kind of them in the example")
  func events() throws {
    let format = try FileFormat("fit-event")
    let schema = JSONSchema(format.schema)
    for example in format.example.elements ?? [] { #expect(schema.problems(in: example) == []) }
    let configuration = try TinyData.configuration()
    try run(configuration, in: "run") { isStep($0, 2) }
    let place = RunFolder(path("run")).checkpoints(0).appending("step-1.json")
    try AtomicFile.write("{}", to: place)
    var events = try finish(configuration, in: "run")
    events += try finish(configuration, in: "skip", source: vectors(spoilt: "v0"), only: 0)
    for event in events {
      let value = try JSONDecoder().decode(JSONValue.self, from: Data(JSONText.encode(event)))
      #expect(schema.problems(in: value) == [])
    }
    let split = FitEvent.split(
      .init(fold: 0, epoch: 1, step: 1, rounds: 2, isExact: false, reason: "out of memory"))
    let value = try JSONDecoder().decode(JSONValue.self, from: Data(JSONText.encode(split)))
    #expect(schema.problems(in: value) == [])
  }
}
