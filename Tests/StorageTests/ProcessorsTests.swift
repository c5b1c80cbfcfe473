import Foundation
import Glibc
import Testing

@testable import Storage

@Suite("Processors that this process may run on")
struct ProcessorsTests {
  @Test("the affinity mask counts, not the machine")
  func affinity() throws {
    let taskset = Process()
    taskset.executableURL = URL(filePath: "/usr/bin/env")
    taskset.arguments = ["taskset", "--cpu-list", "--pid", "\(getpid())"]
    let output = Pipe()
    taskset.standardOutput = output
    try taskset.run()
    let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    taskset.waitUntilExit()
    // "pid 12's current affinity list: 0,2-3"
    let count = try #require(text.split(separator: ":").last.flatMap { Processors.count($0) })
    #expect(Processors.available <= count && Processors.available >= 1)
    if !FileManager.default.fileExists(atPath: "/sys/fs/cgroup/cpu.max") {
      #expect(Processors.available == count)
    }
  }

  @Test(
    "a list of processors is counted",
    arguments: [
      ("0", 1), ("\t0-3\n", 4), ("0,2-5,63", 6), ("", nil), ("1-", nil), ("3-1", nil), ("a", nil),
    ])
  func list(text: String, processors: Int?) {
    #expect(Processors.count(text[...]) == processors)
  }

  @Test(
    "a control group's quota is rounded up",
    arguments: [
      ("150000 100000\n", 2), ("100000 100000\n", 1), ("5000 100000\n", 1), ("max 100000\n", nil), ("", nil),
      ("0 0", nil),
    ])
  func quota(text: String, processors: Int?) {
    #expect(Processors.quota(text[...]) == processors)
  }
}
