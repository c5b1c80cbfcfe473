import Foundation
import Storage
import SystemPackage
import Testing

@Suite struct AvailableMemoryTests {
  /// What is left where the kernel's files say this, one set of them after the other written over the one before.
  private func bytes(_ steps: [String: String]...) throws -> [Int?] {
    try withTemporaryFolder { folder in
      try steps.map { files in
        for (name, text) in files {
          let path = folder.appending(name)
          try Folder.create(path.removingLastComponent())
          try AtomicFile.write(text, to: path)
        }
        return AvailableMemory.bytes(root: folder)
      }
    }
  }

  private let meminfo = "MemTotal:       32000 kB\nMemFree:  10 kB\nMemAvailable:    8000 kB\nCached: 7 kB\n"

  @Test("Without limits it is what the machine has left; where nobody says, nothing is guessed")
  func machine() throws {
    #expect(try bytes([:], ["proc/meminfo": meminfo]) == [nil, 8000 * 1024])
  }

  @Test("The tightest control group on the way up counts, in version 2, with what it has used taken off")
  func second() throws {
    #expect(
      try bytes([
        "proc/meminfo": meminfo, "proc/self/cgroup": "0::/job/step\n",
        "sys/fs/cgroup/job/step/memory.max": "max\n", "sys/fs/cgroup/job/step/memory.current": "5\n",
        "sys/fs/cgroup/job/memory.max": "3000\n", "sys/fs/cgroup/job/memory.current": "1000\n",
      ]) == [2000])
  }

  @Test("Version 1 too, also where the path is the host's and the mount is the container's")
  func first() throws {
    let limit = "sys/fs/cgroup/memory/memory.limit_in_bytes"
    #expect(
      try bytes(
        [
          "proc/meminfo": meminfo, "proc/self/cgroup": "5:cpu:/a\n4:memory:/docker/abc\n0::/\n",
          limit: "4096000\n", "sys/fs/cgroup/memory/memory.usage_in_bytes": "96000\n",
        ],
        // A group that says almost 2⁶³ has no limit; more in use than is allowed leaves nothing.
        [limit: "9223372036854771712\n"], [limit: "5\n"]) == [4_000_000, 8000 * 1024, 0])
  }
}
