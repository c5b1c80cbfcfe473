import ArgumentParser
import Batching
import Dataset
import Inference
import Pretrained
import Runs
import Storage
import SystemPackage
import Terminal

struct EmbedCommand: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "embed",
    abstract: "Compute the vectors of frames, videos or texts.",
    discussion: """
      Writes a folder with vectors.npy (float32, or float16 with --half), a row for each vector, and ids.jsonl, a line for \
      each row with the video's id, the number of the frame and its time in seconds, in the order of the annotations. \
      The folder can be given to --frames. What was stopped goes on with the same command.

      Examples:
        framewise embed --model tf_efficientnet_lite0 --frames frames/labeled \\
          --annotations labeled.json --out vectors
        framewise embed --model runs/first/fold-00/model --frames frames/test \\
          --of videos --out vectors/test
        framewise embed --model bge-small-zh --of texts \\
          --annotations test.json --out texts
      """)

  @Option(
    help:
      "A folder or file of published weights as fit --backbone takes it, or one model of a run, runs/first/fold-00/model; of texts, a folder of sentence-transformers."
  )
  var model: FilePath

  @Option(help: "Where framewise extract wrote, or a folder of frame archives (zip_frames); texts need none.")
  var frames: FilePath?

  @Option(
    help: "Whose videos, and in which order (JSON or JSON Lines, .gz or not); default: all that are stored.")
  var annotations: InputFile?

  @Option(
    help:
      "What a vector is of: each stored frame (frames), a video, the mean of its frames' (videos), or its title, speech and on-screen text (texts)."
  )
  var of = Unit.frames

  enum Unit: String, ExpressibleByArgument, CaseIterable { case frames, videos, texts }

  @Option(
    name: .customLong("input-size"),
    help: "Pixels along a side of the backbone's input; default: the weights' own.")
  var inputSize: Int?

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

  func validate() throws {
    guard 1...4096 ~= inputSize ?? 1 else { throw ValidationError("--input-size is 1 to 4096") }
    guard of == .texts else {
      guard frames != nil else {
        throw ValidationError("--frames is missing: --of \(of.rawValue) looks at frames.")
      }
      return
    }
    guard frames == nil, inputSize == nil, annotations != nil else {
      throw ValidationError("--of texts takes --annotations, and neither --frames nor --input-size.")
    }
  }

  func run() throws {
    let console = Console.standard
    let annotations = try annotations.map { try AnnotationFile.read($0.path, warn: console.warning) }
    let runtime = try compute.runtime(console)
    let outcome =
      if let frames {
        try embedFrames(of: annotations?.map(\.id), from: frames, runtime, console)
      } else {
        try embedTexts(of: annotations ?? [], runtime, console)
      }
    if results.json { return try console.result(json: outcome) }
    let missing = outcome.missing == 0 ? "" : "; of \(outcome.missing) there is nothing that could be read"
    try console.conclude(
      "\(outcome.vectors) vectors of \(outcome.width) numbers for \(outcome.videos) videos\(missing)\n\(out.path)",
      after: files)
  }

  private func embedFrames(
    of ids: [String]?, from frames: FilePath, _ runtime: Runtime, _ console: Console
  ) throws -> EmbeddingOutcome {
    let source = try VideoSources.open(frames)
    if let ids {
      let coverage = try Coverage(of: ids, withoutText: 0, by: source, modality: .video)
      for warning in coverage.warnings { console.warning(warning) }
    }
    let ids = ids ?? source.ids
    let embedding = try VideoEmbedding(
      try SingleBackbone(reading: model, inputSize: inputSize), of: of == .videos ? .videos : .frames, ids,
      source, isHalf: half,
      runtime: runtime)
    let progress = ProgressDisplay("embed", total: ids.count, on: console)
    defer { progress.finish() }
    return try embedding.run(into: out.path) { progress.advance(by: $0) }
  }

  private func embedTexts(
    of annotations: [Annotation], _ runtime: Runtime, _ console: Console
  ) throws -> EmbeddingOutcome {
    let encoder = try SentenceEncoder(reading: model, on: runtime.device)
    let progress = ProgressDisplay("embed", total: annotations.count, on: console)
    defer { progress.finish() }
    return try TextEmbedding(encoder, annotations, isHalf: half).run(into: out.path) {
      progress.advance(by: $0)
    }
  }
}
