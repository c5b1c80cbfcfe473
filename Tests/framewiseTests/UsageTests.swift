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

  @Test("Shell completions come for every shell", arguments: ["bash", "zsh", "fish"])
  func completions(shell: String) async throws {
    let outcome = try await CommandLineRunner.run("--generate-completion-script", shell)
    #expect(outcome.exitCode == 0)
    #expect(outcome.output.contains("evaluate"))
  }
}
