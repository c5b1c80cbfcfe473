import Foundation
import Models
import NN
import ParityFixtures
import Testing
import Torch

@Suite struct VideoTextClassifierTests {
  /// One video's tokens and pictures `[frames, 3, 8, 8]`.
  private struct Video {
    var tokens: [Int64]
    var pictures: Tensor

    init(_ tokens: [Int64], frames: Int) {
      self.tokens = tokens
      pictures = .normal(
        [frames, 3, 8, 8], deviation: 1, drawingFrom: Generator(seed: UInt64(tokens.count + 100 * frames)))
    }
  }

  private static let text = TextEncoderConfiguration.bert(
    .init(
      vocabularySize: 20, hiddenSize: 12, layers: 2, heads: 3, intermediateSize: 24, maximumPositions: 16))
  /// Others of that size: one with layers that see two tokens on either side, one with buckets of distances, one of which also
  /// adds places to the input.
  private static let texts: [TextEncoderConfiguration] = {
    var near = ModernBERT.Configuration(
      vocabularySize: 20, hiddenSize: 12, layers: 3, heads: 3, intermediateSize: 24)
    (near.globalEvery, near.localAttention) = (2, 4)
    var distant = DeBERTa.Configuration(
      vocabularySize: 20, hiddenSize: 12, layers: 2, heads: 3, intermediateSize: 24)
    (distant.buckets, distant.maximumDistance) = (4, 8)
    var placed = distant
    (placed.hasInputPositions, placed.tokenTypes, placed.maximumPositions) = (true, 2, 16)
    return [text, .modernBERT(near), .deberta(distant), .deberta(placed)]
  }()
  private static let backbone = BackboneConfiguration.vit(
    .init(imageSize: 8, patchSize: 4, embeddingSize: 8, depth: 2, heads: 2))

  /// Random weights of a size that lets every part be seen in the logits.
  private func makeModel(
    backbone: BackboneConfiguration? = backbone, dropoutSamples: Int = 1, hasTextHead: Bool = false,
    twoQuestions: TwoQuestions.Configuration? = nil, balancedWeight: Double? = nil,
    pooling: [Pooling] = Pooling.means,
    text: TextEncoderConfiguration = text, streams: Streams.Kind = .single,
    weights: ParameterStore? = nil
  ) -> (model: VideoTextClassifier, store: ParameterStore) {
    let store = ParameterStore()
    let model = VideoTextClassifier(
      store.root,
      .init(
        encoder: .init(
          backbone: backbone,
          fusion: .init(
            text: text, visualEmbeddingSize: 8,
            streams: Streams(kind: streams, frameLayers: 1, crossLayers: 2))),
        categories: 5, pooling: pooling,
        headDropout: 0.1, dropoutSamples: dropoutSamples, hasTextHead: hasTextHead,
        twoQuestions: twoQuestions, balancedWeight: balancedWeight))
    if let weights {  // those of a model with other heads, where there are such
      let named = Dictionary(uniqueKeysWithValues: weights.parameters.map { ($0.name, $0.tensor) })
      store.assign(store.parameters.map { named[$0.name] ?? .zeros($0.tensor.shape) })
      return (model, store)
    }
    let random = Generator(seed: 7)
    store.assign(
      store.parameters.map {
        .normal(
          $0.tensor.shape, mean: $0.name.lowercased().contains("norm.weight") ? 1 : 0, deviation: 0.3,
          drawingFrom: random)
      })
    return (model, store)
  }

  private let videos = [
    Video([2, 7, 9, 11, 3], frames: 3), Video([2, 3], frames: 2), Video([2, 5, 6, 3], frames: 0),
    Video([], frames: 4), Video([2, 7, 9, 3], frames: 1), Video([2, 8, 8, 12, 13, 4, 3], frames: 2),
  ]

  private func run(_ model: VideoTextClassifier, _ videos: [Video], _ mode: Mode = .evaluation)
    -> VideoTextClassifier.Output
  {
    let pictures = Tensor.concatenated(videos.map(\.pictures))
    return model(
      tokens: Tensor(videos.flatMap(\.tokens)), vectors: model.encoder.vectors(of: .frames(pictures), mode),
      VideoTextLayout(
        tokenCounts: videos.map(\.tokens.count), frameCounts: videos.map { $0.pictures.size(0) }), mode)
  }

  /// A pass in training that draws what no other does.
  private func training(_ seed: UInt64) -> Mode { .training(TrainingPass(seed: seed)) }

