import ArgumentParser
import Batching
import Dataset
import Runs
import Settings
import Storage
import SystemPackage
import Terminal

/// What to learn from besides labelled videos.
struct PseudoLabelOptions: ParsableArguments {
  @Option(
    name: .customLong("pseudo-labels"),
    help:
      "Labels that framewise pseudo-label made for the same folds; they are mixed into every batch, or come first with --set pseudo_labels.use=first."
  )
  var labels: FilePath?

  @Option(name: .customLong("pseudo-annotations"), help: "The annotations of the videos that they are of.")
  var annotations: InputFile?

  @Option(name: .customLong("pseudo-frames"), help: "The frames of these videos, as --frames.")
  var frames: FilePath?

  func validate() throws {
    guard (labels == nil) == (annotations == nil) else {
      throw ValidationError("--pseudo-labels and --pseudo-annotations go together")
    }
    guard labels != nil || frames == nil else {
      throw ValidationError("--pseudo-frames goes with --pseudo-labels")
    }
  }

  var files: CommandFiles {
    var files = CommandFiles()
    files.read("--pseudo-labels", labels)
    files.read("--pseudo-annotations", annotations?.path)
    files.read("--pseudo-frames", frames)
    return files
  }

  /// Lays the use of the labels over the preset.
  /// - Returns: what to tell the user.
  func begin(_ reader: inout ConfigurationReader) throws -> [String] {
    guard labels != nil else { return [] }
    let setting = "pseudo_labels.use=mixed"
    try reader.override(setting)
    return ["pseudo-labels are learnt from; over the preset, under --config and --set: \(setting)"]
  }

  /// - Returns: nil where none are given.
  func read(for modality: Modality, _ console: Console) throws -> PseudoVideos? {
    guard let labels, let annotations else { return nil }
    let source: any VideoSource
    if let frames {
      source = try VideoSources.open(frames)
    } else {
      guard !modality.hasFrames else {
        throw ConfigurationError(
          "--pseudo-frames", "is missing; --modality \(modality.rawValue) looks at the videos' frames")
      }
      source = NoPictures()
    }
    let videos = try PseudoVideos(
      reading: labels, annotations: try AnnotationFile.read(annotations.path, warn: console.warning),
      source: source)
    if let warning = try videos.warning(for: modality) { console.warning(warning) }
    return videos
  }
}
