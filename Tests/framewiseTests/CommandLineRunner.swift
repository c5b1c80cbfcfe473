import Foundation
import Glibc
import SystemPackage
import Testing

/// Runs the built `framewise` as a user would, in a process of its own.
struct CommandLineRunner {
  struct Outcome {
    /// 128 + the signal's number where a signal ended the process, as a shell says it.
    var exitCode: Int32
    var output: String
    var messages: String

    /// Checks the promise for every error of the world: this exit code, nothing on standard output, and one
    /// line that begins with `framewise: error: ` and holds `parts`.
    func expectError(
      _ code: Int32, saying parts: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) {
      #expect(exitCode == code, "\(messages)", sourceLocation: sourceLocation)
      #expect(output.isEmpty, sourceLocation: sourceLocation)
      #expect(messages.hasPrefix("framewise: error: "), "\(messages)", sourceLocation: sourceLocation)
      #expect(messages.count { $0.isNewline } == 1, "\(messages)", sourceLocation: sourceLocation)
      for part in parts {
        #expect(messages.contains(part), "\(messages)", sourceLocation: sourceLocation)
      }
    }
  }

  /// Beside the test bundle, where the package manager builds both.
  private static let executable = Bundle.main.bundleURL.appending(path: "framewise")

  /// Starts `framewise` with `arguments` and waits for its end.
  ///
  /// - Parameters:
  ///   - environment: added to this process's.
  ///   - wrapper: a program and its arguments that end where `framewise` and its own begin.
  ///   - whileRunning: called once the process runs, with its id, for tests that send it signals.
  static func run(
    _ arguments: [String], environment: [String: String] = [:], through wrapper: [String] = [],
    whileRunning: (@Sendable (Int32) async throws -> Void)? = nil
  ) async throws -> Outcome {
    let folder = try TemporaryFolder()
    let process = Process()
    process.executableURL = wrapper.isEmpty ? executable : URL(filePath: "/usr/bin/env")
    process.arguments = wrapper.isEmpty ? arguments : wrapper + [executable.path] + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    // Files, not pipes: a pipe that nobody empties stops the process that fills it.
    let output = try folder.newFile("output")
    let messages = try folder.newFile("messages")
    process.standardOutput = output
    process.standardError = messages
    let end = AsyncStream<Void>.makeStream()
    process.terminationHandler = { _ in end.continuation.finish() }
    try process.run()
    do { try await whileRunning?(process.processIdentifier) } catch {
      process.terminate()
      for await _ in end.stream {}
      throw error
    }
    for await _ in end.stream {}
    let signalled = process.terminationReason == .uncaughtSignal
    return Outcome(
      exitCode: (signalled ? 128 : 0) + process.terminationStatus,
      output: try folder.text("output"), messages: try folder.text("messages"))
  }

  /// Sends SIGINT to a process once `isTime`, or when it has ended. A thread of its own waits: the pool's may be busy with
  /// other tests for as long as the process works.
  static func interrupt(_ process: Int32, when isTime: @escaping @Sendable () -> Bool) async {
    await withCheckedContinuation { waiting in
      Thread.detachNewThread {
        while !isTime(), kill(process, 0) == 0 { usleep(10_000) }
        kill(process, SIGINT)
        waiting.resume()
      }
    }
  }

  static func run(_ arguments: String...) async throws -> Outcome { try await run(arguments) }
}

/// A folder of a test's own, gone when the test is over.
final class TemporaryFolder: Sendable {
  let path: FilePath

  init() throws {
    path = FilePath(NSTemporaryDirectory()).appending("framewise-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path.string) }

  /// The path of `name` in the folder, as an argument.
  func callAsFunction(_ name: String) -> String { path.appending(name).string }

  /// Makes a file and returns its path.
  @discardableResult
  func write(_ text: String, to name: String) throws -> String { try write(Data(text.utf8), to: name) }

  @discardableResult
  func write(_ data: Data, to name: String) throws -> String {
    try data.write(to: URL(filePath: self(name)))
    return self(name)
  }

  func text(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(filePath: self(name))), as: UTF8.self)
  }

  /// Everything in the folder, folders below included, by path from here.
  func contents() throws -> [String: Data] {
    var contents: [String: Data] = [:]
    for name in FileManager.default.enumerator(atPath: path.string)?.compactMap({ $0 as? String }) ?? [] {
      contents[name] = FileManager.default.contents(atPath: self(name))
    }
    return contents
  }

  fileprivate func newFile(_ name: String) throws -> FileHandle {
    try write("", to: name)
    return try FileHandle(forWritingTo: URL(filePath: self(name)))
  }
}
