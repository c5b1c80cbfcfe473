import ArgumentParser
import Glibc
import Runs
import Storage
import Terminal

/// What the user sees of an error, and the exit code.
struct ErrorReport {
  private enum Content {
    /// Usage, `--help`, `--version`: ArgumentParser knows what to print and where.
    case parser(any Error)
    case line(String)
  }

  private let content: Content
  let code: Int32

  init(_ error: any Error, interruptedBy signal: Int32?) {
    let parserCode = Framewise.exitCode(for: error)
    if let error = error as? FitInterrupted {
      content = .line("\(error): \(ShellText.command(CommandLine.arguments))")
      code = error.kind.rawValue
    } else if let error = error as? any ReportableError {
      content = .line(error.description)
      code = error.kind.rawValue
    } else if error is CancellationError {
      content = .line("interrupted")
      code = 128 + (signal ?? SIGINT)
    } else if parserCode != .failure {
      content = .parser(error)
      code = parserCode.rawValue
    } else {
      content = .line("internal error: \(error)")
      code = ErrorKind.internal.rawValue
    }
  }

  @discardableResult
  func print(on console: Console) -> ErrorReport {
    console.clearStatus()
    if case .line(let text) = content { console.error(text) }
    return self
  }

  func exit() -> Never {
    switch content {
    case .parser(let error): Framewise.exit(withError: error)
    case .line: Glibc.exit(code)
    }
  }
}
