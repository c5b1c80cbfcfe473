import Dataset
import Dispatch
import Foundation
import Inference
import Storage
import Synchronization

/// Threads that ask the models, each about as many videos together as have come. They share the cores.
final class ModelExecutor: Sendable {
  struct Predicted: Sendable {
    var prediction: Prediction
    /// Until it was computed.
    var waited: Duration
    /// With all that were computed together.
    var computed: Duration
  }

  fileprivate struct Question: Sendable {
    let video: PreparedVideo
    let promise = Promise<Predicted>()
  }

  private let questions: Questions
  private let mostWait: Duration

  /// - Parameters:
  ///   - ensemble: the executor's own from now on; nobody else may use it.
  ///   - wait: how long a video waits for others at most.
  ///   - underWay: videos that are read, wait or are computed.
  init(
    _ ensemble: Ensemble, _ limits: PackLimits, wait: Duration, underWay: @escaping @Sendable () -> Int,
    metrics: ServiceMetrics
  ) {
    let cores = ensemble.cores
    let questions = Questions(limits, cores: cores, underWay: underWay)
    self.questions = questions
    mostWait = wait
    // Nobody but these threads uses it, as the parameter says, and they only read it.
    nonisolated(unsafe) let ensemble = ensemble
    for _ in 0..<cores {
      Thread.detachNewThread {
        while let (pack, cores) = questions.next() {
          metrics.observe(.packVideos, Double(pack.count))
          metrics.observe(.packTokens, Double(pack.reduce(0) { $0 + $1.tokens }))
          metrics.observe(.packFrames, Double(pack.reduce(0) { $0 + $1.frames }))
          Self.answer(pack, by: ensemble, on: cores, metrics)
          questions.giveBack(cores)
        }
      }
    }
  }

  deinit { questions.close() }

  /// Videos that wait.
  var waiting: Int { questions.count }

  /// Asks for all variants of a video at once, so that they may be computed together. While others are on their way they wait for
  /// those a quarter of the time that the video has taken so far: what takes long anyway takes little longer, and where the
  /// readers are behind the models see many together.
  /// - Parameters:
  ///   - request: a number of its own: requests take turns.
  ///   - start: of the question.
  /// - Throws: `CancellationError` at once when the task is cancelled, `VideoTooLarge`.
  func predict(
    _ videos: [PreparedVideo], of request: Int, since start: ContinuousClock.Instant
  ) async throws -> [Predicted] {
    let asked = videos.map { Question(video: $0) }
    let now = ContinuousClock.now
    let due = now + min((now - start) / 4, mostWait)
    questions.add(
      asked.map { question in
        PackQueue.Entry(
          waiting: question, tokens: question.video.tokens, frames: question.video.frames, arrival: now,
          due: due)
      }, of: request)
    defer { questions.leave() }
    return try await withTaskCancellationHandler {
      var predicted: [Predicted] = []
      for question in asked { predicted.append(try await question.promise.value) }
      return predicted
    } onCancel: {
      for question in asked { question.promise.keep(.failure(CancellationError())) }
    }
  }

  private static func answer(
    _ pack: [PackQueue<Question>.Entry], by ensemble: Ensemble, on cores: Int, _ metrics: ServiceMetrics
  ) {
    let start = ContinuousClock.now
    do {
      let predictions = try ensemble.predictions(of: pack.map(\.waiting.video), on: cores)
      let computed = ContinuousClock.now - start
      metrics.observe(.computeSeconds, computed / .seconds(1))
      for (entry, prediction) in zip(pack, predictions) {
        metrics.observe(.waitSeconds, (start - entry.arrival) / .seconds(1))
        entry.waiting.promise.keep(
          .success(Predicted(prediction: prediction, waited: start - entry.arrival, computed: computed)))
      }
    } catch  where pack.count > 1 {
      // What is too much together, or is one video's trouble, is not the others'.
      for entry in pack { answer([entry], by: ensemble, on: cores, metrics) }
    } catch {
      for entry in pack { entry.waiting.promise.keep(.failure(error)) }
    }
  }
}

/// What the threads take packs from, with cores to compute them on.
private final class Questions: Sendable {
  typealias Queue = PackQueue<ModelExecutor.Question>

  private struct State: Sendable {
    var queue: Queue
    /// Videos that came and have no answer yet; their variants count once.
    var here = 0
    var cores: FreeCores
    var isClosed = false
  }

  private let underWay: @Sendable () -> Int
  private let state: Mutex<State>
  /// Signalled once for each thing that one thread should look at.
  private let changes = DispatchSemaphore(value: 0)

  init(_ limits: PackLimits, cores: Int, underWay: @escaping @Sendable () -> Int) {
    self.underWay = underWay
    state = Mutex(State(queue: PackQueue(limits), cores: FreeCores(cores)))
  }

  var count: Int { state.withLock { $0.queue.count } }

  /// All variants of a video, for which somebody has to `leave`.
  func add(_ entries: [Queue.Entry], of request: Int) {
    state.withLock { state in
      state.queue.append(entries, of: request)
      state.here += 1
    }
    changes.signal()
  }

  func leave() { state.withLock { $0.here -= 1 } }

  /// Waits for a pack and for cores; nil when there will be none.
  func next() -> ([Queue.Entry], cores: Int)? {
    while true {
      let underWay = underWay()
      let (next, cores): (Queue.Next?, Int) = state.withLock { state in
        guard !state.isClosed else { return (nil, 0) }
        state.queue.removeAll { $0.promise.isSettled }
        guard state.cores.free > 0 else { return (.wait(until: nil), 0) }
        let next = state.queue.next(at: .now, areMoreOnTheirWay: underWay > state.here)
        guard case .pack(let pack) = next else { return (next, 0) }
        return (next, state.cores.take(for: pack.count, of: underWay))
      }
      switch next {
      case nil:
        changes.signal()  // for the next thread
        return nil
      case .pack(let pack):
        changes.signal()  // for what the pack left
        return (pack, cores)
      case .wait(nil): changes.wait()
      case .wait(let end?):
        let left = max(end - ContinuousClock.now, .zero)
        _ = changes.wait(timeout: .now() + left / .seconds(1))
      }
    }
  }

  func giveBack(_ cores: Int) {
    state.withLock { $0.cores.giveBack(cores) }
    changes.signal()
  }

  func close() {
    state.withLock { $0.isClosed = true }
    changes.signal()
  }
}
