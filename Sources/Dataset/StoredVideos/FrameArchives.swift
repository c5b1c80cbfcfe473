import Storage
package import SystemPackage

/// The challenge's frames: a zip of JPEG files for each video,
/// `zip_frames/<split>/<last three characters of the id>/<id>.zip`, in lexicographic order.
package final class FrameArchives: VideoSource {
  package let vectorSize: Int? = nil
  package let ids: [String]
  package var path: FilePath? { folder }
  private let folder: FilePath
  private let places: [String: Place]

  private enum Place {
    case stored(split: FilePath)
    case ambiguous(FilePath, FilePath)
  }

  private static let maximumMembers = 4096
  /// All frames of a video are decoded at once: of more than these, as many are taken evenly.
  private static let maximumFrames = 512
  private static let maximumBytes = 1 << 28

  /// - Parameter folder: `zip_frames` or `zip_frames/<split>`.
  /// - Throws: `DatasetError` when no video's zip lies where it should.
  package init(_ folder: FilePath) throws(DatasetError) {
    var places: [String: Place] = [:]
    var ids: [String] = []
    for (split, idsOfSplit) in try Self.splits(in: folder) {
      for id in idsOfSplit {
        switch places[id] {
        case nil:
          places[id] = .stored(split: split)
          ids.append(id)
        case .stored(let first): places[id] = .ambiguous(first, split)
        case .ambiguous: break
        }
      }
    }
    guard !ids.isEmpty else {
      throw DatasetError(folder, "holds no zip of frames as <split>/<last three characters of id>/<id>.zip")
    }
    self.ids = ids
    self.places = places
    self.folder = folder
  }

  package func content(of id: String) -> VideoContent {
    switch places[id] {
    case nil: return .missing(reason: "not in the frame archives")
    case .ambiguous(let first, let second):
      return .missing(reason: "stored twice: in \(first) and \(second)")
    case .stored(let split):
      do throws(DatasetError) {
        return .frames(try Self.frames(Self.zip(of: id, in: split)))
      } catch {
        return .missing(reason: error.description)
      }
    }
  }

  /// Of the size of each video's zip: none is opened.
  package func fingerprint(of ids: some Sequence<String>) throws -> String {
    var fingerprint = Fingerprint()
    for id in ids {
      fingerprint.add(id)
      switch places[id] {
      case nil: fingerprint.add(-1)
      case .ambiguous: fingerprint.add(-2)
      case .stored(let split): fingerprint.add(try Folder.size(of: Self.zip(of: id, in: split)) ?? -1)
      }
    }
    return fingerprint.text
  }

  private static func zip(of id: String, in split: FilePath) -> FilePath {
    split.appending(bucket(of: id)).appending("\(id).zip")
  }

  private static func frames(_ path: FilePath) throws(DatasetError) -> [[UInt8]] {
    let archive: ZipArchive
    do { archive = try ZipArchive(path, maximumMembers: maximumMembers) } catch { throw DatasetError(error) }
    let members = archive.members.filter { isFrame($0.name) }
      .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    guard !members.isEmpty else { throw DatasetError(path, "holds no JPEG files") }
    var frames: [[UInt8]] = []
    var room = maximumBytes
    for member in FrameSampling.spread(count: members.count, room: maximumFrames).map({ members[$0] }) {
      let frame: [UInt8]
      do { frame = try archive.content(of: member, limit: room) } catch { throw DatasetError(error) }
      guard frame.starts(with: [0xFF, 0xD8]) else {
        throw DatasetError(path, "member \(quoted(member.name)) is no JPEG file")
      }
      room -= frame.count
      frames.append(frame)
    }
    return frames
  }

  /// Archivers of some systems add `__MACOSX/._0001.jpg` and the like.
  private static func isFrame(_ name: String) -> Bool {
    let lowercased = name.lowercased()
    guard lowercased.hasSuffix(".jpg") || lowercased.hasSuffix(".jpeg") else { return false }
    return !name.split(separator: "/").contains { $0.hasPrefix(".") || $0 == "__MACOSX" }
  }

  private static func bucket(of id: String) -> String { String(id.suffix(3)) }

  private static func splits(in folder: FilePath) throws(DatasetError) -> [(FilePath, ids: [String])] {
    let ids = try ids(inSplit: folder)
    if !ids.isEmpty { return [(folder, ids)] }
    var splits: [(FilePath, ids: [String])] = []
    for name in try names(in: folder) {
      splits.append((folder.appending(name), try self.ids(inSplit: folder.appending(name))))
    }
    return splits
  }

  private static func ids(inSplit split: FilePath) throws(DatasetError) -> [String] {
    var ids: [String] = []
    for bucket in try names(in: split) {
      for name in try names(in: split.appending(bucket)) where name.hasSuffix(".zip") {
        let id = String(name.dropLast(".zip".count))
        if self.bucket(of: id) == bucket { ids.append(id) }
      }
    }
    return ids
  }

  /// Nothing where there is no folder.
  private static func names(in folder: FilePath) throws(DatasetError) -> [String] {
    guard Folder.isFolder(folder) else { return [] }
    do { return try Folder.names(in: folder) } catch { throw DatasetError(error) }
  }
}
