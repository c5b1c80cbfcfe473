import Foundation
import Hummingbird
import RawHTTP
import ServiceLifecycle
import Serving
import Synchronization
import Testing

@testable import Web

/// A server of a test's own at a free port.
struct RunningServer: Sendable {
  let port: Int
  let service: ClassificationService

  /// - Parameter token: that clients have to show.
  static func with<Value: Sendable>(
    _ service: ClassificationService, token: AccessToken? = nil,
    _ body: @escaping @Sendable (RunningServer) async throws -> Value
  ) async throws -> Value {
    let (addresses, continuation) = AsyncStream.makeStream(of: String.self)
    let server = WebServer(service, token: token) { _ in }
    let application = server.application { continuation.yield($0) }
    return try await withThrowingTaskGroup(of: Value?.self) { group in
      group.addTask {
        try await application.run()
        return nil
      }
      group.addTask {
        var started = addresses.makeAsyncIterator()
        let address = try #require(await started.next())
        let port = try #require(address.split(separator: ":").last.flatMap { Int($0) })
        return try await body(RunningServer(port: port, service: service))
      }
      defer { group.cancelAll() }
      while let value = try await group.next() {
        if let value { return value }
      }
      throw CancellationError()
    }
  }

  /// On a thread of its own: the connection blocks it.
  func ask(
    _ method: String = "GET", _ path: String, headers: [String: String] = [:], body: [UInt8] = []
  ) async throws -> RawConnection.Answer {
    let port = port
    return try await Self.blocking {
      try RawConnection.ask(port: port, method, path, headers: headers, body: body)
    }
  }

  func classify(_ form: RawForm, _ query: String = "") async throws -> RawConnection.Answer {
    try await ask(
      "POST", "/v1/classify\(query)", headers: ["Content-Type": RawForm.contentType], body: form.body)
  }

  func classify(json: String, _ query: String = "") async throws -> RawConnection.Answer {
    try await ask(
      "POST", "/v1/classify\(query)", headers: ["Content-Type": "application/json"], body: Array(json.utf8))
  }

  static func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value
  {
    try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread { continuation.resume(with: Result(catching: body)) }
    }
  }
}
