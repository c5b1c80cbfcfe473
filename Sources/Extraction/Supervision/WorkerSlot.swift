import SystemPackage

/// One of the places in which a video can be read at a time, with the processes that do it.
///
/// A process of its own for each video would cost more than reading a short clip does: what is split off has hundreds of
/// mappings to take over, and meets each page for the first time. So a worker reads several, but none after one that was
/// not as it should be, and so few that whoever takes a worker over unnoticed has little to gain.
struct WorkerSlot<Attempt> {
  /// Videos that one worker reads at most, where they are of one dataset.
  static var videosForWorker: Int { 32 }
  /// Seconds after whose computing a worker gets no other video: then to split off the next one costs little.
  static var secondsForWorker: Double { 0.25 }

  private let program: FilePath
  private let memory: Int
  private let videosForWorker: Int
  /// What workers are split off from.
  private var parent: WorkerParent?
  private(set) var worker: WorkerProcess?
  /// How many videos the worker has read.
  private var videos = 0

  /// The video that is being read.
  var attempt: Attempt?
  var deadline = SuspendingClock.now
  /// Seconds for which the worker had computed when it was given the video.
  var processorStart = 0.0

  /// - Parameter videosForWorker: that one worker reads at most.
  init(_ program: FilePath, memory: Int, videosForWorker: Int) {
    self.program = program
    self.memory = memory
    self.videosForWorker = videosForWorker
  }

  /// The worker that takes the next video; nil where its parent has just been found gone.
  mutating func readyWorker() throws(WorkerError) -> WorkerProcess? {
    if let worker { return worker }
    if parent?.hasEnded ?? true { parent = try WorkerParent(program, memory: memory) }
    worker = parent.flatMap { WorkerProcess(of: $0) }
    if worker == nil { parent = nil }
    return worker
  }

  /// - Parameter isComplete: whether the video was read in full, and nothing was the matter.
  mutating func answered(isComplete: Bool) {
    attempt = nil
    videos += 1
    let used = worker?.processorSeconds ?? .infinity
    guard !isComplete || videos >= videosForWorker || used > Self.secondsForWorker else { return }
    replaceWorker()
  }

  /// After what no video should bring about, and before what should have nothing to do with any other. The parent goes,
  /// too: all that are split off it have everything at the same addresses, and a failure may have told some.
  mutating func clear() {
    attempt = nil
    replaceWorker()
    parent = nil
  }

  /// Ends the worker of a video that is not wanted any more.
  mutating func abandon() {
    attempt = nil
    replaceWorker()
  }

  private mutating func replaceWorker() {
    worker?.abandon()
    worker = nil
    videos = 0
  }
}
