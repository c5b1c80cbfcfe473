import ArgumentParser
import Batching
import Dataset
import Foundation
import Inference
import Records
import Runs
import Settings
import Storage
import SystemPackage
import Terminal
import Torch

struct PseudoLabelCommand: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "pseudo-label",
    abstract: "Label unlabelled videos by what models take them for, for fit to learn from.",
    discussion: """
      Every fold gets labels of its own, by those alone that never saw the videos that it holds out and were not chosen \
      by them: of a run the model that this fold ended with, of each seed. So the scores out of fold of a fit with these \
      labels say what they say without. Videos whose text is nearly that of a video held out are left out.

      --teacher floor asks linear models on the texts, as of framewise baseline, and needs no run; both asks them \
      and the run's models. Of several runs on the same folds all are asked. A run that learnt from pseudo-labels \
      itself may teach again.

      Examples:
        framewise pseudo-label --run runs/first --frames frames/unlabeled \\
          --annotations unlabeled.json --out unlabeled.labels.jsonl
        framewise fit --frames frames/labeled --annotations labeled.json \\
          --pseudo-labels unlabeled.labels.jsonl \\
          --pseudo-frames frames/unlabeled --pseudo-annotations unlabeled.json \\
          --out runs/second
        framewise pseudo-label --teacher floor --labeled labeled.json \\
          --annotations unlabeled.json --level1-threshold 0.6 \\
          --out unlabeled.labels.jsonl
      """)

  @Option(
    name: .customLong("run"),
    help: "A run folder whose models say what the videos are; may be repeated, for runs on the same folds.")
  var runs: [FilePath] = []

  @Option(help: "Who is asked: models, floor (linear models on the texts), or both.")
  var teacher = Teacher.models

  enum Teacher: String, ExpressibleByArgument, CaseIterable { case models, floor, both }

  @Option(
    parsing: .upToNextOption,
    help:
      "The frames of the unlabelled videos: where framewise extract wrote, folders of frame archives, or feature archives (.zip); models of text alone need none."
  )
  var frames: [FilePath] = []

  @Option(
    parsing: .upToNextOption,
    help:
      "The unlabelled videos (JSON or JSON Lines, .gz or not), of one file or several; categories in them are not looked at."
  )
  var annotations: [InputFile]

  @Option(help: "The labelled videos that the runs were trained on; default: where they lay then.")
  var labeled: InputFile?

  @Option(help: "The file of labels, JSON Lines.")
  var out: OutputFile

  @OptionGroup var overwriting: OverwriteOptions

  @Option(help: "Number of folds, where no run says it.")
  var folds: Int?

  @Option(name: .customLong("fold-seed"), help: "From which the folds are drawn, where no run says it.")
  var foldSeed: UInt64?

  @Flag(name: .customLong("full-data"), help: "Also labels for the model of all videos, by all models.")
  var fullData = false

  @Flag(help: "A label is the most probable category alone, rather than the probabilities of all.")
  var hard = false

  @Option(help: "T in p^(1/T), normalised: labels are surer below 1.")
  var temperature = PseudoLabelSettings().temperature

  @Option(help: "The least probability of the most probable category.")
  var threshold = PseudoLabelSettings().threshold

  @Option(name: .customLong("level1-threshold"), help: "The least probability of its first level.")
  var level1Threshold = PseudoLabelSettings().level1Threshold

  @Option(help: "The least part of the models that have to take a video for the same, 0 to 1.")
  var agreement = PseudoLabelSettings().agreement

  @Option(
    name: .customLong("per-category"), help: "Labels of a category at most, the surest; default: no bound.")
  var perCategory: Int?

  @Option(
    name: .customLong("near-duplicates"),
    help: "From which similarity (0 to 1) of its text to that of a video held out on a video is left out.")
  var nearDuplicates = PseudoLabelSettings().nearDuplicates ?? 1

  @Flag(name: .customLong("keep-near-duplicates"), help: "Leave none out for its text.")
  var keepsNearDuplicates = false

  @Flag(
    help:
      "These are the videos that are to be predicted in the end: said in the labels, and by all that learn from them."
  )
  var transductive = false

  @OptionGroup var compute: ComputeOptions
  @OptionGroup var results: ResultOptions

  func validate() throws {
    guard 0.01...100 ~= temperature else { throw ValidationError("--temperature is 0.01 to 100") }
    let parts = [
      ("--threshold", threshold), ("--level1-threshold", level1Threshold), ("--agreement", agreement),
    ]
    for (name, value) in parts where !(0...1 ~= value) { throw ValidationError("\(name) is 0 to 1") }
    guard nearDuplicates > 0, nearDuplicates <= 1 else {
      throw ValidationError("--near-duplicates is above 0, and 1 at most")
    }
    guard perCategory ?? 1 > 0 else { throw ValidationError("--per-category is 1 or more") }
    guard 2...1000 ~= folds ?? 2 else { throw ValidationError("--folds is 2 to 1000") }
    guard teacher == .floor || !runs.isEmpty else {
      throw ValidationError("--run is missing; --teacher floor alone needs none")
    }
    guard runs.isEmpty || folds == nil && foldSeed == nil else {
      throw ValidationError("--folds and --fold-seed go without --run, which has them")
    }
  }

  var files: CommandFiles {
    var files = CommandFiles()
    files.printsJSON = results.json
    for run in runs { files.read("--run", run) }
    for path in frames { files.read("--frames", path) }
    for file in annotations { files.read("--annotations", file.path) }
    files.read("--labeled", labeled?.path)
    if labeled == nil { for path in runs.compactMap(Teachers.annotations) { files.read("--labeled", path) } }
    files.make("--out", out.path, existing: .asked(overwrite: overwriting.overwrite))
    return files
  }

  private var settings: PseudoLabelSettings {
    var settings = PseudoLabelSettings()
    settings.hard = hard
    settings.temperature = temperature
    settings.threshold = threshold
    settings.level1Threshold = level1Threshold
    settings.agreement = agreement
    settings.perCategory = perCategory
    settings.nearDuplicates = keepsNearDuplicates ? nil : nearDuplicates
    return settings
  }

  func run() throws {
    let console = Console.standard
    let runtime = try compute.runtime(console)
    let preset = Preset.tiny.configuration
    let teachers = try Teachers(
      runs: runs, asksModels: teacher != .floor, asksFloor: teacher != .models,
      labeled: try labeled.map { try AnnotationFile.read($0.path, warn: console.warning) },
      in: labeled?.path, foldsWithoutRun: (folds ?? preset.folds, foldSeed ?? preset.foldSeed),
      cores: Cores(runtime.threads),
      warn: console.warning)
    let (unlabelled, homes) = try AnnotationFiles.read(annotations.map(\.path), warn: console.warning)
    let modality = try teachers.modality
    let source = try VideoSources.open(frames).pictures(for: modality, of: "the model")
    for warning in try Coverage(of: unlabelled, by: source, modality: modality).warnings {
      console.warning(warning)
    }
    let labeling = try PseudoLabeling(
      teachers, annotations: unlabelled, from: homes, source: source, settings: settings, fullData: fullData,
      isTransductive: transductive, runtime: runtime, cacheBytes: (AvailableMemory.bytes() ?? 4 << 30) / 4)
    let left = Set(0..<teachers.folds).subtracting(teachers.finished).sorted()
    if !left.isEmpty {
      console.warning(
        "no labels for the folds that are not finished: \(left.map(String.init).joined(separator: ", "))")
    }
    let progress = ProgressDisplay("pseudo-label", total: try labeling.work(), on: console)
    let summary = try labeling.write(to: out.path) { progress.advance(by: $0) }
    progress.finish()
    if results.json { return try console.result(json: summary) }
    try console.conclude((summary.lines + [out.path.string]).joined(separator: "\n"), after: files)
  }
}

extension PseudoLabelSummary {
  /// A line for each fold, and what there is to say of all.
  fileprivate var lines: [String] {
    let lines = parts.map { part in
      let numbers = part.perCategory.values
      return (part.fold.map { "fold \($0)" } ?? "all videos")
        + ": \(part.labels) of \(videos) videos, mean probability "
        + String(format: "%.2f", part.meanProbability)
        + ", \(numbers.count) of \(categories) categories with \(numbers.min() ?? 0) to \(numbers.max() ?? 0)"
        + (part.excluded.text.isEmpty ? "" : "; left out: \(part.excluded.text)")
    }
    return lines + ["round \(round)" + (transductive ? "; transductive" : "")]
  }
}
