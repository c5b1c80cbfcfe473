import ArgumentParser
import Dataset
import Inference
import Records
import Reports
import Settings
import Storage
import SystemPackage
import Terminal

struct ReportCommand: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Show on a page what came of a run, or compare runs.",
    discussion: """
      Writes one HTML file that stands alone and can be mailed: scores with their interval, learning curves, what is \
      taken for what, every category, how sure the model may be, and the errors it was surest of with frames and texts. \
      framewise fit ends with this page, as report.html in the run folder.

      Of several runs the first is what the others are compared with: by the videos that both have predicted, with \
      bootstrap intervals, the settings that differ, and the videos that changed sides.

      Examples:
        framewise report runs/first --out first.html
        framewise report runs/first runs/long --out comparison.html
        framewise report runs/first --out first.html --ledger
        framewise report runs/first --out first.html --categories names.json \\
          --frames frames/labeled --annotations labeled.json
      """)

  @Argument(help: "Run folders of framewise fit; the folds that are finished count.")
  var runs: [FilePath]

  @Option(help: "The page, an .html file; - is standard output.")
  var out: OutputFile

  @OptionGroup var overwriting: OverwriteOptions

  @Option(help: "The frames of the videos; default: where they lay when the (first) run was begun.")
  var frames: FilePath?

  @Option(help: "The annotations of the videos; default: where they lay when the (first) run was begun.")
  var annotations: InputFile?

  @OptionGroup var categories: CategoryOptions

  @Flag(
    help:
      "First predict all videos without text, without frames, and with those of another video; later reports show it, too."
  )
  var ledger = false

  @OptionGroup var compute: ComputeOptions

  func validate() throws {
    guard ["html", "htm"].contains(out.path.extension?.lowercased()) || !out.isRegular else {
      throw ValidationError("--out is an .html file; for a picture, print it from a browser.")
    }
  }

  var files: CommandFiles {
    var files = categories.files
    for run in runs { files.read("RUN", run) }
    files.read("--frames", frames)
    files.read("--annotations", annotations?.path)
    files.make("--out", out.path, existing: .asked(overwrite: overwriting.overwrite))
    return files
  }

  func run() throws {
    let folders = runs.map { RunFolder($0) }
    let names = try categories.names()
    let console = Console.standard
    if ledger {
      let runtime = try compute.runtime(console)
      for folder in folders { try makeLedger(of: folder, runtime, console) }
    }
    let looks = try VideoLooks(
      of: folders[0], frames: frames, annotations: annotations?.path, warn: console.warning)
    try ReportPage(of: folders, looks: looks, names: names, program: Framewise.program)
      .write(to: out.path)
    try console.conclude("report: \(out.path)", after: files)
  }

  private func makeLedger(of folder: RunFolder, _ runtime: Runtime, _ console: Console) throws {
    let work = try ModalityLedger.work(of: folder)
    let inputs = try folder.recordedInputs()
    guard let path = annotations?.path ?? inputs?.annotationsPath.map({ FilePath($0) }) else {
      throw ConfigurationError("--annotations", "is missing; the run does not say where they lay")
    }
    let frames = frames ?? inputs?.framesPath.map { FilePath($0) }
    let progress = ProgressDisplay("ledger", total: work, on: console)
    _ = try ModalityLedger.make(
      of: folder, annotations: try AnnotationFile.read(path, warn: console.warning),
      source: try frames.map { try VideoSources.open($0) } ?? NoPictures(), runtime: runtime
    ) {
      try Task.checkCancellation()
      progress.advance(by: $0)
    }
    progress.finish()
  }
}
