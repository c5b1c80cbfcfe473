import Foundation
package import Storage
package import SystemPackage

/// A tokenizer with the files that it is saved as, under the names that Hugging Face's model folders use:
/// `tokenizer.model` (SentencePiece), `vocab.txt` and `tokenizer_config.json` (WordPiece), `tokenizer.json`,
/// `sentencepiece.bpe.model` (XLM-R), `spm.model` (DeBERTa), or `vocab.json` and `merges.txt` (RoBERTa).
package enum TokenizerFile: Sendable {
  case sentencePiece(SentencePieceTokenizer)
  case wordPiece(WordPieceTokenizer)
  case published(PublishedTokenizer)

  package static let sentencePieceName = "tokenizer.model"
  package static let wordPieceName = "vocab.txt"
  /// What stands beside a vocabulary.
  package static let settingsName = TokenizerSettings.name

  package var tokenizer: any Tokenizer {
    switch self {
    case .sentencePiece(let tokenizer): tokenizer
    case .wordPiece(let tokenizer): tokenizer
    case .published(let tokenizer): tokenizer
    }
  }

  /// Those in a folder that say what the tokenizer is; without `tokenizer_config.json` it is the usual one.
  package var fileNames: [String] {
    switch self {
    case .sentencePiece: [Self.sentencePieceName]
    case .wordPiece: [Self.wordPieceName, TokenizerSettings.name]
    case .published(let tokenizer): tokenizer.files.keys.sorted()
    }
  }

  /// All that any of them reads, or might.
  package static let allFileNames =
    names + [PublishedTokenizer.mergesName, TokenizerSettings.name] + TokenizerSettings.furtherNames

  /// In a folder the first of them counts.
  private static let names = [
    sentencePieceName, wordPieceName, PublishedTokenizer.jsonName, PublishedTokenizer.sentencePieceName,
    PublishedTokenizer.debertaName, PublishedTokenizer.vocabularyName,
  ]

  /// Of a published text encoder: a `tokenizer.model` beside the others is some other program's.
  package init(ofTextEncoderIn folder: FilePath) throws(TokenizerError) {
    try self.init(in: folder, Self.names.filter { $0 != Self.sentencePieceName })
  }

  private init(in folder: FilePath, _ names: [String]) throws(TokenizerError) {
    guard let found = names.map({ folder.appending($0) }).first(where: { Folder.exists($0) }) else {
      throw .unrecognised(folder, "none of \(names.joined(separator: ", ")) in this folder")
    }
    // A vocabulary that another class looks into is read as that class's own file has it.
    let described = folder.appending(PublishedTokenizer.jsonName)
    let isForeign =
      found.lastComponent?.string == Self.wordPieceName
      && (try? TokenizerSettings(beside: found, of: .wordPiece)) == nil
    try self.init(reading: isForeign && Folder.exists(described) ? described : found)
  }

  /// - Parameter path: A file, or a folder with one under its usual name.
  package init(reading path: FilePath) throws(TokenizerError) {
    if Folder.isFolder(path) {
      try self.init(in: path, Self.names)
      return
    }
    switch path.extension {
    case "model" where path.lastComponent?.string == PublishedTokenizer.sentencePieceName:
      _ = try TokenizerSettings(beside: path, of: .unigram)
      self = .published(try PublishedTokenizer(sentencePiece: try PublishedTokenizer.read(path), path: path))
    case "model" where path.lastComponent?.string == PublishedTokenizer.debertaName:
      let settings = try TokenizerSettings(beside: path, of: .deberta)
      self = .published(
        try PublishedTokenizer(
          deberta: try PublishedTokenizer.read(path), lowercases: settings.basic.lowercases, path: path))
    case "json" where path.lastComponent?.string == PublishedTokenizer.vocabularyName:
      let folder = path.removingLastComponent()
      _ = try TokenizerSettings(beside: path, of: .bytePairs)
      self = .published(
        try PublishedTokenizer(
          vocabulary: try PublishedTokenizer.read(path),
          merges: try PublishedTokenizer.read(folder.appending(PublishedTokenizer.mergesName)), in: folder))
    case "json": self = try TokenizerJSON.read(try PublishedTokenizer.read(path), path)
    case "model": self = .sentencePiece(try SentencePieceTokenizer(reading: path))
    case "txt":
      let bytes: [UInt8]
      do { bytes = try Files.read(path) } catch { throw .file(error) }
      let settings = try TokenizerSettings(beside: path, of: .wordPiece)
      self = .wordPiece(try WordPieceTokenizer(bytes: bytes, basic: settings.basic, path: path))
    default:
      throw .unrecognised(
        path,
        "no tokenizer: its name ends neither in .model (SentencePiece) nor in .txt (WordPiece) nor in .json")
    }
  }

  /// Writes the files into a folder that exists.
  package func save(into folder: FilePath) throws(FileError) {
    switch self {
    case .sentencePiece(let tokenizer):
      try AtomicFile.write(tokenizer.bytes, to: folder.appending(Self.sentencePieceName))
    case .wordPiece(let tokenizer):
      try AtomicFile.write(tokenizer.bytes, to: folder.appending(Self.wordPieceName))
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      guard let settings = try? encoder.encode(tokenizer.basic) else {
        preconditionFailure("booleans encode")
      }
      try AtomicFile.write(Array(settings), to: folder.appending(TokenizerSettings.name))
    case .published(let tokenizer):
      for (name, bytes) in tokenizer.files { try AtomicFile.write(bytes, to: folder.appending(name)) }
    }
  }
}

/// Equal where the same text gives the same tokens.
extension TokenizerFile: Equatable {
  package static func == (one: TokenizerFile, other: TokenizerFile) -> Bool {
    switch (one, other) {
    case (.sentencePiece(let one), .sentencePiece(let other)): one.bytes == other.bytes
    case (.wordPiece(let one), .wordPiece(let other)): one.bytes == other.bytes && one.basic == other.basic
    case (.published(let one), .published(let other)): one.files == other.files
    default: false
    }
  }
}
