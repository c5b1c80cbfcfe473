import Dispatch

/// Does `work` for 0..<count on up to `workers` threads and hands the results to `take` in order, whichever
/// is done first.
///
/// Work starts at most 4 × `workers` ahead of what has been handed over, so that one slow piece cannot make
/// the results of the others pile up. When `take` throws, or the task is cancelled, no further work is started;
/// what is under way is waited for.
func inOrder<Result: Sendable>(
  count: Int, workers: Int, work: @escaping @Sendable (Int) -> Result, take: (Result) throws -> Void
) async throws {
  precondition(workers > 0)
  // Threads of their own: decoding blocks, and would starve the tasks that share Swift's pool.
  let threads = DispatchQueue(label: "extraction", attributes: .concurrent)
  try await withThrowingTaskGroup(of: (index: Int, result: Result).self) { group in
    var finished: [Int: Result] = [:]
    var (started, running, taken) = (0, 0, 0)
    while taken < count {
      try Task.checkCancellation()
      while started < count, running < workers, started - taken < 4 * workers {
        let index = started
        group.addTask {
          await withCheckedContinuation { continuation in
            threads.async { continuation.resume(returning: (index, work(index))) }
          }
        }
        (started, running) = (started + 1, running + 1)
      }
      guard let (index, result) = try await group.next() else { break }
      running -= 1
      finished[index] = result
      while let result = finished.removeValue(forKey: taken) {
        try take(result)
        taken += 1
      }
    }
  }
}
