import Glibc
import Storage
import Synchronization
package import SystemPackage

/// The frames that `extract` made: a folder of shards.
///
/// Sound indexes are believed; where one is missing or belongs to another tar, the tar itself is gone through
/// and the index written anew. What is damaged is missing, with the reason, and nothing else is.
package final class ShardedFrames: VideoSource {
  package let vectorSize: Int? = nil
  package let ids: [String]
  package let description: DatasetDescription
  package var shortSide: Int? { description.extraction.shortSide }
  /// What is wrong with the folder as a whole, a line each; empty when all is as `extract` left it.
  package let problems: [String]
  /// The ledger of what could not be read in full, in the order of the videos.
  package let quarantine: [QuarantineRow]

  package var path: FilePath? { folder }

  private let folder: FilePath
  private let shards: Mutex<[String: Place]>
  private let quarantined: [String: QuarantineRow]

  private enum Place {
    case stored(shard: String, ShardIndex.Entry)
    case damaged(reason: String)
  }

  /// - Throws: `DatasetError` when `folder` is no finished dataset.
  package init(_ folder: FilePath) throws(DatasetError) {
    description = try DatasetDescription.read(fromFolder: folder)
    self.folder = folder
    var contents = Contents()
    for shard in description.shards { contents.add(shard, in: folder) }
    var quarantine: [QuarantineRow] = []
    if Folder.exists(folder.appending(QuarantineRow.fileName)) {
      do {
        quarantine = try QuarantineRow.read(fromFolder: folder)
      } catch {
        contents.problems.append(error.description)
      }
    }
    self.quarantine = quarantine
    quarantined = Dictionary(quarantine.map { ($0.id, $0) }) { $1 }
    ids = contents.ids
    problems = contents.problems
    shards = Mutex(contents.places)
  }

  package func content(of id: String) -> VideoContent {
    switch sample(id) {
    case .success(let stored): .frames(stored.jpegs)
    case .failure(let missing): .missing(reason: missing.reason)
    }
  }

  package func times(of id: String) -> [Double]? {
    if case .success(let stored) = sample(id) { stored.sample.timestamps } else { nil }
  }

  /// The description of a video and its frames.
  package func sample(_ id: String) -> Result<(sample: ShardSample, jpegs: [[UInt8]]), Missing> {
    guard let place = shards.withLock({ $0[id] }) else {
      guard let row = quarantined[id] else { return .failure(Missing(reason: "not in \(folder)")) }
      return .failure(Missing(reason: "\(row.reason.rawValue): \(row.detail)"))
    }
    switch place {
    case .damaged(let reason): return .failure(Missing(reason: reason))
    case .stored(let shard, let entry): return read(entry, of: shard)
    }
  }

  package struct Missing: Error {
    package var reason: String
  }

  private func read(
    _ entry: ShardIndex.Entry, of shard: String
  ) -> Result<(sample: ShardSample, jpegs: [[UInt8]]), Missing> {
    let path = folder.appending(shard)
    do {
      let bytes = try entry.bytes(of: path)
      return .success(
        try ShardReader.sample(entry.id, in: bytes, shortSide: description.extraction.shortSide))
    } catch let error as ShardReader.Damage where error.isMisplaced {
      guard let found = find(entry, in: path) else {
        return .failure(Missing(reason: "\(path): \(error.reason)"))
      }
      return read(found, of: shard)
    } catch let error as ShardReader.Damage {
      return .failure(Missing(reason: "\(path): \(error.reason)"))
    } catch {
      return .failure(Missing(reason: "\(error)"))
    }
  }

  /// Where the tar itself says that the sample lies, when that is elsewhere than the index said.
  private func find(_ entry: ShardIndex.Entry, in path: FilePath) -> ShardIndex.Entry? {
    shards.withLock { places in
      // Another thread may have gone through the tar meanwhile.
      if case .stored(_, let current) = places[entry.id], current != entry { return current }
      guard let scan = try? ShardScan.run(path), let shard = path.lastComponent?.string else { return nil }
      for sample in scan.index.samples where places[sample.id] != nil {
        places[sample.id] = .stored(shard: shard, sample)
      }
      guard case .stored(_, let current) = places[entry.id], current != entry else { return nil }
      if scan.damaged.isEmpty { try? scan.index.write(to: ShardIndex.path(for: path)) }
      return current
    }
  }

  /// Of how the frames were extracted, of the size that the index gives to each video, and of the bytes of the first few:
  /// tiny pictures differ while their sizes, which are whole blocks of the tar, do not.
  package func fingerprint(of ids: some Sequence<String>) -> String {
    var fingerprint = Fingerprint()
    fingerprint.add(JSONText.encode(description.extraction))
    var read = 0
    for id in ids {
      fingerprint.add(id)
      guard case .stored(let shard, let entry) = shards.withLock({ $0[id] }) else {
        fingerprint.add(-1)
        continue
      }
      fingerprint.add(entry.length)
      guard read < Self.comparedVideos else { continue }
      read += 1
      fingerprint.add((try? entry.bytes(of: folder.appending(shard))) ?? [])
    }
    return fingerprint.text
  }

  /// Videos of which a fingerprint takes in every byte: some megabytes together.
  private static let comparedVideos = 8

  /// What the shards hold, put together when the dataset is opened.
  private struct Contents {
    var ids: [String] = []
    var places: [String: Place] = [:]
    var problems: [String] = []

    mutating func add(_ shard: ShardSummary, in folder: FilePath) {
      let path = folder.appending(shard.name)
      var information = stat()
      let bytes = stat(path.string, &information) == 0 ? Int(information.st_size) : nil
      let stored = ShardIndex.read(ShardIndex.path(for: path))
      if let stored, stored.bytes == bytes, bytes == shard.bytes, stored.samples.count == shard.samples {
        for sample in stored.samples { add(sample.id, .stored(shard: shard.name, sample)) }
        return
      }
      do {
        let scan = try ShardScan.run(path)
        for sample in scan.index.samples { add(sample.id, .stored(shard: shard.name, sample)) }
        for (id, reason) in scan.damaged { add(id, .damaged(reason: "\(path): \(reason)")) }
        if scan.damaged.isEmpty { try? scan.index.write(to: ShardIndex.path(for: path)) }
        if scan.index.bytes != shard.bytes || scan.index.samples.count != shard.samples {
          problems.append(
            "\(path): damaged, or not the one that dataset.json is about: holds \(scan.index.samples.count) of \(shard.samples) videos in \(scan.index.bytes) of \(shard.bytes) bytes"
          )
        }
      } catch {
        problems.append(error.description)
      }
      // An index that outlived its tar still knows what is lost.
      for sample in stored?.samples ?? [] where places[sample.id] == nil {
        add(sample.id, .damaged(reason: "\(path): the shard is damaged or cut off before this video"))
      }
    }

    private mutating func add(_ id: String, _ place: Place) {
      if let first = places[id] {
        if case .damaged = first { return }
        places[id] = .damaged(reason: "stored twice")
      } else {
        ids.append(id)
        places[id] = place
      }
    }
  }
}
