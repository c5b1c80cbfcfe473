import Dispatch
import Synchronization

/// Writes shards whose videos are all there, one after the other, on a thread of its own: that takes longer than a worker
/// should wait for its next video.
final class ShardFinishing: Sendable {
  private struct State {
    var parts: [Int: ShardPart] = [:]
    var error: (any Error)?
  }

  private let thread = DispatchQueue(label: "framewise.shards")
  private let state = Mutex(State())
  /// Of shards that wait or are written: where the disk is slower than all workers, they wait for it after all.
  private let room = DispatchSemaphore(value: 4)

  /// A shard on its way to the thread.
  ///
  /// Sendable, since whoever hands a shard over has let go of it, and nobody else knows it.
  private struct Handover: @unchecked Sendable {
    let shard: OpenShard
  }

  /// - Parameter shard: whole; nobody else may have it from now on.
  /// - Throws: what an earlier one could not be written for.
  func finish(_ shard: OpenShard) throws {
    try rethrow()
    room.wait()
    let handover = Handover(shard: shard)
    thread.async { [self] in
      defer { room.signal() }
      guard state.withLock({ $0.error == nil }) else { return }
      do {
        let part = try handover.shard.finish()
        state.withLock { $0.parts[handover.shard.number] = part }
      } catch {
        state.withLock { $0.error = error }
      }
    }
  }

  /// Waits until nothing is being written.
  func wait() { thread.sync {} }

  /// The shards that were handed over, by number.
  ///
  /// - Throws: what one could not be written for.
  func parts() throws -> [Int: ShardPart] {
    wait()
    try rethrow()
    return state.withLock { $0.parts }
  }

  private func rethrow() throws {
    if let error = state.withLock({ $0.error }) { throw error }
  }
}
