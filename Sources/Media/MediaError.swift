package import Storage
package import SystemPackage

/// Why a video gave no pictures. One of which a part is good is no trouble: see `VideoReader.Outcome.defect`.
package enum MediaTrouble: String, Sendable, CaseIterable {
  /// There is no such file, or it may not be read.
  case missing
  /// A folder, a pipe, a device or a socket.
  case notAFile = "not-a-file"
  case empty
  /// Not one of the containers in `Containers`; playlists and pictures are here too.
  case notMedia = "not-media"
  /// A container with nothing to see: sound alone, or sound with a cover picture.
  case noVideoStream = "no-video-stream"
  /// A container or a video stream that no picture could be got out of.
  case undecodable
  /// More pixels than `VideoReader.Options` allows.
  case tooLarge = "too-large"
  /// More seconds than `VideoReader.Options` allows.
  case tooLong = "too-long"
  case timeout
  /// There was not enough memory.
  case memory
}

/// One video that could not be read, and why.
package struct MediaError: ReportableError, Equatable {
  package var path: FilePath
  package var trouble: MediaTrouble
  /// What exactly, in a few words; may be empty.
  package var detail: String

  package init(_ trouble: MediaTrouble, _ path: FilePath, _ detail: String = "") {
    self.path = path
    self.trouble = trouble
    self.detail = detail
  }

  package var kind: ErrorKind { trouble == .missing ? .missingInput : .badData }

  package var description: String {
    "\(path): \(trouble.rawValue)" + (detail.isEmpty ? "" : ": \(detail)")
  }
}
