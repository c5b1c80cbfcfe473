import ArgumentParser
import Foundation
import Pretrained
import Storage
import Terminal

struct ModelsCommand: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "models",
    abstract: "List the published models whose weights can be given to fit, and what each costs.",
    discussion: """
      Nothing is downloaded: --backbone and --text-encoder of fit take a folder that is there already. framewise inspect \
      says what a folder holds.

      Example:
        framewise models
      """)

  @OptionGroup var results: ResultOptions

  var files: CommandFiles {
    var files = CommandFiles()
    files.printsJSON = results.json
    return files
  }

  func run() throws {
    let models = KnownModels()
    if results.json { return try Console.standard.result(json: models) }
    let rows = models.backbones.map {
      [
        $0.name, "\($0.inputSize)", "\($0.vectorSize)", millions($0.parameters),
        String(format: "%.2f", Double($0.multiplyAdds) / 1e9),
      ]
    }
    try show(rows, under: ["backbone", "input", "vector", "parameters", "GFLOPs"])
    try Console.standard.result("")
    try show(
      models.textEncoders.map {
        [$0.name, "\($0.positions)", "\($0.vectorSize)", millions($0.parameters)]
      }, under: ["text encoder", "tokens", "vector", "parameters"])
    try Console.standard.result("")
    for line in models.lines { try Console.standard.result(line) }
  }

  private func show(_ rows: [[String]], under header: [String]) throws {
    let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
    for row in [header] + rows {
      let cells = zip(row, widths).enumerated().map { column, cell in
        let space = String(repeating: " ", count: cell.1 - cell.0.count)
        return column == 0 ? cell.0 + space : space + cell.0
      }
      try Console.standard.result(cells.joined(separator: "  "))
    }
  }

  private func millions(_ count: Int) -> String { "\((Double(count) / 1e5).rounded() / 10) M" }
}
