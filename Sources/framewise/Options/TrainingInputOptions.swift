import ArgumentParser
import Dataset
import Settings
import Storage
import SystemPackage
import Terminal

/// What to train on; the same for all commands that do.
struct TrainingInputOptions: ParsableArguments {
  @Option(
    help:
      "Where framewise extract wrote, a folder of frame archives (zip_frames), or a feature archive (.zip); text alone needs none."
  )
  var frames: FilePath?

  @Option(help: "The annotations with category_id (JSON or JSON Lines, .gz or not); - is standard input.")
  var annotations: InputFile

  @OptionGroup var preparation: PreparationOptions

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
    files.read("--tokenizer", preparation.tokenizer)
    return files
  }

  func openFrames() throws -> (any VideoSource)? { try frames.map { try VideoSources.open($0) } }
}
