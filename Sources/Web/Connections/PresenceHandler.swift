import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import Synchronization

/// Whoever asked has gone before there was an answer.
struct ClientGone: Error {}

/// Whether whoever asks over a connection is still there, so that nothing is read and computed for nobody.
final class Presence: Sendable {
  private struct State: Sendable {
    var isGone = false
    var cancel: (@Sendable () -> Void)?
  }

  private let state = Mutex(State())

  var isGone: Bool { state.withLock { $0.isGone } }

  /// Runs `body`, which is cancelled when the other side goes, and at once where it has gone. To be called for one request
  /// after the other.
  /// - Throws: `ClientGone` where the other side has gone by then, and else what `body` throws.
  func whileThere<Value: Sendable>(
    _ body: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    let work = Task { try await body() }
    state.withLock { $0.cancel = { work.cancel() } }
    defer { state.withLock { $0.cancel = nil } }
    if isGone { work.cancel() }
    do {
      return try await withTaskCancellationHandler {
        try await work.value
      } onCancel: {
        work.cancel()
      }
    } catch {
      throw isGone ? ClientGone() : error
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

/// Notices that the other side of a connection has gone.
///
/// What comes last of one that closes all is what comes last of one that closes its half alone, and still listens. Where that
/// comes in the middle of a request, there is nothing to answer. Behind a whole request it is answered, and where that takes a
/// moment, the other side is told to go on (100), which no client minds (RFC 9110, 15.2): by whoever is not there any more the
/// connection is then reset.
final class PresenceHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  /// An answer that is there by then is as good a question.
  static let moment = TimeAmount.seconds(1)

  let presence = Presence()
  private var isRequestComing = false
  /// Whole requests that are not answered in full.
  private var unanswered = 0
  private var isAnswering = false
  private var question: Scheduled<Void>?

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head: isRequestComing = true
    case .body: break
    case .end: (isRequestComing, unanswered) = (false, unanswered + 1)
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head: isAnswering = true
    case .body: break
    case .end: (isAnswering, unanswered) = (false, unanswered - 1)
    }
    context.write(data, promise: promise)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard isRequestComing, case .invalidEOFState? = error as? HTTPParserError else {
      return context.fireErrorCaught(error)
    }
    leaveIfNothingIsOwed()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case ChannelEvent.inputClosed? = event as? ChannelEvent {
      if isRequestComing { leaveIfNothingIsOwed() }
      askLater(context)
    }
    context.fireUserInboundEventTriggered(event)
  }

  /// A whole request that came before the one that was cut off is answered.
  private func leaveIfNothingIsOwed() {
    if unanswered == 0 { presence.leave() }
  }

  /// Again and again, since whoever listens still may go later.
  private func askLater(_ context: ChannelHandlerContext) {
    question = context.eventLoop.assumeIsolated().scheduleTask(in: Self.moment) { self.ask(context) }
  }

  private func ask(_ context: ChannelHandlerContext) {
    guard unanswered > 0 else { return }
    if !isAnswering {
      context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
    }
    askLater(context)
  }

  func channelInactive(context: ChannelHandlerContext) {
    question?.cancel()
    presence.leave()
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) { question?.cancel() }
}

@available(*, unavailable)
extension PresenceHandler: Sendable {}

extension Channel {
  /// Of who is at the other side.
  /// - Throws: `ClientGone` where the channel is closed already.
  var presence: Presence {
    get async throws {
      do {
        return try await eventLoop.submit {
          try self.pipeline.syncOperations.handler(type: PresenceHandler.self).presence
        }.get()
      } catch is ChannelPipelineError {
        throw ClientGone()
      }
    }
  }
}
