import ArgumentParser
import Batching
import Dataset
import Foundation
import Inference
import Metrics
import Pretrained
import Records
import Reports
import Runs
import Settings
import Storage
import SystemPackage
import Terminal
import Text

struct FitCommand: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit",
    abstract: "Train a model for each fold of cross-validation.",
    discussion: """
      Every video is held out in one fold and predicted by the model that never saw it; these out-of-fold \
      predictions are scored in the run folder's report.

      A run that was stopped, in whatever way, goes on with the same command from its last checkpoint and ends with \
      the same weights as one that was not. Ctrl-C ends it after the step, with a checkpoint; a second one at once.

      Settings come from the preset, then from --config, then from --set, in this order; the resolved ones are \
      saved as configuration.yaml in the run folder.

      Examples:
        framewise fit --frames frames/labeled --annotations labeled.json \\
          --folds 10 --out runs/first
        framewise fit --annotations labeled.json --out runs/text --modality text
        framewise fit --frames frames/labeled --annotations labeled.json \\
          --out runs/long \\
          --set training.epochs=20 --set training.learning_rate.backbone=3e-4
        framewise fit --frames zip_feats/labeled.zip --annotations labeled.json \\
          --out runs/features
        framewise fit --frames frames/labeled --annotations labeled.json \\
          --out runs/three --seeds 3 --full-data
        framewise fit --annotations labeled.json --modality text --out runs/more \\
          --pseudo-labels u.labels.jsonl --pseudo-annotations u.json
        framewise fit --annotations labeled.json --frames frames/labeled \\
          --unlabelled-annotations unlabeled.json wild.json \\
          --unlabelled-frames frames/unlabeled frames/wild --out runs/all \\
          --set consistency.method=fixmatch
        framewise fit --frames frames/labeled --annotations labeled.json \\
          --out runs/frozen --backbone tf_efficientnet_lite0 --freeze backbone
        framewise fit --frames frames/labeled --annotations labeled.json \\
          --out runs/second --init encoders/first
      """)

  @OptionGroup var input: TrainingInputOptions
  @OptionGroup var weights: WeightOptions
  @OptionGroup var pseudo: PseudoLabelOptions
  @OptionGroup var unlabelled: UnlabelledOptions

  @Option(help: "The run folder; made if it is not there.")
  var out: OutputFolder

  @Option(help: "Number of folds; default: the preset's, \(Preset.tiny.configuration.folds).")
  var folds: Int?

  @Option(help: "Train this fold alone, counted from 0.")
  var fold: Int?

  @Option(help: "A YAML file with settings that differ from the preset's.")
  var config: InputFile?

  @Option(name: .customLong("set"), help: "One setting, such as training.epochs=20; may be repeated.")
  var settings: [String] = []

  @Option(help: "What the model sees of a video: both, text or video; default: the preset's, both.")
  var modality: Modality?

  @Option(
    help: "Seed of everything random but the folds; default: the preset's, \(Preset.tiny.configuration.seed)."
  )
  var seed: UInt64?

  @Option(help: "Train every fold with this many seeds, from --seed on; infer averages all models.")
  var seeds = 1

  @Flag(
    name: .customLong("full-data"),
    help:
      "Then, once every fold is finished, train a model on all videos, for as many epochs as the folds scored best at."
  )
  var fullData = false

  @Flag(
    inversion: .prefixedNo,
    help:
      "Linear models on n-grams of the texts, and on stored vectors, are compared with and are members of the ensemble, unless --no-floor or --set calibration.floor=false says otherwise; --floor makes it an error that they would see nothing."
  )
  var floor: Bool?

  @Option(name: .customLong("max-steps"), help: "Optimizer steps of a fold at most.")
  var maximumSteps: Int?

  @OptionGroup var guarding: SafeguardOptions

  @Flag(help: "Only go on with the run in --out; it is an error if there is none.")
  var resume = false

  @Flag(help: "Repeat the step at which a fold of the run in --out diverged, and train nothing.")
  var replay = false

  @Flag(help: "Also write the scalars of steps and epochs for TensorBoard, a run of its for each fold.")
  var tensorboard = false

  @OptionGroup var categories: CategoryOptions
  @OptionGroup var compute: ComputeOptions

  @Flag(help: "Print each event (start, step, epoch, checkpoint, fold, end …) as a line of JSON.")
  var json = false

  func validate() throws {
    guard 1...1000 ~= seeds else { throw ValidationError("--seeds is 1 to 1000") }
    guard input.preparation.tokenizer == nil || !weights.haveTokenizer else {
      throw ValidationError("--tokenizer goes without --text-encoder and --init, which have their own")
    }
    guard seeds == 1 || !replay else {
      throw ValidationError(
        "--replay looks at one run: without --seeds, and with --out of that seed's folder")
    }
  }

  var files: CommandFiles {
    var files = input.files
    files.add(weights.files)
    files.add(pseudo.files)
    files.add(unlabelled.files)
    files.add(categories.files)
    files.read("--config", config?.path)
    return files
  }

  /// That of a text encoder, which the run keeps, or each of its seeds; none where another is asked for.
  private func keptTokenizer() throws -> TokenizerFile? {
    guard input.preparation.tokenizer == nil, Folder.isFolder(out.path) else { return nil }
    return try RunFolder(out.path).members.first.map(\.tokenizer).flatMap {
      Folder.isFolder($0) ? try TokenizerFile(reading: $0) : nil
    }
  }

  func run() throws {
    let given = try weights.read()
    let (configuration, notes) = try resolvedConfiguration(given)
    if let fold, !(0..<configuration.folds).contains(fold) {
      throw ConfigurationError("--fold", "is \(fold), must be from 0 to \(configuration.folds - 1)")
    }
    if fullData { try Fit.requireFullData(configuration) }
    let names = try categories.names()
    if resume || replay { try RunFolder(out.path).requireRun() }
    let annotations = try input.readAnnotations()
    let source = try input.openFrames()
      .pictures(for: configuration.modality, of: "--modality \(configuration.modality.rawValue)")
    let console = Console.standard
    let pseudoVideos = try pseudo.read(for: configuration.modality, console)
    let unlabelledVideos = try unlabelled.read(for: configuration.modality, console)
    for note in notes { console.message(note) }
    let coverage = try Coverage(of: annotations, by: source, modality: configuration.modality)
    try coverage.requireInput()
    for warning in coverage.warnings { console.warning(warning) }
    if let warning = configuration.input.enlargement(of: source) { console.warning(warning) }
    let runtime = try compute.trainingRuntime(console)
    let display = FitDisplay(console, json: json)
    let tokenizer = try given?.tokenizer ?? keptTokenizer() ?? input.preparation.readTokenizer()
    func fit(_ configuration: RunConfiguration, in folder: RunFolder) throws -> Fit {
      try Fit(
        configuration: configuration, annotations: annotations, at: input.annotationsPath, source: source,
        tokenizer: tokenizer,
        weights: given, pseudo: pseudoVideos, unlabelled: unlabelledVideos,
        vectors: RunFolder(out.path).vectors,
        floor: RunFolder(out.path).floor, hasFloor: floor, folder: folder, runtime: runtime,
        cacheBytes: input.preparation.cacheBytes, safeguards: guarding.safeguards,
        invocation: Framewise.invocation,
        mirror: tensorboard ? { TensorBoardFile(in: $0) } : nil, report: display.show)
    }
    let folder = RunFolder(out.path)
    if replay {
      let steps = try fit(configuration, in: folder).replay(only: fold)
      if json { return try console.result(json: steps) }
      for step in steps { try console.result(ReplayText(step, of: "fold \(step.fold), ").lines) }
      return
    }
    func train(_ fit: Fit) throws -> RunReport {
      if fullData { try fit.requireStartOnAllVideos() }
      let report = try fit.run(only: fold)
      if fullData {
        let missing = fit.unfinishedFolds
        if missing.isEmpty {
          console.message("on all videos, as fold 0 of \(fit.fullDataFolder)")
          try fit.trainOnAllVideos()
        } else {
          console.message(
            "the model of all videos comes when every fold is finished; those that are not: "
              + missing.map(String.init).joined(separator: ", "))
        }
      }
      return report
    }
    let report =
      seeds == 1
      ? try train(try fit(configuration, in: folder))
      : try SeededRuns(configuration, count: seeds, in: folder).run { configuration, member in
        console.message("seed \(configuration.seed)")
        return try fit(configuration, in: member)
      } train: {
        _ = try train($0)
      }
    writePage(of: folder, source, annotations, names, on: console)
    if !json { try console.result(display.summary(of: report, in: folder)) }
  }

  /// Training is done and scored: a page that cannot be made is no reason to say that it failed.
  private func writePage(
    of folder: RunFolder, _ source: any VideoSource, _ annotations: [Annotation], _ names: CategoryNames,
    on console: Console
  ) {
    let looks = VideoLooks(source) { ids in
      Dictionary(annotations.lazy.filter { ids.contains($0.id) }.map { ($0.id, $0) }) { $1 }
    }
    do {
      try ReportPage(of: [folder], looks: looks, names: names, program: Framewise.program)
        .write(to: folder.page)
    } catch {
      console.warning("there is no page of this run: \(error)")
    }
  }

  private func resolvedConfiguration(
    _ given: GivenWeights?
  ) throws -> (RunConfiguration, notes: [String]) {
    var reader = try ConfigurationReader(input.preparation.preset)
    let notes = try weights.begin(&reader, with: given) + pseudo.begin(&reader) + unlabelled.begin(&reader)
    if let config { try reader.merge(file: config.path) }
    for setting in settings { try reader.override(setting) }
    let options: [(String, String?)] = [
      ("folds", folds.map(String.init)), ("modality", modality?.rawValue), ("seed", seed.map { String($0) }),
      ("training.maximum_steps", maximumSteps.map(String.init)),
      ("calibration.floor", floor.map { "\($0)" }),
    ]
    for case (let key, let value?) in options { try reader.override("\(key)=\(value)") }
    return (try reader.configuration(), notes)
  }
}

extension Preset: ExpressibleByArgument {}
extension Modality: ExpressibleByArgument {}
extension Precision: ExpressibleByArgument {}
