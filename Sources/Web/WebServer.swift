import Glibc
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
package import Serving
package import Storage
import SystemPackage
import UnixSignals

/// A service with a door: answers over HTTP until it is told to end.
package struct WebServer: Sendable {
  private let service: ClassificationService
  private let token: AccessToken?
  private let notice: @Sendable (String) -> Void

  /// Seconds after those that the last answers have to be taken (`DeliveryHandler`): what is not over then is not waited for.
  private static let farewell = 5.0

  /// - Parameter notice: told what whoever runs the server should know, a line each.
  package init(
    _ service: ClassificationService, token: AccessToken?, notice: @escaping @Sendable (String) -> Void
  ) {
    (self.service, self.token, self.notice) = (service, token, notice)
  }

  /// Answers until SIGTERM or SIGINT comes; then nobody is let in any more, and it returns when all have their answer. A
  /// second signal ends the process.
  ///
  /// - Parameter running: told where it listens.
  /// - Throws: `CannotListen`
  package func run(running: @escaping @Sendable (String) -> Void) async throws {
    var configuration = ServiceGroupConfiguration(
      services: [application(running: running)], gracefulShutdownSignals: [], logger: logger)
    configuration.maximumGracefulShutdownDuration = .seconds(
      service.settings.limits.answerSeconds + Self.farewell)
    let group = ServiceGroup(configuration: configuration)
    let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask {
        do { try await group.run() } catch let error as IOError {
          throw CannotListen(address: service.settings.address, reason: Errno(rawValue: error.errnoCode))
        }
      }
      tasks.addTask {
        var isFirst = true
        for await _ in signals {
          guard isFirst else { _exit(130) }
          isFirst = false
          notice("ending: \(service.admission.taken) videos are under way")
          Task {
            await service.admission.drain()
            await group.triggerGracefulShutdown()
          }
        }
      }
      defer { tasks.cancelAll() }
      _ = try await tasks.next()
    }
  }

  /// - Parameter running: told where it listens.
  func application(running: @escaping @Sendable (String) -> Void) -> some ApplicationProtocol {
    let settings = service.settings
    let connections = Connections(most: settings.limits.connections)
    let metrics = service.metrics
    let patience = TimeAmount.milliseconds(Int64(settings.limits.answerSeconds * 1000))
    return Application(
      router: Routes.router(service, token: token, notice: notice),
      server: HTTPServerBuilder { responder in
        VersionedChannel(
          http1: HTTP1Channel(
            responder: responder,
            configuration: .init(
              additionalChannelHandlers: [
                DeliveryHandler(patience: patience), UploadHandler(), PresenceHandler(),
                MalformedHandler(metrics), ConnectionHandler(connections),
              ],
              idleTimeout: .milliseconds(Int64(settings.limits.silenceSeconds * 1000)),
              httpDecoderConfiguration: .init(
                maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100))))
      },
      configuration: .init(
        address: .hostname(settings.address.host, port: settings.address.port), serverName: "framewise",
        availableConnectionsDelegate: .maximum(settings.limits.connections, logger: logger)),
      onServerRunning: { channel in
        let host = settings.address.host
        running("http://\(host.contains(":") ? "[\(host)]" : host):\(channel.localAddress?.port ?? 0)")
      }, logger: logger)
  }

  private var logger: Logger {
    let notice = notice
    return Logger(label: "framewise") { _ in ErrorLog(notice: notice) }
  }
}

/// An address that cannot be listened at.
package struct CannotListen: ReportableError {
  let address: ServeSettings.Address
  let reason: Errno

  package var kind: ErrorKind { .cannotCreate }
  package var description: String { "cannot listen on \(address.host), port \(address.port): \(reason)" }
}

/// Tells of errors of the libraries, and of nothing else.
private struct ErrorLog: LogHandler {
  let notice: @Sendable (String) -> Void
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.error

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) { notice("\(event.message)") }
}
