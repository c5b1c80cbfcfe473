import Dataset
import Foundation
import Media
import Storage
import SystemPackage
import Testing

@testable import Extraction

@Suite("A supervisor")
struct SupervisorTests {
  @Test("goes on when a video that it wants to try again is gone meanwhile")
  func goneSuspect() throws {
    let place = try Workplace()
    var extractor = try place.hostile(["trap", "trap", "fine", "fine"])
    (extractor.workers, extractor.shardSize) = (1, 3)
    let summary = try extractor.run { progress in
      // The first two have failed once.
      if progress.videos == 1 { place.removeVideos(["v0"]) }
    }
    #expect(summary.isComplete)
    #expect(try place.quarantine().map(\.reason) == [.missing, .crash, .empty, .empty])
  }

  /// Two videos, the second of which is there as soon as the worker's program was started more than once.
  private final class StaggeredQueue: VideoQueue {
    private var waiting: [QueuedVideo]
    private let starts: FilePath
    private(set) var events: [String] = []

    init(_ videos: [QueuedVideo], starts: FilePath) {
      (waiting, self.starts) = (videos, starts)
    }

    func next() throws -> QueuedVideo? {
      let isEarly = try Files.read(starts).count < 2
      guard let video = waiting.first, video.index == 0 || !isEarly else { return nil }
      events.append("takes \(video.request.id)")
      return waiting.removeFirst()
    }

    func nextShard() -> Int? { waiting.first?.shard }

    func finish(_ video: QueuedVideo, _ outcome: ExtractedVideo) {
      events.append("has \(video.request.id)")
    }
  }

  @Test("tries a video again alone, also when the worker for it does not start at first")
  func aloneAfterFailedStarts() throws {
    let place = try Workplace()
    let extractor = try place.hostile(["trap", "fine"])
    let starts = place.path.appending("starts")
    try AtomicFile.write("", to: starts)
    // Its first start is for the first attempt; the next three end at once.
    let program = place.path.appending("flaky-worker")
    try AtomicFile.write(
      """
      #!/bin/sh
      printf x >> '\(starts)'
      read starts < '\(starts)'
      case $starts in xx|xxx|xxxx) exit 1;; esac
      exec '\(extractor.program)' "$@"

      """, to: program)
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: program.string)
    let videos = (0..<2).map { number in
      QueuedVideo(
        index: number, shard: number, path: extractor.videos.appending("v\(number).mp4"),
        request: VideoRequest(
          id: "v\(number)", file: "v\(number).mp4", options: extractor.options, quality: 90))
    }
    let queue = StaggeredQueue(videos, starts: starts)
    var supervisor = Supervisor<StaggeredQueue>(program, workers: 2, memory: 1 << 30) { _ in }
    try supervisor.run(queue)
    #expect(queue.events == ["takes v0", "has v0", "takes v1", "has v1"])
  }
}
