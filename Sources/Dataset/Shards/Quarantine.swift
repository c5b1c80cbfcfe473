package import Storage
package import SystemPackage

/// A video that could not be read in full, and why; one line of `quarantine.jsonl`.
package struct QuarantineRow: Codable, Sendable, Equatable, Identifiable {
  package enum Reason: String, Codable, Sendable, CaseIterable {
    /// No file has the id as its name, or the system does not let it be read.
    case missing
    /// A folder, a pipe, a device or a socket.
    case notAFile = "not-a-file"
    case empty
    /// None of the containers that are read; playlists and other lists of files are here too.
    case notMedia = "not-media"
    case noVideoStream = "no-video-stream"
    /// Nothing of the video stream could be decoded.
    case undecodable
    /// A part is missing or damaged; the frames of the other parts are stored.
    case truncated
    /// A picture exceeds what is sane to decode.
    case tooLarge = "too-large"
    /// It says that it is longer than was asked for; nothing asks `extract` for that.
    case tooLong = "too-long"
    /// Reading took longer than the limit.
    case timeout
    /// Reading took more memory than the limit.
    case memory
    /// The process that read it crashed, twice.
    case crash
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
