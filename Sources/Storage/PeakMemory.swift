import Glibc

/// How much memory this process has had.
package enum PeakMemory {
  /// Bytes at once since it began.
  package static func bytes() -> Int {
    var usage = rusage()
    guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
    return usage.ru_maxrss * 1024
  }
}
