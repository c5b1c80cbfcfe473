import Dataset
import SystemPackage

/// Something with the ends of a JPEG file, which is all that shards look at.
func jpeg(_ seed: Int, size: Int = 600) -> [UInt8] {
  [0xFF, 0xD8] + (0..<size - 4).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ seed &* 7) } + [0xFF, 0xD9]
}

func shardSample(_ id: String, frames: Int) -> ShardSample {
  ShardSample(
    id: id, timestamps: (0..<frames).map(Double.init), status: .complete, codec: "h264", duration: Double(frames),
    rotation: 0, sourceWidth: 640, sourceHeight: 360, frameWidth: 455, frameHeight: 256)
}

typealias Stored = (sample: ShardSample, jpegs: [[UInt8]])

/// Videos `a`, `b` and `clip.1 é` of 2, 0 and 3 frames.
let samples: [Stored] = [
  (shardSample("a", frames: 2), [jpeg(1), jpeg(2, size: 1024)]),
  (shardSample("b", frames: 1), [jpeg(3, size: 511)]),
  (shardSample("clip.1 é", frames: 3), [jpeg(4), jpeg(5), jpeg(6)]),
]

@discardableResult
func writeShard(_ path: FilePath, _ samples: [Stored]) throws -> ShardSummary {
  var writer = try ShardWriter(path)
  for (sample, jpegs) in samples { try writer.append(sample, jpegs: jpegs) }
  return try writer.finish()
}
