import Foundation
import Glibc
import RawHTTP
import Testing

/// Runs the built `framewise serve` as a user would.
enum ServerRunner {
  /// A port that was free a moment ago.
  static func freePort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
      }
    }
    try #require(isBound)
    return Int(address.sin_port.bigEndian)
  }

  /// Starts it, calls `body` when it is ready, and ends it as a service manager does.
  ///
  /// - Parameters:
  ///   - wrapper: a program and its arguments that become `framewise` and its own.
  ///   - endsItself: whether `body` has it ended.
  ///   - body: is given the port and the process.
  static func run(
    _ arguments: [String], environment: [String: String] = [:], through wrapper: [String] = [],
    endsItself: Bool = false,
    _ body: @escaping @Sendable (Int, Int32) async throws -> Void
  ) async throws -> CommandLineRunner.Outcome {
    let port = try freePort()
    return try await CommandLineRunner.run(
      [
        "serve", "--port", "\(port)", "--threads", "1", "--precision", "fp32", "--time-limit", "3600",
        "--read-time-limit", "600",
      ] + arguments,
      environment: environment, through: wrapper
    ) { process in
      // Where it does not start, it has ended, and says why.
      while kill(process, 0) == 0 {
        if let answer = try? RawConnection.ask(port: port, "GET", "/v2/health/ready"), answer.status == 200 {
          break
        }
        try await Task.sleep(for: .milliseconds(20))
      }
      do { try await body(port, process) } catch {
        kill(process, SIGTERM)
        throw error
      }
      if !endsItself { kill(process, SIGTERM) }
    }
  }
}
