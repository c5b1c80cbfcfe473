import CSandbox
import Glibc
package import Storage
package import SystemPackage

/// One worker: a process that reads a video at a time. Owned by one supervisor; ends with it.
final class WorkerProcess {
  /// What came of waiting for an answer.
  enum Event {
    /// Nothing whole yet.
    case nothing
    case greeting(WorkerGreeting)
    case answer(Parcel)
    /// It said what makes no sense.
    case nonsense
    /// Its end of the socket is closed.
    case gone
  }

  private let socket: OwnedDescriptor
  private let pid: pid_t
  private var received: [UInt8] = []
  private(set) var hasGreeted = false
  private var hasEnded = false

  /// Starts `program` with nothing of this process's but the socket.
  ///
  /// - Parameter memory: bytes of data that it may have.
  init(_ program: FilePath, memory: Int) throws(WorkerError) {
    var ends: [Int32] = [-1, -1]
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
      throw .cannotStart(program, Errno(rawValue: errno))
    }
    let own = OwnedDescriptor(FileDescriptor(rawValue: ends[0]))
    defer { close(ends[1]) }
    let (status, pid) = Self.spawn(program, [program.string, "\(memory)"], socket: ends[1])
    guard status == 0 else { throw .cannotStart(program, Errno(rawValue: status)) }
    socket = own
    self.pid = pid
  }

  deinit { if !hasEnded { end() } }

  var descriptor: Int32 { socket.descriptor.rawValue }

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

  /// Hands over a video; false when the worker is gone.
  ///
  /// - Parameter processorTime: seconds of computing after which the kernel ends the worker.
  func send(_ request: VideoRequest, file: FileDescriptor, processorTime: Double) -> Bool {
    let limit = (processorSeconds ?? 0) + processorTime
    _ = fw_limit_processor_time(pid, rlim_t(limit.rounded(.up)) + 1)
    let bytes = request.parcel.bytes
    var sent = bytes.withUnsafeBytes { fw_send_file(descriptor, $0.baseAddress, $0.count, file.rawValue) }
    guard sent > 0 else { return false }
    while sent < bytes.count {
      let more = bytes.withUnsafeBytes {
        Glibc.send(
          descriptor, $0.baseAddress?.advanced(by: sent), $0.count - sent, Int32(MSG_NOSIGNAL))
      }
      if more < 0 && errno == EINTR { continue }
      guard more > 0 else { return false }
      sent += more
    }
    return true
  }

  /// The next of what has come, without waiting.
  func receive() -> Event {
    var chunk: [UInt8] = []
    while true {
      if let event = takeEvent() { return event }
      if chunk.isEmpty { chunk = [UInt8](repeating: 0, count: 1 << 16) }
      let count = recv(descriptor, &chunk, chunk.count, Int32(MSG_DONTWAIT))
      if count < 0 && errno == EINTR { continue }
      if count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) { return .nothing }
      guard count > 0 else { return .gone }
      received += chunk[..<count]
    }
  }

  /// What the bytes that are here make; nil when there are not enough of them. Greeting and first answer may come
  /// together.
  private func takeEvent() -> Event? {
    guard received.count >= Parcel.prefixBytes else { return nil }
    guard let prefix = Parcel.Prefix(received[..<Parcel.prefixBytes]) else { return .nonsense }
    guard received.count >= prefix.total else { return nil }
    // After its answer it has nothing to say.
    guard let parcel = Parcel(received[..<prefix.total]), !hasGreeted || received.count == prefix.total else {
      return .nonsense
    }
    received.removeFirst(prefix.total)
    return event(parcel)
  }

  private func event(_ parcel: Parcel) -> Event {
    if hasGreeted { return .answer(parcel) }
    guard let greeting = try? JSONText.decode(WorkerGreeting.self, from: parcel.header) else {
      return .nonsense
    }
    hasGreeted = true
    return .greeting(greeting)
  }

  /// Seconds for which it has computed so far; nil when it is gone.
  var processorSeconds: Double? {
    var clock = clockid_t()
    var time = timespec()
    guard clock_getcpuclockid(pid, &clock) == 0, clock_gettime(clock, &time) == 0 else { return nil }
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// Ends the process, and says how it ended.
  ///
  /// - Parameter patience: milliseconds in which it may end by itself.
  @discardableResult
  func end(patience: Int = 0) -> WorkerEnd {
    hasEnded = true
    var status: Int32 = 0
    var usage = rusage()
    for _ in 0..<patience {
      if wait4(pid, &status, WNOHANG, &usage) == pid {
        return WorkerEnd(waitStatus: status, usage: usage, isForced: false)
      }
      usleep(1000)
    }
    kill(pid, SIGKILL)
    while wait4(pid, &status, 0, &usage) < 0 && errno == EINTR {}
    return WorkerEnd(waitStatus: status, usage: usage, isForced: true)
  }
}

/// How a worker ended.
struct WorkerEnd: Equatable {
  /// 0 when it left by itself.
  var signal: Int32
  var exitCode: Int32
  /// Bytes of memory that it had at once; nil where this process itself had as much, which the kernel counts in.
  var peakMemory: Int?
  /// The supervisor ended it.
  var isForced: Bool

  init(waitStatus: Int32, usage: rusage, isForced: Bool) {
    self.isForced = isForced
    signal = waitStatus & 0x7F
    exitCode = waitStatus >> 8 & 0xFF
    // Started like `vfork`, it began with this process's memory, and with its peak.
    peakMemory = usage.ru_maxrss > fw_own_peak_memory() ? usage.ru_maxrss * 1024 : nil
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

/// Workers that cannot work, whatever the video.
package enum WorkerError: ReportableError, Equatable {
  case missing(FilePath)
  case cannotStart(FilePath, Errno)
  /// It ended, time and again, before it was ready.
  case neverReady(FilePath, String)

  package var kind: ErrorKind {
    switch self {
    case .missing, .neverReady: .internal
    case .cannotStart(_, let reason):
      [.noMemory, .resourceTemporarilyUnavailable].contains(reason) ? .resumable : .internal
    }
  }

  package var description: String {
    switch self {
    case .missing(let program):
      "\(program) is missing: extract reads videos in processes of this program, which belongs beside framewise"
    case .cannotStart(let program, let reason): "\(program): cannot be started: \(reason)"
    case .neverReady(let program, let end): "\(program): is never ready: \(end)"
    }
  }
}
