import ArgumentParser
import Foundation
import Testing

@testable import framewise

@Suite("What help and documents tell to type")
struct HelpTests {
  private static let commands: [any ParsableCommand.Type] =
    [Framewise.self] + Framewise.configuration.subcommands

  @Test(
    "No line of an example is wrapped in 80 columns, and every example is a command that is understood",
    arguments: commands.indices)
  func help(index: Int) throws {
    let command = Self.commands[index]
    let help = Framewise.helpMessage(for: command, columns: 80)
    let overview = try #require(help.split(separator: "\nUSAGE:").first)
    let examples = Example.all(in: overview)
    #expect(!examples.isEmpty)
    for example in examples {
      #expect(!example.isCut, "\(command): \(example.text)")
      expectUnderstood(example)
    }
  }

  @Test("Commands in the documents are understood", arguments: try Repository.documents())
  func documents(name: String) throws {
    let text = try String(contentsOfFile: Repository.path(name), encoding: .utf8)
    for example in Example.all(in: text) where !example.text.contains("…") { expectUnderstood(example) }
  }

  @Test("The recipe in the help of ablate is one")
  func recipe() async throws {
    let folder = try TemporaryFolder()
    let lines = Framewise.helpMessage(for: AblateCommand.self, columns: 80).split(separator: "\n")
    let recipe = lines.drop { $0 != "Example of a recipe:" }.dropFirst().prefix { $0.hasPrefix("  ") }
    try folder.write(recipe.joined(separator: "\n"), to: "recipe.yaml")
    let outcome = try await CommandLineRunner.run(
      "ablate", folder("recipe.yaml"), "--annotations", folder("missing.json"), "--out", folder("runs"))
    outcome.expectError(66, saying: "missing.json")
  }

  private func expectUnderstood(_ example: Example) {
    do { _ = try Framewise.parseAsRoot(example.arguments) } catch {
      Issue.record("\(example.text): \(Framewise.message(for: error))")
    }
  }
}

/// A command that stands on lines of its own, those but the last with a backslash at the end.
private struct Example {
  let text: String
  /// Whether what follows the command is less indented than it and no blank line, as the rest of a wrapped line is.
  let isCut: Bool

  /// What a shell would hand to `framewise`; examples need no quotes.
  var arguments: [String] {
    // What follows a pipe or a redirection is the shell's.
    text.split(separator: " ").drop { $0 != "framewise" }.dropFirst().prefix {
      !["|", ">", "<", "&&"].contains($0)
    }
    .map(String.init)
  }

  /// Every indented line that begins with `framewise`, or with what starts it elsewhere, and in a document also those
  /// between fences.
  static func all(in text: some StringProtocol) -> [Example] {
    var examples: [Example] = []
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
    var isFenced = false
    while let line = lines.popFirst() {
      if line.hasPrefix("```") { isFenced.toggle() }
      let command = line.drop { $0 == " " }
      guard isFenced || line.hasPrefix("  "), command.hasPrefix("framewise ") || command.hasPrefix("srun ")
      else { continue }
      var text = String(command)
      while text.hasSuffix("\\"), let next = lines.popFirst() {
        text = "\(text.dropLast())\(next.drop { $0 == " " })"
      }
      let follows = lines.first ?? ""
      examples.append(
        Example(text: text, isCut: !follows.isEmpty && !follows.hasPrefix("  ")))
    }
    return examples
  }
}

enum Repository {
  /// The pages that people read.
  static func documents() throws -> [String] {
    try ["", "docs", "Benchmarks", "vocab"].flatMap { folder in
      try FileManager.default.contentsOfDirectory(atPath: path(folder)).filter { $0.hasSuffix(".md") }
        .map { folder.isEmpty ? $0 : "\(folder)/\($0)" }
    }
  }

  /// The path of a file of the checkout that these tests were built from.
  static func path(_ name: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
      .appending(path: name).path
  }
}
