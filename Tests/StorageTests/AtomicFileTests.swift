import Glibc
import Storage
import SystemPackage
import Testing

@Suite struct AtomicFileTests {
  private struct Stop: Error {}

  @Test("nothing stands at the path before the commit, everything after it, and no partial file remains")
  func commit() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending("a.txt")
      let file = try AtomicFile(path)
      try file.write("one ")
      try file.write([UInt8]("two".utf8))
      try file.write([UInt8]())
      #expect(!Folder.exists(path))
      try file.commit()
      #expect(try Files.read(path) == Array("one two".utf8))
      #expect(try Folder.names(in: folder) == ["a.txt"])
    }
  }

  @Test("a file that is given up leaves the old content and nothing beside it")
  func givenUp() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending("a.txt")
      try AtomicFile.write("old", to: path)
      func giveUp() throws {
        let file = try AtomicFile(path)
        try file.write("new")
        throw Stop()
      }
      #expect(throws: Stop.self) { try giveUp() }
      #expect(try Files.read(path) == Array("old".utf8))
      #expect(try Folder.names(in: folder) == ["a.txt"])
    }
  }

  @Test("two writers of one path do not mix: the last to commit wins")
  func twoWriters() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending("a.txt")
      let first = try AtomicFile(path)
      let second = try AtomicFile(path)
      try first.write("first")
      try second.write("second")
      try second.commit()
      try first.commit()
      #expect(try Files.read(path) == Array("first".utf8))
      #expect(try Folder.names(in: folder) == ["a.txt"])
    }
  }

  @Test("a folder that is missing, or is a file, cannot take output")
  func noFolder() throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write("", to: folder.appending("file"))
      for (name, reason) in [("missing", Errno.noSuchFileOrDirectory), ("file", .notDirectory)] {
        let path = folder.appending(name).appending("a.txt")
        let error = #expect(throws: FileError.self) { try AtomicFile.write("x", to: path) }
        #expect(error?.kind == .cannotCreate && error?.reason == reason && error?.path == path)
      }
    }
  }

  @Test("a folder at the path is not replaced, and no partial file remains")
  func folderInTheWay() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending("a")
      try Folder.create(path)
      let error = #expect(throws: FileError.self) { try AtomicFile.write("x", to: path) }
      #expect(error?.kind == .cannotCreate && error?.operation == .rename)
      #expect(try Folder.names(in: folder) == ["a"])
    }
  }

  @Test("when the disk takes no more, the old content stays and the partial file goes")
  func noRoom() async {
    await #expect(processExitsWith: .success) {
      try withTemporaryFolder { folder in
        let path = folder.appending("a.bin")
        try AtomicFile.write("old", to: path)
        // A limit on the size of files is the full disk that a test can have: the write stops in the middle.
        signal(SIGXFSZ, SIG_IGN)
        var limit = rlimit(rlim_cur: 10_000, rlim_max: 10_000)
        #expect(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
        let error = #expect(throws: FileError.self) {
          try AtomicFile.write([UInt8](repeating: 1, count: 50_000), to: path)
        }
        #expect(error?.operation == .write && error?.reason == .fileTooLarge)
        #expect(try Files.read(path) == Array("old".utf8))
        #expect(try Folder.names(in: folder) == ["a.bin"])
      }
    }
  }

  @Test(
    "a full disk and the like can be resumed; a place that takes no output cannot",
    arguments: [
      (Errno.noSpace, ErrorKind.resumable), (.diskQuotaExceeded, .resumable),
      (.permissionDenied, .cannotCreate),
      (.readOnlyFileSystem, .cannotCreate),
    ])
  func kinds(reason: Errno, kind: ErrorKind) {
    #expect(FileError(.write, "a", reason).kind == kind)
  }
}
