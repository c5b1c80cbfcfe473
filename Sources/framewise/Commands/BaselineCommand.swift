import ArgumentParser
import Baselines
import Batching
import Dataset
import Foundation
import Metrics
import Runs
import Settings
import Storage
import SystemPackage
import Terminal
import Torch

struct BaselineCommand: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "baseline",
    abstract: "Score linear models: what a trained model has to beat.",
    discussion: """
      Logistic regression on the character n-grams of title, speech and on-screen text, on the mean vectors of the frames \
      where --frames holds vectors, and on both: out of fold, on the same folds as fit, by the official metric. Takes \
      seconds. The report of every fit has a line of it, and fit --floor makes it a member of the ensemble.

      Examples:
        framewise baseline --annotations labeled.json
        framewise baseline --annotations labeled.json \\
          --frames zip_feats/labeled.zip --folds 5 --json
      """)

  @Option(help: "The annotations with category_id (JSON or JSON Lines, .gz or not); - is standard input.")
  var annotations: InputFile

  @Option(help: "Stored vectors: a feature archive (.zip), or a folder of vectors.")
  var frames: FilePath?

  @Option(help: "Number of folds.")
  var folds = Preset.tiny.configuration.folds

  @Option(name: .customLong("fold-seed"), help: "From which the folds are drawn.")
  var foldSeed = Preset.tiny.configuration.foldSeed

  @Option(help: "Cores to compute on; default: all cores. The numbers do not depend on it.")
  var threads: Int?

  @OptionGroup var results: ResultOptions

  func validate() throws {
    guard 2...1000 ~= folds else { throw ValidationError("--folds is 2 to 1000") }
    guard 1...1024 ~= threads ?? 1 else { throw ValidationError("--threads is 1 to 1024") }
  }

  var files: CommandFiles {
    var files = CommandFiles()
    files.read("--annotations", annotations.path)
    files.read("--frames", frames)
    return files
  }

  func run() throws {
    let console = Console.standard
    let read = try AnnotationFile.read(annotations.path, warn: console.warning)
    guard !read.isEmpty else { throw DatasetError(annotations.path, "has no annotations") }
    let source = try frames.map { try VideoSources.open($0) }
    if let source, source.vectorSize == nil {
      console.warning(
        "--frames holds pictures, of which linear models see nothing: texts alone are looked at")
    }
    if let source, source.vectorSize != nil {
      let coverage = try Coverage(of: read, by: source, modality: .both)
      for warning in coverage.warnings { console.warning(warning) }
    }
    guard let videos = BaselineVideos(read, hasText: true, source: source) else {
      preconditionFailure("texts are looked at")
    }
    let progress = ProgressDisplay("baseline", total: videos.inputs.count * folds, on: console)
    let report = try BaselineReport(
      of: videos, folds: folds, foldSeed: foldSeed, cores: Cores(threads ?? Processors.available)
    ) { _, _ in progress.advance() }
    progress.finish()
    if results.json { return try console.result(json: report) }
    try console.result(report.text)
  }
}

extension BaselineReport {
  /// A line for each kind of input.
  fileprivate var text: String {
    func line(_ cells: [String]) -> String {
      cells.enumerated().map { $1.padded(to: $0 == 0 ? 6 : 15, alignRight: $0 > 0) }.joined()
    }
    let header = [
      "sees", "mean F1", "level 1 micro", "level 1 macro", "level 2 micro", "level 2 macro", "seconds",
    ]
    let lines = rows.map { row in
      let scores = row.scores
      let values = [
        scores.meanF1, scores.level1.microF1, scores.level1.macroF1, scores.level2.microF1,
        scores.level2.macroF1,
      ]
      return line(
        [row.input.rawValue] + values.map { String(format: "%.4f", $0) }
          + [String(format: "%.1f", row.seconds)])
    }
    return ([line(header)] + lines).joined(separator: "\n")
  }
}
