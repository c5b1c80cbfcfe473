package import SystemPackage

/// The annotations of several files as one list.
package enum AnnotationFiles {
  /// One file after the other.
  /// - Parameter warn: is told of keys that mean nothing, a line each.
  /// - Throws: `DatasetError` naming the first thing that is wrong: also a file without entries, and an id that stands in two.
  package static func read(
    _ paths: [FilePath], warn: (String) throws -> Void
  ) throws -> [Annotation] {
    var annotations: [Annotation] = []
    var homes: [String: FilePath] = [:]
    for path in paths {
      let own = try AnnotationFile.read(path, warn: warn)
      guard !own.isEmpty else { throw DatasetError(path, "has no annotations") }
      for annotation in own {
        if let other = homes.updateValue(path, forKey: annotation.id) {
          throw DatasetError(path, id: annotation.id, field: "id", "is already that of a video in \(other)")
        }
      }
      annotations += own
    }
    return annotations
  }
}
