package import Metrics

/// What a run's models score when a part of their input is taken from them, or exchanged: `ledger.json`. Each video is
/// judged by the model that never saw it, as in the report.
package struct ModalityLedger: Codable, Sendable, Equatable {
  package enum Input: String, Codable, Sendable, CaseIterable {
    /// Everything, as in the report.
    case full
    case text
    case video
    /// With the texts of another video.
    case shuffledText = "shuffled-text"
    /// With the frames of another video.
    case shuffledFrames = "shuffled-frames"
  }

  package struct Row: Codable, Sendable, Equatable {
    package let input: Input
    /// With the middle 95 % of what random draws of the videos give.
    package let meanF1: Bootstrap.Interval

    package init(input: Input, meanF1: Bootstrap.Interval) {
      self.input = input
      self.meanF1 = meanF1
    }

    enum CodingKeys: String, CodingKey {
      case input
      case meanF1 = "mean_f1"
    }
  }

  package let videos: Int
  package let rows: [Row]

  package init(videos: Int, rows: [Row]) {
    self.videos = videos
    self.rows = rows
  }
}
