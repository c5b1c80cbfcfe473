import Dispatch
import Extraction
import Foundation
import Media
import Synchronization
import SystemPackage

/// Threads that have uploads read in the sandbox, one at a time each, in the order in which they come.
final class ReadingPool: Sendable {
  private let jobs: JobQueue

  /// - Parameters:
  ///   - threads: videos that are read at a time.
  ///   - program: the worker's executable.
  ///   - memory: bytes of data that a worker may have.
  ///   - notice: told what whoever runs the server should know, a line each.
  init(threads: Int, program: FilePath, memory: Int, notice: @escaping @Sendable (String) -> Void) {
    let jobs = JobQueue()
    self.jobs = jobs
    for _ in 0..<threads {
      Thread.detachNewThread {
        let reader = SandboxedReader(program: program, memory: memory, notice: notice)
        while let job = jobs.next() { job.run(reader) }
      }
    }
  }

  deinit { jobs.close() }

  /// - Parameter then: makes of the frames what is wanted, on the same thread.
  /// - Throws: `CancellationError` at once when the task is cancelled, `WorkerError`, and what `then` throws. What is read
  ///   for a task that was cancelled is not read to its end, and what waits for a thread is let go of at once.
  func read<Value: Sendable>(
    _ video: SpooledVideo, _ request: VideoRequest,
    then: @escaping @Sendable (ExtractedVideo) throws -> Value
  ) async throws -> Value {
    let promise = Promise<Value>()
    let isWanted: @Sendable () -> Bool = { !promise.isSettled }
    jobs.add(
      .init(isWanted: isWanted) { reader in
        guard isWanted() else { return }
        // The file is there as long as this closure is.
        promise.keep(Result { try then(try reader.read(video.path, request, while: isWanted)) })
      })
    return try await withTaskCancellationHandler {
      try await promise.value
    } onCancel: {
      promise.keep(.failure(CancellationError()))
      jobs.dropUnwanted()
    }
  }
}

/// What waits for a thread.
private final class JobQueue: Sendable {
  struct Job: Sendable {
    let isWanted: @Sendable () -> Bool
    let run: @Sendable (SandboxedReader) -> Void
  }

  private struct State {
    var waiting: [Job] = []
    var isClosed = false
  }

  private let state = Mutex(State())
  /// Counts the jobs, also those that were dropped, and threads that are to end.
  private let arrivals = DispatchSemaphore(value: 0)

  func add(_ job: Job) {
    state.withLock { $0.waiting.append(job) }
    arrivals.signal()
  }

  /// Lets go of jobs that nobody waits for any more, with all that they hold.
  func dropUnwanted() {
    // What they hold goes when the lock is given up.
    _ = state.withLock { state in
      var dropped: [Job] = []
      state.waiting.removeAll { job in
        if job.isWanted() { return false }
        dropped.append(job)
        return true
      }
      return dropped
    }
  }

  /// Waits for one; nil when there will be none.
  func next() -> Job? {
    while true {
      arrivals.wait()
      let (job, isClosed) = state.withLock { state in
        (state.isClosed || state.waiting.isEmpty ? nil : state.waiting.removeFirst(), state.isClosed)
      }
      if isClosed { arrivals.signal() }  // for the next thread
      if job != nil || isClosed { return job }
    }
  }

  func close() {
    state.withLock { $0.isClosed = true }
    arrivals.signal()
  }
}
