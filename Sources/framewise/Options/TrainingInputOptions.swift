import ArgumentParser
import Dataset
import Settings
import Storage
import SystemPackage
import Terminal
import Text

/// What to train on; the same for all commands that do.
struct TrainingInputOptions: ParsableArguments {
  @Option(
    help:
      "Where framewise extract wrote, a folder of frame archives (zip_frames), or a feature archive (.zip); text alone needs none."
  )
  var frames: FilePath?

  @Option(help: "The annotations with category_id (JSON or JSON Lines, .gz or not); - is standard input.")
  var annotations: InputFile

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

  func readAnnotations() throws -> [Annotation] {
    let read = try AnnotationFile.read(annotations.path, warn: Console.standard.warning)
    guard !read.isEmpty else { throw DatasetError(annotations.path, "has no annotations") }
    return read
  }

  /// nil where they come from a stream, which nobody reads again.
  var annotationsPath: FilePath? {
    OutputTarget.openDescriptor(namedBy: annotations.path) == nil ? annotations.path : nil
  }

  var files: CommandFiles {
    var files = CommandFiles()
    files.read("--frames", frames)
    files.read("--annotations", annotations.path)
    files.read("--tokenizer", tokenizer)
    return files
  }

  func openFrames() throws -> (any VideoSource)? { try frames.map { try VideoSources.open($0) } }

  func readTokenizer() throws -> TokenizerFile {
    try TokenizerFile(reading: tokenizer ?? ShippedVocabulary.path())
  }

  /// The other three quarters are for the model, its gradients and the batches under way.
  var cacheBytes: Int { cacheMemory.map { $0 << 20 } ?? (AvailableMemory.bytes() ?? 4 << 30) / 4 }
}
