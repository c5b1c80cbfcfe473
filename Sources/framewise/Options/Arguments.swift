public import ArgumentParser
public import SystemPackage

extension FilePath: @retroactive ExpressibleByArgument {
  public init?(argument: String) {
    guard !argument.isEmpty else { return nil }
    self.init(argument)
  }

  public static var defaultCompletionKind: CompletionKind { .file() }
}

/// `--json`, the same in every command that has results.
struct ResultOptions: ParsableArguments {
  @Flag(help: "Print the results as JSON.")
  var json = false
}
