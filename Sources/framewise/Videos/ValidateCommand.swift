#if Videos
import ArgumentParser
import Dataset
import Foundation
import Inspection
import Settings
import Storage
import SystemPackage
import Terminal
import Text

struct ValidateCommand: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate",
    abstract: "Look at annotations, videos and frames before a long run.",
    discussion: """
      Counts entries, texts, categories, and what is missing or superfluous; says how long the texts are against \
      what the model reads of them; has the headers of some videos read, in processes that can do nothing else, or \
      decodes some of the frames. Nothing is written. Warnings come with advice.

      The exit code is 0 where the annotations can be used, warnings or not, and 65 where they cannot.

      Examples:
        framewise validate --annotations labeled.json --videos videos
        framewise validate --annotations labeled.json --frames frames/labeled \\
          --folds 5 --json
      """)

  @Option(help: "The annotation file (JSON or JSON Lines, .gz or not); - is standard input.")
  var annotations: InputFile

  @Option(help: "The folder with the video files.")
  var videos: FilePath?

  @Option(help: "Where framewise extract wrote, a folder of frame archives, or a feature archive (.zip).")
  var frames: FilePath?

  @Option(help: "Videos whose headers, or frames, are looked at, spread over all; 0 looks at none.")
  var probe = 1000

  @Option(help: "The folds that fit will make.")
  var folds = 10

  @Option(
    help:
      "The preset whose room for text is compared with: \(Preset.allCases.map(\.rawValue).joined(separator: ", "))."
  )
  var preset = Preset.tiny

  @Option(
    help: "A SentencePiece .model, a WordPiece vocab.txt, or a folder with one; default: the one that ships.")
  var tokenizer: FilePath?

  @OptionGroup var results: ResultOptions

  func validate() throws {
    guard 0...10_000_000 ~= probe else { throw ValidationError("--probe is 0 to 10000000.") }
    guard 2...1000 ~= folds else { throw ValidationError("--folds is 2 to 1000.") }
  }

  var files: CommandFiles {
    var files = CommandFiles()
    files.read("--annotations", annotations.path)
    files.read("--videos", videos)
    files.read("--frames", frames)
    files.read("--tokenizer", tokenizer)
    return files
  }

  func run() throws {
    let path = try tokenizer ?? ShippedVocabulary.path()
    var validator = Validator(
      annotations: annotations.path,
      composer: TextComposer(
        tokenizer: try TokenizerFile(reading: path).tokenizer, budget: preset.configuration.text),
      tokenizer: tokenizer?.string ?? ShippedVocabulary.name)
    validator.videos = videos
    validator.frames = try frames.map { ($0, try VideoSources.open($0)) }
    validator.folds = folds
    validator.probe = probe

    let display = StageDisplay()
    let report = try validator.run {
      Console.standard.warning($0)
    } report: { stage, more, total in
      try Task.checkCancellation()
      display.advance(stage.rawValue, by: more, of: total)
    }
    display.finish()
    if results.json {
      try Console.standard.result(json: report)
    } else {
      let style = Style.detected(for: .standardOutput, environment: ProcessInfo.processInfo.environment)
      try Console.standard.result(report.text(style))
    }
    if let first = report.errors.first {
      throw UnusableAnnotations(path: annotations.path, first: first.what)
    }
  }
}

/// A progress line for each stage of a job, begun when the stage begins.
private final class StageDisplay {
  private var stage = ""
  private var progress: ProgressDisplay?

  func advance(_ stage: String, by more: Int, of total: Int?) {
    if stage != self.stage {
      finish()
      self.stage = stage
      progress = ProgressDisplay(stage, total: total)
    }
    progress?.advance(by: more)
  }

  func finish() {
    progress?.finish()
    progress = nil
  }
}

/// What the report has told at length.
private struct UnusableAnnotations: ReportableError {
  let path: FilePath
  let first: String

  var kind: ErrorKind { .badData }
  var description: String {
    // What is wrong with an entry begins with the file's name already.
    first.contains(path.string) ? first : "\(path): \(first)"
  }
}
#endif
