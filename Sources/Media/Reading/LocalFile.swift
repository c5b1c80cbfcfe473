import CFFmpeg
import Glibc
import Storage
import SystemPackage

/// A plain file as libavformat reads it: through a descriptor that is already open, so that nothing in the
/// file's content or name can lead anywhere else.
///
/// Not Sendable; belongs to one reading of one video.
final class LocalFile {
  let path: FilePath
  let size: Int
  private let deadline: Deadline
  private let file: OwnedDescriptor
  private var position = 0
  /// The operating system refused to read on (as opposed to the end of the file).
  private(set) var failed = false

  /// - Parameters:
  ///   - descriptor: of `open`; closed when the file goes away.
  ///   - path: only names the file in errors.
  init(_ descriptor: FileDescriptor, path: FilePath, deadline: Deadline) throws(MediaError) {
    self.path = path
    self.deadline = deadline
    file = OwnedDescriptor(descriptor)
    var information = stat()
    guard fw_open_file_status(descriptor.rawValue, &information) == 0 else {
      throw MediaError(.missing, path, "\(Errno(rawValue: errno))")
    }
    size = Int(information.st_size)
    let trouble: MediaTrouble? =
      information.st_mode & S_IFMT != S_IFREG ? .notAFile : size == 0 ? .empty : nil
    if let trouble { throw MediaError(trouble, path) }
  }

  static func open(_ path: FilePath) throws(MediaError) -> FileDescriptor {
    // Non-blocking: opening a pipe that nobody writes to must not wait for ever.
    let descriptor = Glibc.open(path.string, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else {
      let reason = Errno(rawValue: errno)
      throw MediaError(reason == .noSuchAddressOrDevice ? .notAFile : .missing, path, "\(reason)")
    }
    return FileDescriptor(rawValue: descriptor)
  }

  var isOverdue: Bool { deadline.isOver }

  /// libavformat's view on the file, from its first byte. `LocalFile` must outlive it; free it with `free`.
  func makeInput() -> UnsafeMutablePointer<AVIOContext>? {
    position = 0
    let bufferSize = 1 << 16
    guard let buffer = av_malloc(bufferSize) else { return nil }
    let context = avio_alloc_context(
      buffer.assumingMemoryBound(to: UInt8.self), Int32(bufferSize), 0,
      Unmanaged.passUnretained(self).toOpaque(),
      { file, buffer, count in LocalFile.from(file).read(into: buffer, count: count) },
      nil,
      { file, offset, whence in LocalFile.from(file).seek(to: offset, whence: whence) })
    if context == nil { av_free(buffer) }
    return context
  }

  static func free(_ input: UnsafeMutablePointer<AVIOContext>) {
    av_free(input.pointee.buffer)
    var input: UnsafeMutablePointer<AVIOContext>? = input
    avio_context_free(&input)
  }

  /// Asked by libavformat between steps: anything but 0 ends the work.
  var interruption: AVIOInterruptCB {
    AVIOInterruptCB(
      callback: { file in LocalFile.from(file).isOverdue ? 1 : 0 },
      opaque: Unmanaged.passUnretained(self).toOpaque())
  }

  private static func from(_ file: UnsafeMutableRawPointer?) -> LocalFile {
    guard let file else { preconditionFailure("libavformat lost the file") }
    return Unmanaged<LocalFile>.fromOpaque(file).takeUnretainedValue()
  }

  private func read(into buffer: UnsafeMutablePointer<UInt8>?, count: Int32) -> Int32 {
    if deadline.isOver { return FW_ERROR_INTERRUPTED }
    while true {
      let got = pread(file.descriptor.rawValue, buffer, Int(count), position)
      if got > 0 {
        position += got
        return Int32(got)
      }
      if got == 0 { return FW_ERROR_END_OF_FILE }
      if errno != EINTR {
        failed = true
        return FW_ERROR_INPUT_OUTPUT
      }
    }
  }

  private func seek(to offset: Int64, whence: Int32) -> Int64 {
    let target: Int
    switch whence & ~Int32(AVSEEK_FORCE) {
    case Int32(AVSEEK_SIZE): return Int64(size)
    case SEEK_SET: target = Int(offset)
    case SEEK_CUR: target = position.addingReportingOverflow(Int(offset)).partialValue
    case SEEK_END: target = size.addingReportingOverflow(Int(offset)).partialValue
    default: return -1
    }
    guard target >= 0 else { return -1 }
    position = target
    return Int64(position)
  }
}

/// The moment at which one video has had its time.
struct Deadline {
  private let end: ContinuousClock.Instant

  init(after limit: Duration) { end = ContinuousClock.now + limit }

  var isOver: Bool { ContinuousClock.now >= end }
}
