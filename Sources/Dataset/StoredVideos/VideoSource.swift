package import SystemPackage

/// Where the pictures of videos come from: extracted shards, or the challenge's frame and feature archives.
///
/// Reading is safe from any thread and never changes one video's content because of another's.
package protocol VideoSource: Sendable {
  /// The width of a stored feature vector; nil when the source holds frames.
  var vectorSize: Int? { get }

  /// What made the stored vectors; nil where the source holds frames, and where nobody knows.
  var vectorOrigin: VectorFolder.Origin? { get }

  /// The folder or archive that was opened; nil where the pictures come from no file.
  var path: FilePath? { get }

  /// Every id that has an entry here, in the order of the source.
  var ids: [String] { get }

  /// What is wrong with the source as a whole, a line each.
  var problems: [String] { get }

  /// Pixels of the short side that frames were stored with, where they had as many; nil where nobody knows.
  var shortSide: Int? { get }

  /// What is stored for `id`. A video that is absent or damaged is `.missing` with the reason: the world is
  /// like that, and one bad video must not end a run.
  func content(of id: String) -> VideoContent

  /// Seconds from the start of each stored picture of a video; nil where nobody knows.
  func times(of id: String) -> [Double]?

  /// Tells what is stored of the videos from other pictures of them, wherever the files lie. Rests on what lists the
  /// pictures (indexes, directories, sizes), and reads few of them or none.
  ///
  /// - Throws: `FileError` where the file system does not answer.
  func fingerprint(of ids: some Sequence<String>) throws -> String
}

extension VideoSource {
  package var vectorOrigin: VectorFolder.Origin? { nil }
  package var path: FilePath? { nil }
  package var problems: [String] { [] }
  package var shortSide: Int? { nil }
  package func times(of id: String) -> [Double]? { nil }
}

/// The pictures of one video, as stored.
package enum VideoContent: Sendable, Equatable {
  /// JPEG files in order of time.
  case frames([[UInt8]])
  /// Feature vectors in order of time, `[frames, dimension]` row after row.
  case features([Float], dimension: Int)
  case missing(reason: String)
}
