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

  @Option(
    name: .customLong("pseudo-annotations"), parsing: .upToNextOption,
    help: "The annotations of the videos that they are of, of one file or several.")
  var annotations: [InputFile] = []

  @Option(
    name: .customLong("pseudo-frames"), parsing: .upToNextOption,
    help: "The frames of these videos, as --frames, of one source or several.")
  var frames: [FilePath] = []

  func validate() throws {
    guard (labels == nil) == annotations.isEmpty else {
      throw ValidationError("--pseudo-labels and --pseudo-annotations go together")
    }
    guard labels != nil || frames.isEmpty else {
      throw ValidationError("--pseudo-frames goes with --pseudo-labels")
    }
  }

  var files: CommandFiles {
    var files = CommandFiles()
    files.read("--pseudo-labels", labels)
    for file in annotations { files.read("--pseudo-annotations", file.path) }
    for path in frames { files.read("--pseudo-frames", path) }
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
    guard let labels else { return nil }
    let (annotations, homes) = try AnnotationFiles.read(annotations.map(\.path), warn: console.warning)
    let videos = try PseudoVideos(
      reading: labels, annotations: annotations, from: homes,
      source: try VideoSources.open(frames).pictures(
        for: modality, of: "--modality \(modality.rawValue)", option: "--pseudo-frames"))
    if let warning = try videos.warning(for: modality) { console.warning(warning) }
    return videos
  }
}
