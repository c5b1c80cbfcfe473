import Dataset
import Glibc
import Storage
import SystemPackage

/// The videos of one shard that are done, in the order in which they came, until all are there and the shard can be
/// written in the order of the annotations.
///
/// A file of parcels, one after the other. Whatever interrupts its writing leaves whole parcels and at most a torn
/// one at the end, which is cut off when the spool is opened again. While it is open nobody else can open it.
final class ShardSpool {
  private let path: FilePath
  private let file: OwnedDescriptor
  private var end = 0
  private var places: [String: Range<Int>] = [:]
  /// Videos in it that are in quarantine.
  private(set) var quarantined = 0

  /// - Parameters:
  ///   - isRetry: what was quarantined before this retry began is passed over.
  ///   - isSound: what does not fit into the shard is passed over, too, and so read again: the file may have been
  ///     written by a program that believed more, or by nobody who means well.
  /// - Throws: `DatasetError` when another process has it.
  init(
    _ path: FilePath, in folder: WorkFolder, isRetry: Bool, isSound: (_ id: String, ExtractedVideo) -> Bool
  ) throws {
    self.path = path
    do {
      file = OwnedDescriptor(
        try FileDescriptor.open(
          path, .readWrite, options: [.create, .closeOnExec],
          permissions: [.ownerReadWrite, .groupRead, .otherRead]))
    } catch {
      throw FileError(.create, path, error as? Errno ?? .ioError)
    }
    // Where there are no locks, the user has been told of it when the folder was claimed.
    if try FileLock.attempt(.exclusive, file.descriptor, path) == .busy { throw folder.isInUse() }
    try load(isRetry: isRetry, isSound: isSound)
  }

  private var descriptor: FileDescriptor { file.descriptor }

  func contains(_ id: String) -> Bool { places[id] != nil }

  func append(_ video: ExtractedVideo) throws(FileError) {
    guard let id = video.id else { preconditionFailure("a video that is nothing") }
    let bytes = video.parcel.bytes
    do { _ = try descriptor.writeAll(toAbsoluteOffset: Int64(end), bytes) } catch {
      throw FileError(.write, path, error as? Errno ?? .ioError)
    }
    add(video, id, end..<(end + bytes.count))
  }

  /// - Throws: `DatasetError` when the disk does not give back what was written.
  func video(_ id: String) throws -> ExtractedVideo {
    guard let place = places[id],
      let video = try read(place.count, at: place.lowerBound).flatMap({ Parcel($0[...]) })
        .flatMap(ExtractedVideo.init), let name = video.id, VideoID.areSame(name, id)
    else { throw DatasetError(path, "is damaged; remove it and run extract again") }
    return video
  }

  /// After the shard is in place.
  func remove() { unlink(path.string) }

  private func add(_ video: ExtractedVideo, _ id: String, _ place: Range<Int>) {
    if places.updateValue(place, forKey: id) == nil, video.quarantine != nil { quarantined += 1 }
    end = place.upperBound
  }

  private func load(isRetry: Bool, isSound: (_ id: String, ExtractedVideo) -> Bool) throws {
    while let start = try read(Parcel.prefixBytes, at: end), let prefix = Parcel.Prefix(start[...]),
      let bytes = try read(prefix.total, at: end), let parcel = Parcel(bytes[...]),
      let video = ExtractedVideo(parcel), let id = video.id
    {
      if isRetry && video.quarantine != nil && !video.isRetried || !isSound(id, video) {
        end += bytes.count
      } else {
        add(video, id, end..<(end + bytes.count))
      }
    }
    guard ftruncate(descriptor.rawValue, off_t(end)) == 0 else { throw FileError.current(.write, path) }
  }

  /// Nil when the file ends before.
  private func read(_ count: Int, at offset: Int) throws(FileError) -> [UInt8]? {
    do {
      let bytes = try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        let target = UnsafeMutableRawBufferPointer(buffer)
        while filled < count {
          let read = try descriptor.read(
            fromAbsoluteOffset: Int64(offset + filled), into: .init(rebasing: target[filled...]))
          if read == 0 { return }
          filled += read
        }
      }
      return bytes.count == count ? bytes : nil
    } catch {
      throw FileError(.read, path, error as? Errno ?? .ioError)
    }
  }
}

extension ExtractedVideo {
  fileprivate var id: String? { sample?.id ?? quarantine?.id }
}