  @Test(
    "a video's logits do not depend on its batch: other videos, order and size change them by less than 1e-4",
    arguments: [Pooling.means, Pooling.allCases])
  func batchInvariance(pooling: [Pooling]) {
    let (model, _) = makeModel(pooling: pooling)
    let alone = videos.map { run(model, [$0]) }
    for batch in [[0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0], [2, 0], [3, 2], [1, 1, 1], [4, 0, 4, 5]] {
      let together = run(model, batch.map { videos[$0] })
      for (row, video) in batch.enumerated() {
        for (found, wanted) in [
          (together.logits, alone[video].logits), (together.videoLogits, alone[video].videoLogits),
        ] {
          #expect(
            maximumDifference(found.narrowed(0, row..<row + 1), wanted) <= 1e-4, "video \(video) of \(batch)")
        }
      }
    }
  }

  @Test(
    "so it is with every text encoder, in one stream and in two, and whatever a video lacks",
    arguments: texts,
    Streams.Kind.allCases)
  func encoders(text: TextEncoderConfiguration, streams: Streams.Kind) {
    let (model, store) = makeModel(text: text, streams: streams)
    let alone = videos.map { run(model, [$0]).logits }
    for batch in [[0, 1, 2, 3, 4, 5], [3, 2], [1, 1, 1], [4, 0, 4, 5], [2, 2], [3]] {
      let together = run(model, batch.map { videos[$0] }).logits
      for (row, video) in batch.enumerated() {
        let found = together.narrowed(0, row..<row + 1)
        #expect(maximumDifference(found, alone[video]) <= 1e-4, "video \(video) of \(batch)")
      }
    }
    let output = run(model, videos)
    (output.logits.sum() + output.videoLogits.sum()).backward()
    for parameter in store.parameters {
      let gradient = parameter.tensor.gradient
      #expect(gradient?.isFinite == true, "\(parameter.name)")
    }
  }

  @Test(
    "tokens, their order, frames and their order all reach the logits", arguments: texts,
    Streams.Kind.allCases)
  func sensitivity(text: TextEncoderConfiguration, streams: Streams.Kind) {
    let (model, _) = makeModel(text: text, streams: streams)
    let video = videos[0]
    let logits = run(model, [video]).logits
    var others = [video, video, video, video]
    others[0].tokens[2] = 15
    others[1].tokens.swapAt(1, 2)
    others[2].pictures = video.pictures * 2
    others[3].pictures = video.pictures * -1
    for other in others { #expect(maximumDifference(run(model, [other]).logits, logits) > 1e-3) }
  }

  @Test("a batch without a single frame, or without a single token, gives finite logits and gradients")
  func oneModality() {
    let (model, store) = makeModel(pooling: Pooling.allCases)
    for video in [videos[2], videos[3]] {
      let output = run(model, [video, video])
      #expect(output.logits.shape == [2, 5] && output.videoLogits.shape == [2, 5])
      #expect(output.logits.isFinite && output.videoLogits.isFinite)
      (output.logits.sum() + output.videoLogits.sum()).backward()
    }
    for parameter in store.parameters {
      #expect(parameter.tensor.gradient?.isFinite != false, "\(parameter.name)")
    }
  }

  @Test(
    "each pooling sees its own part, and the order of frames only where fusion does",
    arguments: Pooling.allCases)
  func pooling(pooling: Pooling) {
    let (model, store) = makeModel(pooling: [pooling])
    let before = run(model, [videos[0]]).logits
    #expect(before.shape == [1, 5])
    var other = videos[0]
    if pooling.isOfText { other.tokens[2] = 15 } else { other.pictures = other.pictures * 2 }
    #expect(maximumDifference(run(model, [other]).logits, before) > 1e-4)
    // Every weight that pooling brought is used.
    let own = store.parameters.filter { $0.name.contains("nextvlad") || $0.name.contains("_score") }
    #expect(own.isEmpty != [.textAttention, .framesAttention, .framesNeXtVLAD].contains(pooling))
    guard !own.isEmpty else { return }
    let probe = Tensor.normal([videos.count, 5])
    for (parameter, gradient) in zip(
      own, (run(model, videos).logits * probe).sum().gradients(of: own.map(\.tensor)))
    {
      // What is added to all scores of a softmax changes none.
      if parameter.name.hasSuffix("_score.bias") { continue }
      #expect(gradient.map { $0.absolute().maximum().item > 0 } == true, "\(parameter.name)")
    }
  }

  @Test("stored features take the place of frames, without a backbone")
  func features() {
    let (model, store) = makeModel(backbone: nil)
    #expect(!store.parameters.contains { $0.name.hasPrefix("backbone") })
    let features = Tensor.normal([3, 8])
    #expect(model.encoder.vectors(of: .vectors(features), .evaluation) === features)
    let output = model(
      tokens: Tensor([2, 3, 2, 3] as [Int64]), vectors: features,
      VideoTextLayout(tokenCounts: [2, 2], frameCounts: [3, 0]), .evaluation)
    #expect(output.logits.shape == [2, 5] && output.logits.isFinite)
  }

  @Test("dropout is on in training alone, and draws from the pass's generator")
  func dropout() {
    let (model, _) = makeModel()
    func logits(_ mode: Mode) -> Tensor { run(model, videos, mode).logits }
    #expect(logits(.evaluation).isIdentical(to: logits(.evaluation)))
    #expect(!logits(training(1)).isIdentical(to: logits(training(2))))
    #expect(logits(training(1)).isIdentical(to: logits(training(1))))
  }

  @Test(
    "the loss of the logits reaches backbone, fusion and classifier; that of the auxiliary head its own part")
  func gradients() {
    let (model, store) = makeModel()
    let probe = Tensor.normal([videos.count, 5])
    let output = run(model, videos)
    func reached(_ loss: Tensor) -> Set<String> {
      let gradients = loss.gradients(of: store.tensors, keepingGraph: true)
      let found = zip(store.parameters, gradients).filter {
        $1.map { $0.absolute().maximum().item > 0 } ?? false
      }
      return Set(found.map(\.0.name))
    }
    // A key's bias shifts all scores of a query alike: its gradient is 0 but for rounding.
    let names = Set(store.parameters.map(\.name).filter { !$0.hasSuffix("key.bias") })
    let fused = reached((output.logits * probe).sum())
    #expect(names.subtracting(fused).allSatisfy { $0.hasPrefix("video_") })
    let auxiliary = reached((output.videoLogits * probe).sum())
    #expect(auxiliary == names.filter { $0.hasPrefix("video_") || $0.hasPrefix("backbone.") })
  }

  @Test("the auxiliary head sees the frames, not the text")
  func auxiliaryHead() {
    let (model, _) = makeModel()
    var other = videos[0]
    other.tokens = [4, 4]
    let before = run(model, [videos[0]])
    let after = run(model, [other])
    #expect(after.videoLogits.isIdentical(to: before.videoLogits))
    #expect(maximumDifference(after.logits, before.logits) > 1e-3)
    other.pictures = other.pictures * 2
    #expect(maximumDifference(run(model, [other]).videoLogits, before.videoLogits) > 1e-3)
  }

  @Test("the text head sees the text, not the frames; without being asked for there is none")
  func textHead() {
    #expect(run(makeModel().model, videos).textLogits == nil)
    let (model, store) = makeModel(hasTextHead: true)
    #expect(store.parameters.suffix(4).allSatisfy { $0.name.hasPrefix("text_") })
    let before = run(model, [videos[0]]).textLogits
    var other = videos[0]
    other.pictures = other.pictures * 2
    #expect(run(model, [other]).textLogits.map { maximumDifference($0, before ?? $0) } == 0)
    other.tokens[2] = 15
    #expect(run(model, [other]).textLogits.map { maximumDifference($0, before ?? $0) } ?? 0 > 1e-3)
  }

  /// Two first levels of three categories and two.
  private func questions(_ weight: Double) -> TwoQuestions.Configuration {
    .init(parents: [0, 0, 1, 0, 1], weight: weight)
  }

  @Test("two questions: probabilities add up to 1, and are the first level's times those within it")
  func twoQuestions() throws {
    let (model, _) = makeModel(twoQuestions: questions(1))
    let output = run(model, videos)
    let answers = try #require(output.twoQuestions)
    let probabilities = output.logits.softmax(along: -1).values(Float.self)
    let raw = output.logits.exponential().sum(along: -1).values(Float.self)
    #expect(raw.allSatisfy { abs($0 - 1) < 1e-4 }, "the logits are logarithms of probabilities")
    let level1 = answers.level1.softmax(along: -1).values(Float.self)
    let level2 = answers.level2.values(Float.self)
    for video in videos.indices {
      let row = Array(probabilities[5 * video..<5 * video + 5])
      #expect(abs(row[0] + row[1] + row[3] - level1[2 * video]) < 1e-5)
      #expect(abs(row[2] + row[4] - level1[2 * video + 1]) < 1e-5)
      #expect(abs(log(row[2] / row[4]) - (level2[5 * video + 2] - level2[5 * video + 4])) < 1e-3)
    }
  }

  @Test(
    "two questions with a weight of 0 are the flat head to the bit; half of each lies between; training sees the flat one"
  )
  func mixture() throws {
    let (flat, weights) = makeModel()
    let plain = run(flat, videos)
    #expect(plain.twoQuestions == nil && !weights.parameters.contains { $0.name.hasPrefix("level") })
    let (asked, store) = makeModel(twoQuestions: questions(1))
    let (none, _) = makeModel(twoQuestions: questions(0), weights: store)
    let (half, _) = makeModel(twoQuestions: questions(0.5), weights: store)
    let (bare, _) = makeModel(weights: store)
    let flatLogits = run(bare, videos).logits
    #expect(run(none, videos).logits.isIdentical(to: flatLogits))
    let (one, other) = (flatLogits.softmax(along: -1), run(asked, videos).logits.softmax(along: -1))
    #expect(maximumDifference(one, other) > 1e-3)
    #expect(
      maximumDifference(run(half, videos).logits.softmax(along: -1), (one + other) * 0.5) < 1e-5)
    let trained = run(half, videos, training(1))
    #expect(trained.logits.isIdentical(to: run(bare, videos, training(1)).logits))
    #expect(trained.twoQuestions?.level1.shape == [6, 2] && trained.twoQuestions?.level2.shape == [6, 5])
    #expect(store.parameters.suffix(4).allSatisfy { $0.name.hasPrefix("level") })
  }

  @Test("a balanced head has its part in what is predicted, none in the flat logits of training")
  func balanced() throws {
    let (asked, store) = makeModel(twoQuestions: questions(0.5), balancedWeight: 0.25)
    let (none, _) = makeModel(twoQuestions: questions(0.5), balancedWeight: 0, weights: store)
    let (without, _) = makeModel(twoQuestions: questions(0.5), weights: store)
    let (found, others) = (run(asked, videos), run(without, videos).logits)
    #expect(run(none, videos).logits.isIdentical(to: others))
    let own = try #require(found.balanced).softmax(along: -1)
    #expect(maximumDifference(own, others.softmax(along: -1)) > 1e-3)
    #expect(
      maximumDifference(found.logits.softmax(along: -1), own * 0.25 + others.softmax(along: -1) * 0.75) < 1e-5
    )
    let trained = run(asked, videos, training(1))
    #expect(trained.logits.isIdentical(to: run(without, videos, training(1)).logits))
    #expect(trained.balanced?.shape == [6, 5])
    #expect(store.parameters.contains { $0.name == "balanced_classifier.weight" })
  }

  @Test("in training each draw of the dropout has logits of its own, one block after the other")
  func dropoutSamples() {
    let (model, _) = makeModel(dropoutSamples: 3)
    #expect(run(model, videos).logits.shape == [6, 5])
    let drawn = run(model, videos, training(1)).logits
    #expect(drawn.shape == [18, 5])
    #expect(maximumDifference(drawn.narrowed(0, 0..<6), drawn.narrowed(0, 6..<12)) > 1e-3)
  }

  @Test("a bfloat16 replica gives float32 logits within a twentieth of float32's largest")
  func bfloat16() throws {
    let (model, store) = makeModel()
    let exact = run(model, videos)
    let replicas = Replicas(of: store, as: .bfloat16, on: Cores(1)) {
      VideoTextClassifier($0, model.configuration)
    }
    try replicas.refresh()
    let pictures = Tensor.concatenated(videos.map(\.pictures)).to(.bfloat16)
    let rounded = replicas.models[0](
      tokens: Tensor(videos.flatMap(\.tokens)),
      vectors: replicas.models[0].encoder.vectors(of: .frames(pictures), .evaluation),
      VideoTextLayout(
        tokenCounts: videos.map(\.tokens.count), frameCounts: videos.map { $0.pictures.size(0) },
        type: .bfloat16),
      .evaluation)
    for (found, wanted) in [(rounded.logits, exact.logits), (rounded.videoLogits, exact.videoLogits)] {
      #expect(found.type == .float32)
      #expect(maximumDifference(found, wanted) <= 0.05 * wanted.absolute().maximum().item)
    }
  }
}
