import Dataset
import Foundation
import Media
import Mutations
import Storage
import SystemPackage
import Testing

@testable import Extraction

@Suite("Extraction under fire")
struct KillTests {
  @Test(
    "gives the same bytes for 1, 2 and 3 workers, with 20 kills at random moments of supervisors and workers")
  func killed() async throws {
    let place = try Workplace()
    let ids = try place.addVideos(30)
    _ = try place.extractor(ids, output: "whole", shardSize: 9).run()
    for workers in [1, 2, 3] {
      let gunman = Gunman(place, workers: workers, seed: UInt64(workers))
      try await gunman.run(kills: workers == 1 ? 6 : 7)
      let (made, whole) = (try place.content(), try place.content(of: "whole"))
      let differing = Set(made.keys).union(whole.keys).filter { made[$0] != whole[$0] }.sorted()
      let ledger = try place.quarantine()
      #expect(differing.isEmpty, "\(workers) workers; ledger: \(ledger)")
      try FileManager.default.removeItem(atPath: place.path.appending("out").string)
    }
  }

  @Test("loses none of 60 damaged files: each is in a shard or in the ledger")
  func fuzzed() throws {
    let folder = FilePath(#filePath).removingLastComponent().removingLastComponent().appending(
      "MediaTests/Fixtures")
    let files = try Folder.names(in: folder).filter { !$0.hasSuffix(".sh") }.map {
      try Files.read(folder.appending($0))
    }
    let place = try Workplace()
    var mutator = Mutator(seed: 20)
    let ids = (0..<60).map { "f\($0)" }
    for id in ids { try place.write(Data(mutator.next(files)), as: "\(id).bin") }
    var extractor = try place.extractor(ids, shardSize: 25)
    extractor.workers = 3
    extractor.options.timeLimit = .seconds(20)
    let summary = try extractor.run()
    let frames = try ShardedFrames(extractor.output)
    let rows = try place.quarantine()
    #expect(frames.problems.isEmpty && summary.videos == 60)
    for id in ids {
      let row = rows.first { $0.id == id }
      switch frames.sample(id) {
      case .success(let stored):
        #expect(stored.sample.status == (row == nil ? .complete : .truncated), "\(id)")
      case .failure: #expect(row != nil && row?.reason != .truncated, "\(id)")
      }
    }
  }
}

/// Runs extraction in a process of its own and kills it, or one of its workers, time and again.
private struct Gunman {
  let place: Workplace
  let workers: Int
  private let chance: Chance

  /// Shared by what runs one after the other.
  private final class Chance {
    var generator: SeededGenerator
    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }
  }

  init(_ place: Workplace, workers: Int, seed: UInt64) {
    self.place = place
    self.workers = workers
    chance = Chance(seed: seed)
  }

  func run(kills: Int) async throws {
    var kills = kills
    while true {
      let process = Process()
      process.executableURL = Bundle.main.bundleURL.appending(path: "extraction-probe")
      process.arguments =
        ["extract"] + ["videos", "annotations.json", "out"].map { place.path.appending($0).string } + [
          "\(workers)", "9",
        ]
      try process.run()
      while kills > 0, process.isRunning {
        try await Task.sleep(for: .milliseconds(20 + chance.generator.int(below: 120)))
        let children = Self.children(of: process.processIdentifier)
        let victim = chance.generator.int(below: 2 + children.count)
        guard process.isRunning else { break }
        kill(victim < 2 ? process.processIdentifier : children[victim - 2], SIGKILL)
        kills -= 1
      }
      process.waitUntilExit()
      if process.terminationReason == .exit {
        try #require(process.terminationStatus == 0)
        // Done before all shots were fired: the rest is for another round.
        if kills == 0 { return }
        try FileManager.default.removeItem(atPath: place.path.appending("out").string)
      }
    }
  }

  private static func children(of process: Int32) -> [Int32] {
    let list = FileManager.default.contents(atPath: "/proc/\(process)/task/\(process)/children")
    return String(decoding: list ?? Data(), as: UTF8.self).split(separator: " ").compactMap { Int32($0) }
  }
}
