import ArgumentParser
import Dataset
import Metrics
import Storage
import SystemPackage
import Terminal

struct EvaluateCommand: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Score a submission by the official metric.",
    discussion: """
      Prints the mean of the micro and macro F1 scores of both levels, these four, and a table of all classes. \
      Both files must hold the same ids, in any order. With --train also the macro F1 of frequent and rare \
      level-2 classes: in order of their videos in training and cut into thirds, head, middle and tail.

      Examples:
        framewise evaluate submission.csv truth.csv
        framewise evaluate submission.csv validation.json --json
        framewise evaluate submission.csv truth.csv --train labeled.json
      """)

  @Argument(help: "Lines id,category_id, as framewise infer writes them; - is standard input.")
  var submission: InputFile

  @Argument(
    help: "The truth in the same format, or labelled annotations (a .json or .jsonl file, .gz or not).")
  var truth: InputFile

  @Option(help: "The labelled annotations of training: shows F1 by class frequency.")
  var train: InputFile?

  @OptionGroup var results: ResultOptions

  var files: CommandFiles {
    var files = CommandFiles()
    files.read("submission", submission.path)
    files.read("truth", truth.path)
    files.read("--train", train?.path)
    return files
  }

  func run() throws {
    let counts = try train.map { file in
      try AnnotationFile.labelled(file.path).reduce(into: [:]) { $0[$1.category, default: 0] += 1 }
    }
    let scores = try Submission.read(submission.path).scores(
      against: try Submission.truth(truth.path), path: submission.path, truthPath: truth.path,
      trainingCounts: counts)
    if results.json {
      try Console.standard.result(json: scores)
    } else {
      try Console.standard.result(scores.table)
    }
  }
}

extension Submission {
  /// Every entry of an annotation file (known by its name: `.json`, `.jsonl`, with `.gz` or not) or every line of a CSV file.
  fileprivate static func truth(_ path: FilePath) throws -> Submission {
    guard AnnotationFile.isNamedSo(path) else { return try read(path) }
    return Submission(rows: try AnnotationFile.labelled(path).map { Row(id: $0.id, category: $0.category) })
  }
}

extension AnnotationFile {
  /// Ids and categories of annotations that all have one.
  fileprivate static func labelled(_ path: FilePath) throws -> [(id: String, category: String)] {
    var labelled: [(id: String, category: String)] = []
    var index = 0
    try forEach(path, warn: Console.standard.warning) { annotation in
      defer { index += 1 }
      guard let category = annotation.category else {
        throw DatasetError(
          path, index: index, id: annotation.id, field: "category_id", "is missing, and is needed here")
      }
      labelled.append((annotation.id, category))
    }
    guard !labelled.isEmpty else { throw DatasetError(path, "has no annotations") }
    return labelled
  }
}
