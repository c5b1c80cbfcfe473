package import Dataset
import Pages
package import Records
import Storage
package import SystemPackage

/// What there is to see and to read of the few videos that a report shows.
package struct VideoLooks {
  private let texts: (Set<String>) throws -> [String: Annotation]
  private let frames: FrameLookup?

  /// - Parameters:
  ///   - source: nil where there is nothing to see.
  ///   - texts: gives the annotations of these ids that there are.
  package init(
    _ source: (any VideoSource)?, texts: @escaping (Set<String>) throws -> [String: Annotation]
  ) {
    // Vectors are nothing to look at.
    frames = source.flatMap { $0.vectorSize == nil ? FrameLookup($0) : nil }
    self.texts = texts
  }

  /// Where a run was made from, or where the user says that it lies now.
  /// - Parameters:
  ///   - frames, annotations: nil for where they lay when the run was begun.
  ///   - warn: is told what can no longer be read there; the report goes without.
  /// - Throws: what is wrong with `frames`.
  package init(
    of run: RunFolder, frames: FilePath?, annotations: FilePath?, warn: @escaping (String) -> Void
  ) throws {
    let inputs = try run.recordedInputs()
    var source: (any VideoSource)?
    if let frames {
      source = try VideoSources.open(frames)
    } else if let recorded = inputs?.framesPath {
      do { source = try VideoSources.open(FilePath(recorded)) } catch {
        warn("the report has no pictures: \(error); --frames says where they are")
      }
    }
    let recorded = inputs?.annotationsPath.map { FilePath($0) }
    self.init(source) { ids in
      guard let path = annotations ?? recorded else { return [:] }
      do { return try Self.annotations(of: ids, in: path) } catch {
        if annotations != nil { throw error }
        warn("the report has no texts: \(error); --annotations says where they are")
        return [:]
      }
    }
  }

  /// One at a time: of a long file no more stays in memory than what is asked for.
  private static func annotations(
    of ids: Set<String>, in path: FilePath
  ) throws -> [String: Annotation] {
    var found: [String: Annotation] = [:]
    try AnnotationFile.forEach(path, warn: { _ in }) { annotation in
      if ids.contains(annotation.id) { found[annotation.id] = annotation }
    }
    return found
  }

  func annotations(of ids: Set<String>) throws -> [String: Annotation] {
    ids.isEmpty ? [:] : try texts(ids)
  }

  /// nil where there is no place to look.
  func footage(of id: String) -> Footage? { frames?.footage(of: id, maximumFrames: VideoCard.mostFrames) }

  /// - Parameter numbers: of the frames, counted from 0 among the stored ones.
  func footage(of id: String, numbers: [Int]) -> Footage? { frames?.footage(of: id, numbers: numbers) }
}
