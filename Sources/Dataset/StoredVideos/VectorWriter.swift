import Foundation
import Glibc
package import Storage
package import SystemPackage

/// Writes a `VectorFolder` video by video. What is not finished lies in files whose names end in `.part`, and another
/// writer goes on behind the last video that is whole there.
package final class VectorWriter {
  /// How many vectors there are of each video, those of an earlier writer included.
  package private(set) var counts: [String: Int] = [:]
  private let folder: FilePath
  private let width: Int
  private let vectors: OwnedDescriptor
  private let lines: OwnedDescriptor
  private let damage: OwnedDescriptor
  private let origin: VectorFolder.Origin
  private let isHalf: Bool
  private var rows = 0
  /// Of a vector.
  private var bytes: Int { (isHalf ? 2 : 4) * width }

  private static let vectorsPart = VectorFolder.vectorsName + ".part"
  private static let idsPart = VectorFolder.idsName + ".part"
  private static let damagePart = VectorFolder.damageName + ".part"
  private static let fingerprintPart = "fingerprint.part"

  /// What a vector is of.
  package struct Frame: Sendable {
    /// Of the frames of the video, counted from 0.
    package let number: Int
    /// Seconds; nil where nobody knows.
    package let time: Double?

    package init(number: Int, time: Double? = nil) {
      self.number = number
      self.time = time
    }
  }

  /// - Parameter width: numbers of a vector.
  /// - Parameter origin: what makes the vectors.
  /// - Parameter isHalf: whether numbers are stored as float16.
  /// - Parameter fingerprint: tells the vectors from those that another writer of this folder has left unfinished, which are
  ///   then not gone on with; nil where the folder's name does.
  /// - Throws: `FileError`.
  package init(
    _ folder: FilePath, width: Int, origin: VectorFolder.Origin, isHalf: Bool = false,
    fingerprint: String? = nil
  ) throws(FileError) {
    self.folder = folder
    self.isHalf = isHalf
    self.width = width
    self.origin = origin
    try Folder.create(folder)
    if let fingerprint { try Self.keepParts(in: folder, of: fingerprint) }
    vectors = try Self.open(folder.appending(Self.vectorsPart))
    lines = try Self.open(folder.appending(Self.idsPart))
    damage = try Self.open(folder.appending(Self.damagePart))
    try goOn()
  }

  private static func keepParts(in folder: FilePath, of fingerprint: String) throws(FileError) {
    let path = folder.appending(fingerprintPart)
    let bytes = Array(fingerprint.utf8)
    if Folder.exists(path), try Files.read(path) == bytes { return }
    for part in [idsPart, vectorsPart, damagePart] where Folder.exists(folder.appending(part)) {
      try Folder.removeFile(folder.appending(part))
    }
    try AtomicFile.write(bytes, to: path)
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
    let size = try Folder.size(of: folder.appending(Self.vectorsPart)) ?? 0
    let stored = max(0, size - NPYHeader.length) / bytes
    let decoder = JSONDecoder()
    var (last, start, offset, row) = ("", (row: 0, offset: 0), 0, 0)
    for line in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast() {
      guard row < stored, let next = try? decoder.decode(VectorFolder.Row.self, from: Data(line)) else {
        break
      }
      if next.id != last {
        if !last.isEmpty { counts[last] = row - start.row }
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
      ftruncate(vectors.descriptor.rawValue, off_t(NPYHeader.length + bytes * rows)) == 0,
      ftruncate(damage.descriptor.rawValue, off_t(whole)) == 0
    else { throw FileError.current(.write, path) }
    do {
      try lines.descriptor.seek(offset: 0, from: .end)
      try vectors.descriptor.seek(offset: 0, from: .end)
      try damage.descriptor.seek(offset: 0, from: .end)
    } catch { throw FileError(.write, path, error as? Errno ?? .ioError) }
  }

  /// - Parameter values: of all frames of the video, vector after vector; none is no entry.
  /// - Parameter frames: what each is of.
  /// - Parameter lost: what could not be read of it.
  package func append(
    _ id: String, _ values: [Float], frames: [Frame], lost: VectorFolder.Damage? = nil
  ) throws(FileError) {
    precondition(values.count == frames.count * width, "\(values.count) numbers for \(frames.count) frames")
    guard counts.updateValue(frames.count, forKey: id) == nil else { return }
    if let lost {  // before the vectors: those that are there are not computed again
      do { try damage.descriptor.writeAll(JSONText.encode(lost) + [UInt8(ascii: "\n")]) } catch {
        throw FileError(.write, folder, error as? Errno ?? .ioError)
      }
    }
    if values.isEmpty { return }
    let text = frames.flatMap {
      JSONText.encode(VectorFolder.Row(id: id, frame: $0.number, time: $0.time)) + [UInt8(ascii: "\n")]
    }
    do {
      if isHalf {
        _ = try values.map { Float16($0).bitPattern.littleEndian }.withUnsafeBytes {
          try vectors.descriptor.writeAll($0)
        }
      } else {
        _ = try values.map(\.bitPattern.littleEndian).withUnsafeBytes {
          try vectors.descriptor.writeAll($0)
        }
      }
      try lines.descriptor.writeAll(text)
    } catch { throw FileError(.write, folder, error as? Errno ?? .ioError) }
    rows += frames.count
  }

  /// Whether the video is there.
  package func contains(_ id: String) -> Bool { counts[id] != nil }

  /// Puts the files in place, the ids last. Without them a folder is not whole, so that those of an older one go first.
  package func commit() throws(FileError) {
    let ids = folder.appending(VectorFolder.idsName)
    if Folder.exists(ids) { try Folder.removeFile(ids) }
    do {
      try vectors.descriptor.writeAll(
        toAbsoluteOffset: 0, NPYHeader.bytes(isHalf: isHalf, rows: rows, columns: width))
    } catch { throw FileError(.write, folder, error as? Errno ?? .ioError) }
    // What takes long comes before any file stands under its own name.
    for file in [vectors.descriptor, damage.descriptor, lines.descriptor] where fsync(file.rawValue) != 0 {
      throw FileError.current(.write, folder)
    }
    try JSONText.write(origin, to: folder.appending(VectorFolder.originName))
    try place(Self.vectorsPart, as: VectorFolder.vectorsName)
    try place(Self.damagePart, as: VectorFolder.damageName)
    try place(Self.idsPart, as: VectorFolder.idsName)
    let fingerprint = folder.appending(Self.fingerprintPart)
    if Folder.exists(fingerprint) { try Folder.removeFile(fingerprint) }
  }

  private func place(_ part: String, as name: String) throws(FileError) {
    let path = folder.appending(name)
    guard rename(folder.appending(part).string, path.string) == 0 else {
      throw FileError.current(.rename, path)
    }
  }
}

extension NPYHeader {
  /// Bytes of the header that is written here, whatever the shape.
  static let length = 128

  /// That of a file of float32 or float16 `[rows, columns]`, in the format's version 1.
  static func bytes(isHalf: Bool = false, rows: Int, columns: Int) -> [UInt8] {
    let text =
      "{'descr': '\(isHalf ? "<f2" : "<f4")', 'fortran_order': False, 'shape': (\(rows), \(columns)), }"
    let padding = String(repeating: " ", count: length - 11 - text.utf8.count)
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length - 10), 0] + Array("\(text)\(padding)\n".utf8)
  }
}
