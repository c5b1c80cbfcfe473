/// At which moments of a video a picture is taken, in seconds from its first frame.
///
/// With L the time of the last frame, r frames a second and at most M frames: 0, 1/r, 2/r, … up to L while
/// that is no more than M moments; otherwise k · L / (M − 1), k = 0…M − 1, which reaches from the first frame to the
/// last (for M = 1 the middle, L / 2).
struct SamplingPlan {
  /// A frame that comes this little after a moment counts as shown at it: files store rounded times, and
  /// sums of fractions are not exact. Less than the millisecond that is the finest difference in many files.
  static let tolerance = 0.0005

  let moments: [Double]

  init(lastFrame: Double, framesPerSecond: Double, maximumFrames: Int) {
    precondition(framesPerSecond > 0 && maximumFrames > 0)
    let last = max(0, lastFrame)
    let regular = ((last + Self.tolerance) * framesPerSecond).rounded(.down) + 1
    if regular <= Double(maximumFrames) {
      moments = (0..<Int(regular)).map { Double($0) / framesPerSecond }
    } else if maximumFrames == 1 {
      moments = [last / 2]
    } else {
      moments = (0..<maximumFrames).map { last * Double($0) / Double(maximumFrames - 1) }
    }
  }
}
