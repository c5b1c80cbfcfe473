import ArgumentParser
import Reports

/// `--categories`, the same in every command that makes a report.
struct CategoryOptions: ParsableArguments {
  @Option(help: #"What categories are called, for the report: a JSON object {"03": "Food", "0312": "Soup"}."#)
  var categories: InputFile?

  var files: CommandFiles {
    var files = CommandFiles()
    files.read("--categories", categories?.path)
    return files
  }

  func names() throws -> CategoryNames {
    try categories.map { try CategoryNames(reading: $0.path) } ?? .none
  }
}
