import Foundation
import Glibc
package import Storage
package import SystemPackage

/// Writes a `VectorFolder` video by video. What is not finished lies in files whose names end in `.part`, and another
/// writer goes on behind the last video that is whole there.
package final class VectorWriter {
  /// The videos that are there, those of an earlier writer included.
  package private(set) var ids: Set<String> = []
  private let folder: FilePath
  private let width: Int
  private let vectors: OwnedDescriptor
  private let lines: OwnedDescriptor
  private let damage: OwnedDescriptor
  private let origin: VectorFolder.Origin
  private var rows = 0

  private static let vectorsPart = VectorFolder.vectorsName + ".part"
  private static let idsPart = VectorFolder.idsName + ".part"
  private static let damagePart = VectorFolder.damageName + ".part"

  /// - Parameter width: numbers of a vector.
  /// - Parameter origin: what makes the vectors.
  /// - Throws: `FileError`.
  package init(_ folder: FilePath, width: Int, origin: VectorFolder.Origin) throws(FileError) {
    self.folder = folder
    self.width = width
    self.origin = origin
    try Folder.create(folder)
    vectors = try Self.open(folder.appending(Self.vectorsPart))
    lines = try Self.open(folder.appending(Self.idsPart))
    damage = try Self.open(folder.appending(Self.damagePart))
    try goOn()
  }

  private static func open(_ path: FilePath) throws(FileError) -> OwnedDescriptor {
    do {
      return OwnedDescriptor(
        try FileDescriptor.open(
          path, .readWrite, options: [.create, .closeOnExec],
          permissions: [.ownerReadWrite, .groupRead, .otherRead]))
    } catch { throw FileError(.create, path, error as? Errno ?? .ioError) }
  }

  /// Keeps the videos that are whole in both files. The last one may lack rows, and is computed again.
  private func goOn() throws(FileError) {
    let path = folder.appending(Self.idsPart)
    let text = try Files.read(path)
    let bytes = try Folder.size(of: folder.appending(Self.vectorsPart)) ?? 0
    let stored = max(0, bytes - NPYHeader.length) / (4 * width)
    let decoder = JSONDecoder()
    var (last, start, offset, row) = ("", (row: 0, offset: 0), 0, 0)
    for line in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast() {
      guard row < stored, let next = try? decoder.decode(VectorFolder.Row.self, from: Data(line)) else {
        break
      }
      if next.id != last {
        if !last.isEmpty { ids.insert(last) }
        (last, start) = (next.id, (row, offset))
      }
      row += 1
      offset += line.count + 1
    }
    rows = start.row
    // What is told of a video that is computed again is told twice; only a torn line is cut off.
    let told = try Files.read(folder.appending(Self.damagePart))
    let whole = told.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    guard ftruncate(lines.descriptor.rawValue, off_t(start.offset)) == 0,
      ftruncate(vectors.descriptor.rawValue, off_t(NPYHeader.length + 4 * width * rows)) == 0,
      ftruncate(damage.descriptor.rawValue, off_t(whole)) == 0
    else { throw FileError.current(.write, path) }
    do {
      try lines.descriptor.seek(offset: 0, from: .end)
      try vectors.descriptor.seek(offset: 0, from: .end)
      try damage.descriptor.seek(offset: 0, from: .end)
    } catch { throw FileError(.write, path, error as? Errno ?? .ioError) }
  }

  /// - Parameter values: of all frames of the video, vector after vector; none is no entry.
  /// - Parameter times: of each frame, seconds.
  /// - Parameter lost: what could not be read of it.
  package func append(
    _ id: String, _ values: [Float], times: [Double?], lost: VectorFolder.Damage? = nil
  ) throws(FileError) {
    precondition(values.count == times.count * width, "\(values.count) numbers for \(times.count) frames")
    guard ids.insert(id).inserted else { return }
    if let lost {  // before the vectors: those that are there are not computed again
      do { try damage.descriptor.writeAll(JSONText.encode(lost) + [UInt8(ascii: "\n")]) } catch {
        throw FileError(.write, folder, error as? Errno ?? .ioError)
      }
    }
    if values.isEmpty { return }
    let text = times.enumerated().flatMap { frame, time in
      JSONText.encode(VectorFolder.Row(id: id, frame: frame, time: time)) + [UInt8(ascii: "\n")]
    }
    do {
      _ = try values.map(\.bitPattern.littleEndian).withUnsafeBytes {
        try vectors.descriptor.writeAll($0)
      }
      try lines.descriptor.writeAll(text)
    } catch { throw FileError(.write, folder, error as? Errno ?? .ioError) }
    rows += times.count
  }

  /// Puts the files in place, the ids last.
  package func commit() throws(FileError) {
    try JSONText.write(origin, to: folder.appending(VectorFolder.originName))
    do {
      try vectors.descriptor.writeAll(toAbsoluteOffset: 0, NPYHeader.float32(rows: rows, columns: width))
    } catch { throw FileError(.write, folder, error as? Errno ?? .ioError) }
    try place(vectors.descriptor, Self.vectorsPart, as: VectorFolder.vectorsName)
    try place(damage.descriptor, Self.damagePart, as: VectorFolder.damageName)
    try place(lines.descriptor, Self.idsPart, as: VectorFolder.idsName)
  }

  private func place(_ file: FileDescriptor, _ part: String, as name: String) throws(FileError) {
    let path = folder.appending(name)
    guard fsync(file.rawValue) == 0 else { throw FileError.current(.write, path) }
    guard rename(folder.appending(part).string, path.string) == 0 else {
      throw FileError.current(.rename, path)
    }
  }
}

extension NPYHeader {
  /// Bytes of the header that is written here, whatever the shape.
  static let length = 128

  /// That of a file of float32 `[rows, columns]`, in the format's version 1.
  static func float32(rows: Int, columns: Int) -> [UInt8] {
    let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(rows), \(columns)), }"
    let padding = String(repeating: " ", count: length - 11 - text.utf8.count)
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length - 10), 0] + Array("\(text)\(padding)\n".utf8)
  }
}
