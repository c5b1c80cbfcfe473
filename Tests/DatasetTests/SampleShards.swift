import Dataset
import Storage
import SystemPackage

@testable import class Dataset.TarInput

/// Something with the header and the ends of a JPEG file, which is all that shards look at.
func jpeg(_ seed: Int, size: Int = 600) -> [UInt8] {
  let header = jpegHeader(width: 455, height: 256)
  return header
    + (0..<size - header.count - 2).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ seed &* 7) } + [0xFF, 0xD9]
}

/// Up to the picture itself.
///
/// - Parameters:
///   - marker: 0xC0 for baseline, 0xC2 for progressive coding.
///   - scanned: how many of the three components come in the first scan.
func jpegHeader(width: Int, height: Int, marker: UInt8 = 0xC0, scanned: UInt8 = 3) -> [UInt8] {
  let size = [height >> 8, height & 255, width >> 8, width & 255].map { UInt8($0) }
  return [0xFF, 0xD8, 0xFF, marker, 0, 17, 8] + size + [3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]
    + [0xFF, 0xDA, 0, 12, scanned, 1, 0, 2, 0x11, 3, 0x11, 0, 63, 0]
}

func shardSample(_ id: String, frames: Int) -> ShardSample {
  ShardSample(
    id: id, timestamps: (0..<frames).map(Double.init), status: .complete, codec: "h264",
    duration: Double(frames), rotation: 0, sourceWidth: 640, sourceHeight: 360, frameWidth: 455,
    frameHeight: 256)
}

typealias Stored = (sample: ShardSample, jpegs: [[UInt8]])

/// The videos `a`, `b` and `clip.1 é`, of 2, 1 and 3 frames.
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

/// A finished dataset with a shard of each of `shards`.
func writeDataset(_ folder: FilePath, _ shards: [[Stored]], quarantine: [QuarantineRow] = []) throws {
  var summaries: [ShardSummary] = []
  for (number, samples) in shards.enumerated() {
    summaries.append(try writeShard(folder.appending(ShardName.tar(number)), samples))
  }
  let ids = shards.joined().map(\.sample.id)
  try QuarantineRow.write(quarantine, toFolder: folder)
  try DatasetDescription(
    extraction: .init(framesPerSecond: 1, maximumFrames: 32, shortSide: 256, quality: 90),
    annotations: AnnotationFile.fingerprint(ids), videos: ids.count,
    shardSize: shards.first?.count ?? 1, quarantined: quarantine.count,
    shards: summaries
  ).write(toFolder: folder)
}

func membersOf(_ tar: FilePath) throws -> [String] {
  try Files.read(tar).withUnsafeBytes { bytes in
    let reader = TarInput(bytes)
    var names: [String] = []
    while let member = reader.next() { names.append(member.name) }
    return names
  }
}
