import SystemPackage

/// A video that waits for a worker.
struct QueuedVideo {
  /// Position in the annotations.
  var index: Int
  var shard: Int
  var path: FilePath
  var request: VideoRequest
}

/// Where a supervisor gets videos from, and brings what came of them.
protocol VideoQueue: AnyObject {
  associatedtype Answer: WorkerAnswer

  /// Asked now and then; where it says no, the work ends.
  var isWanted: Bool { get }
  /// Takes the next video; nil when there are no more.
  func next() throws -> QueuedVideo?
  /// The shard of the video that `next` would return.
  func nextShard() throws -> Int?
  /// Called once for each video, in any order.
  func finish(_ video: QueuedVideo, _ outcome: Answer) throws
}

extension VideoQueue {
  var isWanted: Bool { !Task.isCancelled }
}
