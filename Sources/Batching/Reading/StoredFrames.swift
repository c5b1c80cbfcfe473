package import Dataset
import Images

/// The stored frames of videos as a backbone takes them, all of each video.
package struct StoredFrames: Sendable {
  private let source: any VideoSource
  private let size: Int
  private let kept: Int
  private let framing: Framing

  /// - Parameter size: width and height of the backbone's input, pixels.
  /// - Parameter kept: see `InputPreparation.squareSize`.
  package init(_ source: any VideoSource, size: Int, kept: Int, _ framing: Framing) {
    self.source = source
    self.size = size
    self.kept = kept
    self.framing = framing
  }

  /// Of one video.
  package struct Video: Sendable {
    /// RGB, frame after frame, without those that cannot be decoded.
    package let bytes: [UInt8]
    /// Which of the stored frames these are.
    package let numbers: [Int]
    /// Frames that cannot be decoded; nil where nothing of the video can be read.
    package let undecodable: Int?
  }

  func decoded(_ jpegs: [[UInt8]]) -> [(number: Int, frame: SquareFrame)] {
    jpegs.enumerated().compactMap { number, jpeg in
      guard let frame = try? SquareFrame(jpeg: jpeg, size: size, kept: kept, framing) else { return nil }
      return (number, frame)
    }
  }

  /// The frames of a video as they are.
  /// - Precondition: the source has frames, no vectors.
  package func video(_ id: String) -> Video { video(id, view: nil) }

  /// - Parameter view: of all frames; nil shows them as they are.
  func video(_ id: String, view: FrameView?) -> Video {
    switch source.content(of: id) {
    case .missing: return Video(bytes: [], numbers: [], undecodable: nil)
    case .features: preconditionFailure("vectors have no pixels")
    case .frames(let jpegs):
      let frames = decoded(jpegs)
      return Video(
        bytes: frames.flatMap { $0.frame.input(size: size, view: view).pixels },
        numbers: frames.map(\.number), undecodable: jpegs.count - frames.count)
    }
  }

  /// Seconds of each stored frame from the start; nil where nobody knows.
  package func times(of id: String) -> [Double]? { source.times(of: id) }
}
