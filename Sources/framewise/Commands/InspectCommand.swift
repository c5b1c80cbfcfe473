import ArgumentParser
import Pretrained
import Storage
import SystemPackage
import Terminal

struct InspectCommand: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Say what a folder or file of published weights holds, and whether fit can take it.",
    discussion: """
      Lists the tensors, and of a folder what it is, how its pixels are prepared, which tensors would be passed over, and \
      all that does not fit. Nothing in a checkpoint is executed.

      Examples:
        framewise inspect tf_efficientnet_lite0
        framewise inspect pytorch_model.bin --json
      """)

  @Argument(help: "A folder as it was downloaded, or a file of tensors.")
  var path: FilePath

  @OptionGroup var results: ResultOptions

  var files: CommandFiles {
    var files = CommandFiles()
    files.printsJSON = results.json
    files.read("path", path)
    return files
  }

  func run() throws {
    let inspection = try Inspection(of: path)
    let console = Console.standard
    if results.json { return try console.result(json: inspection) }
    for line in inspection.lines { try console.result(line.onOneLine) }
  }
}
