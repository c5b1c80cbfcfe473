import Glibc
import SystemPackage
import Testing

@testable import Storage

@Suite struct FilesTests {
  /// A file of `size` bytes that takes no room.
  private func makeSparse(_ path: FilePath, size: Int) throws {
    try AtomicFile.write("", to: path)
    try #require(truncate(path.string, size) == 0)
  }

  @Test("a mapped file has the file's bytes, also an empty one")
  func mapped() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending("a.bin")
      for content in [[1, 2, 3] as [UInt8], []] {
        try AtomicFile.write(content, to: path)
        let file = try MappedFile(path)
        #expect(file.count == content.count)
        #expect(file.withBytes { Array($0) } == content)
      }
    }
  }

  @Test("a mapped file keeps its content when another takes its place")
  func replaced() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending("a.bin")
      try AtomicFile.write("old", to: path)
      let file = try MappedFile(path)
      try AtomicFile.write("new content", to: path)
      #expect(file.withBytes { Array($0) } == Array("old".utf8))
    }
  }

  @Test("a missing file, a folder and a FIFO cannot be mapped, and none blocks")
  func notMapped() throws {
    try withTemporaryFolder { folder in
      let fifo = folder.appending("fifo")
      try #require(mkfifo(fifo.string, 0o600) == 0)
      for (path, reason) in [
        (folder.appending("missing"), Errno.noSuchFileOrDirectory), (folder, .isDirectory),
        (fifo, .invalidArgument),
      ] {
        let error = #expect(throws: FileError.self) { try MappedFile(path) }
        #expect(error?.path == path && error?.reason == reason && error?.kind == .missingInput)
      }
    }
  }

  @Test("a file larger than the limit is refused before memory is asked for")
  func limit() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending("sparse")
      try makeSparse(path, size: 1 << 40)
      let error = #expect(throws: FileError.self) { try Files.read(path) }
      #expect(error?.reason == .fileTooLarge)
      try makeSparse(path, size: 100)
      #expect(throws: FileError.self) { try Files.read(path, limit: 99) }
      #expect(try Files.read(path, limit: 100).count == 100)
    }
  }

  @Test("a list of names that breaks off is an error, not a shorter list")
  func brokenListing() throws {
    try withTemporaryFolder { folder in
      let stream = try #require(opendir(folder.string))
      defer { closedir(stream) }
      // The stream's descriptor becomes another file's: reading on fails as it does on a network that is gone.
      let null = open("/dev/null", O_RDONLY)
      defer { close(null) }
      try #require(dup2(null, dirfd(stream)) >= 0)
      let error = #expect(throws: FileError.self) { try Folder.names(in: stream, of: folder) }
      #expect(error?.path == folder && error?.reason == .notDirectory)
    }
  }

  @Test("standard input is read on from where it is")
  func descriptor() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending("a.txt")
      try AtomicFile.write("one two", to: path)
      let file = open(path.string, O_RDONLY)
      defer { close(file) }
      lseek(file, 4, SEEK_SET)
      #expect(try Files.read(FilePath("/dev/fd/\(file)")) == Array("two".utf8))
    }
  }

  @Test("a device that never ends is read up to the limit only")
  func endless() {
    let error = #expect(throws: FileError.self) { try Files.read("/dev/zero", limit: 1 << 20) }
    #expect(error?.reason == .fileTooLarge)
  }
}
