import CArchive
import Glibc
import SystemPackage

/// libarchive's reader of plain tars, over bytes in memory or an open file.
///
/// Everything in the tar is untrusted: only regular files are passed on, and no more is allocated than the
/// caller allows.
final class TarInput {
  struct Member {
    var name: String
    /// Bytes of content.
    var size: Int
    /// From the member's first header to the end of its last block, in bytes from where the reading began.
    var range: Range<Int>
  }

  static let blockSize = 512

  /// Where the next member's header should be, in bytes from where the reading began.
  private(set) var position = 0
  private let archive: OpaquePointer

  /// - Parameter bytes: a tar, or a run of members out of one; must outlive the reader.
  init(_ bytes: UnsafeRawBufferPointer) {
    archive = Self.makeArchive()
    archive_read_open_memory(archive, bytes.baseAddress, bytes.count)
  }

  /// - Parameter descriptor: a regular file, positioned at a header; stays the caller's.
  init(_ descriptor: FileDescriptor) {
    archive = Self.makeArchive()
    archive_read_open_fd(archive, descriptor.rawValue, 1 << 16)
  }

  deinit { archive_read_free(archive) }

  private static func makeArchive() -> OpaquePointer {
    guard let archive = archive_read_new() else { preconditionFailure("out of memory") }
    archive_read_support_format_tar(archive)
    return archive
  }

  /// Goes on to the next member; nil where there is no sound header: at the end of the tar or in damage.
  func next() -> Member? {
    var entry: OpaquePointer?
    let status = archive_read_next_header(archive, &entry)
    guard status == ARCHIVE_OK || status == ARCHIVE_WARN, let entry, archive_entry_filetype(entry) == S_IFREG,
      let name = archive_entry_pathname(entry)
    else { return nil }
    let size = Int(archive_entry_size(entry))
    let start = Int(archive_filter_bytes(archive, 0))
    guard (0...(Int.max >> 1)).contains(size), start > position else { return nil }
    let range = position..<(start + size.roundedUp(to: Self.blockSize))
    position = range.upperBound
    return Member(name: String(cString: name), size: size, range: range)
  }

  /// The content of the member that `next` came to; nil when it is cut off or longer than `limit`.
  func content(of member: Member, limit: Int) -> [UInt8]? {
    guard member.size <= limit else { return nil }
    let content = [UInt8](unsafeUninitializedCapacity: member.size) { buffer, count in
      count = max(0, archive_read_data(archive, buffer.baseAddress, member.size))
    }
    return content.count == member.size ? content : nil
  }
}

extension Int {
  fileprivate func roundedUp(to unit: Int) -> Int { (self + unit - 1) / unit * unit }
}
