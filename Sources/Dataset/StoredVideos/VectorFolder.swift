import Storage
package import SystemPackage

/// Vectors of frames that a backbone has computed: `vectors.npy`, float32 or float16 `[frames, width]`, and `ids.jsonl`, a line for
/// each row with the video's id, the number of the frame in it, and its time in seconds where that is known. The rows of
/// a video follow each other; a video without frames has none. Those that were computed here also say what made them and
/// what could not be read.
package final class VectorFolder: VideoSource {
  package var vectorSize: Int? { width }
  package let ids: [String]
  /// Numbers of a row.
  package let width: Int
  package let vectorOrigin: Origin?
  /// What could not be read of the videos, by their ids.
  package let damage: [String: Damage]
  private let rows: [String: Range<Int>]
  private let file: MappedFile
  private let start: Int
  /// Whether numbers are stored in 16 bits.
  private let isHalf: Bool
  private let folder: FilePath

  package struct Row: Codable, Sendable, Equatable {
    package let id: String
    package let frame: Int
    /// Seconds; nil where nobody knows.
    package let time: Double?

    package init(id: String, frame: Int, time: Double?) {
      self.id = id
      self.frame = frame
      self.time = time
    }
  }

  package static let vectorsName = "vectors.npy"
  package static let idsName = "ids.jsonl"
  /// Of a whole folder.
  package static let fileNames = [vectorsName, idsName, originName, damageName]
  private static let longestHeader = 1 << 16

  /// Whether there is a folder that was written to its end: the ids come last.
  package static func isComplete(_ folder: FilePath) -> Bool { Folder.exists(folder.appending(idsName)) }

  /// - Throws: `DatasetError` where the two files do not belong together.
  package init(_ folder: FilePath) throws(DatasetError) {
    self.folder = folder
    let path = folder.appending(Self.vectorsName)
    do { file = try MappedFile(path) } catch { throw DatasetError(error) }
    let beginning = file.withBytes { Array($0.prefix(Self.longestHeader)) }
    let header: NPYHeader
    do { (header, start) = try NPYArray.header(of: beginning) } catch {
      throw DatasetError(path, error.reason)
    }
    guard !header.isColumnMajor else {
      throw DatasetError(path, "holds columns, not rows of numbers")
    }
    isHalf = header.isHalf
    let size = isHalf ? 2 : 4
    let (count, overflow) = header.rows.multipliedReportingOverflow(by: header.columns)
    guard !overflow, count <= file.count / size, start + size * count == file.count else {
      throw DatasetError(
        path,
        "claims a shape of (\(header.rows), \(header.columns)) but holds \(file.count - start) bytes")
    }
    width = header.columns
    vectorOrigin = try Self.readOrigin(folder)
    damage = try Self.readDamage(folder)
    (ids, rows) = try Self.rows(folder.appending(Self.idsName), count: header.rows)
  }

  private static func rows(
    _ path: FilePath, count: Int
  ) throws(DatasetError) -> ([String], [String: Range<Int>]) {
    let lines: [Row]
    do { lines = try JSONLines.read(Row.self, from: path) } catch {
      throw DatasetError(error)
    }
    guard lines.count == count else {
      throw DatasetError(path, "has \(lines.count) lines for \(count) vectors")
    }
    var ids: [String] = []
    var rows: [String: Range<Int>] = [:]
    for (number, line) in lines.enumerated() {
      if let present = rows[line.id] {
        guard present.upperBound == number else {
          throw DatasetError(path, "the vectors of \(quoted(line.id)) do not follow each other")
        }
        rows[line.id] = present.lowerBound..<number + 1
      } else {
        ids.append(line.id)
        rows[line.id] = number..<number + 1
      }
    }
    return (ids, rows)
  }

  package func content(of id: String) -> VideoContent {
    guard let rows = rows[id] else { return .missing(reason: "has no vectors") }
    let size = isHalf ? 2 : 4
    let values = file.withBytes { bytes in
      NPYArray.floats(
        UnsafeRawBufferPointer(rebasing: bytes.dropFirst(start + size * rows.lowerBound * width)),
        count: rows.count * width, isHalf: isHalf)
    }
    guard values.allSatisfy(\.isFinite) else {
      return .missing(reason: "its vectors hold numbers that are not finite")
    }
    return .features(values, dimension: width)
  }

  package var path: FilePath? { folder }

  /// Of the vectors themselves: nothing else tells those of one backbone from another's.
  package func fingerprint(of ids: some Sequence<String>) -> String {
    var fingerprint = Fingerprint()
    for id in ids {
      fingerprint.add(id)
      fingerprint.add(rows[id]?.count ?? -1)
    }
    fingerprint.add(width)
    var checksum = Checksum()
    file.withBytes { checksum.add($0) }
    fingerprint.add(checksum.text)
    return fingerprint.text
  }
}
