package import Media
import Storage

/// What a worker is asked for: one video, whose open file comes along.
package struct VideoRequest: Codable, Sendable, Equatable {
  package var id: String
  /// Relative to the folder of videos; the worker only repeats it.
  package var file: String
  package var options: VideoReader.Options
  /// Of the JPEGs, 1…100.
  package var quality: Int

  package init(id: String, file: String, options: VideoReader.Options, quality: Int) {
    self.id = id
    self.file = file
    self.options = options
    self.quality = quality
  }

  var parcel: Parcel { Parcel(header: JSONText.encode(self)) }
}

/// What a worker says when it is ready.
struct WorkerGreeting: Codable, Equatable {
  /// Why system calls are not filtered; nil where they are.
  var unfiltered: String?
}
