import ArgumentParser
import Batching
import Dataset
import Inference
import Records
import Settings
import Storage
import SystemPackage
import Terminal

struct InferCommand: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "infer",
    abstract: "Predict the category of every annotated video.",
    discussion: """
      Averages the probabilities of a run's folds. Writes one line for each annotation, in their order, whatever \
      happened to the videos: without frames the text alone decides, without text the frames, without either how \
      frequent the categories were in training. Beside the submission, submission.csv say, stands \
      submission.predictions.jsonl with the probabilities and with what each prediction rests on; beside a stream or \
      a device there is none unless --predictions says where.

      What was stopped, in whatever way, goes on with the same command after the last predictions that are in the file \
      of probabilities, and ends with the same bytes.

      Examples:
        framewise infer --run runs/first --frames frames/test \\
          --annotations test.json --out submission.csv
        framewise infer --run runs/first/fold-00/model --frames frames/test \\
          --annotations test.json --out one.csv
        framewise infer --run runs/first --frames frames/test \\
          --annotations test.json --out - | sort > sorted.csv
      """)

  @Option(name: .customLong("run"), help: "A run folder, or one model folder.")
  var runFolder: FilePath

  @Option(
    help:
      "Where framewise extract wrote, a folder of frame archives (zip_frames), or a feature archive (.zip); a model of text alone needs none."
  )
  var frames: FilePath?

  @Option(help: "The annotations (JSON or JSON Lines, .gz or not); - is standard input.")
  var annotations: InputFile

  @Option(help: "The submission: lines id,category_id; - is standard output.")
  var out: OutputFile

  @Option(
    help: "Probabilities and status, a line of JSON for each video; default: beside --out, named after it.")
  var predictions: OutputFile?

  @OptionGroup var overwriting: OverwriteOptions

  @OptionGroup var compute: ComputeOptions
  @OptionGroup var results: ResultOptions

  /// `submission.csv` → `submission.predictions.jsonl`; nil where there is no file to stand beside.
  private var details: FilePath? {
    if let predictions { return predictions.path }
    guard out.isRegular, let name = out.path.stem else { return nil }
    return out.path.removingLastComponent().appending("\(name).predictions.jsonl")
  }

  var files: CommandFiles {
    get throws {
      var files = CommandFiles()
      files.printsJSON = results.json
      files.read("--run", runFolder)
      files.read("--frames", frames)
      files.read("--annotations", annotations.path)
      // Between the two files that it makes an infer may have been killed: it is asked again when it is known whether it was.
      let isBetween = try details.map(PredictionsOutput.isUnfinished) ?? false
      files.make("--out", out.path, existing: .asked(overwrite: overwriting.overwrite || isBetween))
      files.make("--predictions", details, existing: .asked(overwrite: overwriting.overwrite))
      return files
    }
  }

  func run() throws {
    let console = Console.standard
    let (out, details) = (out.path, details)
    let isInTheWay = try !overwriting.overwrite && isThere(out)
    var withoutText = 0
    let annotations = try AnnotationList(annotations.path, warn: console.warning) {
      if !$0.hasText { withoutText += 1 }
    }
    let given = try frames.map { try VideoSources.open($0) }
    let runtime = try compute.runtime(console)
    let ensemble = try Ensemble(reading: runFolder, runtime: runtime)
    let source = try given.pictures(for: ensemble.preparation.modality, of: "the model")
    let coverage = try Coverage(
      of: annotations.ids, withoutText: withoutText, by: source, modality: ensemble.preparation.modality)
    for warning in coverage.warnings { console.warning(warning) }
    let transductive = try RunFolder(runFolder).unlabelledVideoIDs().map { seen in
      annotations.ids.count { seen.contains($0) }
    }
    var summary = InferSummary(
      models: ensemble.models.count, submission: out, predictions: details,
      transductive: transductive.flatMap { $0 > 0 ? $0 : nil })
    let probabilities = try details.map {
      try PredictionsOutput($0) {
        try ensemble.fingerprint(annotations.ids, contents: annotations.fingerprint, source: source)
      }
    }
    try AtomicFile.removePartials(of: out)
    var submission = try Submission.Writer(out)
    let done =
      try probabilities?.goOn(with: annotations.ids, batch: runtime.predictionsTogether) { rows in
        for row in rows {
          try submission.append(.init(id: row.id, category: row.category))
          summary.count(row.status)
        }
      } ?? 0
    if isInTheWay {
      guard try done == annotations.count && submission.isInPlace() else {
        throw CommandFilesError.exists("--out", out, canOverwrite: true)
      }
    }
    if done > 0 {
      console.message(
        "\(done) of \(annotations.count) videos are predicted already; this goes on with the rest")
    } else if probabilities?.hasOthers == true {
      console.message(
        "what was predicted so far was by another model, of other videos or with other settings: this begins anew"
      )
    }
    let progress = ProgressDisplay("infer", total: annotations.count - done, on: console)
    let damage = try ensemble.predict(annotations, from: done, source: source) { predicted in
      try Task.checkCancellation()
      for prediction in predicted {
        try submission.append(.init(id: prediction.id, category: prediction.category))
        summary.count(prediction.status)
      }
      try probabilities?.append(predicted)
      progress.advance(by: predicted.count)
    }
    progress.finish()
    for warning in damage.warnings { console.warning(warning) }
    // The probabilities last: as long as they are not in place they are gone on with. So they have to be on the disk
    // before the submission is.
    try probabilities?.flush()
    try submission.commit()
    try probabilities?.commit()
    if results.json {
      try console.result(json: summary)
    } else {
      try console.conclude(summary.text, after: files)
    }
  }

  private func isThere(_ path: FilePath) throws -> Bool {
    guard case .file(let target) = try OutputTarget(path) else { return false }
    return Folder.exists(target)
  }
}

/// What `infer` says when it is done.
private struct InferSummary: Encodable {
  private(set) var videos = 0
  let models: Int
  /// Videos by what their prediction rests on.
  private(set) var status: [String: Int] = [:]
  let submission: String
  let predictions: String?
  /// From so many of these videos the models have learnt without their categories; nil where from none.
  let transductive: Int?

  init(models: Int, submission: FilePath, predictions: FilePath?, transductive: Int?) {
    self.models = models
    self.submission = submission.string
    self.predictions = predictions?.string
    self.transductive = transductive
  }

  mutating func count(_ status: PredictionStatus) {
    videos += 1
    self.status[status.rawValue, default: 0] += 1
  }

  var text: String {
    let rest = status.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    let note = transductive.map {
      "transductive: the models have learnt from \($0) of these videos, without their categories"
    }
    let lines = ["\(videos) videos by \(models) \(models == 1 ? "model" : "models"): \(rest)", submission]
    return (lines + [predictions, note].compactMap(\.self)).joined(separator: "\n")
  }
}
