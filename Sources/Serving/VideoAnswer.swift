package import Dataset
import Storage

/// What is said of one video.
package struct VideoAnswer: Encodable, Sendable, Equatable {
  package struct Candidate: Encodable, Sendable, Equatable {
    package var category: String
    /// What it is called, where that is known.
    package var name: String?
    package var probability: Float

    enum CodingKeys: String, CodingKey {
      case category = "category_id"
      case name = "category_name"
      case probability
    }
  }

  /// What became of the file.
  package struct File: Encodable, Sendable, Equatable {
    package enum Status: Sendable, Equatable {
      /// Read in full.
      case complete
      case quarantined(QuarantineRow.Reason)
      /// There was no file.
      case none
      /// The models look at text alone.
      case ignored

      package var text: String {
        switch self {
        case .complete: "complete"
        case .quarantined(let reason): reason.rawValue
        case .none: "none"
        case .ignored: "ignored"
        }
      }

      /// A file that is too long is refused with its request.
      package static let all =
        ["complete", "none", "ignored"]
        + QuarantineRow.Reason.allCases.filter { $0 != .tooLong }.map(\.rawValue)
    }

    package var status: Status
    /// What is wrong with it, in a line.
    package var detail: String?
    /// That were taken out of it.
    package var frames = 0
    /// Seconds.
    package var duration: Double?

    enum CodingKeys: String, CodingKey {
      case status, detail, frames, duration
    }

    package func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(status.text, forKey: .status)
      try container.encodeIfPresent(detail, forKey: .detail)
      try container.encode(frames, forKey: .frames)
      try container.encodeIfPresent(duration, forKey: .duration)
    }
  }

  /// A small picture of a frame that the models saw.
  package struct Frame: Encodable, Sendable, Equatable {
    /// Seconds from the start.
    package var time: Double?
    package var width: Int
    package var height: Int
    /// A JPEG as a data URL.
    package var picture: String
  }

  /// Seconds.
  package struct Timings: Encodable, Sendable, Equatable {
    /// Reading the file, the wait for a free reader included.
    package var read: Double
    /// Preparing text and frames.
    package var prepare: Double
    /// Waiting for the models.
    package var wait: Double
    /// Computing, together with others.
    package var compute: Double
  }

  package var id: String
  package var prediction: Prediction
  /// Of the predicted category, and of its first level, where that is known.
  package var name: String?
  package var level1Name: String?
  package var top: [Candidate]
  /// Of the predicted category's first level.
  package var level1Probability: Float
  package var file: File
  package var explanation: Explanation?
  package var frames: [Frame]?
  package var timings: Timings

  enum CodingKeys: String, CodingKey {
    case id
    case category = "category_id"
    case name = "category_name"
    case probability
    case level1
    case level1Name = "level1_name"
    case level1Probability = "level1_probability"
    case top = "probabilities"
    case status
    case file = "video"
    case explanation, frames, timings
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(id, forKey: .id)
    try container.encode(prediction.category, forKey: .category)
    try container.encodeIfPresent(name, forKey: .name)
    try container.encode(prediction.probability, forKey: .probability)
    try container.encode(CategoryID.level1(of: prediction.category), forKey: .level1)
    try container.encodeIfPresent(level1Name, forKey: .level1Name)
    try container.encode(level1Probability, forKey: .level1Probability)
    try container.encode(top, forKey: .top)
    try container.encode(prediction.status, forKey: .status)
    try container.encode(file, forKey: .file)
    try container.encodeIfPresent(explanation, forKey: .explanation)
    try container.encodeIfPresent(frames, forKey: .frames)
    try container.encode(timings, forKey: .timings)
  }
}

extension VideoAnswer {
  /// - Parameter top: how many categories are told.
  init(
    _ id: String, _ prediction: Prediction, _ names: CategoryNames, top: Int, file: File,
    explanation: Explanation?, frames: [Frame]?,
    timings: Timings
  ) {
    self.id = id
    self.prediction = prediction
    let level1 = CategoryID.level1(of: prediction.category)
    (name, level1Name) = (names[prediction.category], names[level1])
    level1Probability = prediction.probabilities.reduce(0) {
      CategoryID.level1(of: $1.key) == level1 ? $0 + $1.value : $0
    }
    // Those that are as probable, by name: dictionaries have no order.
    self.top = prediction.probabilities.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(top)
      .map { Candidate(category: $0.key, name: names[$0.key], probability: $0.value) }
    self.file = file
    self.explanation = explanation
    self.frames = frames
    self.timings = timings
  }
}
