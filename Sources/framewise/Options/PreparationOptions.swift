import ArgumentParser
import Settings
import Storage
import SystemPackage
import Text

/// How large a model is, and how it reads; the same for all commands that train.
struct PreparationOptions: ParsableArguments {
  @Option(help: "Size of model and training: \(Preset.allCases.map(\.rawValue).joined(separator: ", ")).")
  var preset = Preset.tiny

  @Option(
    help:
      "A SentencePiece .model, a WordPiece vocab.txt, a tokenizer.json, or a folder with one; default: the one that ships."
  )
  var tokenizer: FilePath?

  @Option(
    name: .customLong("cache-memory"),
    help:
      "MiB for decoded frames, so that they are decoded once; default: a quarter of the memory that is available."
  )
  var cacheMemory: Int?

  func validate() throws {
    guard 0...(1 << 30) ~= cacheMemory ?? 0 else {
      throw ValidationError("--cache-memory is 0 to \(1 << 30)")
    }
  }

  func readTokenizer() throws -> TokenizerFile {
    try TokenizerFile(reading: tokenizer ?? ShippedVocabulary.path())
  }

  /// The other three quarters are for the model, its gradients and the batches under way.
  var cacheBytes: Int { cacheMemory.map { $0 << 20 } ?? (AvailableMemory.bytes() ?? 4 << 30) / 4 }
}
