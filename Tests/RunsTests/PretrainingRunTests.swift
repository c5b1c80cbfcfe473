import Dataset
import Foundation
import Inference
import JSONSchema
import Records
import RunFixtures
import Settings
import Storage
import SystemPackage
import Testing
import Text
import Torch
import Training

@testable import Runs

@Suite("A pre-training") struct PretrainingRunTests {
  let folder: TemporaryFolder
  let data: TinyData

  init() throws {
    folder = try TemporaryFolder()
    data = try TinyData(in: folder.path)
  }

  private func path(_ name: String) -> FilePath { folder.path.appending(name) }

  private struct Stop: Error {}

  @Test("Stopped anywhere and begun again it ends with the same files, byte for byte", arguments: [1, 2])
  func stopped(cores: Int) throws {
    let configuration = try TinyData.pretraining("training.epochs=3")
    let runtime = TinyData.runtime(cores: cores)
    let scores = try data.makePretraining(configuration, in: path("whole"), runtime: runtime).run()
    #expect(scores?.videos == 2 && scores?.values.count == 9)
    // In an epoch, at the end of one before it is judged, and behind that.
    for stop in ["step 1", "step 2", "epoch 2", "step 5"] {
      #expect(throws: Stop.self) {
        _ = try data.makePretraining(
          configuration, in: path("stopped"), runtime: runtime, safeguards: Safeguards(checkpointSteps: 1)
        ) { event in
          switch event {
          case .step(let step) where stop == "step \(step.step)": throw Stop()
          case .epoch(let epoch, _) where stop == "epoch \(epoch.epoch)": throw Stop()
          default: break
          }
        }.run()
      }
      #expect(!Folder.exists(path("stopped").appending("config.json")), "it is not finished")
    }
    var events: [FitEvent] = []
    _ = try data.makePretraining(configuration, in: path("stopped"), runtime: runtime) { events.append($0) }
      .run()
    #expect(events.contains { if case .resume(let place) = $0 { place.step > 3 } else { false } })
    #expect(try differences(path("whole"), path("stopped")) == [])
    // Finished, it is left as it is.
    #expect(try data.makePretraining(configuration, in: path("whole")).run() == nil)
    expectError(.usage, saying: "other settings", "epochs") {
      _ = try data.makePretraining(try TinyData.pretraining(), in: path("whole")).run()
    }
  }

  @Test("Labels change no bit: with them, without them, with others")
  func labels() throws {
    let configuration = try TinyData.pretraining()
    for (name, category) in [("own", nil), ("none", ""), ("other", "0999")] as [(String, String?)] {
      let annotations = data.annotations.map { annotation in
        var annotation = annotation
        if let category { annotation.category = category.isEmpty ? nil : category }
        return annotation
      }
      _ = try data.makePretraining(configuration, in: path(name), annotations: annotations).run()
    }
    #expect(try differences(path("own"), path("none")) == [])
    #expect(try differences(path("own"), path("other")) == [])
  }

  @Test("Every event of it fits the schema, and the step that went wrong can be repeated")
  func events() throws {
    let schema = JSONSchema(try FileFormat("fit-event").schema)
    var events: [FitEvent] = []
    _ = try data.makePretraining(try TinyData.pretraining(), in: path("run")) { events.append($0) }.run()
    for event in events {
      let value = try JSONDecoder().decode(JSONValue.self, from: Data(JSONText.encode(event)))
      #expect(schema.problems(in: value) == [])
    }
    guard case .fold(let end) = events.last else {
      Issue.record("the end is not told")
      return
    }
    #expect(end.chosenBy == "accuracy" && (1...2).contains(end.bestEpoch))
    let spoilt = MemorySource(
      vectorSize: 4,
      contents: Dictionary(
        uniqueKeysWithValues: data.annotations.map {
          ($0.id, VideoContent.features([.nan, 1, 2, 3], dimension: 4))
        }))
    let configuration = try TinyData.pretraining()
    func training(_ report: @escaping (FitEvent) throws -> Void = { _ in }) throws -> PretrainingRun {
      try data.makePretraining(
        configuration, in: path("bad"), source: spoilt, safeguards: Safeguards(badSteps: 2), report: report)
    }
    expectError(.badData, saying: "2 steps in a row", "of the pre-training", "--replay") {
      _ = try training().run()
    }
    let step = try training().replay()
    #expect(step.tensor?.contains("stored vectors") == true && step.loss == nil && !step.videos.isEmpty)
    expectError(.missingInput, saying: "no step to repeat") {
      _ = try data.makePretraining(configuration, in: path("run")).replay()
    }
  }

  @Test("What is asked is learnt: held-out accuracies rise above what they were, and above chance")
  func learning() throws {
    // The title says the speech and the colour of the frames.
    let topics = ["ball game", "tea cup", "the v", "game tea"]
    let annotations = (0..<120).map { number in
      Annotation(id: "n\(number)", title: topics[number % 4], speech: topics[number % 4])
    }
    let source = MemorySource(
      vectorSize: 4,
      contents: Dictionary(
        uniqueKeysWithValues: annotations.enumerated().map { number, annotation in
          let vector = (0..<4).map { $0 == number % 4 ? 3 : Float(number % 7) / 10 }
          return (annotation.id, VideoContent.features(vector + vector, dimension: 4))
        }))
    var epochs: [EpochScores] = []
    _ = try data.makePretraining(
      try TinyData.pretraining(
        "training.epochs=30", "training.batch_size=16", "training.average.weights=trained",
        "training.learning_rate={backbone: 5e-3, embeddings: 5e-3, fusion: 5e-3, heads: 5e-3}",
        "text_encoder.hidden_dropout_prob=0", "pretraining.tokens.longest=1"),
      in: path("run"), annotations: annotations, source: source
    ) { if case .epoch(let epoch, _) = $0 { epochs.append(epoch.scores) } }.run()
    func last(_ name: String) -> Double { epochs.last?.values[name] ?? 0 }
    // Of words the most frequent is one of four tokens; of texts a video's own has three like it among 24.
    #expect(last("tokens_accuracy") > 0.8, "\(epochs.map(\.values))")
    #expect(last("matching_accuracy") > 0.6, "\(epochs.map(\.values))")
    #expect((epochs.first?.values["contrast_loss"] ?? 0) > last("contrast_loss") + 0.2)
    #expect(last("accuracy") > (epochs.first?.values["accuracy"] ?? 1))
  }

  // MARK: fit --init

  private func encoder(_ name: String, _ settings: String...) throws -> EncoderFolder {
    try EncoderFolder(reading: path(name))
  }

  private func configuration(_ encoder: EncoderFolder, isFrozen: Bool = false, _ more: String...) throws
    -> RunConfiguration
  {
    var reader = try ConfigurationReader(.tiny)
    _ = try reader.start(from: encoder, isFrozen: isFrozen)
    let tiny = [
      "folds=2", "text={title: 4, speech: 3, on_screen_text: 3}", "frames.maximum_frames=2",
      "training.epochs=1", "training.batch_size=2", "training.average.weights=trained",
    ]
    for setting in tiny + more { try reader.override(setting) }
    return try reader.configuration()
  }

  private func fit(
    _ configuration: RunConfiguration, _ encoder: EncoderFolder?, in name: String,
    source: (any VideoSource)? = nil
  ) throws {
    _ = try Fit(
      configuration: configuration, annotations: data.annotations, source: source ?? data.source,
      tokenizer: encoder?.tokenizer ?? TokenizerFile(reading: RunFolder(path(name)).tokenizer),
      weights: encoder.map { GivenWeights(encoder: $0) }, folder: RunFolder(path(name)),
      runtime: TinyData.runtime(), cacheBytes: 1 << 20
    ) { _ in }.run()
  }

  @Test("fit --init begins with these weights, every one, and goes on without the encoder's folder")
  func initial() throws {
    _ = try data.makePretraining(try TinyData.pretraining(), in: path("encoder")).run()
    let encoder = try EncoderFolder(reading: path("encoder"))
    let weights = try encoder.weights()
    #expect(weights.names.allSatisfy { $0.hasPrefix("backbone.") || $0.hasPrefix("fusion.") })
    let slow = "training.learning_rate={backbone: 1e-7, embeddings: 1e-7, fusion: 1e-7}"
    let configuration = try configuration(encoder, slow)
    #expect(configuration.weights == .init(backbone: .pretrained, textEncoder: .pretrained))
    try fit(configuration, encoder, in: "run")
    let run = RunFolder(path("run"))
    for fold in 0..<2 {
      let model = try ModelFolder.weights(run.model(fold))
      for name in weights.names {
        let change = (try model.tensor(name) - weights.tensor(name)).absolute().maximum().item
        #expect(change < 1e-5, "\(name)")
      }
    }
    let inputs = try JSONText.read(RunInputs.self, from: run.inputs)
    #expect(try inputs.encoder == encoder.fingerprint && inputs.backbone == nil)
    // It goes on without the folder, and not with another one.
    try FileManager.default.removeItem(atPath: run.predictions(1).string)
    try fit(configuration, nil, in: "run")
    _ = try data.makePretraining(try TinyData.pretraining("seed=9"), in: path("second")).run()
    expectError(.usage, saying: "other weights in --init") {
      try fit(configuration, try EncoderFolder(reading: path("second")), in: "run")
    }
    expectError(.missingInput, saying: "give --init again") {
      _ = try data.fit(configuration, in: path("new"))
    }
    expectError(.usage, saying: "give it as --init") { _ = try GivenBackbone(reading: path("encoder")) }
  }

  @Test(
    "An encoder of text alone goes with any backbone, whose projection begins afresh; and with text alone")
  func textAlone() throws {
    let settings = try TinyData.pretraining("modality=text")
    _ = try data.makePretraining(settings, in: path("encoder"), source: NoPictures()).run()
    let encoder = try EncoderFolder(reading: path("encoder"))
    #expect(!encoder.hasBackbone)
    let slow = "training.learning_rate={backbone: 1e-7, embeddings: 1e-7, fusion: 1e-7}"
    let both = try configuration(
      encoder, slow, "backbone={img_size: 16, patch_size: 8, embed_dim: 32, depth: 1, num_heads: 2}")
    #expect(both.weights == .init(backbone: .random, textEncoder: .pretrained))
    try fit(both, encoder, in: "both")
    try fit(try configuration(encoder, slow, "modality=text"), encoder, in: "text", source: NoPictures())
    let weights = try encoder.weights()
    for name in weights.names where !name.contains("visual_projection") {
      for run in ["both", "text"] {
        let model = try ModelFolder.weights(RunFolder(path(run)).model(0))
        #expect((try model.tensor(name) - weights.tensor(name)).absolute().maximum().item < 1e-5, "\(name)")
      }
    }
  }

  @Test(
    "A frozen backbone of published weights is computed once, kept in the encoder, and frozen again in the fit"
  )
  func frozen() throws {
    try PublishedFolder.writeTimm(to: path("vit"))
    let given = GivenWeights(backbone: try GivenBackbone(reading: path("vit")))
    var reader = try ConfigurationReader(pretraining: .tiny)
    _ = try reader.start(from: try #require(given.backbone?.description), inputSize: nil, isFrozen: true)
    for setting in [
      "text_encoder={hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 32}",
      "text={title: 4, speech: 3, on_screen_text: 3}", "frames.maximum_frames=2", "training.epochs=1",
      "training.batch_size=4", "training.average.weights=trained",
    ] { try reader.override(setting) }
    let settings = try reader.pretraining()
    _ = try data.makePretraining(settings, in: path("encoder"), weights: given).run()
    let encoder = try EncoderFolder(reading: path("encoder"))
    let weights = try encoder.weights()
    for (name, tensor) in PublishedFolder.weights() where !name.hasPrefix("head.") {
      #expect((try weights.tensor("backbone.\(name)") - tensor).absolute().maximum().item == 0, "\(name)")
    }
    #expect(!Folder.exists(path("encoder").appending("start.safetensors")))
    try fit(try configuration(encoder, isFrozen: true), encoder, in: "run")
    let model = try ModelFolder.weights(RunFolder(path("run")).model(1))
    for name in weights.names where name.hasPrefix("backbone.") {
      #expect(try model.tensor(name).isIdentical(to: weights.tensor(name)))
    }
  }

  // MARK: Hostile input

  @Test(
    "Videos without text are left out, which is said; none with text, or one alone, is an error in one line")
  func noText() throws {
    func annotations(_ texts: Int) -> [Annotation] {
      data.annotations.enumerated().map { Annotation(id: $1.id, title: $0 < texts ? "tea cup" : " ") }
    }
    let configuration = try TinyData.pretraining()
    for (texts, saying) in [(0, "none of the 9 videos has text"), (1, "one video alone has text")] {
      expectError(.badData, saying: saying) {
        _ = try data.makePretraining(configuration, in: path("none"), annotations: annotations(texts)).run()
      }
    }
    #expect(!Folder.exists(path("none")))
    let training = try data.makePretraining(configuration, in: path("some"), annotations: annotations(2))
    #expect(training.warnings == ["7 of 9 videos have no text, and nothing is asked of them"])
    #expect(try training.run()?.videos == 1)
  }

  @Test("Videos of a source without frames are asked for their text, which is said")
  func noFrames() throws {
    let more = (0..<4).map { Annotation(id: "u\($0)", title: "ball game tea") }
    let training = try data.makePretraining(
      try TinyData.pretraining(), in: path("run"), annotations: data.annotations + more)
    #expect(training.warnings == ["4 of 13 videos have no frames; their text alone is asked for"])
    #expect(try training.run()?.values["tokens_accuracy"] != nil)
  }

  @Test("What has learnt from labels is refused: the backbones of a run, and vectors that one made")
  func labelled() throws {
    _ = try data.fit(try TinyData.configuration(), in: path("run"))
    expectError(.usage, saying: "--backbone", "learnt from labels") {
      _ = try data.makePretraining(
        try TinyData.pretraining(), in: path("encoder"),
        weights: GivenWeights(backbone: try GivenBackbone(reading: path("run"))))
    }
  }
}
