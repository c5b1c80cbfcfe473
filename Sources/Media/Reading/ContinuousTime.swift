import CFFmpeg

/// One clock for a stream whose own clock breaks: recordings that were joined, or made by a program that was started
/// again, begin anew at another time, or leap.
///
/// A packet whose decoding time goes back, or is later than the one before by more than a recording pauses, comes one
/// packet after that instead, and what follows keeps its distance from it. Players do the same.
struct ContinuousTime {
  /// Seconds that times may go forward, and back.
  static let longestGap = 10.0
  static let longestStepBack = 0.1

  private let secondsPerUnit: Double
  /// What is added to the stream's own times, in its units.
  private(set) var offset: Int64 = 0
  /// The decoding time of the last packet by the stream's own clock, and how long after its predecessor that was.
  private var last: Int64?
  private var step: Int64
  /// The latest time of the file's other streams since that packet, in seconds.
  private var others = -Double.infinity

  init(_ stream: UnsafeMutablePointer<AVStream>) {
    secondsPerUnit = av_q2d(stream.pointee.time_base)
    let period = (stream.nominalPeriod ?? 1 / 25) / secondsPerUnit
    step = (1...1e15).contains(period) ? Int64(period) : 1
  }

  /// - Parameter packet: of the stream; its times become those of the one clock.
  mutating func correct(_ packet: UnsafeMutablePointer<AVPacket>) {
    let time = packet.pointee.dts
    if time != FW_NO_TIME {
      if let last {
        if isBreak(from: last, to: time) {
          offset &+= last &+ step &- time
        } else if time > last {
          step = time &- last
        }
      }
      (last, others) = (time, -.infinity)
      packet.pointee.dts &+= offset
    }
    if packet.pointee.pts != FW_NO_TIME { packet.pointee.pts &+= offset }
  }

  /// Takes note of a packet of another stream: as long as one goes on, nothing has leapt.
  mutating func note(_ packet: UnsafePointer<AVPacket>, of stream: UnsafePointer<AVStream>) {
    guard packet.pointee.dts != FW_NO_TIME else { return }
    others = max(others, Double(packet.pointee.dts) * av_q2d(stream.pointee.time_base))
  }

  private func isBreak(from last: Int64, to time: Int64) -> Bool {
    let (before, now) = (Double(last) * secondsPerUnit, Double(time) * secondsPerUnit)
    return now < before - Self.longestStepBack || now > max(before, others) + Self.longestGap
  }
}
