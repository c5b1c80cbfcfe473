import Foundation
import RunFixtures
import Storage
import SystemPackage
import Testing

@testable import Serving

@Suite("A spool") struct SpoolTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("Takes as many bytes as there is room for, and gives the room back with each upload")
  func room() throws {
    let spool = try Spool(folder.path, most: 10)
    var first: SpooledVideo? = try SpooledVideo(in: spool)
    let second = try SpooledVideo(in: spool)
    try first?.append([1, 2, 3, 4, 5, 6])
    try second.append([1, 2, 3])
    let refusal = #expect(throws: Refusal.self) { try second.append([4, 5]) }
    #expect(refusal?.reason == .noRoom && spool.bytes == 9)
    #expect(FileManager.default.contents(atPath: second.path.string) == Data([1, 2, 3]))
    first = nil
    try second.append([4, 5])
    #expect(spool.bytes == 5)
  }

  @Test("An upload has no name, from its beginning on where the file system can do so")
  func names() throws {
    let spool = try Spool(folder.path, most: 10)
    let upload = try SpooledVideo(in: spool)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path.string).isEmpty)
    let place = try FileManager.default.destinationOfSymbolicLink(atPath: upload.path.string)
    if let unnamed = SpooledVideo.openUnnamed(in: folder.path) {
      try unnamed.close()
      #expect(!place.contains("framewise-upload"))
    }
    let named = OwnedDescriptor(try SpooledVideo.openNamed(in: folder.path))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path.string).isEmpty)
    _ = try named.descriptor.writeAll([1, 2])
    #expect(
      FileManager.default.contents(atPath: "/proc/self/fd/\(named.descriptor.rawValue)") == Data([1, 2]))
  }
}
