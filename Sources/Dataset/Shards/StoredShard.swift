package import Storage
package import SystemPackage

/// One finished shard by itself, without the dataset that it belongs to.
package struct StoredShard {
  package let path: FilePath
  private let index: ShardIndex

  /// Goes through the tar where there is no sound index.
  ///
  /// - Throws: `FileError` when there is no such tar.
  package init(_ path: FilePath) throws(FileError) {
    self.path = path
    guard let bytes = try Folder.size(of: path) else {
      throw FileError(.read, path, .noSuchFileOrDirectory)
    }
    if let stored = ShardIndex.read(ShardIndex.path(for: path)), stored.bytes == bytes {
      index = stored
    } else {
      index = try ShardScan.run(path).index
    }
  }

  /// In the order of the tar.
  package var ids: [String] { index.samples.map(\.id) }

  /// The sample at `position` in `ids`; nil when it is damaged.
  ///
  /// - Parameter shortSide: of the dataset's frames, in pixels.
  package func sample(at position: Int, shortSide: Int) -> (sample: ShardSample, jpegs: [[UInt8]])? {
    let entry = index.samples[position]
    guard let bytes = try? entry.bytes(of: path) else { return nil }
    return try? ShardReader.sample(entry.id, in: bytes, shortSide: shortSide)
  }

  /// Whether tar and index are there, with the size that `summary` says.
  ///
  /// - Throws: `FileError` where the file system does not say: what only seems to be gone would be made anew.
  package static func isInPlace(_ summary: ShardSummary, in folder: FilePath) throws(FileError) -> Bool {
    let path = folder.appending(summary.name)
    guard try Folder.size(of: path) == summary.bytes else { return false }
    return try Folder.size(of: ShardIndex.path(for: path)) != nil
  }
}
