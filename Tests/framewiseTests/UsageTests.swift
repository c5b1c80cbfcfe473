import SystemPackage
import Testing

@Suite("The command line as a whole")
struct UsageTests {
  @Test("Help and version are results: on standard output, exit code 0", arguments: ["--help", "--version"])
  func results(flag: String) async throws {
    let outcome = try await CommandLineRunner.run(flag)
    #expect(outcome.exitCode == 0)
    #expect(!outcome.output.isEmpty)
    #expect(outcome.messages.isEmpty)
  }

  @Test(
    "Wrong usage is exit code 64, told on standard error",
    arguments: [
      ["nonsense"], ["evaluate", "", "b"],
    ])
  func wrongUsage(arguments: [String]) async throws {
    let outcome = try await CommandLineRunner.run(arguments)
    #expect(outcome.exitCode == 64)
    #expect(outcome.output.isEmpty)
    #expect(outcome.messages.hasPrefix("Error: "))
  }

  @Test(
    "An option of one value that is given twice is refused by name, before anything is read",
    arguments: [
      (
        "--pseudo-labels",
        [
          "fit", "--annotations", "a", "--out", "b", "--pseudo-annotations", "e", "--pseudo-labels", "c",
          "--pseudo-labels=d",
        ]
      ),
      ("--annotations", ["fit", "--annotations", "a", "--out", "b", "--seed", "1", "--annotations", "a"]),
      (
        "--max-steps",
        ["pretrain", "--annotations", "a", "--out", "b", "--max-steps", "1", "--max-steps", "1"]
      ),
      ("--run", ["infer", "--run", "a", "--annotations", "b", "--run", "c", "--out", "d"]),
      ("--port", ["serve", "--run", "a", "--port", "1", "--port", "2"]),
    ] as [(String, [String])])
  func repeated(option: String, arguments: [String]) async throws {
    try await CommandLineRunner.run(arguments).expectError(
      64, saying: "\(option): is given more than once, and takes one value")
  }

  @Test("What takes several values may be given several times, and a value may look like an option")
  func severalValues() async throws {
    let fit = ["fit", "--annotations", "none.json", "--out", "b", "--modality", "text"]
    let several = [
      ["--set", "seed=1", "--set", "seed=2"], ["--set=--seed", "--seed", "1"],
      ["--unlabelled-annotations", "c", "--unlabelled-annotations", "d"],
    ]
    for more in several {
      let outcome = try await CommandLineRunner.run(fit + more)
      #expect(!outcome.messages.contains("more than once"), "\(outcome.messages)")
    }
    // An option of its own behind the end of all options is a value.
    let outcome = try await CommandLineRunner.run(
      "evaluate", "--categories", "a", "--", "--categories", "none.json")
    #expect(!outcome.messages.contains("more than once"), "\(outcome.messages)")
  }

  @Test("A program that was taken away from its vocabulary says what it lacks, and where it looked")
  func withoutVocabulary() async throws {
    let folder = try TemporaryFolder()
    let annotations = try folder.write("[]", to: "none.json")
    let copy = folder("framewise")
    let outcome = try await CommandLineRunner.run(
      ["validate", "--annotations", annotations],
      through: ["sh", "-c", "cp \"$0\" \(copy) && exec \(copy) \"$@\""])
    outcome.expectError(64, saying: "vocab/zh-en-8k.model", folder.path.string, "--tokenizer")
  }

  @Test("Shell completions come for every shell", arguments: ["bash", "zsh", "fish"])
  func completions(shell: String) async throws {
    let outcome = try await CommandLineRunner.run("--generate-completion-script", shell)
    #expect(outcome.exitCode == 0)
    #expect(outcome.output.contains("evaluate"))
  }
}
