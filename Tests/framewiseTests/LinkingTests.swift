import Foundation
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

  /// The libraries that a program names.
  private func needed(by program: String) throws -> [Substring] {
    let readelf = Process()
    readelf.executableURL = URL(filePath: "/usr/bin/env")
    readelf.arguments = [
      "readelf", "--dynamic", "--wide", Bundle.main.bundleURL.appending(path: program).path,
    ]
    let output = Pipe()
    readelf.standardOutput = output
    try readelf.run()
    let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    readelf.waitUntilExit()
    return text.split(separator: "\n").filter { $0.contains("(NEEDED)") }
  }
}
