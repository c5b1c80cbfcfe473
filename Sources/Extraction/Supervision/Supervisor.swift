import Dataset
import Glibc
import Media
import Storage
import SystemPackage

/// Has videos read by worker processes, and answers for every one of them, whatever becomes of its worker.
///
/// A worker that crashes, hangs or grows is replaced, and so is one whose video was not as it should be, or that has read
/// enough (`WorkerSlot`). The video of one that failed is tried once more alone: in a fresh
/// process, with no other at work. When that fails, too, it is quarantined. One that was ended from outside (by a
/// person, or by the kernel for want of memory) says nothing of its video, which is tried again a few times.
///
/// One thread: it waits for sockets, and the work is done elsewhere.
struct Supervisor<Queue: VideoQueue>: ~Copyable {
  private typealias Answer = Queue.Answer

  private let program: FilePath
  private let memory: Int
  private let requiresFilter: Bool
  private let notice: (String) -> Void
  private var slots: [WorkerSlot<Attempt>]
  /// Videos of which an attempt failed or was ended from outside.
  private var suspects: [Attempt] = []
  /// Other videos whose worker never got to them.
  private var returned: [Attempt] = []
  private var failedStarts = 0
  private var hasWarned = false
  /// When the workers were last looked at.
  private var looked = SuspendingClock.now

  /// One reading of one video.
  private struct Attempt {
    var video: QueuedVideo
    /// Earlier attempts that failed by what is in the video.
    var failures = 0
    /// Earlier attempts that were ended from outside.
    var interruptions = 0

    var isSuspect: Bool { failures + interruptions > 0 }

    func failed(_ reason: QuarantineRow.Reason, _ detail: String) -> Answer {
      .failed(video.request, reason, detail)
    }
  }

  /// - Parameters:
  ///   - program: the worker's executable.
  ///   - memory: bytes of data for each worker.
  ///   - videosForWorker: that one worker reads at most; nil where they are of one dataset.
  ///   - requiresFilter: whether nothing is read where system calls are not filtered.
  ///   - notice: told, once, that they are not, where that is not required.
  init(
    _ program: FilePath, workers: Int, memory: Int, videosForWorker: Int? = nil,
    requiresFilter: Bool = false, notice: @escaping (String) -> Void
  ) {
    precondition(workers > 0)
    self.program = program
    self.memory = memory
    self.requiresFilter = requiresFilter
    self.notice = notice
    let slot = WorkerSlot<Attempt>(
      program, memory: memory, videosForWorker: videosForWorker ?? WorkerSlot<Attempt>.videosForWorker)
    slots = Array(repeating: slot, count: workers)
  }

  /// Empties the queue; ends when each of its videos is finished, or with an error of the queue or of all workers.
  /// - Throws: also `CancellationError`.
  mutating func run(_ queue: Queue) throws {
    // Since an earlier run nobody looked, for want of work.
    looked = .now
    while true {
      guard queue.isWanted else { throw CancellationError() }
      try assign(queue)
      if slots.contains(where: { $0.attempt != nil }) {
        try wait(queue)
      } else if suspects.isEmpty, returned.isEmpty, try queue.nextShard() == nil {
        // A video that could not be handed out keeps no slot busy, and may not be the last.
        return
      }
    }
  }

  /// Ends what is being read, and forgets what waits.
  mutating func abandonAll() {
    for slot in slots.indices { slots[slot].abandon() }
    (suspects, returned) = ([], [])
  }

  // MARK: - Handing out

  private mutating func assign(_ queue: Queue) throws {
    // A suspect at work is alone.
    if slots.contains(where: { $0.attempt?.isSuspect ?? false }) { return }
    while let slot = slots.firstIndex(where: { $0.attempt == nil }) {
      if let attempt = returned.popLast() {
        try start(attempt, slot, queue)
      } else if try isTimeForMore(queue), let video = try queue.next() {
        try start(Attempt(video: video), slot, queue)
      } else {
        break
      }
    }
    if !suspects.isEmpty, slots.allSatisfy({ $0.attempt == nil }) {
      slots[0].clear()
      try start(suspects.removeFirst(), 0, queue)
    }
  }

  /// Suspects wait until the rest of their shard is handed out, so that being alone costs little.
  private func isTimeForMore(_ queue: Queue) throws -> Bool {
    guard let suspect = suspects.first else { return true }
    return try queue.nextShard() == suspect.video.shard
  }

  private mutating func start(_ attempt: Attempt, _ slot: Int, _ queue: Queue) throws {
    let file: FileDescriptor
    do throws(MediaError) { file = try VideoReader.open(attempt.video.path) } catch {
      return try queue.finish(attempt.video, Answer(attempt.video.request, error))
    }
    defer { try? file.close() }
    // A worker that has nothing to do may have been ended from outside meanwhile.
    for _ in 0..<2 {
      guard let worker = try slots[slot].readyWorker() else { continue }
      let limit = Self.hardLimit(attempt.video.request)
      slots[slot].processorStart = worker.processorSeconds ?? 0
      guard worker.send(attempt.video.request, file: file, processorTime: limit / .seconds(1)) else {
        slots[slot].clear()
        continue
      }
      slots[slot].attempt = attempt
      slots[slot].deadline = .now + (worker.hasGreeted ? limit : Self.startLimit)
      return
    }
    giveBack(attempt)
    try countFailedStart("it ends at once")
  }

  /// A video whose worker never got to it waits again as it waited before: a suspect to be alone.
  private mutating func giveBack(_ attempt: Attempt) {
    if attempt.isSuspect { suspects.insert(attempt, at: 0) } else { returned.append(attempt) }
  }

