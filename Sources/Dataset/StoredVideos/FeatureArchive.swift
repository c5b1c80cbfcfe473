import Storage
package import SystemPackage

/// The challenge's feature vectors: `zip_feats/<split>.zip`, members `<id>.npy`, float16 or float32 `(frames, dimension)`.
package final class FeatureArchive: VideoSource {
  package var vectorSize: Int? { dimension }
  package let ids: [String]
  /// Of several archives their folder.
  package let path: FilePath?

  private let dimension: Int
  private let places: [String: Place]

  private enum Place {
    case stored(ZipArchive, ZipArchive.Member)
    case ambiguous(FilePath, FilePath)
  }

  /// 32 vectors of 768 half-precision numbers are 48 KiB; this leaves room for other models' vectors.
  static let maximumMemberBytes = 1 << 24
  private static let maximumMembers = 20_000_000

  /// - Parameter archives: of one or more splits.
  /// - Throws: `DatasetError` when one is no zip, or none holds a readable vector.
  package init(_ archives: [FilePath]) throws(DatasetError) {
    var places: [String: Place] = [:]
    var ids: [String] = []
    for path in archives {
      let archive: ZipArchive
      do { archive = try ZipArchive(path, maximumMembers: Self.maximumMembers) } catch {
        throw DatasetError(error)
      }
      for member in archive.members {
        guard let id = Self.id(of: member.name) else { continue }
        switch places[id] {
        case nil:
          places[id] = .stored(archive, member)
          ids.append(id)
        case .stored(let first, _): places[id] = .ambiguous(first.path, path)
        case .ambiguous: break
        }
      }
    }
    let readable = ids.lazy.compactMap { try? Self.array(places[$0]).columns }
    guard let dimension = readable.first else {
      throw DatasetError(archives.first ?? "", "holds no feature vectors: no member is a readable <id>.npy")
    }
    self.dimension = dimension
    self.ids = ids
    self.places = places
    path = archives.count == 1 ? archives[0] : archives.first?.removingLastComponent()
  }

  package func content(of id: String) -> VideoContent {
    do throws(Missing) {
      let array = try Self.array(places[id])
      guard array.columns == dimension else {
        return .missing(
          reason: "its vectors have \(array.columns) numbers, those of \(quoted(ids[0])) have \(dimension)")
      }
      return .features(array.values, dimension: dimension)
    } catch {
      return .missing(reason: error.reason)
    }
  }

  /// Of the size and the checksum that the archive's directory gives to each video's vectors.
  package func fingerprint(of ids: some Sequence<String>) -> String {
    var fingerprint = Fingerprint()
    for id in ids {
      fingerprint.add(id)
      switch places[id] {
      case nil: fingerprint.add(-1)
      case .ambiguous: fingerprint.add(-2)
      case .stored(let archive, let member):
        let (size, checksum) = archive.listing(of: member)
        fingerprint.add(size)
        fingerprint.add(checksum)
      }
    }
    return fingerprint.text
  }

  private struct Missing: Error {
    var reason: String
  }

  private static func array(_ place: Place?) throws(Missing) -> NPYArray {
    switch place {
    case nil: throw Missing(reason: "not in the archive")
    case .ambiguous(let first, let second): throw Missing(reason: "stored twice: in \(first) and \(second)")
    case .stored(let archive, let member):
      let bytes: [UInt8]
      do { bytes = try archive.content(of: member, limit: maximumMemberBytes) } catch {
        throw Missing(reason: error.description)
      }
      let array: NPYArray
      do { array = try NPYArray(bytes) } catch {
        throw Missing(reason: "\(archive.path), member \(quoted(member.name)): \(error.reason)")
      }
      guard array.rows > 0 else { throw Missing(reason: "has no frames") }
      return array
    }
  }

  /// `labeled/123.npy` → `123`
  private static func id(of name: String) -> String? {
    guard let file = name.split(separator: "/").last, file.hasSuffix(".npy"), !file.hasPrefix("._") else {
      return nil
    }
    return String(file.dropLast(".npy".count))
  }
}
