import Dataset
import Dispatch
import Foundation
import Inference
import Storage
import Synchronization

/// The one thread that asks the models, about as many videos together as have come.
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
  init(_ ensemble: Ensemble, _ limits: PackLimits, wait: Duration, metrics: ServiceMetrics) {
    let questions = Questions(limits)
    self.questions = questions
    mostWait = wait
    // Nobody but this thread uses it, as the parameter says.
    nonisolated(unsafe) let ensemble = ensemble
    Thread.detachNewThread {
      while let pack = questions.next() {
        metrics.observe(.packVideos, Double(pack.count))
        metrics.observe(.packTokens, Double(pack.reduce(0) { $0 + $1.tokens }))
        metrics.observe(.packFrames, Double(pack.reduce(0) { $0 + $1.frames }))
        Self.answer(pack, by: ensemble, metrics)
      }
    }
  }

  deinit { questions.close() }

  /// Videos that wait.
  var waiting: Int { questions.count }

  /// Says that a video is on its way to `predict`: those that are there already may wait for it.
  func expect() { questions.expect() }

  /// Says that an expected one does not come.
  func giveUp() { questions.giveUp() }

  /// Asks for all variants of an expected video at once, so that they may be computed together. While others are on their way they
  /// wait for those a quarter of the time that the video has taken so far: what takes long anyway takes little longer, and where
  /// the readers are behind the models see many together.
  /// - Parameters:
  ///   - request: a number of its own: requests take turns.
  ///   - start: of the question.
  /// - Throws: `CancellationError` at once when the task is cancelled, `VideoTooLarge`.
  func predict(
    _ videos: [PreparedVideo], of request: Int, since start: ContinuousClock.Instant
  ) async throws -> [Predicted] {
    let asked = videos.map { Question(video: $0) }
    // What one of them fails by is the answer; nobody waits for the others then.
    defer { for question in asked { question.promise.keep(.failure(CancellationError())) } }
    let now = ContinuousClock.now
    let due = now + min((now - start) / 4, mostWait)
    questions.add(
      asked.map { question in
        PackQueue.Entry(
          waiting: question, tokens: question.video.tokens, frames: question.video.frames, arrival: now,
          due: due)
      }, of: request)
    return try await withTaskCancellationHandler {
      var predicted: [Predicted] = []
      for question in asked { predicted.append(try await question.promise.value) }
      return predicted
    } onCancel: {
      for question in asked { question.promise.keep(.failure(CancellationError())) }
    }
  }

  private static func answer(
    _ pack: [PackQueue<Question>.Entry], by ensemble: Ensemble, _ metrics: ServiceMetrics
  ) {
    let start = ContinuousClock.now
    do {
      let predictions = try ensemble.predictions(of: pack.map(\.waiting.video))
      let computed = ContinuousClock.now - start
      metrics.observe(.computeSeconds, computed / .seconds(1))
      for (entry, prediction) in zip(pack, predictions) {
        metrics.observe(.waitSeconds, (start - entry.arrival) / .seconds(1))
        entry.waiting.promise.keep(
          .success(Predicted(prediction: prediction, waited: start - entry.arrival, computed: computed)))
      }
    } catch  where pack.count > 1 {
      // What is too much together, or is one video's trouble, is not the others'.
      for entry in pack { answer([entry], by: ensemble, metrics) }
    } catch {
      for entry in pack { entry.waiting.promise.keep(.failure(error)) }
    }
  }
}

/// What the thread takes packs from.
private final class Questions: Sendable {
  typealias Queue = PackQueue<ModelExecutor.Question>

  private struct State: Sendable {
    var queue: Queue
    /// Videos that are not here yet.
    var expected = 0
    var isClosed = false
  }

  private let state: Mutex<State>
  private let changes = DispatchSemaphore(value: 0)

  init(_ limits: PackLimits) { state = Mutex(State(queue: PackQueue(limits))) }

  var count: Int { state.withLock { $0.queue.count } }

  func expect() { state.withLock { $0.expected += 1 } }

  func giveUp() {
    state.withLock { $0.expected -= 1 }
    changes.signal()
  }

  /// All variants of one expected video.
  func add(_ entries: [Queue.Entry], of request: Int) {
    state.withLock { state in
      state.queue.append(entries, of: request)
      state.expected -= 1
    }
    changes.signal()
  }

  /// Waits for a pack; nil when there will be none.
  func next() -> [Queue.Entry]? {
    while true {
      let next: Queue.Next? = state.withLock { state in
        guard !state.isClosed else { return nil }
        state.queue.removeAll { $0.promise.isSettled }
        return state.queue.next(at: .now, areMoreOnTheirWay: state.expected > 0)
      }
      switch next {
      case nil: return nil
      case .pack(let pack): return pack
      case .wait(nil): changes.wait()
      case .wait(let end?):
        let left = max(end - ContinuousClock.now, .zero)
        _ = changes.wait(timeout: .now() + left / .seconds(1))
      }
    }
  }

  func close() {
    state.withLock { $0.isClosed = true }
    changes.signal()
  }
}
