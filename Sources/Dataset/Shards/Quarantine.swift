package import Storage
package import SystemPackage

/// A video that could not be read in full, and why; one line of `quarantine.jsonl`.
package struct QuarantineRow: Codable, Sendable, Equatable, Identifiable {
  package enum Reason: String, Codable, Sendable, CaseIterable {
    /// No file has the id as its name.
    case missingFile = "missing-file"
    /// Several files have the id as their name.
    case ambiguousFile = "ambiguous-file"
    /// The operating system does not let it be read.
    case unreadableFile = "unreadable-file"
    case emptyFile = "empty-file"
    /// No format of video that FFmpeg knows.
    case notMedia = "not-media"
    /// A playlist, a list of files or a network address, which would lead outside the given file.
    case refusedFormat = "refused-format"
    case noVideoStream = "no-video-stream"
    /// There is a video stream, but no decoder for it.
    case unsupportedCodec = "unsupported-codec"
    /// Nothing of the video stream could be decoded.
    case noFrames = "no-frames"
    /// The video broke off; what precedes the break is stored.
    case truncated
    /// A picture, or the whole, exceeds what is sane to decode.
    case tooLarge = "too-large"
  }

  package static let fileName: FilePath.Component = "quarantine.jsonl"

  package var id: String
  package var reason: Reason
  /// One line for people.
  package var detail: String
  /// Name of the video file; nil when there is none.
  package var file: String?
  /// Frames that are stored nevertheless.
  package var frames: Int

  package init(id: String, reason: Reason, detail: String, file: String? = nil, frames: Int = 0) {
    self.id = id
    self.reason = reason
    self.detail = detail
    self.file = file
    self.frames = frames
  }

  package static func write(_ rows: [QuarantineRow], toFolder folder: FilePath) throws(FileError) {
    try JSONLines.write(rows, to: folder.appending(fileName))
  }

  package static func read(fromFolder folder: FilePath) throws(DatasetError) -> [QuarantineRow] {
    do { return try JSONLines.read(QuarantineRow.self, from: folder.appending(fileName)) } catch {
      throw DatasetError(error)
    }
  }
}
