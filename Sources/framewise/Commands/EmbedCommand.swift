import ArgumentParser
import Batching
import Dataset
import Inference
import Runs
import Storage
import SystemPackage
import Terminal

struct EmbedCommand: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "embed",
    abstract: "Compute the vectors of frames or videos with a backbone.",
    discussion: """
      Writes a folder with vectors.npy (float32, or float16 with --half), a row for each vector, and ids.jsonl, a line for \
      each row with the video's id, the number of the frame and its time in seconds, in the order of the annotations. \
      The folder can be given to --frames. What was stopped goes on with the same command.

      Examples:
        framewise embed --model tf_efficientnet_lite0 --frames frames/labeled \\
          --annotations labeled.json --out vectors
        framewise embed --model runs/first/fold-00/model --frames frames/test \\
          --of videos --out vectors/test
      """)

  @Option(
    help:
      "A folder or file of published weights as fit --backbone takes it, or one model of a run, runs/first/fold-00/model."
  )
  var model: FilePath

  @Option(help: "Where framewise extract wrote, or a folder of frame archives (zip_frames).")
  var frames: FilePath

  @Option(
    help: "Whose videos, and in which order (JSON or JSON Lines, .gz or not); default: all that are stored.")
  var annotations: InputFile?

  @Option(
    help: "What a vector is of: each stored frame (frames), or a video, the mean of its frames' (videos).")
  var of = VideoEmbedding.Unit.frames

  @Option(help: "The folder to write; made if it is not there.")
  var out: OutputFolder

  @Flag(help: "Store numbers in 16 bits (float16) instead of 32.")
  var half = false

  @OptionGroup var overwriting: OverwriteOptions
  @OptionGroup var compute: ComputeOptions
  @OptionGroup var results: ResultOptions

  var files: CommandFiles {
    var files = CommandFiles()
    files.printsJSON = results.json
    files.read("--model", model)
    files.read("--frames", frames)
    files.read("--annotations", annotations?.path)
    for name in VectorFolder.fileNames {
      files.make(
        "--out", out.path.appending(name), existing: .asked(overwrite: overwriting.overwrite), hasFolder: true
      )
    }
    return files
  }

  func run() throws {
    let console = Console.standard
    let source = try VideoSources.open(frames)
    let ids = try annotations.map {
      try AnnotationFile.read($0.path, warn: console.warning).map(\.id)
    }
    if let ids {
      let coverage = try Coverage(of: ids, withoutText: 0, by: source, modality: .video)
      for warning in coverage.warnings { console.warning(warning) }
    }
    let runtime = try compute.runtime(console)
    let model = try SingleBackbone(reading: model)
    let embedding = try VideoEmbedding(
      model, of: of, ids ?? source.ids, source, isHalf: half, runtime: runtime)
    let progress = ProgressDisplay("embed", total: (ids ?? source.ids).count, on: console)
    let outcome = try embedding.run(into: out.path) { progress.advance(by: $0) }
    progress.finish()
    if results.json { return try console.result(json: outcome) }
    let missing = outcome.missing == 0 ? "" : "; of \(outcome.missing) nothing could be read"
    try console.conclude(
      "\(outcome.vectors) vectors of \(outcome.width) numbers for \(outcome.videos) videos\(missing)\n\(out.path)",
      after: files)
  }
}

extension VideoEmbedding.Unit: ExpressibleByArgument {}
