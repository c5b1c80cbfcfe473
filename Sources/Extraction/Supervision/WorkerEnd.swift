import Glibc

/// How a worker ended.
struct WorkerEnd: Equatable {
  /// 0 when it left by itself.
  var signal: Int32
  var exitCode: Int32
  /// Bytes of memory that it had at once.
  var peakMemory: Int
  /// The supervisor ended it.
  var isForced: Bool

  init(waitStatus: Int32, usage: rusage, isForced: Bool) {
    self.isForced = isForced
    signal = waitStatus & 0x7F
    exitCode = waitStatus >> 8 & 0xFF
    peakMemory = usage.ru_maxrss * 1024
  }

  /// Ends process `pid`, a child of this one, and waits for its end.
  ///
  /// - Parameters:
  ///   - patience: milliseconds in which it may end by itself.
  ///   - group: whether the processes of the group that it leads are ended with it.
  static func of(_ pid: pid_t, patience: Int, group: Bool = false) -> WorkerEnd {
    let isForced = !hasEnded(pid, patience: patience)
    // As long as nobody has asked how it ended, its number is no other process's or group's.
    if isForced { kill(pid, SIGKILL) }
    if group { kill(-pid, SIGKILL) }
    var status: Int32 = 0
    var usage = rusage()
    while wait4(pid, &status, 0, &usage) < 0 && errno == EINTR {}
    return WorkerEnd(waitStatus: status, usage: usage, isForced: isForced)
  }

  private static func hasEnded(_ pid: pid_t, patience: Int) -> Bool {
    for _ in 0..<patience {
      var information = siginfo_t()
      guard waitid(P_PID, id_t(pid), &information, WEXITED | WNOHANG | WNOWAIT) == 0 else { return true }
      if information.si_signo == SIGCHLD { return true }
      usleep(1000)
    }
    return false
  }

  /// Whether something other than what it read ended it: a person, or the kernel for want of memory. (It cannot
  /// send these to itself.)
  var isFromOutside: Bool { !isForced && [SIGKILL, SIGTERM, SIGINT, SIGHUP].contains(signal) }

  /// For the ledger.
  var description: String {
    switch signal {
    case _ where isForced: "its reader fell silent"
    case 0: "its reader gave up (exit code \(exitCode))"
    case SIGSYS: "its reader tried what it may not do (SIGSYS)"
    default: "its reader crashed (\(Self.names[signal] ?? "signal \(signal)"))"
    }
  }

  private static let names: [Int32: String] = [
    SIGSEGV: "SIGSEGV", SIGBUS: "SIGBUS", SIGILL: "SIGILL", SIGTRAP: "SIGTRAP", SIGABRT: "SIGABRT",
    SIGFPE: "SIGFPE", SIGXCPU: "SIGXCPU", SIGXFSZ: "SIGXFSZ", SIGPIPE: "SIGPIPE",
  ]
}