  /// The worker itself keeps the limit wherever it gets to look at the clock; where it does not, it is ended this
  /// much later.
  private static func hardLimit(_ request: VideoRequest) -> Duration {
    let limit = request.options.timeLimit
    return limit + min(max(limit / 4, .milliseconds(500)), .seconds(5))
  }

  private static var startLimit: Duration { .seconds(60) }

  private mutating func countFailedStart(_ end: String) throws(WorkerError) {
    failedStarts += 1
    if failedStarts >= 10 { throw .neverReady(program, end) }
  }

  // MARK: - Waiting

  /// Waits until a worker has something to say, a deadline passes, or it is time to look for a cancellation.
  private mutating func wait(_ queue: Queue) throws {
    let busy = slots.indices.filter { slots[$0].attempt != nil }
    var descriptors = busy.map {
      pollfd(fd: slots[$0].worker?.descriptor ?? -1, events: Int16(POLLIN), revents: 0)
    }
    let start = SuspendingClock.now
    let next = busy.map { slots[$0].deadline }.min() ?? start
    let patience = min(max(next - start, .zero), .milliseconds(100))
    poll(&descriptors, nfds_t(descriptors.count), Int32((patience / .milliseconds(1)).rounded(.up)))
    // This process was stopped meanwhile, or waited for a disk; the workers' answers may be stuck in their sockets.
    let now = SuspendingClock.now
    let late = now - looked - patience
    looked = now
    for slot in busy {
      if late > .seconds(1) { slots[slot].deadline += late }
      try listen(to: slot, queue)
    }
  }

  private mutating func listen(to slot: Int, _ queue: Queue) throws {
    while let worker = slots[slot].worker, let attempt = slots[slot].attempt {
      switch worker.receive() {
      case .nothing:
        if SuspendingClock.now >= slots[slot].deadline { try giveUp(attempt, worker, slot, queue) }
        return
      case .greeting(let greeting):
        failedStarts = 0
        slots[slot].deadline = .now + Self.hardLimit(attempt.video.request)
        if let reason = greeting.unfiltered, requiresFilter { throw WorkerError.unfiltered(program, reason) }
        if let reason = greeting.unfiltered, !hasWarned {
          hasWarned = true
          notice("this kernel does not filter system calls (\(reason)); workers run with limits alone")
        }
      case .answer(let parcel):
        guard let video = Answer(parcel), video.answers(attempt.video.request) else {
          try disbelieve(worker, attempt, slot, queue)
          return
        }
        let hadItsTime = hadItsTime(attempt, worker, slot)
        slots[slot].answered(isComplete: video.quarantine == nil)
        switch video.quarantine?.reason {
        case .timeout: try fail(attempt, video, isFinal: hadItsTime, queue)
        case .memory: try fail(attempt, video, queue)
        default: try queue.finish(attempt.video, video)
        }
      case .nonsense: try disbelieve(worker, attempt, slot, queue)
      case .gone:
        let end = worker.end(patience: 1000)
        slots[slot].clear()
        try bury(worker, end, attempt, queue)
      }
    }
  }

  private mutating func disbelieve(
    _ worker: WorkerProcess, _ attempt: Attempt, _ slot: Int, _ queue: Queue
  ) throws {
    slots[slot].clear()
    try fail(attempt, attempt.failed(.crash, "its reader answered nonsense"), queue)
  }

  /// The deadline has passed without an answer.
  private mutating func giveUp(
    _ attempt: Attempt, _ worker: WorkerProcess, _ slot: Int, _ queue: Queue
  ) throws {
    let hadItsTime = hadItsTime(attempt, worker, slot)
    slots[slot].clear()
    if worker.hasGreeted {
      try fail(attempt, attempt.failed(.timeout, QuarantineRow.timeoutText), isFinal: hadItsTime, queue)
    } else {
      giveBack(attempt)
      try countFailedStart("it does not answer")
    }
  }

  /// Whether the worker was computing for most of the limit: then it was not the machine that was too busy, and
  /// trying again would only take as long once more.
  private func hadItsTime(_ attempt: Attempt, _ worker: WorkerProcess, _ slot: Int) -> Bool {
    let used = (worker.processorSeconds ?? 0) - slots[slot].processorStart
    return used > attempt.video.request.options.timeLimit / .seconds(1) / 2
  }

  // MARK: - What went wrong

  private mutating func bury(
    _ worker: WorkerProcess, _ end: WorkerEnd, _ attempt: Attempt, _ queue: Queue
  ) throws {
    guard worker.hasGreeted else {
      giveBack(attempt)
      return try countFailedStart(end.description)
    }
    if end.isFromOutside {
      var attempt = attempt
      attempt.interruptions += 1
      if attempt.interruptions < 5 { return suspects.append(attempt) }
      let text = "its reader was ended from outside 5 times, as happens when the machine runs out of memory"
      return try queue.finish(attempt.video, attempt.failed(.memory, text))
    }
    if end.signal == SIGXCPU {
      try fail(attempt, attempt.failed(.timeout, QuarantineRow.timeoutText), isFinal: true, queue)
    } else if end.peakMemory > memory / 2 {
      try fail(attempt, attempt.failed(.memory, QuarantineRow.memoryText), queue)
    } else {
      try fail(attempt, attempt.failed(.crash, end.description), queue)
    }
  }

  private mutating func fail(
    _ attempt: Attempt, _ outcome: Answer, isFinal: Bool = false, _ queue: Queue
  ) throws {
    if isFinal || attempt.failures > 0 { return try queue.finish(attempt.video, outcome) }
    var attempt = attempt
    attempt.failures += 1
    suspects.append(attempt)
  }
}
