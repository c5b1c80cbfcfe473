package import Storage
package import SystemPackage

/// A trained model on disk: the model itself and, for people to read, its pieces one a line with a tab and their
/// log probability.
package struct VocabularyFiles: Sendable, Equatable {
  package let model: FilePath
  /// Nil where the model goes to a stream, which has no place beside it.
  package let listing: FilePath?

  /// - Parameter path: A file name that ends in `.model`, or a folder, in which the model gets its usual name.
  package init(at path: FilePath) {
    model = path.extension == "model" ? path : path.appending(TokenizerFile.sentencePieceName)
    var listing = model
    listing.extension = "vocab"
    self.listing = listing
  }

  /// - Parameter stream: what can only be written to.
  package init(stream: FilePath) {
    model = stream
    listing = nil
  }

  /// Makes the folder if it is missing; the model comes last, so where it is, both are.
  package func write(_ tokenizer: SentencePieceTokenizer) throws(FileError) {
    if let listing {
      let folder = model.removingLastComponent()
      if !folder.isEmpty { try Folder.create(folder) }
      let lines = zip(tokenizer.pieces, tokenizer.scores).map { piece, score in "\(piece)\t\(score)\n" }
      try AtomicFile.write(lines.joined(), to: listing)
    }
    try AtomicFile.write(tokenizer.bytes, to: model)
  }
}
