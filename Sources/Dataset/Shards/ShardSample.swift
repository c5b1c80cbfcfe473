/// What a shard says of one video; the member `<id>.json` beside its frames.
package struct ShardSample: Codable, Sendable, Equatable, Identifiable {
  package enum Status: String, Codable, Sendable {
    case complete
    /// The video broke off; the frames are those before the break.
    case truncated
  }

  package var id: String
  /// Presentation time of each frame in seconds from the start of the video, in the order of the frames.
  package var timestamps: [Double]
  package var status: Status
  /// How the frames were chosen: `exact` also in a dataset of keyframes where a video's could not be told.
  package var mode: ExtractionMode
  /// FFmpeg's name, such as `h264`.
  package var codec: String
  /// Seconds; nil when the file does not say.
  package var duration: Double?
  /// Degrees clockwise by which the coded picture was turned to stand upright: 0, 90, 180 or 270.
  package var rotation: Int
  /// Pixels of the coded picture, before rotation.
  package var sourceWidth: Int
  package var sourceHeight: Int
  /// Pixels of the stored frames.
  package var frameWidth: Int
  package var frameHeight: Int

  package init(
    id: String, timestamps: [Double], status: Status, mode: ExtractionMode = .exact, codec: String,
    duration: Double?, rotation: Int,
    sourceWidth: Int, sourceHeight: Int, frameWidth: Int, frameHeight: Int
  ) {
    self.id = id
    self.timestamps = timestamps
    self.status = status
    self.mode = mode
    self.codec = codec
    self.duration = duration
    self.rotation = rotation
    self.sourceWidth = sourceWidth
    self.sourceHeight = sourceHeight
    self.frameWidth = frameWidth
    self.frameHeight = frameHeight
  }

  enum CodingKeys: String, CodingKey {
    case id, timestamps, status, mode, codec, duration, rotation
    case sourceWidth = "source_width"
    case sourceHeight = "source_height"
    case frameWidth = "frame_width"
    case frameHeight = "frame_height"
  }
}
