package import Dataset
package import Media
import Storage

/// What a worker is asked for: one video, whose open file comes along.
package struct VideoRequest: Codable, Sendable, Equatable {
  package enum Subject: String, Codable, Sendable {
    /// Answered with an `ExtractedVideo`.
    case frames
    /// Answered with a `ProbedVideo`.
    case header
  }

  package var subject = Subject.frames
  package var id: String
  /// Relative to the folder of videos; the worker only repeats it.
  package var file: String
  package var options: VideoReader.Options
  /// Of the JPEGs, 1…100.
  package var quality: Int

  package init(
    _ subject: Subject = .frames, id: String, file: String, options: VideoReader.Options, quality: Int = 90
  ) {
    self.subject = subject
    self.id = id
    self.file = file
    self.options = options
    self.quality = quality
  }

  var parcel: Parcel { Parcel(header: JSONText.encode(self)) }

  /// Nil for what is none.
  init?(_ parcel: Parcel) {
    guard let request = try? JSONText.decode(Self.self, from: parcel.header) else { return nil }
    self = request
  }
}

/// What a worker says of a video, and the supervisor where it cannot.
package protocol WorkerAnswer: Sendable {
  init(_ request: VideoRequest, _ error: MediaError)
  /// Why the video was not read, or not in full; nil where it was.
  var quarantine: QuarantineRow? { get }

  /// Whether this can be the answer to `request`: whoever took a worker over can say what it likes.
  func answers(_ request: VideoRequest) -> Bool

  /// Nil for what is none.
  init?(_ parcel: Parcel)
  var parcel: Parcel { get }

  static func failed(_ request: VideoRequest, _ reason: QuarantineRow.Reason, _ detail: String) -> Self
}

/// What a worker says when it is ready, before it has anything of a video.
struct WorkerGreeting: Codable, Equatable {
  /// Its process.
  var pid: Int32
  /// Why system calls are not filtered; nil where they are.
  var unfiltered: String?
}
