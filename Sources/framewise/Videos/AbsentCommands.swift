#if !Videos
import ArgumentParser
import Storage

// A build without the trait `Videos` trains and predicts where there is no FFmpeg. In the place of each command that reads
// or writes videos it has one that says so.

struct ValidateCommand: AbsentCommand {
  static let configuration = absent("validate")
  @OptionGroup var words: IgnoredWords
}

struct ExtractCommand: AbsentCommand {
  static let configuration = absent("extract")
  @OptionGroup var words: IgnoredWords
}

struct ContactSheetCommand: AbsentCommand {
  static let configuration = absent("contact-sheet")
  @OptionGroup var words: IgnoredWords
}

struct ServeCommand: AbsentCommand {
  static let configuration = absent("serve")
  @OptionGroup var words: IgnoredWords
}

struct SynthCommand: AbsentCommand {
  static let configuration = absent("synth")
  @OptionGroup var words: IgnoredWords
}

/// A command that this build lacks. It is not among those that the help lists, and takes whatever the command would.
protocol AbsentCommand: FileCommand {}

extension AbsentCommand {
  fileprivate static func absent(_ name: String) -> CommandConfiguration {
    CommandConfiguration(
      commandName: name, abstract: "Not in this build, which reads no videos.", shouldDisplay: false)
  }

  var files: CommandFiles { CommandFiles() }

  func run() throws { throw NoVideos(command: Self._commandName) }
}

struct IgnoredWords: ParsableArguments {
  @Argument(parsing: .captureForPassthrough, help: .hidden)
  var words: [String] = []
}

private struct NoVideos: ReportableError {
  let command: String

  var kind: ErrorKind { .usage }
  var description: String {
    "\(command): this build of framewise reads no videos; it was made without the trait Videos (docs/dependencies.md)"
  }
}
#endif
