import Foundation
import SystemPackage
import Testing

@Suite("What the programs are linked to") struct LinkingTests {
  @Test("A program that only trains needs no media library")
  func trainingBenchmark() throws {
    let needed = try needed(by: "training-benchmark")
    #expect(needed.contains { $0.contains("libtorch") })
    // FFmpeg's; Swift's own begin with libsw, too.
    let media = needed.filter { line in
      ["[libav", "[libswscale", "[libswresample"].contains { line.contains($0) }
    }
    #expect(media.isEmpty)
  }

  @Test("What reads videos needs no libtorch, which takes half a second to load")
  func extractWorker() throws {
    let needed = try needed(by: "framewise-extract-worker")
    #expect(needed.contains { $0.contains("[libavformat") } && needed.contains { $0.contains("[libseccomp") })
    #expect(!needed.contains { $0.contains("torch") || $0.contains("libc10") })
  }

  @Test("The server is a program of its own: no other carries HTTP")
  func server() throws {
    func carriesHTTP(_ program: String) throws -> Bool {
      let path = Bundle.main.bundleURL.appending(path: program)
      return try Data(contentsOf: path, options: .alwaysMapped).range(of: Data("NIOHTTP1".utf8)) != nil
    }
    #expect(try carriesHTTP("framewise-serve"))
    #expect(try !carriesHTTP("framewise") && !carriesHTTP("framewise-extract-worker"))
  }

  @Test("Nothing of FFmpeg is called where videos are found, asked for and stored: only where the sandbox is")
  func calls() async throws {
    let folder = try TemporaryFolder()
    // What draws videos writes them with these libraries, which shows that calls are seen.
    let drawing = try await mediaCalls(
      "synth", "--out", folder("set"), "--videos", "6", "--classes", "4", "--test", "2", "--seconds",
      "0.5...1")
    #expect(drawing.contains("avformat_write_header"))
    let videos = ["--videos", folder("set/videos"), "--annotations", folder("set/labeled.json")]
    #expect(try await mediaCalls(["validate"] + videos).isEmpty)
    #expect(try await mediaCalls(["extract", "--out", folder("frames")] + videos).isEmpty)
  }

  /// The functions of FFmpeg's libraries that `framewise` itself calls. The loader finds each when it is called for the
  /// first time, and says so where it is asked to; workers have another environment.
  private func mediaCalls(_ arguments: [String]) async throws -> Set<Substring> {
    let folder = try TemporaryFolder()
    let outcome = try await CommandLineRunner.run(
      arguments, environment: ["LD_DEBUG": "bindings", "LD_DEBUG_OUTPUT": folder("calls")])
    #expect(outcome.exitCode == 0, "\(outcome.messages)")
    let reports = try FileManager.default.contentsOfDirectory(atPath: folder.path.string)
      .filter { $0.hasPrefix("calls") }
    let lines = try output(
      of: ["grep", "-E", #"framewise \[0\] to .*/lib(av|sw)(format|codec|util|scale)\.so"#]
        + reports.map { folder($0) })
    return Set(lines.matches(of: /symbol `([a-z0-9_]+)'/).map(\.output.1))
  }

  private func mediaCalls(_ arguments: String...) async throws -> Set<Substring> {
    try await mediaCalls(arguments)
  }

  /// The libraries that a program names.
  private func needed(by program: String) throws -> [Substring] {
    let path = Bundle.main.bundleURL.appending(path: program).path
    return try output(of: ["readelf", "--dynamic", "--wide", path]).split(separator: "\n").filter {
      $0.contains("(NEEDED)")
    }
  }

  private func output(of command: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = command
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    return text
  }
}
