import Foundation
import Testing

@testable import framewise

@Suite("framewise --version") struct VersionTests {
  @Test(
    "The first line is the program's version; what it was built with and runs on follows, a fact in each line"
  )
  func text() async throws {
    let outcome = try await CommandLineRunner.run("--version")
    #expect(outcome.exitCode == 0 && outcome.messages.isEmpty)
    let lines = outcome.output.split(separator: "\n").map { $0.split(separator: " ", maxSplits: 1) }
    #expect(
      lines.map { String($0[0]) } == [
        "framewise", "Swift", "libtorch", "FFmpeg", "jemalloc", "processor", "CUDA", "device",
      ])
    #expect(lines.allSatisfy { $0.count == 2 })
    #expect(outcome.output.hasPrefix("framewise \(Framewise.version)\n"))
  }

  private struct Facts: Decodable {
    let framewise: String, swift: String, libtorch: String, ffmpeg: String, jemalloc: String
    let nativeBf16: Bool, cudaDevices: Int, device: String
  }

  @Test("With --json the same as JSON, wherever the options stand", arguments: [[], ["fit"]])
  func json(command: [String]) async throws {
    let outcome = try await CommandLineRunner.run(command + ["--version", "--json"])
    #expect(outcome.exitCode == 0 && outcome.messages.isEmpty)
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let facts = try decoder.decode(Facts.self, from: Data(outcome.output.utf8))
    #expect(facts.framewise == Framewise.version && facts.cudaDevices >= 0)
    #expect(facts.device.hasPrefix(facts.cudaDevices == 0 ? "cpu" : "cuda:"))
    for version in [facts.libtorch, facts.ffmpeg, facts.jemalloc] { #expect(version.contains(/\d+\.\d+/)) }
    // The language mode, which is no compiler's version, would be 6.0.
    let compiler = facts.swift.split(separator: ".").compactMap { Int($0) }
    #expect(compiler.count == 3 && !compiler.lexicographicallyPrecedes([6, 1]))
  }

  @Test("No other command asks for what only --version prints: CUDA's library, say, which takes long to load")
  func costsOthersNothing() async throws {
    func opensCUDA(_ argument: String) async throws -> Bool {
      let outcome = try await CommandLineRunner.run([argument], environment: ["LD_DEBUG": "files"])
      #expect(outcome.exitCode == 0)
      // Linked to it, as with a libtorch for CUDA, it is "needed by" the program.
      return outcome.messages.contains(/libtorch_cuda\.so \[\d+\]; +dynamically loaded/)
    }
    #expect(try await opensCUDA("--version"))
    #expect(try await !opensCUDA("--help"))
  }

  @Test("The changelog begins with this version")
  func changelog() throws {
    let text = try String(contentsOfFile: Repository.path("CHANGELOG.md"), encoding: .utf8)
    let first = try #require(text.split(separator: "\n").first { $0.hasPrefix("## ") })
    #expect(first.hasPrefix("## [\(Framewise.version)]"))
  }
}
