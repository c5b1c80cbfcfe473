import ArgumentParser
import Batching
import Dataset
import Inference
import Reports
import Settings
import Storage
import SystemPackage
import Terminal

struct ExplainCommand: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Say what predictions rest on: which parts, which words and which frames.",
    discussion: """
      Predicts each video with every choice of its parts, sixteen at most, and says by how much each part made the \
      predicted category more probable (exact Shapley values). They add up to the difference from what is predicted \
      without any part. Then it says what each word and each frame adds (integrated gradients). It computes in fp32, \
      whatever infer computes in.

      Examples:
        framewise explain --run runs/first --frames frames/test \\
          --annotations test.json --ids 7705250034,4410963 --out explain.html
        framewise explain --run runs/first --frames frames/test \\
          --annotations test.json --ids 7705250034 --json
      """)

  @Option(name: .customLong("run"), help: "A run folder, or one model folder.")
  var runFolder: FilePath

  @Option(help: "The frames of the videos, as for infer; a model of text alone needs none.")
  var frames: FilePath?

  @Option(help: "The annotations (JSON or JSON Lines, .gz or not); - is standard input.")
  var annotations: InputFile

  @Option(help: "The videos, separated by commas.")
  var ids: String

  @Option(help: "A page with frames and texts, an .html file; - is standard output.")
  var out: OutputFile?

  @OptionGroup var overwriting: OverwriteOptions
  @OptionGroup var categories: CategoryOptions
  @Option(
    help:
      "Places on the way from nothing to the video at which words and frames are looked at. More are more exact."
  )
  var steps = Ensemble.usualSteps

  @OptionGroup var compute: MachineOptions
  @OptionGroup var results: ResultOptions

  func validate() throws {
    guard out != nil || results.json else { throw ValidationError("Give --out, --json or both.") }
    guard 1...10_000 ~= steps else { throw ValidationError("--steps is 1 to 10000") }
    guard 1...500 ~= named.count else { throw ValidationError("--ids names 1 to 500 videos.") }
  }

  var files: CommandFiles {
    var files = categories.files
    files.printsJSON = results.json
    files.read("--run", runFolder)
    files.read("--frames", frames)
    files.read("--annotations", annotations.path)
    files.make("--out", out?.path, existing: .asked(overwrite: overwriting.overwrite))
    return files
  }

  func run() throws {
    let console = Console.standard
    let names = try categories.names()
    let annotations = try wanted()
    let given = try frames.map { try VideoSources.open($0) }
    let ensemble = try Ensemble(reading: runFolder, runtime: try compute.runtime(console, in: .fp32))
    let source = try given.pictures(for: ensemble.preparation.modality, of: "the model")
    let progress = ProgressDisplay("explain", total: annotations.count, on: console)
    var explanations: [Explanation] = []
    try ensemble.explain(annotations, source: source, steps: steps) {
      try Task.checkCancellation()
      explanations.append($0)
      progress.advance()
    }
    progress.finish()
    for explanation in explanations {
      if let warning = explanation.evidence?.warning { console.warning("\(explanation.id): \(warning)") }
    }
    if let out {
      let found = Dictionary(annotations.map { ($0.id, $0) }) { $1 }
      try ExplanationPage(
        of: explanations, looks: VideoLooks(source) { _ in found }, names: names, program: Framewise.program
      ).write(to: out.path)
    }
    if results.json {
      try console.result(json: explanations)
    } else if let out {
      try console.conclude("\(explanations.count) videos: \(out.path)", after: files)
    }
  }

  private var named: [String] { ids.split(separator: ",").map(String.init) }

  /// The annotations of the named videos, in the order in which they are named.
  private func wanted() throws -> [Annotation] {
    let wanted = Set(named)
    var found: [String: Annotation] = [:]
    try AnnotationFile.forEach(annotations.path, warn: Console.standard.warning) {
      if wanted.contains($0.id) { found[$0.id] = $0 }
    }
    return try named.map { id in
      guard let annotation = found[id] else {
        throw DatasetError(annotations.path, id: id, field: "id", "is not there, and --ids names it")
      }
      return annotation
    }
  }
}
