import Batching
import Storage
import Testing

@testable import Training

@Suite("What a training shows beside labelled videos") struct CurriculumTests {
  private func settings(epochs: Int, maximumSteps: Int = 0) -> OptimizationConfiguration {
    var settings = OptimizationConfiguration(
      epochs: epochs, batchSize: 10, learningRate: .init(backbone: 1, embeddings: 1, fusion: 1, heads: 1),
      warmUp: 0, weightDecay: 0, maximumGradientNorm: 1,
      augmentation: .init(frames: .init(), text: .init(), modalityDropping: 0))
    settings.maximumSteps = maximumSteps
    return settings
  }

  private func turns(_ epoch: Int, _ further: FurtherTurns, _ curriculum: Curriculum) -> [Sampler.Turn] {
    var generator = SeededGenerator(seed: 1, stream: UInt64(epoch))
    let sampler = Sampler(videos: Array(0..<30), labels: [Int](repeating: 0, count: 30), exponent: 1)
    return further.epoch(epoch, curriculum.stage(ofEpoch: epoch), seed: 1, using: &generator) {
      sampler.epoch(using: &$0)
    }
  }

  @Test("Mixed, every batch has its share, and all have their turn before one has its second")
  func mixed() {
    let use = PseudoLabelConfiguration(use: .mixed, share: 0.4).turns
    let curriculum = Curriculum(labelled: 30, further: 45, use, settings(epochs: 4))
    #expect(curriculum.totalSteps == 4 * 5 && curriculum.epochsBefore == 0)
    let further = FurtherTurns(videos: Array(100..<145), use)
    var shown: [Int: Int] = [:]
    for epoch in 1...4 {
      let turns = turns(epoch, further, curriculum)
      #expect(turns.count == 50 && Set(turns.map(\.index).filter { $0 < 100 }).count == 30)
      for start in stride(from: 0, to: 50, by: 10) {
        #expect(turns[start..<start + 10].count { $0.index >= 100 } == 4)
      }
      var here: [Int: Int] = [:]
      for turn in turns where turn.index >= 100 {
        #expect(turn.repetition == here[turn.index, default: 0])
        here[turn.index, default: 0] += 1
        shown[turn.index, default: 0] += 1
      }
    }
    #expect(shown.count == 45 && shown.values.allSatisfy { 1...2 ~= $0 }, "80 turns of 45 videos")
    let again = turns(3, further, curriculum).map(\.index)
    #expect(again == turns(3, further, curriculum).map(\.index), "an epoch follows from its number alone")
  }

  @Test("Few of them are shown several times an epoch, each time as another turn")
  func few() {
    let use = PseudoLabelConfiguration(use: .mixed, share: 0.5).turns
    let curriculum = Curriculum(labelled: 30, further: 7, use, settings(epochs: 1))
    let turns = turns(1, FurtherTurns(videos: Array(100..<107), use), curriculum).filter { $0.index >= 100 }
    #expect(turns.count == 30)
    for video in 100..<107 {
      let own = turns.filter { $0.index == video }.map(\.repetition)
      #expect(own == Array(0..<own.count) && (4...5).contains(own.count))
    }
  }

  @Test("Shown first, they have epochs and a schedule of their own; the bound on steps is that of each stage")
  func first() {
    let use = PseudoLabelConfiguration(use: .first, epochs: 2).turns
    let curriculum = Curriculum(labelled: 30, further: 45, use, settings(epochs: 3))
    #expect(curriculum.totalSteps == 2 * 5 + 3 * 3 && curriculum.epochsBefore == 2)
    let further = FurtherTurns(videos: Array(100..<145), use)
    #expect((1...2).allSatisfy { turns($0, further, curriculum).map(\.index).sorted() == Array(100..<145) })
    #expect((3...5).allSatisfy { turns($0, further, curriculum).map(\.index).sorted() == Array(0..<30) })
    #expect(
      curriculum.factor(at: 0) == 1 && curriculum.factor(at: 9) < 0.11 && curriculum.factor(at: 10) == 1)
    #expect(curriculum.factor(at: 18) < 0.12 && curriculum.factor(at: 19) == 0)
    let bounded = Curriculum(labelled: 30, further: 45, use, settings(epochs: 3, maximumSteps: 7))
    #expect(bounded.totalSteps == 14 && bounded.epochsBefore == 2 && bounded.stage(ofEpoch: 2).endStep == 7)
    let short = Curriculum(labelled: 30, further: 45, use, settings(epochs: 3, maximumSteps: 2))
    #expect(short.epochsBefore == 1 && short.stage(ofEpoch: 2).labelled == 30)
  }

  @Test("Without any it is one stage, as ever")
  func none() {
    let curriculum = Curriculum(labelled: 31, further: 0, .none, settings(epochs: 3, maximumSteps: 9))
    #expect(curriculum.totalSteps == 9 && curriculum.stages.count == 1 && curriculum.epochsBefore == 0)
    #expect(curriculum.factor(at: 9) == 0)
  }
}
