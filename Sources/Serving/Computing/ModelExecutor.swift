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

  /// - Parameter ensemble: the executor's own from now on; nobody else may use it.
  init(_ ensemble: Ensemble, _ limits: PackLimits, metrics: ServiceMetrics) {
    let questions = Questions(limits)
    self.questions = questions
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

  /// Asks for all of them at once, so that they may be computed together.
  /// - Parameter request: a number of its own: requests take turns.
  /// - Throws: `CancellationError` at once when the task is cancelled, `VideoTooLarge`.
  func predict(_ videos: [PreparedVideo], of request: Int) async throws -> [Predicted] {
    let asked = videos.map { Question(video: $0) }
    questions.add(asked, of: request)
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
  private struct State: Sendable {
    var queue: PackQueue<ModelExecutor.Question>
    var isClosed = false
  }

  private let state: Mutex<State>
  private let arrivals = DispatchSemaphore(value: 0)

  init(_ limits: PackLimits) { state = Mutex(State(queue: PackQueue(limits))) }

  var count: Int { state.withLock { $0.queue.count } }

  func add(_ questions: [ModelExecutor.Question], of request: Int) {
    let now = ContinuousClock.now
    let entries = questions.map { question in
      PackQueue.Entry(
        waiting: question, tokens: question.video.tokens, frames: question.video.frames, arrival: now)
    }
    state.withLock { $0.queue.append(entries, of: request) }
    arrivals.signal()
  }

  /// Waits for a pack; nil when there will be none.
  func next() -> [PackQueue<ModelExecutor.Question>.Entry]? {
    while true {
      let next: PackQueue<ModelExecutor.Question>.Next? = state.withLock { state in
        guard !state.isClosed else { return nil }
        state.queue.removeAll { $0.promise.isSettled }
        return state.queue.next(at: .now)
      }
      switch next {
      case nil: return nil
      case .pack(let pack): return pack
      case .wait(nil): arrivals.wait()
      case .wait(let end?):
        let left = max(end - ContinuousClock.now, .zero)
        _ = arrivals.wait(timeout: .now() + left / .seconds(1))
      }
    }
  }

  func close() {
    state.withLock { $0.isClosed = true }
    arrivals.signal()
  }
}
