import Batching
import Dataset
import Models
import NN
import RunFixtures
import Settings
import Storage
import Testing
import Torch

@testable import Tasks

/// Six videos of which something is asked, one without frames and one without text, and a model of a few hundred weights.
private struct TinyPretraining {
  let questions: PretrainingQuestions
  let task: Pretraining
  let store = ParameterStore(seed: 7)
  let model: VideoTextPretrainer
  let destination: InputDestination
  let batch: Batch

  init(_ questions: PretrainingQuestions, modality: Modality = .both) throws {
    self.questions = questions
    let configuration = try TinyData.configuration("text_encoder.hidden_dropout_prob=0")
    let architecture = configuration.encoder(vocabularySize: 12, vectorSize: nil)
    task = Pretraining(questions, architecture, modality: modality)
    model = task.learner(store.root)
    let random = Generator(seed: 7)
    store.assign(
      store.weights.map {
        .normal(
          $0.tensor.shape, mean: $0.name.hasSuffix("orm.weight") ? 1 : 0, deviation: 0.3, drawingFrom: random)
      })
    destination = InputDestination(
      configuration.frames, vectorSize: architecture.vectorSize, type: .float32, on: .cpu)
    let shapes: [(tokens: [Int32], frames: Int, hidden: [Int], divide: Int?)] = [
      ([2, 5, 3, 6, 7, 3], 2, [1, 4], 3), ([2, 7, 3], 1, [1], nil), ([2, 8, 9, 3, 10, 3], 0, [2], 4),
      ([2, 3], 2, [], nil), ([2, 5, 11, 3], 3, [2], nil), ([2, 9, 3, 6, 5, 3], 2, [3, 4], 3),
    ]
    batch = Batch(
      shapes.enumerated().map { index, shape in
        let bytes = (0..<shape.frames * 16 * 16 * 3).map {
          UInt8(($0 * 37 + index * 91 + $0 / 48 * 11) % 256)
        }
        var tokens = shape.tokens
        for place in shape.hidden { tokens[place] = 4 }
        let pretext = Pretext(
          hidden: shape.hidden.map { .init(place: $0, token: shape.tokens[$0]) }, divide: shape.divide,
          seed: UInt64(index + 3))
        return Sample(
          index: index, tokens: tokens, pictures: .frames(bytes, count: shape.frames, size: 16),
          target: .pretext(pretext),
          status: PredictionStatus(hasText: shape.tokens.count > 2, hasFrames: shape.frames > 0))
      })
  }

  /// Those that the task accumulates, by the names of the weights, and the loss.
  func gradients(parts: Int) throws -> (gradients: [String: Tensor], loss: Double) {
    let cores = Cores(parts)
    let replicas = Replicas(of: store, as: .float32, on: cores) { task.learner($0) }
    try replicas.refresh()
    let parts = batch.parts(parts).enumerated().map { number, part in
      TaskPart<Pretraining>(
        learner: replicas.models[number],
        batch: PackedBatch(part) { task.plan(part, of: batch, in: &$0) }, destination: destination,
        pass: TrainingPass(seed: 1))
    }
    let losses = try task.accumulate(parts, on: cores, collect: replicas.collectGradients).map(\.loss)
    return (collected, losses.reduce(0) { $0 + $1.item })
  }

  private var collected: [String: Tensor] {
    defer { for tensor in store.tensors { tensor.gradient = nil } }
    return Dictionary(
      uniqueKeysWithValues: store.parameters.compactMap { parameter in
        parameter.tensor.gradient.map { (parameter.name, $0.clone()) }
      })
  }

