import Glibc

/// How many files, sockets and the like this process, and what it becomes, may have open.
package enum OpenFiles {
  private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)

  private static var limits: rlimit {
    var limits = rlimit()
    return getrlimit(resource, &limits) == 0 ? limits : rlimit(rlim_cur: .max, rlim_max: .max)
  }

  /// As many as it may allow itself.
  package static var most: Int { Int(clamping: limits.rlim_max) }

  /// Allows itself so many, where it may and has fewer.
  package static func allow(_ count: Int) {
    var limits = limits
    guard limits.rlim_cur < count else { return }
    limits.rlim_cur = min(rlim_t(count), limits.rlim_max)
    setrlimit(resource, &limits)
  }
}
