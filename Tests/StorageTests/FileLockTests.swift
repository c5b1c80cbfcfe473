import Glibc
import SystemPackage
import Testing

@testable import Storage

@Suite struct FileLockTests {
  @Test("shared by many, or held by one; the last to let go takes the file with it")
  func kinds() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending("lock")
      func expectNothing(_ kinds: FileLock.Kind...) throws {
        for kind in kinds { #expect(try FileLock.take(kind, at: path) == nil) }
      }
      do {
        let exclusive = try #require(try FileLock.take(.exclusive, at: path))
        try expectNothing(.exclusive, .shared)
        #expect(exclusive.obstacle == nil)
      }
      #expect(!Folder.exists(path))
      do {
        let first = try #require(try FileLock.take(.exclusive, at: path))
        #expect(try first.share())
        do {
          let second = try #require(try FileLock.take(.shared, at: path))
          try expectNothing(.exclusive)
          withExtendedLifetime(second) {}
        }
        #expect(Folder.exists(path))
        withExtendedLifetime(first) {}
      }
      #expect(try Folder.names(in: folder).isEmpty)
    }
  }

  @Test("a file that was removed under its holder is nobody's lock any more, and another's is not removed")
  func removed() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending("lock")
      let other: FileLock
      do {
        let first = try #require(try FileLock.take(.exclusive, at: path))
        try Folder.removeFile(path)
        other = try #require(try FileLock.take(.exclusive, at: path))
        #expect(try !first.share())
      }
      #expect(Folder.exists(path))
      #expect(try FileLock.take(.shared, at: path) == nil)
      withExtendedLifetime(other) {}
    }
  }

  @Test(
    "a file system without locks is not taken for another process that holds one",
    arguments: [ENOSYS, EOPNOTSUPP, ENOLCK])
  func withoutLocks(code: Int32) throws {
    try withTemporaryFolder { folder in
      let path = folder.appending("lock")
      let lock = try FileLock.take(.exclusive, at: path) { _, _ in
        errno = code
        return -1
      }
      #expect(lock?.obstacle == Errno(rawValue: code))
    }
  }

  @Test("any other failure is told for what it is")
  func otherFailures() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending("lock")
      let failure = #expect(throws: FileError.self) {
        try FileLock.take(.exclusive, at: path) { _, _ in
          errno = EIO
          return -1
        }
      }
      #expect(failure?.operation == .lock && failure?.reason == .ioError && failure?.kind == .cannotCreate)
      let missing = #expect(throws: FileError.self) {
        try FileLock.take(.shared, at: folder.appending("none/lock"))
      }
      #expect(missing?.reason == .noSuchFileOrDirectory)
      let fifo = folder.appending("fifo")
      try #require(mkfifo(fifo.string, 0o600) == 0)
      #expect(throws: FileError.self) { try FileLock.take(.shared, at: fifo) }
    }
  }

  @Test("a folder's lock is a regular file in it: Linux keeps locks on folders of NFS for one machine only")
  func folderLock() throws {
    try withTemporaryFolder { folder in
      do {
        let lock = try FolderLock(folder)
        #expect(try Folder.names(in: folder) == [".lock"] && lock.warning == nil)
        #expect(throws: FolderInUse.self) { _ = try FolderLock(folder) }
        withExtendedLifetime(lock) {}
      }
      #expect(try Folder.names(in: folder).isEmpty)
    }
  }
}
