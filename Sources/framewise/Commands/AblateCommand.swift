import ArgumentParser
import Batching
import Dataset
import Inference
import Records
import Runs
import Settings
import Storage
import SystemPackage
import Terminal
import Text

struct AblateCommand: FileCommand {
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
        framewise ablate recipe.yaml --frames frames/labeled \\
          --annotations labeled.json --out ablations/first
      """)

  @Argument(help: "What to compare (YAML); - is standard input.")
  var recipe: InputFile

  @OptionGroup var input: TrainingInputOptions

  @Option(help: "The folder of all runs and of the table; made if it is not there.")
  var out: OutputFolder

  @Flag(
    inversion: .prefixedNo,
    help:
      "Compare each run of all folds with linear models, which are trained once for all that share the folds."
  )
  var floor = true

  @OptionGroup var compute: ComputeOptions
  @OptionGroup var results: ResultOptions

  var files: CommandFiles {
    var files = input.files
    files.read("recipe", recipe.path)
    for name in ["ablation.json", "ablation.md", "speed.jsonl"] {
      files.make(
        "--out", out.path.appending(name), existing: holdsRuns ? .replaced : .refused, hasFolder: true)
    }
    return files
  }

  /// Whether an earlier `ablate` has begun to fill the folder: `<variation>/seed-<n>/configuration.yaml`.
  private var holdsRuns: Bool {
    func names(_ path: FilePath) -> [String] { (try? Folder.names(in: path)) ?? [] }
    return names(out.path).contains { variation in
      names(out.path.appending(variation)).contains { seed in
        seed.hasPrefix("seed-")
          && Folder.exists(RunFolder(out.path.appending(variation).appending(seed)).configuration)
      }
    }
  }

  func run() throws {
    let plan = try AblationPlan(reading: recipe.path, preset: input.preparation.preset)
    let annotations = try input.readAnnotations()
    let console = Console.standard
    let opened = try input.openFrames()
    let runtime = try compute.trainingRuntime(console)
    let tokenizer = try input.preparation.readTokenizer()
    func fit(
      _ configuration: RunConfiguration, in folder: RunFolder, report: @escaping (FitEvent) throws -> Void
    ) throws -> Fit {
      let source = try opened.pictures(
        for: configuration.modality, of: "a variation of modality \(configuration.modality.rawValue)")
      try Coverage(of: annotations, by: source, modality: configuration.modality).requireInput()
      return try Fit(
        configuration: configuration, annotations: annotations, at: input.annotationsPath, source: source,
        tokenizer: tokenizer, floor: sharedFloor(configuration), hasFloor: floor ? nil : false,
        folder: folder,
        runtime: runtime, cacheBytes: input.preparation.cacheBytes,
        invocation: Framewise.invocation,
        report: report)
    }
    let report = try Ablation(plan, of: annotations, in: out.path)
      .run(fit: fit, progress: progress(on: console))
    if results.json {
      try console.result(json: report)
    } else {
      try console.result("\(report.markdown)\n\(out.path.appending("ablation.md"))")
    }
  }

  /// Where what linear models say is kept for all runs that look at the same and hold out the same.
  private func sharedFloor(_ configuration: RunConfiguration) -> FilePath {
    let key = [configuration.modality.rawValue, "\(configuration.folds)", "\(configuration.foldSeed)"]
    return out.path.appending("floor").appending(key.joined(separator: "-"))
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
