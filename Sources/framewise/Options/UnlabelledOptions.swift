import ArgumentParser
import Batching
import Dataset
import Runs
import Settings
import Storage
import SystemPackage
import Terminal

/// Videos without a category to learn from besides.
struct UnlabelledOptions: ParsableArguments {
  @Option(
    name: .customLong("unlabelled-annotations"), parsing: .upToNextOption,
    help:
      "Annotations of further videos, of one file or several, to learn from by consistency; category_id is not read. The method is mean_teacher, or what --set consistency.method says."
  )
  var annotations: [InputFile] = []

  @Option(
    name: .customLong("unlabelled-frames"), parsing: .upToNextOption,
    help: "The frames of these videos, as --frames, of one source or several.")
  var frames: [FilePath] = []

  @Flag(help: "The videos that are to be predicted are among these: the report says so.")
  var transductive = false

  func validate() throws {
    guard annotations.isEmpty else { return }
    guard frames.isEmpty else {
      throw ValidationError("--unlabelled-frames goes with --unlabelled-annotations")
    }
    guard !transductive else {
      throw ValidationError(
        "--transductive goes with --unlabelled-annotations; of pseudo-labels framewise pseudo-label is told")
    }
  }

  var files: CommandFiles {
    var files = CommandFiles()
    for file in annotations { files.read("--unlabelled-annotations", file.path) }
    for path in frames { files.read("--unlabelled-frames", path) }
    return files
  }

  /// Lays the method over the preset.
  /// - Returns: what to tell the user.
  func begin(_ reader: inout ConfigurationReader) throws -> [String] {
    guard !annotations.isEmpty else { return [] }
    let setting = "consistency.method=mean_teacher"
    try reader.override(setting)
    return [
      "videos without categories are learnt from; over the preset, under --config and --set: \(setting)"
    ]
  }

  /// - Returns: nil where none are given.
  func read(for modality: Modality, _ console: Console) throws -> UnlabelledVideos? {
    guard !annotations.isEmpty else { return nil }
    let (annotations, homes) = try AnnotationFiles.read(annotations.map(\.path), warn: console.warning)
    let videos = try UnlabelledVideos(
      annotations, from: homes,
      source: try VideoSources.open(frames).pictures(
        for: modality, of: "--modality \(modality.rawValue)", option: "--unlabelled-frames"),
      modality: modality,
      isTransductive: transductive)
    for warning in videos.warnings { console.warning(warning) }
    return videos
  }
}
