import Dataset
import Extraction
import Foundation
import Storage
import Testing

@Suite("Extraction by several processes")
struct ShardShareTests {
  @Test("makes the folder that one process makes, whoever comes last", arguments: [[0, 1, 2], [2, 0, 1]])
  func union(order: [Int]) throws {
    let place = try Workplace()
    let ids = try place.addVideos(15)
    _ = try place.extractor(ids, output: "whole", shardSize: 2).run()
    for (position, rank) in order.enumerated() {
      var extractor = try place.extractor(ids, shardSize: 2)
      extractor.share = .rank(rank, of: 3)
      let summary = try extractor.run()
      #expect(summary.isComplete == (position == 2))
      #expect(summary.videos == (position == 2 ? 15 : rank == 1 ? 5 : rank == 0 ? 6 : 4))
    }
    #expect(try place.content() == place.content(of: "whole"))
  }

  @Test("at the same time, also extends and tries again")
  func together() async throws {
    let place = try Workplace()
    let ids = try place.addVideos(17)
    _ = try place.extractor(ids, output: "whole", shardSize: 2).run()
    _ = try place.extractor(Array(ids.prefix(9)), shardSize: 2).run()
    let extractor = try place.extractor(ids, shardSize: 2)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for rank in 0..<3 {
        group.addTask {
          var own = extractor
          (own.share, own.workers, own.retryQuarantined) = (.rank(rank, of: 3), 1, true)
          _ = try own.run()
        }
      }
      try await group.waitForAll()
    }
    #expect(try place.content() == place.content(of: "whole"))
  }

  @Test("takes ranges of shards, too")
  func ranges() throws {
    let place = try Workplace()
    let ids = try place.addVideos(6)
    _ = try place.extractor(ids, output: "whole", shardSize: 2).run()
    for range in [1..<9, 0..<1] {
      var extractor = try place.extractor(ids, shardSize: 2)
      extractor.share = .range(range)
      #expect(try extractor.run().isComplete == (range == 0..<1))
    }
    #expect(try place.content() == place.content(of: "whole"))
  }

  @Test("each shard belongs to one rank")
  func partition() {
    for (count, ranks) in [(10, 3), (2, 5), (7, 1)] {
      let shares = (0..<ranks).map { ShardShare.rank($0, of: ranks).shards(of: count) }
      #expect(shares.joined().sorted() == Array(0..<count))
    }
    #expect(ShardShare.range(3..<9).shards(of: 5) == [3, 4] && ShardShare.all.shards(of: 2) == [0, 1])
  }

  @Test("torchrun, mpirun and srun say which process it is")
  func launchers() throws {
    #expect(try ShardShare(environment: [:]) == .all)
    #expect(try ShardShare(environment: ["RANK": "1", "WORLD_SIZE": "4"]) == .rank(1, of: 4))
    #expect(
      try ShardShare(environment: ["OMPI_COMM_WORLD_RANK": "0", "OMPI_COMM_WORLD_SIZE": "2"])
        == .rank(0, of: 2))
    #expect(try ShardShare(environment: ["SLURM_PROCID": "3", "SLURM_NTASKS": "8"]) == .rank(3, of: 8))
    #expect(try ShardShare(environment: ["RANK": "0", "WORLD_SIZE": "1"]) == .all)
    #expect(try ShardShare(environment: ["RANK": "0"]) == .all)
    for wrong in [
      ["RANK": "4", "WORLD_SIZE": "4"], ["RANK": "x", "WORLD_SIZE": "4"], ["RANK": "0", "WORLD_SIZE": "0"],
    ] {
      let error = #expect(throws: ShareError.self) { try ShardShare(environment: wrong) }
      #expect(error?.kind == .usage)
    }
    #expect(ShardShare.localProcesses(environment: ["LOCAL_WORLD_SIZE": "8"]) == 8)
    #expect(ShardShare.localProcesses(environment: [:]) == 1)
  }
}
