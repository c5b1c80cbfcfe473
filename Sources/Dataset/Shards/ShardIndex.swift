import Storage
import SystemPackage

/// Where each sample of one shard lies; `shard-000000.index.json`.
///
/// The members of a sample follow each other in the tar, so one range holds them all, and one read fetches
/// it. The members' own headers tell whether a range still is what the index says.
package struct ShardIndex: Codable, Sendable, Equatable {
  package struct Entry: Codable, Sendable, Equatable {
    package var id: String
    /// Of the sample's first tar header, in bytes from the start of the shard.
    package var offset: Int
    /// Bytes up to the next sample, tar headers and padding included.
    package var length: Int
  }

  /// 32 frames of a short side of 256 are about half a megabyte; what is far beyond was not made by us.
  static let maximumSampleBytes = 1 << 28

  /// The size of the tar. Another size means that the tar was changed after the index was made.
  package var bytes = 0
  /// In the order of the tar.
  package var samples: [Entry] = []

  func write(to path: FilePath) throws(FileError) { try AtomicFile.write(JSONText.encode(self), to: path) }

  /// The stored index; nil when there is none or it contradicts itself.
  static func read(_ path: FilePath) -> ShardIndex? {
    guard let index = try? JSONText.read(ShardIndex.self, from: path), index.isConsistent else { return nil }
    return index
  }

  /// Samples follow each other without a gap, from the start, and end before the tar does.
  private var isConsistent: Bool {
    var end = 0
    for sample in samples {
      guard sample.offset == end, (1...Self.maximumSampleBytes).contains(sample.length) else { return false }
      end += sample.length
    }
    return end <= bytes
  }
}

/// What `dataset.json` says of one shard.
package struct ShardSummary: Codable, Sendable, Equatable {
  /// `shard-000000.tar`
  package var name: String
  package var samples: Int
  /// All frames of all samples.
  package var frames: Int
  /// The size of the tar.
  package var bytes: Int

  package init(name: String, samples: Int, frames: Int, bytes: Int) {
    self.name = name
    self.samples = samples
    self.frames = frames
    self.bytes = bytes
  }
}
