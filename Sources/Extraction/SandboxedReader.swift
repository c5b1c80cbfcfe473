import Dataset
package import SystemPackage

/// Has videos of strangers read for their frames one after the other, each by a sandboxed process of its own: what one of
/// them does to its process reaches no other's frames.
///
/// Belongs to one thread, which has to live as long: the kernel ends the processes with the thread that started them.
package final class SandboxedReader {
  private let program: FilePath
  private let memory: Int
  private let notice: (String) -> Void
  private var supervisor: Supervisor<SingleVideo>

  /// - Parameters:
  ///   - program: the worker's executable.
  ///   - memory: bytes of data that a process may have.
  ///   - notice: told what the user should know, a line each.
  package init(
    program: FilePath = Extractor.programBesideThis, memory: Int, notice: @escaping (String) -> Void
  ) {
    self.program = program
    self.memory = memory
    self.notice = notice
    supervisor = Self.supervisor(program, memory, notice)
  }

  private static func supervisor(
    _ program: FilePath, _ memory: Int, _ notice: @escaping (String) -> Void
  ) -> Supervisor<SingleVideo> {
    Supervisor(
      program, workers: 1, memory: memory, videosForWorker: 1, requiresFilter: true, notice: notice)
  }

  /// Blocks its thread for twice the request's time limit at most, and a little.
  /// - Parameters:
  ///   - path: of the video; it is opened here, and read in the sandbox.
  ///   - isWanted: asked now and then; where it says no, the process ends that reads the video.
  /// - Throws: `WorkerError` where there is no process to read it, or no filter of system calls around it;
  ///   `CancellationError` where it is not wanted any more; never for what is wrong with the video.
  package func read(
    _ path: FilePath, _ request: VideoRequest, while isWanted: @escaping () -> Bool = { true }
  ) throws -> ExtractedVideo {
    let queue = SingleVideo(QueuedVideo(index: 0, shard: 0, path: path, request: request), isWanted)
    do { try supervisor.run(queue) } catch let error as CancellationError {
      // Nothing is wrong with what the next worker is split off from.
      supervisor.abandonAll()
      throw error
    } catch {
      // What it was about is not gone on with when the next video comes.
      supervisor = Self.supervisor(program, memory, notice)
      throw error
    }
    guard let answer = queue.answer else { preconditionFailure("a supervisor left a video out") }
    return answer
  }
}

/// A queue of one.
private final class SingleVideo: VideoQueue {
  private var waiting: QueuedVideo?
  private(set) var answer: ExtractedVideo?

  private let isStillWanted: () -> Bool

  init(_ video: QueuedVideo, _ isWanted: @escaping () -> Bool) {
    waiting = video
    isStillWanted = isWanted
  }

  var isWanted: Bool { isStillWanted() }
  func next() -> QueuedVideo? { waiting.take() }
  func nextShard() -> Int? { waiting?.shard }
  func finish(_ video: QueuedVideo, _ outcome: ExtractedVideo) { answer = outcome }
}
