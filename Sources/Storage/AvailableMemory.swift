package import SystemPackage

/// How much memory this process may still take, as Linux says it.
package enum AvailableMemory {
  /// Bytes that can be had without swapping: what the machine has left (`MemAvailable`) or, if that is less, what the
  /// limits of the process's control groups (versions 1 and 2, those above included) leave. nil where nobody says.
  ///
  /// - Parameter root: of the file system that holds `proc` and `sys`; tests make their own.
  package static func bytes(root: FilePath = "/") -> Int? {
    ([machine(root)] + groups(root)).compactMap { $0 }.min()
  }

  private static func machine(_ root: FilePath) -> Int? {
    for line in text(root.appending("proc/meminfo")).split(separator: "\n")
    where line.hasPrefix("MemAvailable:") {
      let fields = line.split(separator: " ")
      return fields.count == 3 ? Int(fields[1]).map { $0 * 1024 } : nil
    }
    return nil
  }

  /// What each group on the way up to the root leaves.
  private static func groups(_ root: FilePath) -> [Int?] {
    text(root.appending("proc/self/cgroup")).split(separator: "\n").flatMap { line -> [Int?] in
      // `0::/user.slice/a` in version 2, `4:memory:/docker/a` in version 1.
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { return [] }
      let isSecond = fields[0] == "0" && fields[1].isEmpty
      guard isSecond || fields[1].split(separator: ",").contains("memory") else { return [] }
      let mount = root.appending(isSecond ? "sys/fs/cgroup" : "sys/fs/cgroup/memory")
      let names =
        isSecond ? ("memory.max", "memory.current") : ("memory.limit_in_bytes", "memory.usage_in_bytes")
      var parts = fields[2].split(separator: "/").map(String.init)
      var left: [Int?] = []
      while true {
        // Inside a container the path is often that of the host; then the mount itself is the group.
        let folder = parts.reduce(mount) { $0.appending($1) }
        if let limit = number(folder.appending(names.0)), let used = number(folder.appending(names.1)) {
          left.append(max(0, limit - used))
        }
        if parts.isEmpty { return left }
        parts.removeLast()
      }
    }
  }

  /// nil for `max`, and for what is not there.
  private static func number(_ path: FilePath) -> Int? {
    Int(text(path).split(separator: "\n").first ?? "")
  }

  private static func text(_ path: FilePath) -> String {
    (try? Files.read(path, limit: 1 << 20)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }
}
