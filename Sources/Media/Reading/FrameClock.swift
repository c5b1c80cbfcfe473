import CFFmpeg

/// Turns the frames' own times into seconds since the first of them, as they come.
///
/// A frame without a time, or with one before its predecessor's, comes one frame period after the predecessor.
struct FrameClock {
  private let secondsPerUnit: Double
  /// Seconds from one frame to the next by the stream's nominal rate.
  private let period: Double
  private var origin: Int64?
  /// When the frame that `origin` belongs to comes: later than 0 if frames without a time came before it.
  private var offset = 0.0
  private var previous: Double?

  init(_ stream: UnsafeMutablePointer<AVStream>) {
    secondsPerUnit = av_q2d(stream.pointee.time_base)
    period = stream.nominalPeriod ?? 1 / 25
  }

  mutating func time(of frame: UnsafeMutablePointer<AVFrame>) -> Double {
    let stamp = frame.pointee.best_effort_timestamp
    var time = previous.map { $0 + period } ?? 0
    if stamp != FW_NO_TIME {
      if let origin {
        let stamped = seconds(from: origin, to: stamp)
        if stamped >= previous ?? 0 { time = stamped }
      } else {
        (origin, offset) = (stamp, time)
      }
    }
    previous = time
    return time
  }

  /// Seconds from the first frame to `survey`'s last packet. Call after the first frame.
  func lastFrame(by survey: Survey) -> Double {
    guard let origin, let last = survey.lastTime else { return Double(survey.packets - 1) * period }
    return seconds(from: origin, to: last)
  }

  private func seconds(from origin: Int64, to stamp: Int64) -> Double {
    Timeline(origin: origin, secondsPerUnit: secondsPerUnit).seconds(stamp) + offset
  }
}

/// Seconds since a moment in a stream's own units.
struct Timeline {
  let origin: Int64
  let secondsPerUnit: Double

  func seconds(_ stamp: Int64) -> Double { (Double(stamp) - Double(origin)) * secondsPerUnit }

  /// The last moment of the stream's units that is not later.
  func stamp(_ seconds: Double) -> Int64 {
    Int64(exactly: (seconds / secondsPerUnit + Double(origin)).rounded(.down)) ?? .max
  }
}

extension UnsafeMutablePointer<AVStream> {
  /// Seconds from one frame to the next by the rate that the file names.
  var nominalPeriod: Double? {
    [pointee.avg_frame_rate, pointee.r_frame_rate].first { $0.num > 0 && $0.den > 0 }.map { 1 / av_q2d($0) }
  }
}
