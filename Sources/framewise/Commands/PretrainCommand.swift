import ArgumentParser
import Batching
import Dataset
import Records
import Reports
import Runs
import Settings
import Storage
import SystemPackage
import Terminal
import Text

struct PretrainCommand: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "pretrain",
    abstract: "Learn an encoder from videos without labels.",
    discussion: """
      Some tokens of each text are masked, and the encoder learns to tell which; where there are frames, also whether \
      text and frames are of one video, and which of many frames belong to a text. What comes of it fit --init begins \
      with. Labels are never read: annotations with and without them are alike, and those of several files are put \
      together. Two in a hundred videos are held out; what they say is shown after each epoch.

      A pre-training that was stopped, in whatever way, goes on with the same command from its last checkpoint and ends \
      with the same weights as one that was not. Ctrl-C ends it after the step, with a checkpoint.

      Settings come from the preset, then from --config, then from --set, in this order; the resolved ones are saved \
      as configuration.yaml with the encoder.

      Examples:
        framewise pretrain --annotations labeled.json unlabeled.json \\
          --frames frames/labeled frames/unlabeled --out encoders/first
        framewise pretrain --annotations labeled.json unlabeled.json \\
          --modality text --out encoders/text
        framewise pretrain --annotations unlabeled.json \\
          --frames frames/unlabeled --out encoders/long \\
          --set training.epochs=40 --set pretraining.tokens.part=0.3
        framewise pretrain --annotations unlabeled.json \\
          --frames frames/unlabeled --out encoders/frozen \\
          --backbone tf_efficientnet_lite0 --freeze backbone
      """)

  @Option(
    parsing: .upToNextOption,
    help: "Annotations (JSON or JSON Lines, .gz or not), of one file or several; category_id is not read.")
  var annotations: [InputFile]

  @Option(
    parsing: .upToNextOption,
    help:
      "Where framewise extract wrote, folders of frame archives (zip_frames), or feature archives (.zip), in any order; text alone needs none."
  )
  var frames: [FilePath] = []

  @OptionGroup var preparation: PreparationOptions
  @OptionGroup var weights: WeightOptions

  @Option(help: "The folder of the encoder; made if it is not there.")
  var out: OutputFolder

  @Option(help: "A YAML file with settings that differ from the preset's.")
  var config: InputFile?

  @Option(name: .customLong("set"), help: "One setting, such as training.epochs=40; may be repeated.")
  var settings: [String] = []

  @Option(help: "What is looked at of a video: both or text; default: the preset's, both.")
  var modality: Modality?

  @Option(help: "Seed of everything random but what is held out.")
  var seed: UInt64?

  @Option(name: .customLong("max-steps"), help: "Optimizer steps at most.")
  var maximumSteps: Int?

  @OptionGroup var guarding: SafeguardOptions

  @Flag(help: "Only go on with what is in --out; it is an error if there is nothing.")
  var resume = false

  @Flag(help: "Repeat the step at which the training in --out diverged, and train nothing.")
  var replay = false

  @Flag(help: "Also write the scalars of steps and epochs for TensorBoard.")
  var tensorboard = false

  @OptionGroup var compute: ComputeOptions

  @Flag(help: "Print each event (start, step, epoch, checkpoint, fold …) as a line of JSON.")
  var json = false

  func validate() throws {
    guard !annotations.isEmpty else { throw ValidationError("--annotations takes one file or several") }
    guard preparation.tokenizer == nil || !weights.haveTokenizer else {
      throw ValidationError("--tokenizer goes without --text-encoder and --init, which have their own")
    }
  }

  var files: CommandFiles {
    var files = CommandFiles()
    for file in annotations { files.read("--annotations", file.path) }
    for path in frames { files.read("--frames", path) }
    files.read("--tokenizer", preparation.tokenizer)
    files.add(weights.files)
    files.read("--config", config?.path)
    return files
  }

  func run() throws {
    let given = try weights.read()
    var reader = try ConfigurationReader(pretraining: preparation.preset)
    let notes = try weights.begin(&reader, with: given)
    let configuration = try resolved(&reader)
    if resume || replay { try RunFolder(out.path).requireRun() }
    let console = Console.standard
    let annotations = try AnnotationFiles.read(self.annotations.map(\.path), warn: console.warning)
      .annotations
    let source = try openFrames(configuration.modality, annotations)
    for note in notes { console.message(note) }
    if let warning = configuration.input.enlargement(of: source) { console.warning(warning) }
    let display = FitDisplay(console, json: json, of: "pretrain", hasFolds: false)
    let training = try PretrainingRun(
      configuration: configuration, annotations: annotations, source: source,
      tokenizer: try given?.tokenizer ?? preparation.readTokenizer(), weights: given, folder: out.path,
      runtime: try compute.trainingRuntime(console), cacheBytes: preparation.cacheBytes,
      safeguards: guarding.safeguards, invocation: Framewise.invocation,
      mirror: tensorboard ? { TensorBoardFile(in: $0) } : nil, report: display.show)
    for warning in training.warnings { console.warning(warning) }
    if replay {
      let step = try training.replay()
      return try json ? console.result(json: [step]) : console.result(ReplayText(step, of: "").lines)
    }
    _ = try training.run()
    if !json { try console.result((display.missed + ["\(out.path)"]).joined(separator: "\n")) }
  }

  private func resolved(_ reader: inout ConfigurationReader) throws -> PretrainingConfiguration {
    if let config { try reader.merge(file: config.path) }
    for setting in settings { try reader.override(setting) }
    let options: [(String, String?)] = [
      ("modality", modality?.rawValue), ("seed", seed.map { String($0) }),
      ("training.maximum_steps", maximumSteps.map(String.init)),
    ]
    for case (let key, let value?) in options { try reader.override("\(key)=\(value)") }
    return try reader.pretraining()
  }

  /// Every source has to have some of the videos, or it is of another dataset.
  private func openFrames(_ modality: Modality, _ annotations: [Annotation]) throws -> any VideoSource {
    let opened = try frames.map { try VideoSources.open($0) }
    let joined: (any VideoSource)? = opened.isEmpty ? nil : try JoinedVideos(opened)
    let source = try joined.pictures(for: modality, of: "--modality \(modality.rawValue)")
    for one in opened { _ = try Coverage(of: annotations, by: one, modality: modality) }
    try Coverage(of: annotations, by: source, modality: modality).requireInput()
    return source
  }
}
