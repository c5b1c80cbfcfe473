package import SystemPackage

/// Keeps a folder for one process: nobody else gets the lock until it is let go or the process has ended, however.
package struct FolderLock: ~Copyable {
  private let lock: FileLock

  /// - Throws: `FolderInUse` where another process has it, `FileError`.
  package init(_ folder: FilePath) throws {
    guard let lock = try FileLock.take(.exclusive, at: folder.appending(".lock")) else {
      throw FolderInUse(path: folder)
    }
    self.lock = lock
  }

  /// What to tell the user where nobody is kept away; nil where the lock holds.
  package var warning: String? {
    lock.obstacle.map {
      "\(lock.path): this file system has no locks (\($0)): nothing keeps a second process away"
    }
  }
}

/// A folder that another process is at work in, or a file.
package struct FolderInUse: ReportableError {
  package let path: FilePath

  package init(path: FilePath) { self.path = path }

  package var kind: ErrorKind { .cannotCreate }
  package var description: String { "\(path): another framewise is at work here" }
}
