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
        while let job = jobs.next() { job(reader) }
      }
    }
  }

  deinit { jobs.close() }

  /// - Parameter then: makes of the frames what is wanted, on the same thread.
  /// - Throws: `CancellationError` at once when the task is cancelled, `WorkerError`, and what `then` throws.
  func read<Value: Sendable>(
    _ video: SpooledVideo, _ request: VideoRequest,
    then: @escaping @Sendable (ExtractedVideo) throws -> Value
  ) async throws -> Value {
    let promise = Promise<Value>()
    jobs.add { reader in
      guard !promise.isSettled else { return }
      // The file is there as long as this closure is.
      promise.keep(Result { try then(try reader.read(video.path, request)) })
    }
    return try await promise.value
  }
}

/// What waits for a thread.
private final class JobQueue: Sendable {
  typealias Job = @Sendable (SandboxedReader) -> Void

  private struct State {
    var waiting: [Job] = []
    var isClosed = false
  }

  private let state = Mutex(State())
  /// Counts the jobs, and threads that are to end.
  private let arrivals = DispatchSemaphore(value: 0)

  func add(_ job: @escaping Job) {
    state.withLock { $0.waiting.append(job) }
    arrivals.signal()
  }

  /// Waits for one; nil when there will be none.
  func next() -> Job? {
    arrivals.wait()
    let job: Job? = state.withLock { state in
      state.isClosed || state.waiting.isEmpty ? nil : state.waiting.removeFirst()
    }
    if job == nil { arrivals.signal() }  // for the next thread
    return job
  }

  func close() {
    state.withLock { $0.isClosed = true }
    arrivals.signal()
  }
}
