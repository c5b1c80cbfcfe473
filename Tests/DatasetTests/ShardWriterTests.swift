import Dataset
import Foundation
import Storage
import SystemPackage
import Testing

@Suite struct ShardWriterTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("Equal samples make equal bytes, whatever the folder and the time")
  func deterministic() throws {
    let first = try writeShard(folder.path.appending("shard-000000.tar"), samples)
    usleep(1_100_000)
    let second = try writeShard(folder.path.appending("shard-000001.tar"), samples)
    #expect(
      try Files.read(folder.path.appending("shard-000000.tar"))
        == Files.read(folder.path.appending("shard-000001.tar")))
    #expect(first.bytes == second.bytes)
  }
}
