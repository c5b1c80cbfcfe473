import ArgumentParser
import Storage

/// An option of one value that is given more than once. ArgumentParser takes the last and passes over the others in silence.
struct RepeatedOption: ReportableError, Equatable {
  /// As the user writes it, `--frames`.
  let name: String

  var kind: ErrorKind { .usage }
  var description: String { "\(name): is given more than once, and takes one value" }

  /// - Parameter arguments: the words of a command line that `command` has taken.
  /// - Throws: `RepeatedOption` naming the first that stands there again.
  static func check(_ arguments: some Sequence<String>, of command: any ParsableCommand.Type) throws {
    let options = try JSONText.decode(Interface.self, from: Array(command._dumpHelp().utf8)).command.arguments
      .filter { $0.kind == "option" && !$0.isRepeating }
    let written = Dictionary(
      options.enumerated().flatMap { number, option in option.words.map { ($0, number) } }
    ) { first, _ in first }
    var given: Set<Int> = []
    // No value begins with two hyphens but one that is joined to its option, or stands behind a word of nothing else.
    for argument in arguments.prefix(while: { $0 != "--" }) where argument.hasPrefix("-") {
      let word = String(argument.prefix { $0 != "=" })
      guard let option = written[word], !given.insert(option).inserted else { continue }
      throw RepeatedOption(name: word)
    }
  }

  /// What ArgumentParser knows of a command, as far as it is asked here: of which options take several values it tells nobody
  /// otherwise (`--experimental-dump-help`).
  private struct Interface: Decodable {
    struct Command: Decodable { let arguments: [Argument] }

    struct Argument: Decodable {
      let kind: String
      let isRepeating: Bool
      let names: [Name]?

      var words: [String] { (names ?? []).map { ($0.kind == "long" ? "--" : "-") + $0.name } }
    }

    struct Name: Decodable { let kind, name: String }

    let command: Command
  }
}
