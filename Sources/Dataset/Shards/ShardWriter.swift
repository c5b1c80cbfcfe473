import CArchive
import Glibc
package import Storage
package import SystemPackage

/// Writes one shard: a WebDataset tar, and beside it the index that finds a sample in it.
///
/// The same samples in the same order give the same bytes, wherever and whenever: no times, no owners. Writers
/// share nothing, so every worker can have its own. The shard appears when `finish` returns; a writer that
/// goes away without it leaves nothing.
package struct ShardWriter: ~Copyable {
  private let path: FilePath
  private let file: AtomicFile
  private let tar: TarOutput
  private var index = ShardIndex()
  private var frames = 0

  /// - Parameter path: `<folder>/<ShardName.tar(number)>`.
  package init(_ path: FilePath) throws(FileError) {
    precondition(ShardName.isTar(path.lastComponent?.string ?? ""), "\(path) is no name of a shard")
    self.path = path
    file = try AtomicFile(path)
    tar = TarOutput()
  }

  /// The size of the tar so far, in bytes.
  package var bytes: Int { index.bytes }

  package var samples: Int { index.samples.count }

  /// - Parameter jpegs: one JPEG file for each of `sample.timestamps`.
  /// - Precondition: `sample.id` is valid (`VideoID`) and new to this shard.
  package mutating func append(_ sample: ShardSample, jpegs: [[UInt8]]) throws(FileError) {
    precondition(VideoID.problem(with: sample.id) == nil, "id \(sample.id)")
    precondition(
      jpegs.count == sample.timestamps.count, "\(jpegs.count) frames, \(sample.timestamps.count) timestamps")
    let offset = index.bytes
    try tar.add(ShardName.sampleMember(sample.id), JSONText.encode(sample), path: path)
    for (number, jpeg) in jpegs.enumerated() {
      try tar.add(ShardName.frameMember(sample.id, frame: number), jpeg, path: path)
    }
    try flush()
    index.samples.append(.init(id: sample.id, offset: offset, length: index.bytes - offset))
    frames += jpegs.count
  }

  /// Puts the shard and its index in place.
  package consuming func finish() throws(FileError) -> ShardSummary {
    try tar.close(path: path)
    try flush()
    let summary = ShardSummary(
      name: path.lastComponent?.string ?? "", samples: index.samples.count, frames: frames, bytes: index.bytes
    )
    let index = index
    let indexPath = ShardIndex.path(for: path)
    try file.commit()
    try index.write(to: indexPath)
    return summary
  }

  private mutating func flush() throws(FileError) {
    try file.write(tar.pending)
    index.bytes += tar.pending.count
    tar.pending.removeAll(keepingCapacity: true)
  }
}

/// libarchive's tar writer, collecting what it produces in `pending`.
private final class TarOutput {
  var pending: [UInt8] = []
  private let archive: OpaquePointer

  init() {
    guard let archive = archive_write_new() else { preconditionFailure("out of memory") }
    self.archive = archive
    // POSIX tar; an extended header only for a name that is too long for the plain one.
    archive_write_set_format_pax_restricted(archive)
    archive_write_set_bytes_per_block(archive, 0)
    let status = archive_write_open(
      archive, Unmanaged.passUnretained(self).toOpaque(), nil,
      { _, context, buffer, count in
        guard let context, let buffer else { return -1 }
        let output = Unmanaged<TarOutput>.fromOpaque(context).takeUnretainedValue()
        output.pending.append(contentsOf: UnsafeRawBufferPointer(start: buffer, count: count))
        return count
      }, nil)
    precondition(status == ARCHIVE_OK, "libarchive cannot write tar")
  }

  deinit {
    archive_write_fail(archive)  // so that freeing writes nothing more
    archive_write_free(archive)
  }

  /// - Parameter path: the file to name in an error.
  func add(_ name: String, _ content: [UInt8], path: FilePath) throws(FileError) {
    guard let entry = archive_entry_new() else { throw FileError(.write, path, .noMemory) }
    defer { archive_entry_free(entry) }
    archive_entry_set_pathname(entry, name)
    archive_entry_set_size(entry, Int64(content.count))
    archive_entry_set_filetype(entry, S_IFREG)
    archive_entry_set_perm(entry, 0o644)
    archive_entry_set_mtime(entry, 0, 0)
    archive_entry_set_uid(entry, 0)
    archive_entry_set_gid(entry, 0)
    guard archive_write_header(archive, entry) == ARCHIVE_OK,
      archive_write_data(archive, content, content.count) == content.count,
      archive_write_finish_entry(archive) == ARCHIVE_OK
    else { throw failure(path) }
  }

  func close(path: FilePath) throws(FileError) {
    guard archive_write_close(archive) == ARCHIVE_OK else { throw failure(path) }
  }

  private func failure(_ path: FilePath) -> FileError {
    let number = archive_errno(archive)
    return FileError(.write, path, number > 0 ? Errno(rawValue: number) : .ioError)
  }
}
