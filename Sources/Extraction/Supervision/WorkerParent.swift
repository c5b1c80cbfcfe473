import CSandbox
import Glibc
import Storage
import SystemPackage

/// A process that reads no video, and that workers are split off from: ready, in its sandbox, and untouched. They are
/// children of this process, as it is itself, and in its process group.
final class WorkerParent {
  let pid: pid_t
  private let socket: OwnedDescriptor
  /// Workers that were ended, and that the kernel has not cleared away yet.
  private var ending: [pid_t] = []
  private(set) var hasEnded = false

  /// Starts `program` with nothing of this process's but a socket.
  ///
  /// - Parameter memory: bytes of data that it, and each of its workers, may have.
  init(_ program: FilePath, memory: Int) throws(WorkerError) {
    guard let ends = socketPair() else { throw .cannotStart(program, Errno(rawValue: errno)) }
    socket = ends.own
    let (status, pid) = Self.spawn(
      program, [program.string, "\(memory)"], socket: ends.other.descriptor.rawValue)
    self.pid = pid
    guard status == 0 else {
      hasEnded = true
      throw .cannotStart(program, Errno(rawValue: status))
    }
  }

  deinit { if !hasEnded { end() } }

  /// Has a worker split off that answers over the other end of the socket that is returned; nil when this is gone.
  func split() -> OwnedDescriptor? {
    reap()
    guard !hasEnded, let ends = socketPair() else { return nil }
    var byte: UInt8 = 0
    guard fw_send_file(socket.descriptor.rawValue, &byte, 1, ends.other.descriptor.rawValue) == 1 else {
      return nil
    }
    return ends.own
  }

  /// Whether `pid` was split off here.
  func owns(_ pid: pid_t) -> Bool { pid > 1 && pid != self.pid && getpgid(pid) == self.pid }

  /// Ends a worker whose end nobody asks for, without waiting until the kernel has cleared it away.
  func abandon(_ pid: pid_t) {
    kill(pid, SIGKILL)
    ending.append(pid)
  }

  private func reap() { ending.removeAll { waitpid($0, nil, WNOHANG) != 0 } }

  /// Ends it and all its workers, and says how it ended itself.
  ///
  /// - Parameter patience: milliseconds in which it may end by itself.
  @discardableResult
  func end(patience: Int = 0) -> WorkerEnd {
    hasEnded = true
    let end = WorkerEnd.of(pid, patience: patience, group: true)
    while waitpid(-pid, nil, 0) > 0 || errno == EINTR {}
    return end
  }

  private static func spawn(_ program: FilePath, _ arguments: [String], socket: Int32) -> (Int32, pid_t) {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, socket, STDIN_FILENO)
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1)
    posix_spawn_file_actions_addchdir_np(&actions, "/")

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // A group of its own: Ctrl-C is for the supervisor, which then ends its workers.
    posix_spawnattr_setpgroup(&attributes, 0)
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    // No secrets: of the environment only where the loader finds libraries.
    var environment = ["LC_ALL=C", "SWIFT_BACKTRACE=enable=no"]
    if let path = getenv("LD_LIBRARY_PATH") { environment.append("LD_LIBRARY_PATH=" + String(cString: path)) }
    let words = (arguments.map { strdup($0) } + [nil], environment.map { strdup($0) } + [nil])
    defer { for word in words.0 + words.1 { free(word) } }
    var pid: pid_t = 0
    let status = posix_spawn(&pid, program.string, &actions, &attributes, words.0, words.1)
    return (status, pid)
  }
}

/// Two ends of one connection.
private struct SocketPair: ~Copyable {
  let own: OwnedDescriptor
  let other: OwnedDescriptor
}

/// Nil with `errno`.
private func socketPair() -> SocketPair? {
  var ends: [Int32] = [-1, -1]
  let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
  guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { return nil }
  return SocketPair(
    own: OwnedDescriptor(FileDescriptor(rawValue: ends[0])),
    other: OwnedDescriptor(FileDescriptor(rawValue: ends[1])))
}
