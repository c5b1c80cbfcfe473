package import Dataset
import Foundation
import Glibc
package import Storage
package import SystemPackage

/// A file of predictions in the making, line by line, that outlives the process: whoever makes the same predictions
/// again goes on with it.
///
/// It lies beside the file that it becomes, under a name that tells what the predictions are made from
/// (`.test.jsonl.unfinished-0123456789abcdef`): another model, other videos or other arithmetic find no file of theirs.
/// What it holds beyond the last whole batch is made again, since what is computed together decides the last bits.
package final class UnfinishedPredictions {
  /// What is done already.
  package struct Row: Decodable, Sendable {
    package let id: String
    package let category: String
    package let status: PredictionStatus

    enum CodingKeys: String, CodingKey {
      case id
      case category = "category_id"
      case status
    }
  }

  private let target: FilePath
  private let partial: FilePath
  private let file: OwnedDescriptor

  /// Whether predictions of the same name lie there that were made from something else. They go when these are finished.
  package private(set) var hasOthers: Bool

  /// - Parameter path: of the finished file.
  /// - Parameter fingerprint: of all that decides the predictions.
  /// - Throws: `FolderInUse` while another process makes the same predictions, `FileError`.
  package init(of path: FilePath, madeFrom fingerprint: String) throws {
    target = path
    let partial = path.removingLastComponent().appending(Self.prefix(path) + fingerprint)
    self.partial = partial
    hasOthers = try Self.all(of: path).contains { $0 != partial }
    file = try Self.open(partial)
    var information = stat()  // what only its owner could read stays so
    if stat(path.string, &information) == 0 { fchmod(file.descriptor.rawValue, information.st_mode & 0o777) }
  }

  /// The file alone, and as it lies there: one that had it may just have finished it.
  private static func open(_ path: FilePath) throws -> OwnedDescriptor {
    while true {
      let number = Glibc.open(path.string, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
      guard number >= 0 else { throw FileError.current(.create, path) }
      let file = OwnedDescriptor(FileDescriptor(rawValue: number))
      guard try FileLock.attempt(.exclusive, file.descriptor, path) != .busy else {
        throw FolderInUse(path: path)
      }
      if FileLock.isCurrent(number, path) { return file }
    }
  }

  private static func prefix(_ path: FilePath) -> String {
    ".\(path.lastComponent?.string ?? "").unfinished-"
  }

  private static func all(of path: FilePath) throws(FileError) -> [FilePath] {
    var folder = path.removingLastComponent()
    if folder.isEmpty { folder = "." }
    // Whoever creates the file says that there is no place for it.
    guard Folder.exists(folder) else { return [] }
    return try Folder.names(in: folder)
      .filter { $0.hasPrefix(prefix(path)) }.map(folder.appending)
  }

  /// Reads what is done, and cuts off what is no whole batch, or not what is expected.
  /// - Parameter ids: of all videos, in their order.
  /// - Parameter batch: videos that are predicted together.
  /// - Parameter take: is given the rows of each batch that stays.
  /// - Returns: how many videos are done.
  package func goOn(
    with ids: some Collection<String>, batch: Int, take: ([Row]) throws -> Void
  ) throws -> Int {
    var (done, kept) = (0, 0)
    var rest = ids.makeIterator()
    var rows: [Row] = []
    var lines = LineReader(file.descriptor, partial)
    while let line = try lines.next(), let id = rest.next(),
      let row = try? JSONText.decode(Row.self, from: line), row.id == id
    {
      rows.append(row)
      guard rows.count == batch || done + rows.count == ids.count else { continue }
      try take(rows)
      done += rows.count
      kept = lines.position
      rows = []
    }
    guard ftruncate(file.descriptor.rawValue, off_t(kept)) == 0,
      lseek(file.descriptor.rawValue, off_t(kept), SEEK_SET) == kept
    else { throw FileError.current(.write, partial) }
    return done
  }

  /// Adds predictions at the end.
  package func append(_ predictions: [Prediction]) throws(FileError) {
    var bytes: [UInt8] = []
    for prediction in predictions {
      bytes += JSONText.encode(prediction)
      bytes.append(UInt8(ascii: "\n"))
    }
    do { _ = try file.descriptor.writeAll(bytes) } catch {
      throw FileError(.write, partial, error as? Errno ?? .ioError)
    }
  }

  /// Makes what is in the file durable.
  package func flush() throws(FileError) {
    guard fsync(file.descriptor.rawValue) == 0 else { throw FileError.current(.write, partial) }
  }

  /// Whether there are such predictions for a file, made from whatever.
  package static func exist(of path: FilePath) throws(FileError) -> Bool { try !all(of: path).isEmpty }

  /// Makes the file durable and puts it in place; those that were made from something else go.
  package func commit() throws(FileError) {
    try flush()
    guard rename(partial.string, target.string) == 0 else { throw FileError.current(.rename, target) }
    try? Folder.flush(target.removingLastComponent())
    // Whoever lets go of a file's lock removes it; where another process has it, that one does.
    for other in try Self.all(of: target) { _ = try FileLock.take(.exclusive, at: other) }
  }
}

/// The lines of a file, of which no more than one is in memory.
private struct LineReader {
  private let descriptor: FileDescriptor
  private let path: FilePath
  private var buffer: [UInt8] = []
  private var start = 0
  /// Of the first byte behind the last line.
  private(set) var position = 0

  init(_ descriptor: FileDescriptor, _ path: FilePath) {
    self.descriptor = descriptor
    self.path = path
  }

  /// Without its end; nil at the end of the file, where a line that was not written to its end does not count.
  mutating func next() throws(FileError) -> [UInt8]? {
    var searched = start
    while true {
      if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        defer { (position, start) = (position + end + 1 - start, end + 1) }
        return Array(buffer[start..<end])
      }
      buffer.removeSubrange(..<start)
      start = 0
      searched = buffer.count
      let chunk: [UInt8]
      do {
        chunk = try [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
          count = try descriptor.read(into: UnsafeMutableRawBufferPointer(buffer))
        }
      } catch { throw FileError(.read, path, error as? Errno ?? .ioError) }
      guard !chunk.isEmpty else { return nil }
      buffer += chunk
    }
  }
}