  /// The published losses, one after the other, for parts of the batch that are computed alone: videos without a neighbour
  /// to be compared with are told nothing of.
  func straightforward(parts: Int) -> [String: Tensor] {
    let masked = Double(batch.videos.reduce(0) { $0 + hidden($1).count })
    let both = Double(batch.videos.count { $0.hasText && $0.hasFrames })
    for part in batch.parts(parts) {
      let whole = PackedBatch(part) { task.plan(part, of: batch, in: &$0) }.send(to: destination)
      let mode = Mode.training(TrainingPass(seed: 1))
      let vectors = model.encoder.vectors(of: whole.pictures, mode)
      var losses: [Tensor] = []
      var rows: [(row: Int, word: Int)] = []
      var start = 0
      for video in part.videos {
        rows += hidden(video).map { (start + $0.place, Int($0.token)) }
        start += video.tokenCount + video.frameCount
      }
      if questions.tokens.weight > 0, !rows.isEmpty {
        let output = model.encoder(tokens: whole.tokens, vectors: vectors, whole.layout, mode)
        let logits = model.words(output.hidden, at: Tensor(rows.map { Int64($0.row) }))
        losses += rows.indices.map { row in
          logits.logSoftmax(along: -1).selected(0, row).selected(0, rows[row].word)
            * (-questions.tokens.weight / masked)
        }
      }
      losses += texts(part, whole, mode)
      let videos = part.videos.indices.filter { part.videos[$0].hasText && part.videos[$0].hasFrames }
      if videos.count > 1, questions.matching.weight + questions.contrast.weight > 0 {
        losses += pairs(part, videos, whole, vectors, mode).map { $0 * (1 / both) }
      }
      if let first = losses.first { losses.dropFirst().reduce(first, +).backward() }
    }
    return collected
  }

  private func texts(_ part: Batch, _ whole: ModelInput, _ mode: Mode) -> [Tensor] {
    var texts: [[Int64]] = []
    let all = unmasked(part)
    var start = 0
    for video in part.videos {
      if let divide = pretext(video)?.divide {
        texts.append(Array(all[start..<start + divide]))
        texts.append([2] + all[start + divide..<start + video.tokenCount])
      }
      start += video.tokenCount
    }
    let count = texts.count / 2
    guard questions.texts.weight > 0, count > 1 else { return [] }
    // One text after the other, each alone.
    let pooled = texts.map { text in
      let layout = VideoTextLayout(tokenCounts: [text.count], frameCounts: [0])
      let output = model.encoder(tokens: Tensor(text), vectors: .zeros([0, 16]), layout, mode)
      return output.hidden.mean(along: 0)
    }
    let layout = VideoTextLayout(tokenCounts: texts.map { _ in 1 }, frameCounts: texts.map { _ in 0 })
    let scores = model.cosines(Tensor.stacked(pooled), layout) * (1 / questions.texts.temperature)
    let sum = Double(batch.videos.count { pretext($0)?.divide != nil })
    return (0..<count).flatMap { video in
      [0, 1].map { side in
        scores.logSoftmax(along: side).selected(0, video).selected(0, video)
          * (-0.5 * questions.texts.weight / sum)
      }
    }
  }

  private func unmasked(_ part: Batch) -> [Int64] {
    var tokens: [Int64] = []
    for video in part.videos {
      let start = tokens.count
      tokens += part.tokens[start..<start + video.tokenCount].map(Int64.init)
      for token in hidden(video) { tokens[start + token.place] = Int64(token.token) }
    }
    return tokens
  }

