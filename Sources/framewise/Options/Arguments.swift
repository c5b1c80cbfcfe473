public import ArgumentParser
import Storage
public import SystemPackage

extension FilePath: @retroactive ExpressibleByArgument {
  public init?(argument: String) {
    guard !argument.isEmpty else { return nil }
    self.init(argument)
  }

  public static var defaultCompletionKind: CompletionKind { .file() }
}

/// A file to read; `-` is standard input.
struct InputFile: ExpressibleByArgument {
  let path: FilePath

  init?(argument: String) {
    guard let path = FilePath(argument: argument == "-" ? "/dev/stdin" : argument) else { return nil }
    self.path = path
  }

  static var defaultCompletionKind: CompletionKind { .file() }
}

/// A file to make; `-` is standard output.
struct OutputFile: ExpressibleByArgument {
  let path: FilePath

  init?(argument: String) {
    guard let path = FilePath(argument: argument == "-" ? "/dev/stdout" : argument) else { return nil }
    self.path = path
  }

  static var defaultCompletionKind: CompletionKind { .file() }

  /// Whether there will be a file, beside which others can stand; not so for a stream or a device.
  var isRegular: Bool {
    guard case .file = try? OutputTarget(path) else { return false }
    return true
  }
}

/// A folder to make; unlike a file it cannot be standard output.
struct OutputFolder: ExpressibleByArgument {
  let path: FilePath

  init?(argument: String) {
    guard argument != "-", let path = FilePath(argument: argument) else { return nil }
    self.path = path
  }

  static var defaultCompletionKind: CompletionKind { .directory }
}

/// `--json`, the same in every command that has results.
struct ResultOptions: ParsableArguments {
  @Flag(help: "Print the results as JSON.")
  var json = false
}

/// `--overwrite`, the same in every command that makes files.
struct OverwriteOptions: ParsableArguments {
  @Flag(help: "Replace output files that are there already.")
  var overwrite = false
}
