import CSandbox
import Glibc

/// The filters of the sandbox: of several, the kernel does what the strictest says.
extension Sandbox {
  /// Forbids all but what reading and splitting off take.
  ///
  /// - Returns: 0, or a negative error number.
  static func filterSystemCalls() -> Int32 {
    load(SCMP_ACT_KILL_PROCESS) { rule in
      for name in allowed { rule(SCMP_ACT_ALLOW, name, []) }
      let isNotExecutable = scmp_arg_cmp(
        arg: 2, op: SCMP_CMP_MASKED_EQ, datum_a: UInt64(PROT_EXEC), datum_b: 0)
      rule(SCMP_ACT_ALLOW, "mprotect", [isNotExecutable])
      // Neither what is shared nor what grows like a stack counts as data, and so would have no limit.
      let isData = scmp_arg_cmp(
        arg: 3, op: SCMP_CMP_MASKED_EQ, datum_a: FW_MAP_KIND, datum_b: UInt64(MAP_PRIVATE))
      rule(SCMP_ACT_ALLOW, "mmap", [isNotExecutable, isData])
      // Threads of this process, for a decoder that cannot do without; of processes only what splits off.
      rule(
        SCMP_ACT_ALLOW, "clone",
        [scmp_arg_cmp(arg: 0, op: SCMP_CMP_MASKED_EQ, datum_a: FW_CLONE_THREAD, datum_b: FW_CLONE_THREAD)])
      rule(SCMP_ACT_ALLOW, "clone", [splittingOff])
      // A filter cannot see what clone3 is asked for; the C library takes clone where there is no clone3.
      rule(fw_seccomp_refuse(UInt16(ENOSYS)), "clone3", [])
      // Asked by libraries that get along without an answer. (`newfstatat` is how newer C libraries say `fstat`; a filter
      // cannot see whether it names a path.)
      for name in ["newfstatat", "ioctl", "prlimit64", "sched_setaffinity", "uname", "get_mempolicy"] {
        rule(fw_seccomp_refuse(UInt16(EPERM)), name, [])
      }
      rule(SCMP_ACT_ALLOW, "prctl", [dyingWithParent])
      rule(
        fw_seccomp_refuse(UInt16(EPERM)), "prctl",
        [scmp_arg_cmp(arg: 0, op: SCMP_CMP_NE, datum_a: UInt64(FW_DIE_WITH_PARENT), datum_b: 0)])
      rule(SCMP_ACT_ALLOW, "seccomp", [])
      // As `abort` does. Any other signal might pass for one from outside.
      rule(
        SCMP_ACT_ALLOW, "tgkill",
        [scmp_arg_cmp(arg: 2, op: SCMP_CMP_EQ, datum_a: UInt64(SIGABRT), datum_b: 0)])
    }
  }

  /// Forbids what the first filter leaves to the process that others are split off from.
  ///
  /// - Returns: 0, or a negative error number.
  static func filterSplitting() -> Int32 {
    load(SCMP_ACT_ALLOW) { rule in
      rule(SCMP_ACT_KILL_PROCESS, "clone", [splittingOff])
      rule(SCMP_ACT_KILL_PROCESS, "prctl", [dyingWithParent])
      rule(SCMP_ACT_KILL_PROCESS, "seccomp", [])
      // Only to itself.
      rule(
        SCMP_ACT_KILL_PROCESS, "tgkill",
        [scmp_arg_cmp(arg: 0, op: SCMP_CMP_NE, datum_a: UInt64(getpid()), datum_b: 0)])
    }
  }

  private static let splittingOff = scmp_arg_cmp(
    arg: 0, op: SCMP_CMP_EQ, datum_a: FW_CLONE_SIBLING, datum_b: 0)
  private static let dyingWithParent = scmp_arg_cmp(
    arg: 0, op: SCMP_CMP_EQ, datum_a: UInt64(FW_DIE_WITH_PARENT), datum_b: 0)

  /// - Parameters:
  ///   - action: what happens to a call without a rule.
  ///   - describe: is given what adds a rule, for a call with such arguments.
  private static func load(
    _ action: UInt32,
    _ describe: ((_ action: UInt32, _ name: String, _ arguments: [scmp_arg_cmp]) -> Void) -> Void
  ) -> Int32 {
    guard let filter = seccomp_init(action) else { return -ENOMEM }
    defer { seccomp_release(filter) }
    // That there are no new rights has been said once.
    var status = seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0)
    describe { action, name, conditions in
      let number = seccomp_syscall_resolve_name(name)
      // What this processor has no such call for needs no rule.
      guard status == 0, number >= 0 else { return }
      status = seccomp_rule_add_array(filter, action, number, UInt32(conditions.count), conditions)
    }
    return status == 0 ? seccomp_load(filter) : status
  }

  private static let allowed = [
    // What is open.
    "read", "readv", "pread64", "write", "writev", "recvmsg", "lseek", "fstat", "dup2", "dup3",
    "close",
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
