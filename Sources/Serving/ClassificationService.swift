import Batching
import Dataset
import Extraction
import Glibc
package import Inference
import Storage
package import SystemPackage
import Torch

/// Answers questions about videos: has their files read in the sandbox, and the models asked about many at a time.
package final class ClassificationService: Sendable {
  package let settings: ServeSettings
  package let metrics = ServiceMetrics()
  package let admission: Admission
  /// Of level 2, in the order of the models' numbers.
  package let categories: [String]
  /// What the models look at.
  package let preparer: VideoPreparer
  private let pool: ReadingPool
  private let executor: ModelExecutor
  private let notice: @Sendable (String) -> Void

  /// Reads the models and has them predict once: the first time takes longer.
  ///
  /// - Parameters:
  ///   - program: the executable of the processes that read videos.
  ///   - notice: told what whoever runs the server should know, a line each.
  /// - Throws: what is wrong with the run, the device or the programs.
  package init(
    _ settings: ServeSettings, program: FilePath = Extractor.programBesideThis,
    notice: @escaping @Sendable (String) -> Void
  ) throws {
    guard access(program.string, X_OK) == 0 else { throw WorkerError.missing(program) }
    let runtime = try settings.computing.runtime()
    let ensemble = try Ensemble(reading: FilePath(settings.run), runtime: runtime)
    if let width = ensemble.storedVectorSize {
      throw UnservableModel(run: FilePath(settings.run), vectorSize: width)
    }
    _ = try SpooledVideo(in: FilePath(settings.spool))
    self.settings = settings
    self.notice = notice
    categories = ensemble.models[0].description.categories
    preparer = ensemble.preparer
    admission = Admission(most: settings.limits.queue)
    let first = preparer.prepared(Annotation(id: "first", title: "first"), source: NoPictures())
    _ = try ensemble.predictions(of: [first])
    pool = ReadingPool(
      threads: settings.jobs, program: program, memory: settings.limits.readingBytes, notice: notice)
    executor = ModelExecutor(
      ensemble, PackLimits(settings.packing, on: runtime), metrics: metrics)
  }

  package var gauges: [ServiceMetrics.Gauge] {
    [
      .init(
        "framewise_videos_in_flight", "Videos of requests that have no answer yet.", Double(admission.taken)),
      .init("framewise_queue_videos", "Videos that wait for the models.", Double(executor.waiting)),
      .init("framewise_ready", "Whether requests are let in.", admission.isDraining ? 0 : 1),
      .init(
        "process_resident_memory_bytes", "Memory of the server, without the processes that read videos.",
        Double(ResidentMemory.bytes() ?? 0)),
    ]
  }

  /// Answers in the order of the questions, or not at all.
  /// - Throws: `Refusal`
  package func answers(
    to questions: [VideoQuestion], _ wishes: VideoQuestion.Wishes, within limit: Duration
  ) async throws -> [VideoAnswer] {
    do {
      return try await withThrowingTaskGroup(of: [VideoAnswer]?.self) { group in
        group.addTask { try await self.answers(to: questions, wishes) }
        group.addTask {
          try await Task.sleep(for: limit)
          return nil
        }
        defer { group.cancelAll() }
        guard let first = try await group.next(), let answers = first else {
          throw Refusal(
            .timeout, "there was no answer in time; send fewer videos, or try again when there is less to do")
        }
        return answers
      }
    } catch {
      throw refusal(for: error)
    }
  }

  private func answers(
    to questions: [VideoQuestion], _ wishes: VideoQuestion.Wishes
  ) async throws -> [VideoAnswer] {
    try await withThrowingTaskGroup(of: (Int, VideoAnswer).self) { group in
      for (place, question) in questions.enumerated() {
        group.addTask { (place, try await self.answer(question, wishes)) }
      }
      var answers: [(Int, VideoAnswer)] = []
      for try await answer in group { answers.append(answer) }
      return answers.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }

  private func answer(_ question: VideoQuestion, _ wishes: VideoQuestion.Wishes) async throws -> VideoAnswer {
    let reading = VideoReading(question, wishes, preparer, settings)
    let start = ContinuousClock.now
    let ready: VideoReading.Outcome
    if let upload = question.upload, preparer.modality.hasFrames {
      ready = try await pool.read(upload, reading.request) { video in
        let read = ContinuousClock.now - start
        self.metrics.observe(.readSeconds, read / .seconds(1))
        return try reading.outcome(video, read: read)
      }
    } else {
      ready = reading.outcome(withoutFramesFrom: question.upload)
    }
    metrics.count(.videos, ["status": ready.file.status.text])
    let predicted = try await executor.predict(ready.prepared)
    guard let whole = predicted.last else { preconditionFailure("nothing was predicted") }
    metrics.count(.predictions, ["status": whole.prediction.status.rawValue])
    return ready.answer(predicted)
  }

  /// What is nobody's fault who asks is told to who runs the server, and to nobody else.
  private func refusal(for error: any Error) -> Refusal {
    switch error {
    case let refusal as Refusal: return refusal
    case is CancellationError: return Refusal(.timeout, "the request was given up")
    case let error as any ReportableError where error.kind == .resumable:
      notice(error.description)
      return Refusal(.noRoom, "the server has no room for it now")
    default:
      notice("\(error)")
      return Refusal(.internal, "the server has a fault")
    }
  }
}

extension PackLimits {
  /// A processor gains little by more than a few videos for each core, which all of them wait for.
  init(_ packing: ServeSettings.Packing, on runtime: Runtime) {
    let cores = runtime.device.isCUDA ? 16 : runtime.predictionCores.count
    self.init(
      tokens: packing.tokens ?? 2048 * cores, frames: packing.frames ?? 64 * cores,
      wait: .milliseconds(packing.waitMilliseconds))
  }
}

/// A run whose models read what no video file holds.
struct UnservableModel: ReportableError {
  let run: FilePath
  let vectorSize: Int

  var kind: ErrorKind { .badData }
  var description: String {
    "\(run): its models read stored feature vectors of \(vectorSize) numbers, which a server has no way to make of a video"
  }
}
