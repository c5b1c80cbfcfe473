import Storage
import Testing

@testable import Text

struct SentencePieceTrainingTests {
  typealias TrainingError = SentencePieceTraining.TrainingError

  @Test("The same texts give the same bytes")
  func deterministic() throws {
    #expect(
      try SentencePieceTraining(size: TrainedModel.size).train(TrainedModel.titles) == TrainedModel.bytes)
  }

  @Test("Too little text for the size says how much is possible, and that much is")
  func tooLittleText() throws {
    let error = #expect(throws: TrainingError.self) {
      try SentencePieceTraining(size: 20_000).train(TrainedModel.titles)
    }
    guard case .tooLittleText(20_000, let largest) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    let model = try SentencePieceTraining(size: largest).train(TrainedModel.titles)
    #expect(try SentencePieceModelFile(model).pieces.count == largest)
  }

  @Test("A size below one piece a character says how much is needed, and that much does")
  func tooManyCharacters() throws {
    let error = #expect(throws: TrainingError.self) {
      try SentencePieceTraining(size: 270, characterCoverage: 1).train(TrainedModel.titles)
    }
    guard case .tooManyCharacters(270, let smallest) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    let model = try SentencePieceTraining(size: smallest, characterCoverage: 1).train(TrainedModel.titles)
    #expect(try SentencePieceModelFile(model).pieces.count == smallest)
    #expect(throws: TrainingError.self) {
      try SentencePieceTraining(size: smallest - 1, characterCoverage: 1).train(TrainedModel.titles)
    }
  }

  @Test(
    "Nothing to learn from is an error, not a crash",
    arguments: [
      [], ["", " \n", "\u{0}\u{7}"], ["\u{200B}"], ["\u{2581}", "\u{2585}"], ["\u{FEFF}\u{FFFD}"],
    ])
  func noText(_ texts: [String]) {
    #expect(throws: TrainingError.noText) { try SentencePieceTraining(size: 4000).train(texts) }
  }

  @Test("Options out of range are refused", arguments: [-1, 0, 261, 4_000_001, .max])
  func sizes(_ size: Int) {
    #expect(throws: TrainingError.sizeOutOfRange(size)) {
      try SentencePieceTraining(size: size).train(["text"])
    }
  }

  @Test("Coverages out of range are refused", arguments: [-1, 0.9799, 1.0001, .infinity])
  func coverages(_ coverage: Double) {
    #expect(throws: TrainingError.coverageOutOfRange(coverage)) {
      try SentencePieceTraining(size: 300, characterCoverage: coverage).train(["text"])
    }
  }

  @Test(
    "A single odd text either trains or is refused",
    arguments: ["a", "▅a", "🤖", "\u{301}", "\u{AD}", "\u{E000}", "\u{3164}", "\u{10FFFF}"])
  func oddTexts(_ text: String) throws {
    do {
      let model = try SentencePieceTraining(size: 262).train([text])
      #expect(try SentencePieceModelFile(model).pieces.count == 262)
    } catch let error as TrainingError {
      #expect(error.kind != .internal)
    }
  }

  @Test("Text longer than the library's longest sentence is learned from, too")
  func longText() throws {
    let speech = String(repeating: "新浪财经 best cameras 今日股市 ", count: 300)
    let model = try SentencePieceTraining(size: 280).train([speech])
    #expect(try SentencePieceModelFile(model).pieces.contains { $0.text == "新" || $0.text.contains("新浪") })
  }
}
