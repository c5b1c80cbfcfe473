import Glibc
package import SystemPackage

/// Keeps a folder for one process: nobody else gets the lock until it is let go or the process has ended, however.
package struct FolderLock: ~Copyable {
  private let folder: OwnedDescriptor

  /// - Throws: `FolderInUse` where another process has it.
  package init(_ folder: FilePath) throws {
    let descriptor = open(folder.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError.current(.read, folder) }
    let owned = OwnedDescriptor(FileDescriptor(rawValue: descriptor))
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      if errno == EWOULDBLOCK { throw FolderInUse(path: folder) }
      throw FileError.current(.create, folder)
    }
    self.folder = owned
  }
}

/// A folder that another process is at work in.
package struct FolderInUse: ReportableError {
  package let path: FilePath

  package var kind: ErrorKind { .cannotCreate }
  package var description: String { "\(path): another framewise is at work here" }
}
