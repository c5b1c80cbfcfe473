import ArgumentParser
import Dataset
import Storage
import SystemPackage
import Terminal
import Text
import Training

struct AblateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ablate",
    abstract: "Train variations of a configuration and compare them.",
    discussion: """
      The recipe is a YAML file: `variations` gives settings by name, the first being what the others are compared \
      with; `settings` go to all of them, over the preset's; `seeds` and `folds` say what is trained of each. All \
      variations have the same folds. The table has the metric out of fold, the F1 of the rarest third of the \
      categories, videos a second, and the differences with the middle 95 % of 1,000 random draws of the videos. It is \
      written anew after each run (ablation.md, ablation.json); the same command goes on with what is not finished.

      Example of a recipe:
        seeds: [1, 2, 3]
        folds: [0, 1]
        settings: {training.epochs: 4}
        variations:
          plain: {training.average.weights: trained}
          ema: {}
          pgd: {training.adversary.method: pgd}

      Example:
        framewise ablate recipe.yaml --frames frames/labeled --annotations labeled.json --out ablations/first
      """)

  @Argument(help: "What to compare (YAML).")
  var recipe: FilePath

  @Option(
    help:
      "Where framewise extract wrote, a folder of frame archives (zip_frames), or a feature archive (.zip); text alone needs none."
  )
  var frames: FilePath?

  @Option(help: "The annotations with category_id (JSON).")
  var annotations: FilePath

  @Option(help: "The folder of all runs and of the table; made if it is not there.")
  var out: FilePath

  @Option(help: "Size of model and training: \(Preset.allCases.map(\.rawValue).joined(separator: ", ")).")
  var preset = Preset.tiny

  @Option(
    help: "A SentencePiece .model, a WordPiece vocab.txt, or a folder with one; default: the one that ships.")
  var tokenizer: FilePath?

  @Option(
    name: .customLong("cache-memory"),
    help:
      "MiB for decoded frames, so that they are decoded once; default: a quarter of the memory that is available."
  )
  var cacheMemory: Int?

  @OptionGroup var compute: ComputeOptions
  @OptionGroup var results: ResultOptions

  func validate() throws {
    guard 0...(1 << 30) ~= cacheMemory ?? 0 else {
      throw ValidationError("--cache-memory is 0 to \(1 << 30)")
    }
  }

  func run() throws {
    let plan = try AblationPlan(reading: recipe, preset: preset)
    let path = annotations
    let annotations = try AnnotationFile.read(path)
    guard !annotations.isEmpty else { throw DatasetError(path, "has no annotations") }
    let console = Console.standard
    let opened = try frames.map { try VideoSources.open($0) }
    let cacheBytes = cacheMemory.map { $0 << 20 } ?? (AvailableMemory.bytes() ?? 4 << 30) / 4
    let runtime = try compute.runtime(console)
    let tokenizer = try TokenizerFile(reading: tokenizer ?? ShippedVocabulary.path())
    func fit(
      _ configuration: RunConfiguration, in folder: RunFolder, report: @escaping (FitEvent) throws -> Void
    ) throws -> Fit {
      try Fit(
        configuration: configuration, annotations: annotations,
        source: opened.pictures(
          for: configuration.modality, of: "a variation of modality \(configuration.modality.rawValue)"),
        tokenizer: tokenizer, folder: folder, runtime: runtime, cacheBytes: cacheBytes, report: report)
    }
    let report = try Ablation(plan, of: annotations, in: out)
      .run(fit: fit, progress: progress(on: console))
    if results.json {
      try console.result(json: report)
    } else {
      try console.result("\(report.markdown)\n\(out.appending("ablation.md"))")
    }
  }

  private func progress(on console: Console) -> (Ablation.Progress) throws -> Void {
    var display = FitDisplay(console, json: false)
    return { progress in
      switch progress {
      case .run(let variation, let seed):
        console.message("variation \(variation), seed \(seed)")
        display = FitDisplay(console, json: false)
      case .event(let event): try display.show(event)
      case .table(let report): for line in report.lines { console.message(line) }
      }
    }
  }
}
