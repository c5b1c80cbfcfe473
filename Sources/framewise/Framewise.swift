import ArgumentParser
import Terminal

@main
struct Framewise: AsyncParsableCommand {
  static let version = "0.2.0"

  static let configuration = CommandConfiguration(
    commandName: "framewise",
    abstract: "Sorts short videos by what is shown and said in them.",
    discussion: """
      Three commands lead from videos to labels; extract is for both sets of videos:

        framewise extract --videos videos --annotations labeled.json \\
          --out frames/labeled
        framewise extract --videos videos --annotations test.json --out frames/test
        framewise fit --frames frames/labeled --annotations labeled.json \\
          --folds 10 --out runs/first
        framewise infer --run runs/first --frames frames/test \\
          --annotations test.json --out submission.csv

      Results go to standard output, messages and progress to standard error. What a report of a fault needs, \
      --version prints: also the versions of Swift and of the libraries, and what this machine has; --version --json \
      does so as JSON.

      Exit codes: 0 done; 64 wrong usage; 65 bad data; 66 input missing; 70 an error of framewise itself; \
      73 output cannot be made; 75 out of disk or memory, or an interrupted training, and the same command goes on; \
      130 interrupted, 143 ended by SIGTERM.
      """,
    version: version,
    // In the order in which a user meets them.
    subcommands: commands)

  private static var commands: [any FileCommand.Type] {
    [
      ValidateCommand.self, VocabCommand.self, ExtractCommand.self, ContactSheetCommand.self,
      BaselineCommand.self, PretrainCommand.self, FitCommand.self, PseudoLabelCommand.self, InferCommand.self,
      EvaluateCommand.self, ReportCommand.self, ExplainCommand.self, ServeCommand.self, AblateCommand.self,
      ModelsCommand.self, InspectCommand.self, EmbedCommand.self,
      ExportCommand.self, SynthCommand.self,
    ]
  }

  static func main() async {
    let interruption = Interruption()
    do {
      try await interruption.cancelling { try await parseAndRun() }
    } catch {
      ErrorReport(error, interruptedBy: interruption.signal).print(on: .standard).exit()
    }
  }

  /// `Task.isCancelled` tells synchronous commands, too, of an interruption; they throw `CancellationError`.
  private static func parseAndRun() async throws {
    var command: any ParsableCommand
    do { command = try parseAsRoot() } catch {
      // ArgumentParser would print a text that is there from the start; asking the libraries takes time, which other
      // commands need not spend.
      guard message(for: error) == version else { throw error }
      let report = VersionReport()
      let json = CommandLine.arguments.contains("--json")
      return try json ? Console.standard.result(json: report) : Console.standard.result(report.text)
    }
    if let command = command as? any FileCommand {
      try RepeatedOption.check(CommandLine.arguments.dropFirst(), of: type(of: command))
      try command.files.check()
    }
    if var asynchronous = command as? any AsyncParsableCommand {
      try await asynchronous.run()
    } else {
      try command.run()
    }
  }
}
