import Foundation
import Testing

@Suite("What the programs are linked to") struct LinkingTests {
  @Test("A program that only trains needs no media library")
  func trainingBenchmark() throws {
    let program = Bundle.main.bundleURL.appending(path: "training-benchmark")
    let readelf = Process()
    readelf.executableURL = URL(filePath: "/usr/bin/env")
    readelf.arguments = ["readelf", "--dynamic", "--wide", program.path]
    let output = Pipe()
    readelf.standardOutput = output
    try readelf.run()
    let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    readelf.waitUntilExit()
    let needed = text.split(separator: "\n").filter { $0.contains("(NEEDED)") }
    #expect(needed.contains { $0.contains("libtorch") }, "\(text)")
    // FFmpeg's; Swift's own begin with libsw, too.
    let media = needed.filter { line in
      ["[libav", "[libswscale", "[libswresample"].contains { line.contains($0) }
    }
    #expect(media.isEmpty)
  }
}
