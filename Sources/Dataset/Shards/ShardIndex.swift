import Storage
import SystemPackage

/// Where each sample of one shard lies; `shard-000000.index.json`.
///
/// The members of a sample follow each other in the tar, so one range holds them all, and one read fetches
/// it. The members' own headers tell whether a range still is what the index says.
package struct ShardIndex: Sendable, Equatable {
  package struct Entry: Codable, Sendable, Equatable {
    package var id: String
    /// Of the sample's first tar header, in bytes from the start of the shard.
    package var offset: Int
    /// Bytes up to the next sample, tar headers and padding included.
    package var length: Int

    /// The sample's bytes in `tar`. A descriptor for each read: datasets have more shards than a process may have
    /// open files.
    ///
    /// - Throws: `FileError`, or `ShardReader.Damage` where the tar ends before.
    func bytes(of tar: FilePath) throws -> [UInt8] {
      let descriptor: FileDescriptor
      do { descriptor = try FileDescriptor.open(tar, .readOnly) } catch {
        throw FileError(.read, tar, error as? Errno ?? .ioError)
      }
      defer { try? descriptor.close() }
      return try [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
        let target = UnsafeMutableRawBufferPointer(buffer)
        while count < length {
          let read = try descriptor.read(
            fromAbsoluteOffset: Int64(offset + count), into: .init(rebasing: target[count...]))
          guard read > 0 else { throw ShardReader.Damage(reason: "the shard is cut off") }
          count += read
        }
      }
    }
  }

  /// 32 frames of a short side of 256 are about half a megabyte; what is far beyond was not made by us.
  static let maximumSampleBytes = 1 << 28

  /// The size of the tar. Another size means that the tar was changed after the index was made.
  package var bytes = 0
  /// In the order of the tar.
  package var samples: [Entry] = []

  /// Beside the tar.
  static func path(for tar: FilePath) -> FilePath {
    tar.removingLastComponent().appending(ShardName.index(of: tar.lastComponent?.string ?? ""))
  }

  func write(to path: FilePath) throws(FileError) { try AtomicFile.write(JSONText.encode(self), to: path) }

  /// The stored index; nil when there is none or it is not as it was written.
  static func read(_ path: FilePath) -> ShardIndex? { try? JSONText.read(ShardIndex.self, from: path) }

  /// Samples follow each other without a gap, from the start, and end before the tar does.
  private var isConsistent: Bool {
    var end = 0
    for sample in samples {
      guard sample.offset == end, (1...Self.maximumSampleBytes).contains(sample.length) else { return false }
      end += sample.length
    }
    return end <= bytes
  }

  private var checksum: String {
    var fingerprint = Fingerprint()
    fingerprint.add(bytes)
    for sample in samples {
      fingerprint.add(sample.id)
      fingerprint.add(sample.offset)
      fingerprint.add(sample.length)
    }
    return fingerprint.text
  }
}

extension ShardIndex: Codable {
  enum CodingKeys: String, CodingKey {
    case bytes, samples, checksum
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(bytes, forKey: .bytes)
    try container.encode(samples, forKey: .samples)
    try container.encode(checksum, forKey: .checksum)
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    bytes = try container.decode(Int.self, forKey: .bytes)
    samples = try container.decode([Entry].self, forKey: .samples)
    guard try container.decode(String.self, forKey: .checksum) == checksum, isConsistent else {
      throw DecodingError.dataCorruptedError(
        forKey: .checksum, in: container, debugDescription: "is not that of the samples")
    }
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

  /// Whether it can be of a shard that an extraction made. No file holds as many such summaries as make a sum overflow.
  package var isSound: Bool {
    0...DatasetDescription.shardSizes.upperBound ~= samples && 0...(samples << 16) ~= frames && bytes >= 0
  }
}
