package import Storage
import Synchronization
package import SystemPackage

/// The folder that uploads are kept in while they are needed, and how much of its disk all of them together may take.
package final class Spool: Sendable {
  package let folder: FilePath
  private let most: Int
  private let taken = Mutex(0)

  /// - Parameter most: bytes.
  /// - Throws: `FileError` where no file can be made there.
  package init(_ folder: FilePath, most: Int) throws(FileError) {
    self.folder = folder
    self.most = most
    _ = try SpooledVideo(in: self)
  }

  /// Of all uploads that are kept.
  package var bytes: Int { taken.withLock { $0 } }

  /// - Throws: `Refusal` where there is no room for so many bytes more.
  func take(_ bytes: Int) throws(Refusal) {
    let isThere = taken.withLock { taken in
      guard bytes <= most - taken else { return false }
      taken += bytes
      return true
    }
    guard isThere else {
      throw Refusal(.noRoom, "there is no room for the upload beside the others; try again soon")
    }
  }

  func giveBack(_ bytes: Int) { taken.withLock { $0 -= bytes } }
}
