package import Storage

/// Which of a video's stored frames go into a batch that has less room.
///
/// The frames are cut into `room` segments whose lengths differ by one at most (Wang et al., Temporal Segment
/// Networks, 2016), and each segment gives one frame. So the choice covers the whole video; a whole-number
/// stride would not: 31 frames with room for 16 give a stride of 1, and the first 16.
package enum FrameSampling {
  /// The middle frame of each segment; all frames when there is room for them. Ascending; for inference.
  package static func spread(count: Int, room: Int) -> [Int] {
    segments(count: count, room: room).map { ($0.lowerBound + $0.upperBound - 1) / 2 }
  }

  /// A random frame of each segment; all frames when there is room for them. Ascending; for training.
  package static func jittered(count: Int, room: Int, using generator: inout SeededGenerator) -> [Int] {
    segments(count: count, room: room).map { $0.lowerBound + generator.int(below: $0.count) }
  }

  private static func segments(count: Int, room: Int) -> [Range<Int>] {
    precondition(count >= 0 && room >= 0, "\(count) frames, room for \(room)")
    let segments = min(count, room)
    return (0..<segments).map { $0 * count / segments..<($0 + 1) * count / segments }
  }
}
