import Glibc
import Storage
import SystemPackage
import Testing

@Suite struct OwnedDescriptorTests {
  private struct Stop: Error {}

  /// As a reader or a lock owns a file that it finds unusable.
  private final class Reader {
    private let file: OwnedDescriptor

    init(_ descriptor: FileDescriptor) throws {
      file = OwnedDescriptor(descriptor)
      throw Stop()
    }
  }

  @Test("what an initialiser has opened is closed when it throws in the end")
  func throwing() throws {
    var ends: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    try #require(socketpair(AF_UNIX, kind, 0, &ends) == 0)
    let reading = OwnedDescriptor(FileDescriptor(rawValue: ends[0]))
    #expect(throws: Stop.self) { _ = try Reader(FileDescriptor(rawValue: ends[1])) }
    // It ends when nobody has the other end any more.
    var byte: UInt8 = 0
    #expect(read(reading.descriptor.rawValue, &byte, 1) == 0)
  }

  #if DEBUG
  @Test("the owner of a descriptor that somebody else has closed says so")
  func foreign() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let descriptor = try FileDescriptor.open("/dev/null", .readOnly)
      let file = OwnedDescriptor(descriptor)
      try descriptor.close()
      _ = consume file
    }
    let messages = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(messages.contains("was closed by somebody else"))
  }
  #endif
}
