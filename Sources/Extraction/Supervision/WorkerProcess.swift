import CSandbox
import Glibc
import Storage
import SystemPackage

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

  let parent: WorkerParent
  private let socket: OwnedDescriptor
  /// Known from its greeting on.
  private var pid: pid_t?
  private var received: [UInt8] = []
  private var hasEnded = false
  /// Seconds of computing that it may have for the video that it was given before its process was known.
  private var processorTime = 0.0

  /// Has it split off from `parent`; nil when that is gone.
  init?(of parent: WorkerParent) {
    guard let socket = parent.split() else { return nil }
    self.parent = parent
    self.socket = socket
  }

  deinit { if !hasEnded { abandon() } }

  var descriptor: Int32 { socket.descriptor.rawValue }

  var hasGreeted: Bool { pid != nil }

  /// Hands over a video; false when the worker is gone.
  ///
  /// - Parameter processorTime: seconds of computing after which the kernel ends the worker.
  func send(_ request: VideoRequest, file: FileDescriptor, processorTime: Double) -> Bool {
    self.processorTime = processorTime
    limitProcessorTime()
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

  private func limitProcessorTime() {
    guard let pid else { return }
    let limit = (processorSeconds ?? 0) + processorTime
    _ = fw_limit_processor_time(pid, rlim_t(limit.rounded(.up)) + 1)
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
    if received.count == prefix.total { received = [] } else { received.removeFirst(prefix.total) }
    return event(parcel)
  }

  private func event(_ parcel: Parcel) -> Event {
    if hasGreeted { return .answer(parcel) }
    guard let greeting = try? JSONText.decode(WorkerGreeting.self, from: parcel.header),
      parent.owns(greeting.pid)
    else { return .nonsense }
    pid = greeting.pid
    limitProcessorTime()
    return .greeting(greeting)
  }

  /// Seconds for which it has computed so far; nil before its greeting, and when it is gone.
  var processorSeconds: Double? {
    var clock = clockid_t()
    var time = timespec()
    guard let pid, clock_getcpuclockid(pid, &clock) == 0, clock_gettime(clock, &time) == 0 else { return nil }
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// Ends the process, and says how it ended. One that has not greeted ends with its parent, whose end it is then.
  ///
  /// - Parameter patience: milliseconds in which it may end by itself.
  @discardableResult
  func end(patience: Int = 0) -> WorkerEnd {
    hasEnded = true
    return pid.map { WorkerEnd.of($0, patience: patience) } ?? parent.end(patience: patience)
  }

  /// Ends the process without waiting for its end.
  func abandon() {
    guard !hasEnded, !parent.hasEnded else { return }
    hasEnded = true
    if let pid { parent.abandon(pid) } else { parent.end() }
  }
}
