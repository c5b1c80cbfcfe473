import CSandbox
package import Dataset
import Glibc
import Images
import Media
import Storage
package import SystemPackage

/// The other side of `WorkerProcess`: reads one video after the other, as it is asked over standard input, which is a
/// socket. It opens nothing; files come with the requests.
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
    do throws(Sandbox.Refusal) {
      var greeting = WorkerGreeting()
      if case .limited(let reason) = try Sandbox.close(memory: memory) { greeting.unfiltered = reason }
      send(Parcel(header: JSONText.encode(greeting)))
    } catch {
      leave("cannot limit itself: \(error)")
    }
    while let (request, file) = receive() {
      let refusedBefore = refusedAllocations()
      let answer = answer(file, request)
      let isForWantOfMemory = refusedAllocations() > refusedBefore && answer.quarantine != nil
      send(isForWantOfMemory ? failed(request, .memory, QuarantineRow.memoryText) : answer)
    }
    exit(0)
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

  /// Has everything that libraries look up once, and open a file for, looked up before that is forbidden.
  private static func warmUp() {
    // Turning a time of creation into text would read the time zone.
    setenv("TZ", "UTC0", 1)
    tzset()
    // libavformat's transport streams have names in these, and glibc keeps each in a file of its own, open from now on.
    let charsets = ["ISO6937", "UCS-2BE", "KSC_5601", "GB2312"] + (1...16).map { "ISO-8859-\($0)" }
    for charset in charsets { _ = iconv_open("UTF-8", charset) }
    // libjpeg-turbo asks what the processor can do.
    _ = try? JPEG.encode(
      RGBImage(width: 8, height: 8, pixels: [UInt8](repeating: 0, count: 192)), quality: 50)
    for subject in [VideoRequest.Subject.frames, .header] {
      let request = VideoRequest(subject, id: "", file: "", options: VideoReader.Options())
      let answer = failed(request, .empty, "\(1.5) \(Errno.noSuchFileOrDirectory)").parcel
      _ = (ExtractedVideo(answer), ProbedVideo(answer))
    }
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
    guard let parcel = Parcel(bytes[...]),
      let request = try? JSONText.decode(VideoRequest.self, from: parcel.header)
    else { return nil }
    return (request, FileDescriptor(rawValue: file))
  }

  private static func send(_ answer: any WorkerAnswer) { send(answer.parcel) }

  private static func send(_ parcel: Parcel) {
    do { try FileDescriptor.standardInput.writeAll(parcel.bytes) } catch { exit(1) }
  }

  private static func leave(_ problem: String) -> Never {
    _ = try? FileDescriptor.standardError.writeAll("framewise-extract-worker: \(problem)\n".utf8)
    exit(64)
  }
}
