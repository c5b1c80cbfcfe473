import Glibc
import Media
import Storage
package import SystemPackage

/// Has the headers of videos read, in the sandbox in which they are read for their frames.
package struct VideoProbing: Sendable {
  /// Processes that read a header each.
  package var workers = Processors.available
  /// Bytes of data that each of them may have.
  package var memory = 1 << 30
  /// For one header.
  package var timeLimit = Duration.seconds(10)
  /// The worker's executable.
  package var program = Extractor.programBesideThis

  package init() {}

  /// Blocks its thread until all is done or the task is cancelled.
  ///
  /// - Parameters:
  ///   - ids: of videos in `folder`; one without a file is answered with `missing`.
  ///   - notice: called with what the user should know, a line each.
  ///   - found: called once for each id, in their order.
  /// - Throws: `WorkerError`, `CancellationError`, and what `found` throws; never for what is wrong with a video.
  package func run(
    _ ids: [String], in folder: VideoFolder, notice: @escaping (String) -> Void = { _ in },
    found: @escaping (ProbedVideo) throws -> Void
  ) throws {
    guard !ids.isEmpty else { return }
    guard access(program.string, X_OK) == 0 else { throw WorkerError.missing(program) }
    var options = VideoReader.Options()
    options.timeLimit = timeLimit
    let queue = ProbeQueue(ids, folder, options, found: found)
    var supervisor = Supervisor<ProbeQueue>(
      program, workers: min(workers, ids.count), memory: memory, notice: notice)
    try supervisor.run(queue)
  }
}

/// Gives out videos in their order, and brings what came of them into it.
private final class ProbeQueue: VideoQueue {
  private let ids: [String]
  private let folder: VideoFolder
  private let options: VideoReader.Options
  private let found: (ProbedVideo) throws -> Void
  private var taken = 0
  private var told = 0
  /// Those that came before their turn.
  private var waiting: [Int: ProbedVideo] = [:]

  init(
    _ ids: [String], _ folder: VideoFolder, _ options: VideoReader.Options,
    found: @escaping (ProbedVideo) throws -> Void
  ) {
    (self.ids, self.folder, self.options, self.found) = (ids, folder, options, found)
  }

  func next() -> QueuedVideo? {
    guard taken < ids.count else { return nil }
    defer { taken += 1 }
    let id = ids[taken]
    // Opening what is not there says so.
    let file = folder.file(of: id) ?? id
    return QueuedVideo(
      index: taken, shard: 0, path: folder.path.appending(file),
      request: VideoRequest(.header, id: id, file: file, options: options))
  }

  func nextShard() -> Int? { taken < ids.count ? 0 : nil }

  func finish(_ video: QueuedVideo, _ outcome: ProbedVideo) throws {
    waiting[video.index] = outcome
    while let next = waiting.removeValue(forKey: told) {
      told += 1
      try found(next)
    }
  }
}
