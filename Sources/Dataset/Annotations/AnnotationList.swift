import Glibc
import Storage
package import SystemPackage

/// The annotations of a file that may be longer than the memory: gone through once, which tells that all of it can be read,
/// and then read again, a window at a time. What cannot be read twice, such as standard input, is kept in memory.
package struct AnnotationList {
  package let path: FilePath
  /// Of all entries, in their order.
  package let ids: VideoIDs
  /// Tells their content from any other: ids, categories and texts.
  package let fingerprint: String
  /// A fingerprint of each entry, which tells one whose texts are others when it is read again; none where all is kept.
  private let marks: [UInt32]
  private var kept: [Annotation] = []
  private let isKept: Bool

  /// - Parameters:
  ///   - warn: is told of keys that mean nothing, a line each.
  ///   - body: is given each annotation.
  /// - Throws: `DatasetError` at the first entry that is wrong.
  package init(
    _ path: FilePath, warn: (String) throws -> Void, _ body: (Annotation) throws -> Void = { _ in }
  ) throws {
    self.path = path
    let isKept = !Self.canBeReadTwice(path)
    self.isKept = isKept
    var kept: [Annotation] = []
    var marks: [UInt32] = []
    var fingerprint = Fingerprint()
    ids = try AnnotationFile.forEach(path, warn: warn) { annotation in
      fingerprint.add(annotation)
      try body(annotation)
      if isKept { kept.append(annotation) } else { marks.append(Self.mark(annotation)) }
    }
    self.marks = marks
    self.kept = kept
    self.fingerprint = fingerprint.text
  }

  package var count: Int { ids.count }

  private static func mark(_ annotation: Annotation) -> UInt32 {
    var fingerprint = Fingerprint()
    fingerprint.add(annotation)
    return fingerprint.short
  }

  private static func canBeReadTwice(_ path: FilePath) -> Bool {
    // A descriptor that is open already is read on from where it is, whatever it leads to.
    guard OutputTarget.openDescriptor(namedBy: path) == nil else { return false }
    var information = stat()
    return stat(path.string, &information) == 0 && information.st_mode & S_IFMT == S_IFREG
  }

  /// Gives `body` the annotations in their order, `size` at a time and the rest at the end.
  /// - Parameter start: how many are passed over.
  /// - Throws: `DatasetError` where the file is another one by now, and what `body` throws.
  package func forEachWindow(
    of size: Int, from start: Int = 0, _ body: ([Annotation]) throws -> Void
  ) throws {
    precondition(size > 0)
    var window: [Annotation] = []
    window.reserveCapacity(min(size, count))
    func take(_ annotation: Annotation) throws {
      window.append(annotation)
      guard window.count == size else { return }
      try body(window)
      window.removeAll(keepingCapacity: true)
    }
    if isKept {
      for annotation in kept.dropFirst(start) { try take(annotation) }
    } else {
      var place = 0
      try AnnotationFile.forEach(path, warn: { _ in }) { annotation in
        guard place < count, ids[place] == annotation.id, marks[place] == Self.mark(annotation) else {
          throw changed
        }
        if place >= start { try take(annotation) }
        place += 1
      }
      guard place == count else { throw changed }
    }
    if !window.isEmpty { try body(window) }
  }

  private var changed: DatasetError { DatasetError(path, "was changed while it was read") }
}
