import Batching
import Dataset
import Extraction
import Glibc
package import Inference
import Media
import Storage
import Synchronization
package import SystemPackage
import Torch

/// Answers questions about videos: has their files read in the sandbox, and the models asked about many at a time.
package final class ClassificationService: Sendable {
  package let settings: ServeSettings
  package let metrics = ServiceMetrics()
  package let admission: Admission
  /// Has uploads while they are needed.
  package let spool: Spool
  /// Of level 2, in the order of the models' numbers.
  package let categories: [String]
  private let names: CategoryNames
  /// What the models look at.
  package let preparer: VideoPreparer
  private let pool: ReadingPool
  private let executor: ModelExecutor
  private let notice: @Sendable (String) -> Void
  /// That came so far.
  private let requests = Atomic(0)

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
    names = try settings.categoryNames.map { try CategoryNames(reading: FilePath($0)) } ?? .none
    spool = try Spool(FilePath(settings.spool), most: settings.limits.spoolBytes)
    try Self.tryReading(program, spool, settings, notice)
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
      ensemble, PackLimits(settings.packing, on: runtime),
      wait: .milliseconds(settings.packing.waitMilliseconds), metrics: metrics)
  }

  /// Has a file of no bytes read: what keeps a process from that would keep it from reading all, and be met then.
  /// - Throws: `WorkerError`, `FileError`
  private static func tryReading(
    _ program: FilePath, _ spool: Spool, _ settings: ServeSettings, _ notice: @escaping (String) -> Void
  ) throws {
    let reader = SandboxedReader(program: program, memory: settings.limits.readingBytes, notice: notice)
    let request = VideoRequest(id: "first", file: "first", options: .init())
    let nothing = try SpooledVideo(in: spool)
    _ = try withExtendedLifetime(nothing) { try reader.read(nothing.path, request) }
  }

  package var gauges: [ServiceMetrics.Gauge] {
    [
      .init(
        "framewise_videos_in_flight", "Videos of requests that have no answer yet.", Double(admission.taken)),
      .init("framewise_spool_bytes", "Bytes of uploads that are kept.", Double(spool.bytes)),
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
    let tooLate = Refusal(
      .timeout, "there was no answer in time; send fewer videos, or try again when there is less to do")
    do {
      return try await until(.now + limit, or: tooLate) { try await self.answers(to: questions, wishes) }
    } catch {
      throw refusal(for: error)
    }
  }

  private func answers(
    to questions: [VideoQuestion], _ wishes: VideoQuestion.Wishes
  ) async throws -> [VideoAnswer] {
    let request = requests.add(1, ordering: .relaxed).newValue
    return try await withThrowingTaskGroup(of: (Int, VideoAnswer).self) { group in
      for (place, question) in questions.enumerated() {
        group.addTask { (place, try await self.answer(question, wishes, of: request)) }
      }
      var answers: [(Int, VideoAnswer)] = []
      for try await answer in group { answers.append(answer) }
      return answers.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }

  private func answer(
    _ question: VideoQuestion, _ wishes: VideoQuestion.Wishes, of request: Int
  ) async throws -> VideoAnswer {
    let start = ContinuousClock.now
    executor.expect()
    let ready: VideoReading.Outcome
    do { ready = try await read(question, wishes, since: start) } catch {
      executor.giveUp()
      throw error
    }
    metrics.count(.videos, ["status": ready.file.status.text])
    let predicted = try await executor.predict(ready.prepared, of: request, since: start)
    guard let whole = predicted.last else { preconditionFailure("nothing was predicted") }
    metrics.count(.predictions, ["status": whole.prediction.status.rawValue])
    return ready.answer(predicted, names)
  }

  private func read(
    _ question: VideoQuestion, _ wishes: VideoQuestion.Wishes, since start: ContinuousClock.Instant
  ) async throws -> VideoReading.Outcome {
    let reading = VideoReading(question, wishes, preparer, settings)
    guard let upload = question.upload, preparer.modality.hasFrames else {
      return reading.outcome(withoutFramesFrom: question.upload)
    }
    return try await pool.read(upload, reading.request) { video in
      let read = ContinuousClock.now - start
      self.metrics.observe(.readSeconds, read / .seconds(1))
      return try reading.outcome(video, read: read)
    }
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
      tokens: packing.tokens ?? 2048 * cores, frames: packing.frames ?? 64 * cores)
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
