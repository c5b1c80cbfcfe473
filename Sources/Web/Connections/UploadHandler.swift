import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Answers `Expect: 100-continue`, for which curl waits a second, when the requests before have their answers, and closes a
/// connection whose request was answered before it came to its end: nobody wants the rest of an upload that was refused.
final class UploadHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  /// In which whoever sends can read the answer: a connection that is closed while something comes loses it.
  private static let patience = TimeAmount.seconds(1)

  private let limit: Int
  private var requests = 0
  private var answers = 0
  private var isBodyComing = false
  /// Whether the sender of the body that is coming waits to be told to go on.
  private var isAwaited = false
  private var closing: Scheduled<Void>?

  /// - Parameter limit: bytes of a body for which nobody is told to go on.
  init(limit: Int) { self.limit = limit }

  /// Whether the request whose body is coming has its answer.
  private var isUnwanted: Bool { isBodyComing && answers == requests }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      requests += 1
      isBodyComing = true
      context.fireChannelRead(data)
      let length = head.headerFields[.contentLength].flatMap { Int($0) } ?? 0
      isAwaited = head.headerFields[.expect]?.lowercased() == "100-continue" && length <= limit
      goOn(context)
    case .body:
      if !isUnwanted { context.fireChannelRead(data) }
    case .end:
      (isBodyComing, isAwaited) = (false, false)
      closing?.cancel()
      context.fireChannelRead(data)
    }
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if case .end = unwrapOutboundIn(data) {
      answers += 1
      if isUnwanted {
        let channel = context.channel
        closing = context.eventLoop.scheduleTask(in: Self.patience) { channel.close(promise: nil) }
      }
    }
    context.write(data, promise: promise)
    goOn(context)
  }

  /// Tells to go on whoever waits for it, and has no other answer to come before.
  private func goOn(_ context: ChannelHandlerContext) {
    guard isAwaited, answers == requests - 1 else { return }
    isAwaited = false
    context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
  }
}

@available(*, unavailable)
extension UploadHandler: Sendable {}
