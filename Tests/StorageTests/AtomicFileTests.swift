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

  @Test("what a killed process left of a file goes, what a living one writes stays, and other files do")
  func partials() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending("a.txt")
      let prefix = AtomicFile.partialPrefix(for: path)
      for left in ["left", "protected"] { try AtomicFile.write(left, to: folder.appending(prefix + left)) }
      chmod(folder.appending(prefix + "protected").string, 0o444)
      // Of others: a name of one's own, a file that is no mark of ours, and what is no file.
      let others = ["a.txt.partial-other", prefix + "notes.txt", prefix + "Left", prefix + "f1f0"]
      for name in others.dropLast() { try AtomicFile.write("other", to: folder.appending(name)) }
      mkfifo(folder.appending(prefix + "f1f0").string, 0o600)
      let living = try AtomicFile(path)
      try living.write("living")
      try AtomicFile.removePartials(of: path)
      let names = Set(try Folder.names(in: folder))
      #expect(names.count == others.count + 1 && names.isSuperset(of: others), "\(names)")
      try living.commit()
      #expect(try Files.read(path) == Array("living".utf8))
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
      #expect(error?.kind == .cannotCreate && error?.reason == .isDirectory)
      #expect(try Folder.names(in: folder) == ["a"])
    }
  }

  @Test("a symbolic link stays one, and what it points to is replaced, also where that is not there yet")
  func links() throws {
    try withTemporaryFolder { folder in
      try Folder.create(folder.appending("deep"))
      let target = folder.appending("deep/a.txt")
      let link = folder.appending("link")
      try #require(symlink("deep/a.txt", folder.appending("first").string) == 0)
      try #require(symlink("first", link.string) == 0)
      for text in ["new", "newer"] {
        try AtomicFile.write(text, to: link)
        #expect(try Files.read(target) == Array(text.utf8))
      }
      #expect(try Folder.names(in: folder) == ["deep", "first", "link"])
      #expect(try Folder.names(in: folder.appending("deep")) == ["a.txt"])
      try #require(symlink("round", folder.appending("round").string) == 0)
      let error = #expect(throws: FileError.self) { try AtomicFile.write("x", to: folder.appending("round")) }
      #expect(error?.reason == .tooManySymbolicLinkLevels)
    }
  }

  @Test("a device takes what is written, and stays a device")
  func device() throws {
    try withTemporaryFolder { folder in
      let link = folder.appending("link")
      try #require(symlink("/dev/null", link.string) == 0)
      try AtomicFile.write("x", to: link)
      #expect(try OutputTarget(link) == .stream("/dev/null"))
      let full = folder.appending("full")
      try #require(symlink("/dev/full", full.string) == 0)
      #expect(#expect(throws: FileError.self) { try AtomicFile.write("x", to: full) }?.reason == .noSpace)
      #expect(try Folder.names(in: folder) == ["full", "link"])
    }
  }

  @Test("a FIFO hands on what is written; asking whether it could be written to does not open it")
  func fifo() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending("fifo")
      try #require(mkfifo(path.string, 0o600) == 0)
      let reader = open(path.string, O_RDONLY | O_NONBLOCK)
      defer { close(reader) }
      try AtomicFile.probe(path)
      try AtomicFile.write("through", to: path)
      var bytes = [UInt8](repeating: 0, count: 20)
      #expect(read(reader, &bytes, 20) == 7 && bytes.starts(with: "through".utf8))
      #expect(try OutputTarget(path) == .stream(path) && Folder.names(in: folder) == ["fifo"])
    }
  }

  @Test("an open descriptor is written on from where it is")
  func descriptor() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending("a.txt")
      try AtomicFile.write("one ", to: path)
      let file = open(path.string, O_WRONLY | O_APPEND)
      defer { close(file) }
      for name in ["/dev/fd/\(file)", "/proc/self/fd/\(file)"] {
        try AtomicFile.probe(FilePath(name))
        try AtomicFile.write("more ", to: FilePath(name))
      }
      #expect(try Files.read(path) == Array("one more more ".utf8))
      #expect(throws: FileError.self) { try AtomicFile.probe("/dev/fd/9999") }
    }
  }

  @Test("a file that only its owner may read stays so")
  func permissions() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending("a.txt")
      try AtomicFile.write("secret", to: path)
      chmod(path.string, 0o600)
      try AtomicFile.write("secret, too", to: path)
      var information = stat()
      #expect(stat(path.string, &information) == 0 && information.st_mode & 0o777 == 0o600)
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
