import ArgumentParser
import Dataset

/// `--categories`, the same in every command that makes something for people.
struct CategoryOptions: ParsableArguments {
  @Option(help: #"What categories are called, for people: a JSON object {"03": "Food", "0312": "Soup"}."#)
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
