import Dataset
import Foundation
import Inference
import Metrics
import Records
import RunFixtures
import Settings
import Storage
import SystemPackage
import Testing
import Text
import Torch

@testable import Runs

/// Videos whose categories are drawn at random, so that nothing can be known of one that is held out, and unlabelled ones
/// that say word for word what the labelled ones say: the easiest way there is for a category to leak.
@Suite("Scores out of fold after pseudo-labels") struct PseudoLabelHonestyTests {
  let folder: TemporaryFolder
  let labeled: [Annotation]
  let tokenizer: TokenizerFile
  private static let videos = 32
  private var copies: [Annotation] { labeled.map { Annotation(id: "copy-of-\($0.id)", title: $0.title) } }

  init() throws {
    folder = try TemporaryFolder()
    var generator = SeededGenerator(seed: 11)
    let drawn = generator.shuffled((0..<Self.videos).map { $0 % 2 == 0 ? "0100" : "0200" })
    // Letters alone, three words of its own for each.
    let letters = Array("abcdefghijklmnop")
    let words = (0..<3 * Self.videos).map { number in
      "w\(letters[number / 16 % 16])\(letters[number % 16])x"
    }
    tokenizer = try TinyData.tokenizer(words: words)
    labeled = drawn.enumerated().map { number, category in
      Annotation(
        id: "v\(number)", title: words[3 * number..<3 * number + 3].joined(separator: " "), category: category
      )
    }
  }

  private func path(_ name: String) -> FilePath { folder.path.appending(name) }

  /// Learns every video by heart.
  private func configuration(_ more: [String]) throws -> RunConfiguration {
    try TinyData.configuration(
      [
        "modality=text", "training.epochs=10", "training.batch_size=4", "training.head_dropout=0",
        "text_encoder.hidden_dropout_prob=0",
        "training.augmentation.text={part_dropping: 0, token_masking: 0}",
        "training.learning_rate={embeddings: 3e-2, fusion: 3e-3, heads: 1e-2}",
        "training.average.weights=trained", "training.label_smoothing=0",
      ] + more)
  }

  private func fit(_ name: String, labels: String? = nil, _ more: String...) throws -> Fit {
    try Fit(
      configuration: try configuration(more + (labels == nil ? [] : ["pseudo_labels.use=mixed"])),
      annotations: labeled, source: NoPictures(), tokenizer: tokenizer,
      pseudo: labels.map {
        try PseudoVideos(reading: path($0), annotations: copies, source: NoPictures())
      }, hasFloor: false, folder: RunFolder(path(name)), runtime: TinyData.runtime(), cacheBytes: 0,
      report: { _ in })
  }

  /// The part of the videos that is right, out of fold.
  private func score(_ name: String, labels: String? = nil) throws -> Double {
    try fit(name, labels: labels).run().outOfFold?.level2.microF1 ?? -1
  }

  private func label(by name: String, to labels: String, nearDuplicates: Double? = nil) throws
    -> PseudoLabelSummary
  {
    var settings = PseudoLabelSettings()
    settings.nearDuplicates = nearDuplicates
    let teachers = try Teachers(
      runs: [path(name)], asksModels: true, asksFloor: false, labeled: labeled, foldsWithoutRun: (2, 1),
      cores: Cores(1)
    ) { _ in }
    return try PseudoLabeling(
      teachers, annotations: copies, source: NoPictures(), settings: settings, fullData: false,
      isTransductive: false, runtime: TinyData.runtime(), cacheBytes: 0
    ).write(to: path(labels)) { _ in }
  }

  /// Gives each fold the labels of the other, and says that this is as it should be, or says the truth.
  private func exchange(_ labels: String, to name: String, isTold: Bool) throws {
    let file = try PseudoLabelFile(reading: path(labels), of: VideoIDs(copies.map(\.id)))
    let own = file.header
    let header = PseudoLabelHeader(
      teachers: own.teachers, floor: own.floor, categories: own.categories,
      heldOut: isTold ? own.heldOut.reversed() : own.heldOut, folds: own.folds, full: own.full,
      videos: own.videos, annotations: own.annotations, labels: own.labels, round: own.round,
      transductive: own.transductive, settings: own.settings)
    let tables = try (0..<2).map { try #require(file.table(1 - $0)) }
    try PseudoLabelFile(header, folds: [0: tables[0], 1: tables[1]], full: nil)
      .write(to: path(name), ids: copies.map(\.id))
  }

  @Test("They stay at chance through two rounds, and leap where a fold learns from those that have seen it")
  func chance() throws {
    let first = try score("first")
    #expect(try label(by: "first", to: "labels").parts.map(\.labels) == [Self.videos, Self.videos])
    let second = try score("second", labels: "labels")
    let summary = try label(by: "second", to: "more")
    #expect(summary.round == 2)
    let third = try score("third", labels: "more")
    for score in [first, second, third] {
      #expect(score < 0.75, "half is chance, and there is nothing to know")
    }

    // A file that lies about whose labels it holds is what no program can see: the scores do.
    try exchange("labels", to: "lying", isTold: false)
    #expect(try score("leaking", labels: "lying") > 0.9)
    try exchange("labels", to: "honest", isTold: true)
    expectError(.badData, saying: "hold out other videos", "have seen") {
      _ = try fit("refused", labels: "honest")
    }
    _ = try fit("other", "fold_seed=9").run()
    _ = try label(by: "other", to: "others")
    expectError(.badData, saying: "hold out other videos", "have seen") {
      _ = try fit("refused", labels: "others")
    }

    // The copies of what is held out are left out by default, so that even a lie has nothing to leak.
    let kept = try label(by: "first", to: "far", nearDuplicates: PseudoLabelSettings().nearDuplicates)
    #expect(kept.parts.allSatisfy { $0.excluded.nearDuplicates == Self.videos / 2 })
  }
}
