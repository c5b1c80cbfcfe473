import ArgumentParser
import Dataset
import Reporting
import Storage
import SystemPackage
import Terminal

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Score a submission by the official metric.",
    discussion: """
      Prints the mean of the micro and macro F1 scores of both levels, these four, and a table of all classes. \
      Both files must hold the same ids, in any order.

      Examples:
        framewise evaluate submission.csv truth.csv
        framewise evaluate submission.csv validation.json --json
      """)

  @Argument(help: "Lines id,category_id, as framewise infer writes them.")
  var submission: FilePath

  @Argument(help: "The truth in the same format, or labelled annotations (a JSON file).")
  var truth: FilePath

  @OptionGroup var results: ResultOptions

  func run() throws {
    let scores = try Submission.read(submission)
      .scores(against: try Submission.truth(truth), path: submission, truthPath: truth)
    if results.json {
      try Console.standard.result(json: scores)
    } else {
      try Console.standard.result(scores.table)
    }
  }
}

extension Submission {
  /// Every entry of an annotation file (known by its `.json`) or every line of a CSV file.
  fileprivate static func truth(_ path: FilePath) throws -> Submission {
    guard path.extension?.lowercased() == "json" else { return try read(path) }
    let annotations = try AnnotationFile.read(path)
    guard !annotations.isEmpty else { throw DatasetError(path, "has no annotations") }
    return Submission(
      rows: try annotations.enumerated().map { index, annotation in
        guard let category = annotation.category else {
          throw DatasetError(
            path, index: index, id: annotation.id, field: "category_id", "is missing, and the truth needs it")
        }
        return Row(id: annotation.id, category: category)
      })
  }
}
