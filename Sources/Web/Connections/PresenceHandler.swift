import NIOCore
import NIOHTTPTypes
import Synchronization

/// Whether whoever asks over a connection is still there, so that nothing is read and computed for nobody.
final class Presence: Sendable {
  private struct State: Sendable {
    var isGone = false
    var cancel: (@Sendable () -> Void)?
  }

  private let state = Mutex(State())

  /// Runs `body`, which is cancelled when the other side goes, and at once where it has gone. To be called for one request
  /// after the other.
  func whileThere<Value: Sendable>(
    _ body: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    let work = Task { try await body() }
    let isGone = state.withLock { state in
      state.cancel = { work.cancel() }
      return state.isGone
    }
    defer { state.withLock { $0.cancel = nil } }
    if isGone { work.cancel() }
    return try await withTaskCancellationHandler {
      try await work.value
    } onCancel: {
      work.cancel()
    }
  }

  func leave() {
    let cancel = state.withLock { state in
      state.isGone = true
      return state.cancel
    }
    cancel?()
  }
}

/// Notices that the other side of a connection has gone. One that closes its half alone, and would still listen, counts as
/// gone: it cannot be told from one that closed all.
final class PresenceHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart

  let presence = Presence()

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case ChannelEvent.inputClosed? = event as? ChannelEvent { presence.leave() }
    context.fireUserInboundEventTriggered(event)
  }

  func channelInactive(context: ChannelHandlerContext) {
    presence.leave()
    context.fireChannelInactive()
  }
}

@available(*, unavailable)
extension PresenceHandler: Sendable {}

extension Channel {
  /// Of who is at the other side.
  /// - Throws: `CancellationError` where the channel is closed already.
  var presence: Presence {
    get async throws {
      do {
        return try await eventLoop.submit {
          try self.pipeline.syncOperations.handler(type: PresenceHandler.self).presence
        }.get()
      } catch is ChannelPipelineError {
        throw CancellationError()
      }
    }
  }
}