  private func pairs(
    _ part: Batch, _ videos: [Int], _ whole: ModelInput, _ vectors: Tensor, _ mode: Mode
  ) -> [Tensor] {
    let ranges = PackedSequences.Plan.ranges(part.videos.map(\.frameCount))
    let seen = SwappedFrames(
      of: videos, ranges, seeds: part.videos.map(seed), part: questions.matching.swapped)
    let output = model.encoder(
      tokens: Tensor(unmasked(part)), vectors: vectors.gathered(Tensor(seen.frames.map(Int64.init))),
      whole.layout, mode)
    var losses: [Tensor] = []
    if questions.matching.weight > 0 {
      let logits = model.matches(output.hidden, whole.layout).logSoftmax(along: -1)
      losses += videos.map { video in
        logits.selected(0, video).selected(0, seen.swapped.contains(video) ? 0 : 1) * -questions.matching
          .weight
      }
    }
    guard questions.contrast.weight > 0 else { return losses }
    let rows = videos.flatMap { Array(ranges[$0]) }
    let owners = videos.enumerated().flatMap { number, video in ranges[video].map { _ in number } }
    let scores =
      model.cosines(
        output.embeddedText, vectors, whole.layout, videos: Tensor(videos.map(Int64.init)),
        rows: Tensor(rows.map(Int64.init))) * (1 / questions.contrast.temperature)
    let (byText, byFrame) = (scores.logSoftmax(along: 1), scores.logSoftmax(along: 0))
    let weight = 0.5 * questions.contrast.weight
    for (frame, owner) in owners.enumerated() {
      let own = Double(owners.count { $0 == owner })
      losses.append(byText.selected(0, owner).selected(0, frame) * (-weight / own))
      losses.append(
        byFrame.selected(0, owner).selected(0, frame)
          * (-weight * Double(videos.count) / Double(owners.count)))
    }
    return losses
  }

  private func pretext(_ video: Batch.Video) -> Pretext? {
    if case .pretext(let pretext) = video.target { pretext } else { nil }
  }
  private func hidden(_ video: Batch.Video) -> [Pretext.HiddenToken] { pretext(video)?.hidden ?? [] }
  private func seed(_ video: Batch.Video) -> UInt64 { pretext(video)?.seed ?? 0 }
}

@Suite("Pre-training") struct PretrainingTests {
  @Test(
    "Gradients are those of the straightforward way, for every parameter, in one part and in several",
    arguments: [
      PretrainingQuestions(texts: .init(weight: 0), matching: .init(weight: 0), contrast: .init(weight: 0)),
      PretrainingQuestions(tokens: .init(weight: 0), matching: .init(weight: 0), contrast: .init(weight: 0)),
      PretrainingQuestions(tokens: .init(weight: 0), texts: .init(weight: 0), contrast: .init(weight: 0)),
      PretrainingQuestions(tokens: .init(weight: 0), texts: .init(weight: 0), matching: .init(weight: 0)),
      PretrainingQuestions(
        tokens: .init(weight: 0.7), texts: .init(weight: 1.3, temperature: 0.5),
        matching: .init(weight: 2, swapped: 0.6),
        contrast: .init(weight: 0.4, temperature: 0.3)),
    ])
  func gradients(questions: PretrainingQuestions) throws {
    let tiny = try TinyPretraining(questions)
    for parts in [1, 2, 3] {
      let (found, loss) = try tiny.gradients(parts: parts)
      #expect(differences(found, tiny.straightforward(parts: parts)) == [], "\(parts) parts")
      // Where no part has two videos to compare, there is nothing to learn.
      #expect(parts > 1 || loss > 0 && found.count > 10)
    }
    // Of masked tokens alone the parts add up to the whole; videos are compared with those of their part.
    let compared = questions.texts.weight + questions.matching.weight + questions.contrast.weight
    #expect(tiny.task.isExactInRounds == (compared == 0))
    if tiny.task.isExactInRounds {
      let (one, three) = (try tiny.gradients(parts: 1), try tiny.gradients(parts: 3))
      #expect(differences(one.gradients, three.gradients) == [] && abs(one.loss - three.loss) < 1e-5)
    }
  }

  @Test("Every weight learns: heads, encoder, backbone; and of text alone there are no heads for frames")
  func everything() throws {
    let tiny = try TinyPretraining(PretrainingQuestions())
    let (found, _) = try tiny.gradients(parts: 1)
    for parameter in tiny.store.parameters {
      let gradient = try #require(found[parameter.name], "\(parameter.name)")
      #expect(gradient.isFinite)
      // Softmax takes no notice of what is added to all keys.
      let isIdle = parameter.name.hasSuffix("key.bias")
      #expect(isIdle || gradient.absolute().maximum().item > 0, "\(parameter.name)")
    }
    let text = try TinyPretraining(PretrainingQuestions(), modality: .text)
    let heads = Set(text.store.parameters.map { $0.name.prefix { $0 != "." } })
    #expect(heads == ["backbone", "fusion", "tokens", "texts"])
    #expect(!text.task.isExactInRounds)
  }

