import CSentencePiece
package import Storage

/// Training a SentencePiece unigram model on plain strings.
///
/// The model spells characters without a piece of their own in bytes, so no text is unknown to it, and has the
/// control symbols `[PAD]` 0, `[UNK]` 1, `[CLS]` 2, `[SEP]` 3 and `[MASK]` 4. The same strings in the same order give
/// the same bytes on any number of processors.
/// Source: Kudo, "Subword Regularization" (2018), https://arxiv.org/abs/1804.10959
package struct SentencePieceTraining: Sendable {
  /// Pieces, the 5 control symbols and 256 bytes included.
  package var size: Int
  /// Share of the text's characters that get a piece of their own, `0.98…1`.
  package var characterCoverage: Double

  package init(size: Int, characterCoverage: Double = 0.9995) {
    self.size = size
    self.characterCoverage = characterCoverage
  }

  /// Control symbols and bytes, which every model has.
  package static let fixedPieces = 261
  /// Beyond that many, evenly spread ones are taken: more text changes the pieces little and costs memory.
  package static let mostSentences = 1_000_000
  /// UTF-8 bytes; the library would silently leave out longer sentences, so they are cut.
  private static let longestSentence = 4000

  /// The content of a model file.
  package func train(_ texts: [String]) throws(TrainingError) -> [UInt8] {
    guard (Self.fixedPieces + 1...SentencePieceModelFile.largestVocabulary).contains(size) else {
      throw .sizeOutOfRange(size)
    }
    guard (0.98...1).contains(characterCoverage) else { throw .coverageOutOfRange(characterCoverage) }
    let sentences = Corpus(texts)
    if sentences.ends.isEmpty { throw .noText }

    if let model = Self.run(sentences, size: size, characterCoverage),
      let pieces = try? SentencePieceModelFile(model).pieces.count
    {
      if pieces < size { throw .tooLittleText(size: size, largest: pieces) }
      return model
    }
    let refusal = LibraryMessage.last
    // The one refusal to expect is a size below one piece a character; a model without limit shows how many there are.
    let unlimited = Self.run(sentences, size: SentencePieceModelFile.largestVocabulary, characterCoverage)
    if let pieces = unlimited.flatMap({ try? SentencePieceModelFile($0).pieces }) {
      let smallest =
        Self.fixedPieces + pieces.count { $0.kind == .normal && $0.text.unicodeScalars.count == 1 }
      if size < smallest { throw .tooManyCharacters(size: size, smallest: smallest) }
    }
    throw .refused(refusal)
  }

  private static func run(_ corpus: Corpus, size: Int, _ characterCoverage: Double) -> [UInt8]? {
    let options = sp_training_options(size: Int32(size), character_coverage: characterCoverage)
    var model: UnsafeMutablePointer<UInt8>?
    var modelSize = 0
    let status = corpus.text.withUnsafeBytes { text in
      sp_train(
        text.bindMemory(to: CChar.self).baseAddress, corpus.ends, corpus.ends.count, options, &model,
        &modelSize)
    }
    guard status == SP_OK else { return nil }
    defer { sp_free(model) }
    return Array(UnsafeBufferPointer(start: model, count: modelSize))
  }

  /// Sentences one after the other, as the library reads them.
  private struct Corpus {
    var text: [UInt8] = []
    var ends: [Int] = []

    init(_ texts: [String]) {
      let step = max(1, (texts.count + mostSentences - 1) / mostSentences)
      for index in stride(from: 0, to: texts.count, by: step) {
        let sentence = TextCleaning.clean(Self.withoutMarks(texts[index]))
        guard Self.isReadable(sentence) else { continue }
        var rest = Array(sentence.utf8)[...]
        while !rest.isEmpty {
          var length = min(rest.count, longestSentence)
          // Back to the beginning of a character.
          while length < rest.count, rest[rest.startIndex + length] & 0xC0 == 0x80 { length -= 1 }
          text += rest.prefix(length)
          ends.append(text.count)
          rest = rest.dropFirst(length)
        }
      }
    }

    /// The library's own marks for spaces and unknown text; it leaves out sentences that have the latter.
    private static func withoutMarks(_ text: String) -> String {
      guard text.unicodeScalars.contains(where: { marks.contains($0) }) else { return text }
      return String(String.UnicodeScalarView(text.unicodeScalars.map { marks.contains($0) ? " " : $0 }))
    }
    private static let marks: [Unicode.Scalar] = ["\u{2581}", "\u{2585}"]

    /// Whether anything is left when the library has normalised the text; where nothing is left of all sentences, it
    /// ends the process.
    private static func isReadable(_ text: String) -> Bool {
      text.unicodeScalars.contains { scalar in
        switch scalar.properties.generalCategory {
        case .control, .format, .spaceSeparator, .lineSeparator, .paragraphSeparator: false
        default: scalar != "\u{FFFD}"
        }
      }
    }
  }
}

extension SentencePieceTraining {
  /// Why there is no vocabulary of the wanted size.
  package enum TrainingError: ReportableError, Equatable {
    case sizeOutOfRange(Int)
    case coverageOutOfRange(Double)
    case noText
    case tooLittleText(size: Int, largest: Int)
    case tooManyCharacters(size: Int, smallest: Int)
    case refused(String)

    package var kind: ErrorKind {
      switch self {
      case .sizeOutOfRange, .coverageOutOfRange, .tooManyCharacters: .usage
      case .noText, .tooLittleText, .refused: .badData
      }
    }

    package var description: String {
      switch self {
      case .sizeOutOfRange(let size):
        "size \(size): a vocabulary has \(fixedPieces + 1) to \(SentencePieceModelFile.largestVocabulary) pieces, "
          + "of which \(fixedPieces) are control symbols and bytes"
      case .coverageOutOfRange(let coverage): "coverage \(coverage): must be from 0.98 to 1"
      case .noText: "there is no text to make a vocabulary from"
      case .tooLittleText(let size, let largest):
        "too little text for \(size) pieces: it gives \(largest) at most"
      case .tooManyCharacters(let size, let smallest):
        "\(size) pieces are too few for the characters of the text: \(smallest) at least, or a lower coverage"
      case .refused(let reason): "no vocabulary can be made from the text: \(reason)"
      }
    }
  }
}
