/// Where text is cut before the model sees it: no token crosses a cut.
enum TextSplitter: Sendable {
  /// At white space, which is left out.
  case whitespace
  case metaspace(Metaspace)
  case byteLevel(ByteLevel)
  /// Into words, numbers, marks and white space, as GPT-2 did.
  case words

  struct Piece: Sendable {
    let text: String
    /// Whether it is where the text begins.
    let isFirst: Bool
  }

  /// SentencePiece's visible space in the place of U+0020.
  struct Metaspace: Sendable {
    enum Scheme: String, Sendable { case always, first, never }

    let replacement: Unicode.Scalar
    /// Whether one is put before a piece that does not begin with it.
    let prepends: Scheme
    /// Whether text is cut before each.
    let splits: Bool
  }

  struct ByteLevel: Sendable {
    let prependsSpace: Bool
    /// Whether text is cut into words, numbers, marks and white space, as GPT-2 did.
    let splitsWords: Bool
  }

  func split(_ piece: Piece) -> [Piece] {
    switch self {
    case .whitespace:
      // A word is where the text begins if nothing, not even white space, is before it.
      return piece.text.unicodeScalars.split { $0.properties.isWhitespace }.map {
        Piece(text: String($0), isFirst: piece.isFirst && $0.startIndex == piece.text.startIndex)
      }
    case .metaspace(let metaspace): return metaspace.split(piece)
    case .byteLevel(let byteLevel): return byteLevel.split(piece)
    case .words: return ByteLevel(prependsSpace: false, splitsWords: true).split(piece)
    }
  }

  /// What `words` computes.
  static let wordExpression = #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
}

extension TextSplitter.Metaspace {
  func split(_ piece: TextSplitter.Piece) -> [TextSplitter.Piece] {
    var scalars = piece.text.unicodeScalars.map { $0 == " " ? replacement : $0 }
    let isWanted = prepends == .always || prepends == .first && piece.isFirst
    if isWanted, let first = scalars.first, first != replacement { scalars.insert(replacement, at: 0) }
    guard splits else { return [.init(text: Self.text(scalars[...]), isFirst: piece.isFirst)] }
    var pieces: [TextSplitter.Piece] = []
    var start = 0
    for place in scalars.indices.dropFirst() where scalars[place] == replacement {
      pieces.append(.init(text: Self.text(scalars[start..<place]), isFirst: piece.isFirst && start == 0))
      start = place
    }
    if start < scalars.count {
      pieces.append(.init(text: Self.text(scalars[start...]), isFirst: piece.isFirst && start == 0))
    }
    return pieces
  }

  private static func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    String(String.UnicodeScalarView(scalars))
  }
}

extension TextSplitter.ByteLevel {
  func split(_ piece: TextSplitter.Piece) -> [TextSplitter.Piece] {
    var scalars = Array(piece.text.unicodeScalars)
    if prependsSpace, let first = scalars.first, first != " " { scalars.insert(" ", at: 0) }
    guard splitsWords else {
      return [.init(text: String(String.UnicodeScalarView(scalars)), isFirst: piece.isFirst)]
    }
    var pieces: [TextSplitter.Piece] = []
    var start = 0
    while start < scalars.count {
      let end = Self.end(of: scalars, from: start)
      pieces.append(
        .init(
          text: String(String.UnicodeScalarView(scalars[start..<end])), isFirst: piece.isFirst && start == 0))
      start = end
    }
    return pieces
  }

  private enum Kind { case letter, number, space, other }

  private static func kind(_ scalar: Unicode.Scalar) -> Kind {
    if scalar.properties.isWhitespace { return .space }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return .letter
    case .decimalNumber, .letterNumber, .otherNumber: return .number
    default: return .other
    }
  }

  /// Where the first match of `wordExpression` ends.
  private static func end(of text: [Unicode.Scalar], from start: Int) -> Int {
    if text[start] == "'", let length = contraction(text[(start + 1)...]) { return start + 1 + length }
    /// Behind the run of one kind that begins at `place`.
    func runEnd(_ place: Int, _ kind: Kind) -> Int {
      text[place...].firstIndex { Self.kind($0) != kind } ?? text.count
    }
    let word = text[start] == " " ? start + 1 : start
    if word < text.count, case let kind = Self.kind(text[word]), kind != .space { return runEnd(word, kind) }
    let end = runEnd(start, .space)
    // The last space before a word belongs to the word.
    return end == text.count || end == start + 1 ? end : end - 1
  }

  /// How many characters behind an apostrophe belong to it.
  private static func contraction(_ text: ArraySlice<Unicode.Scalar>) -> Int? {
    guard let first = text.first else { return nil }
    if "stmd".unicodeScalars.contains(first) { return 1 }
    guard let second = text.dropFirst().first else { return nil }
    let isTwo =
      first == "r" && second == "e" || first == "v" && second == "e" || first == "l" && second == "l"
    return isTwo ? 2 : nil
  }
}