  @Test(
    "A swapped video has half of its frames, or as many as there are, from one other video, and the others keep all of theirs"
  )
  func swapped() {
    let counts = [4, 0, 1, 5, 8, 3]
    let ranges = PackedSequences.Plan.ranges(counts)
    let videos = [0, 2, 3, 4, 5]
    let owner = ranges.enumerated().flatMap { video, range in range.map { _ in video } }
    var changed: [Int: Int] = [:]
    var lenders: [Int: Set<Int>] = [:]
    for round in 0..<500 as Range<UInt64> {
      let seeds = counts.indices.map { round * 100 + UInt64($0) }
      let seen = SwappedFrames(of: videos, ranges, seeds: seeds, part: 0.5)
      #expect(seen.frames.count == owner.count)
      for video in videos {
        let foreign = ranges[video].filter { owner[seen.frames[$0]] != video }
        let isSwapped = seen.swapped.contains(video)
        let from = Set(foreign.map { owner[seen.frames[$0]] })
        let lent = from.first.map { min((counts[video] + 1) / 2, counts[$0]) } ?? 0
        #expect(foreign.count == lent && Set(foreign.map { seen.frames[$0] }).count == lent, "none twice")
        #expect(from.count == (isSwapped ? 1 : 0))
        lenders[video, default: []].formUnion(from)
        for place in ranges[video] where !foreign.contains(place) { #expect(seen.frames[place] == place) }
        if isSwapped { changed[video, default: 0] += 1 }
      }
    }
    for video in videos {
      #expect((200...300).contains(changed[video] ?? 0), "\(changed)")
      #expect(lenders[video] == Set(videos).subtracting([video]))
    }
    #expect(SwappedFrames(of: videos, ranges, seeds: [1, 2, 3, 4, 5, 6], part: 0).swapped.isEmpty)
  }

  @Test("A tally counts what is right, and its scores are means")
  func tally() throws {
    let tiny = try TinyPretraining(PretrainingQuestions(tokens: .init(weight: 1)))
    func part(_ batch: Batch) -> TaskPart<Pretraining> {
      TaskPart(
        learner: tiny.model, batch: PackedBatch(batch) { tiny.task.plan(batch, of: batch, in: &$0) },
        destination: tiny.destination, pass: TrainingPass(seed: 1))
    }
    let whole = withoutGradients { tiny.task.tally(part(tiny.batch)) }
    #expect(whole.answers[.tokens]?.count == 7 && whole.answers[.texts]?.count == 3)
    #expect(whole.answers[.matching]?.count == 4)
    #expect(whole.answers[.contrast]?.count == 8, "the frames of four videos")
    var sum = PretrainingTally()
    for half in tiny.batch.parts(2) { sum.add(withoutGradients { tiny.task.tally(part(half)) }) }
    #expect(sum.answers[.tokens]?.count == 7 && sum.answers[.tokens]?.right == whole.answers[.tokens]?.right)
    let scores = whole.scores
    #expect(
      Set(scores.keys) == [
        "accuracy", "tokens_accuracy", "tokens_loss", "texts_accuracy", "texts_loss", "matching_accuracy",
        "matching_loss",
        "contrast_accuracy", "contrast_loss",
      ])
    let accuracies = ["tokens", "texts", "matching", "contrast"].compactMap { scores["\($0)_accuracy"] }
    #expect(abs((scores["accuracy"] ?? 9) - accuracies.reduce(0, +) / 4) < 1e-12)
    #expect(PretrainingTally().scores.isEmpty)
  }
}
