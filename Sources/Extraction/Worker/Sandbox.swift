import CSandbox
import Glibc
import Storage
import SystemPackage

/// Takes from this process what reading a video that is open already does not need.
///
/// Afterwards it can compute, read and write what it has open, and allocate up to a limit. It cannot open a file,
/// not even to read it, make a socket, start a program or another process, make memory executable, send signals to
/// others, or look at the system. Whoever takes it over through a hole in a decoder has the file that did it, the
/// frames of that file, and a socket that takes one answer.
///
/// It is closed in two steps: around the process that others are split off from, which reads no video, and then around
/// each of those, before it reads one.
enum Sandbox {
  enum Outcome: Equatable {
    case filtered
    /// The kernel does not filter system calls: only the limits hold.
    case limited(reason: String)
  }

  /// Closes the sandbox around the whole process, but for splitting off others, which are in it from the start.
  ///
  /// - Parameter memory: bytes of data (heap and private mappings) that the process may have. Its stack, 8 MiB, is
  ///   counted apart. Addresses are limited, too, to a gigabyte more than it has now and may fill: what is only
  ///   reserved is no data, but the kernel keeps tables of it.
  /// - Throws: where not even the limits can be set.
  static func close(memory: Int) throws(Refusal) -> Outcome {
    try require(fw_die_with_parent(), "prctl(PR_SET_PDEATHSIG)")
    try require(fw_forbid_new_rights(), "prctl(PR_SET_NO_NEW_PRIVS)")
    var limits = [
      (FW_LIMIT_DATA, memory), (FW_LIMIT_STACK, stack), (FW_LIMIT_CORE, 0), (FW_LIMIT_FILE_SIZE, 0),
      (FW_LIMIT_OPEN_FILES, 16),
    ]
    if let addressSpace { limits.append((FW_LIMIT_ADDRESSES, addressSpace + memory + stack + 1 << 30)) }
    for (resource, limit) in limits {
      try require(fw_limit(resource, rlim_t(limit)), "setrlimit")
    }
    let status = filterSystemCalls()
    return status == 0 ? .filtered : .limited(reason: String(cString: strerror(-status)))
  }

  /// Closes what is left open for the process that this one was split off from.
  static func closeForGood(_ outcome: Outcome) throws(Refusal) {
    // Not inherited.
    try require(fw_die_with_parent(), "prctl(PR_SET_PDEATHSIG)")
    guard outcome == .filtered else { return }
    let status = filterSplitting()
    guard status == 0 else { throw Refusal(description: "seccomp: \(String(cString: strerror(-status)))") }
  }

  /// Bytes; as much as the main thread has by default, and more than any decoder takes.
  private static let stack = 8 << 20

  /// Bytes of addresses that this process has now; nil where the kernel does not say.
  private static var addressSpace: Int? {
    guard let text = try? Files.read("/proc/self/statm", limit: 1 << 10) else { return nil }
    let pages = String(decoding: text, as: UTF8.self).prefix { $0 != " " }
    return Int(pages).map { $0 * Int(getpagesize()) }
  }

  struct Refusal: Error, CustomStringConvertible {
    var description: String
  }

  private static func require(_ status: Int32, _ call: String) throws(Refusal) {
    guard status == 0 else { throw Refusal(description: "\(call): \(String(cString: strerror(errno)))") }
  }
}
