import CSandbox
package import Dataset
import Glibc
import Storage
package import SystemPackage

/// The other side of `WorkerParent` and `WorkerProcess`: reads videos, as it is asked. It opens nothing; files come with
/// the requests.
///
/// The process that is started reads none. It loads and looks up what there is to look up, gives up what it can, and
/// then, for each socket that it is given over standard input, splits off a process that has it all, gives up the rest,
/// and serves that socket.
package enum ExtractionWorker {
  /// - Parameters:
  ///   - refusedAllocations: how often there was no memory so far. Libraries do not always say so: to a decoder, a
  ///     picture that it has no memory for may be a damaged one.
  ///   - answer: reads a video; tests bring their own.
  package static func run(
    refusedAllocations: () -> Int = { 0 },
    answer: (FileDescriptor, VideoRequest) -> any WorkerAnswer = answer
  ) -> Never {
    guard CommandLine.arguments.count == 2, let memory = Int(CommandLine.arguments[1]) else {
      leave("is started by framewise extract, not by hand")
    }
    warmUp()
    // Messages of the loader and of what precedes are seen; what a video makes libraries say is not.
    dup2(STDOUT_FILENO, STDERR_FILENO)
    let outcome: Sandbox.Outcome
    do throws(Sandbox.Refusal) { outcome = try Sandbox.close(memory: memory) } catch {
      leave("cannot limit itself: \(error)")
    }
    while let socket = receiveSocket() {
      let pid = splitOff()
      if pid < 0 { _exit(75) }
      // In the place of the parent's.
      if pid == 0 { dup2(socket, STDIN_FILENO) }
      close(socket)
      if pid == 0 { serve(outcome, refusedAllocations, answer) }
    }
    _exit(0)
  }

  /// As `fw_split_off`. Where there are too many processes, some may end soon.
  private static func splitOff() -> pid_t {
    for _ in 0..<20 {
      let pid = fw_split_off()
      if pid >= 0 { return pid }
      usleep(100_000)
    }
    return -1
  }

  /// Answers what it is asked over standard input.
  private static func serve(
    _ outcome: Sandbox.Outcome, _ refusedAllocations: () -> Int,
    _ answer: (FileDescriptor, VideoRequest) -> any WorkerAnswer
  ) -> Never {
    do throws(Sandbox.Refusal) { try Sandbox.closeForGood(outcome) } catch { _exit(64) }
    var greeting = WorkerGreeting(pid: getpid())
    if case .limited(let reason) = outcome { greeting.unfiltered = reason }
    send(Parcel(header: JSONText.encode(greeting)))
    while let (request, file) = receive() {
      let refusedBefore = refusedAllocations()
      let answer = answer(file, request)
      let isForWantOfMemory = refusedAllocations() > refusedBefore && answer.quarantine != nil
      let given = isForWantOfMemory ? failed(request, .memory, QuarantineRow.memoryText) : answer
      send(given.parcel)
    }
    _exit(0)
  }

  /// Reads what is asked for.
  package static func answer(_ file: FileDescriptor, _ request: VideoRequest) -> any WorkerAnswer {
    switch request.subject {
    case .frames: ExtractedVideo(reading: file, for: request)
    case .header: ProbedVideo(reading: file, for: request)
    }
  }

  /// The answer to any request that there is nothing, and why.
  package static func failed(
    _ request: VideoRequest, _ reason: QuarantineRow.Reason, _ detail: String
  ) -> any WorkerAnswer {
    switch request.subject {
    case .frames: ExtractedVideo.failed(request, reason, detail)
    case .header: ProbedVideo.failed(request, reason, detail)
    }
  }

  /// Nil when the supervisor is gone.
  private static func receiveSocket() -> Int32? {
    var socket: Int32 = -1
    var byte: UInt8 = 0
    return fw_receive_file(STDIN_FILENO, &byte, 1, &socket) > 0 && socket >= 0 ? socket : nil
  }

  /// Nil when the supervisor is gone.
  private static func receive() -> (VideoRequest, FileDescriptor)? {
    var file: Int32 = -1
    var bytes = [UInt8](repeating: 0, count: Parcel.prefixBytes)
    var count = bytes.withUnsafeMutableBytes {
      fw_receive_file(STDIN_FILENO, $0.baseAddress, $0.count, &file)
    }
    guard count > 0, file >= 0 else { return nil }
    while true {
      if count >= Parcel.prefixBytes {
        guard let prefix = Parcel.Prefix(bytes.prefix(Parcel.prefixBytes)) else { return nil }
        bytes += [UInt8](repeating: 0, count: prefix.total - bytes.count)
      }
      if count == bytes.count { break }
      let more = bytes.withUnsafeMutableBytes {
        Glibc.read(STDIN_FILENO, $0.baseAddress?.advanced(by: count), $0.count - count)
      }
      guard more > 0 else { return nil }
      count += more
    }
    guard let request = Parcel(bytes[...]).flatMap(VideoRequest.init) else { return nil }
    return (request, FileDescriptor(rawValue: file))
  }

  private static func send(_ parcel: Parcel) {
    do { try FileDescriptor.standardInput.writeAll(parcel.bytes) } catch { _exit(1) }
  }

  private static func leave(_ problem: String) -> Never {
    _ = try? FileDescriptor.standardError.writeAll("framewise-extract-worker: \(problem)\n".utf8)
    _exit(64)
  }
}
