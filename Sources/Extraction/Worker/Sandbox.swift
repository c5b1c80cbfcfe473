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
enum Sandbox {
  enum Outcome: Equatable {
    case filtered
    /// The kernel does not filter system calls: only the limits hold.
    case limited(reason: String)
  }

  /// Closes the sandbox around the whole process, for good.
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

  /// 0, or a negative error number.
  private static func filterSystemCalls() -> Int32 {
    guard let filter = seccomp_init(SCMP_ACT_KILL_PROCESS) else { return -ENOMEM }
    defer { seccomp_release(filter) }
    var status: Int32 = 0
    func rule(_ action: UInt32, _ name: String, _ conditions: [scmp_arg_cmp] = []) {
      let number = seccomp_syscall_resolve_name(name)
      // What this processor has no such call for needs no rule.
      guard status == 0, number >= 0 else { return }
      status = seccomp_rule_add_array(filter, action, number, UInt32(conditions.count), conditions)
    }
    for name in allowed { rule(SCMP_ACT_ALLOW, name) }
    let isNotExecutable = scmp_arg_cmp(
      arg: 2, op: SCMP_CMP_MASKED_EQ, datum_a: UInt64(PROT_EXEC), datum_b: 0)
    rule(SCMP_ACT_ALLOW, "mprotect", [isNotExecutable])
    // Neither what is shared nor what grows like a stack counts as data, and so would have no limit.
    let isData = scmp_arg_cmp(
      arg: 3, op: SCMP_CMP_MASKED_EQ, datum_a: FW_MAP_KIND, datum_b: UInt64(MAP_PRIVATE))
    rule(SCMP_ACT_ALLOW, "mmap", [isNotExecutable, isData])
    // How newer C libraries say `fstat`: of an open file, not of a path.
    rule(
      SCMP_ACT_ALLOW, "newfstatat",
      [scmp_arg_cmp(arg: 3, op: SCMP_CMP_EQ, datum_a: UInt64(FW_THE_FILE_ITSELF), datum_b: 0)])
    // Threads of this process, for a decoder that cannot do without; not processes.
    rule(
      SCMP_ACT_ALLOW, "clone",
      [scmp_arg_cmp(arg: 0, op: SCMP_CMP_MASKED_EQ, datum_a: FW_CLONE_THREAD, datum_b: FW_CLONE_THREAD)])
    // A filter cannot see what clone3 is asked for; the C library takes clone where there is no clone3.
    rule(fw_seccomp_refuse(UInt16(ENOSYS)), "clone3")
    // Asked by libraries that get along without an answer.
    for name in ["prctl", "ioctl", "prlimit64", "sched_setaffinity", "uname", "get_mempolicy"] {
      rule(fw_seccomp_refuse(UInt16(EPERM)), name)
    }
    // Only to itself, as `abort` does.
    let own = scmp_arg_cmp(arg: 0, op: SCMP_CMP_EQ, datum_a: UInt64(getpid()), datum_b: 0)
    rule(SCMP_ACT_ALLOW, "tgkill", [own])
    return status == 0 ? seccomp_load(filter) : status
  }

  private static let allowed = [
    // What is open.
    "read", "readv", "pread64", "write", "writev", "recvmsg", "lseek", "fstat", "close",
    // Memory.
    "brk", "munmap", "mremap", "madvise", "membarrier",
    // Time, chance, threads.
    "clock_gettime", "clock_getres", "gettimeofday", "time", "nanosleep", "clock_nanosleep", "getrandom",
    "futex", "set_robust_list", "rseq", "sched_yield", "sched_getaffinity", "getcpu", "getrusage", "sysinfo",
    "getpid", "gettid", "restart_syscall", "exit", "exit_group",
    // Signals to itself.
    "rt_sigreturn", "rt_sigprocmask", "rt_sigaction", "sigaltstack",
  ]
}
