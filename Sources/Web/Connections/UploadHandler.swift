import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// That somebody is about to read the body of the request that is being answered.
struct BodyIsWanted: Sendable {}

/// Answers `Expect: 100-continue`, for which curl waits a second, when the body is wanted (`BodyIsWanted`): before that there
/// may be a refusal. And closes a connection behind an answer that nothing can follow, which that answer says:
///
/// - where the request says so (`VersionHandler`);
/// - where the request was answered before it came to its end: nobody wants the rest of an upload that was refused;
/// - where it asks for another protocol (`Upgrade`, `CONNECT`), which nobody speaks here: what comes behind such a request is
///   parsed no more, and would be kept without bounds. It is not even read.
final class UploadHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  /// In which whoever sends can read the answer: a connection that is closed while something comes loses it.
  private static let patience = TimeAmount.seconds(1)

  private var requests = 0
  private var answers = 0
  private var isBodyComing = false
  /// Whether the sender of the body that is coming waits to be told to go on.
  private var isAwaited = false
  /// Whether the last request that came is the connection's last one.
  private var isLast = false
  /// Whether that has come to its end.
  private var isOver: Bool { isLast && !isBodyComing }
  /// Whether the answer that is being written is that to the last request that came.
  private var answersLatest: Bool { answers == requests - 1 }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if isOver { return }
    switch unwrapInboundIn(data) {
    case .head(let head):
      requests += 1
      isBodyComing = true
      isAwaited = head.headerFields[.expect]?.lowercased() == "100-continue"
      isLast =
        head.headerFields[.connection] == "close" || head.method == .connect
        || head.headerFields[.upgrade] != nil
      context.fireChannelRead(data)
    case .body:
      if answers < requests { context.fireChannelRead(data) }
    case .end:
      (isBodyComing, isAwaited) = (false, false)
      context.fireChannelRead(data)
    }
  }

  func read(context: ChannelHandlerContext) {
    if !isOver { context.read() }
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head(let head) where head.status.kind == .informational: context.write(data, promise: promise)
    case .head(var head) where answersLatest && (isBodyComing || isLast):
      isLast = true
      head.headerFields[.connection] = "close"
      context.write(wrapOutboundOut(.head(head)), promise: promise)
    case .end:
      answers += 1
      if isLast, answers == requests {
        context.writeAndFlush(data, promise: promise)
        leave(context)
      } else {
        context.write(data, promise: promise)
      }
    default: context.write(data, promise: promise)
    }
  }

  /// The other side learns at once that nothing more will come.
  private func leave(_ context: ChannelHandlerContext) {
    context.close(mode: .output, promise: nil)
    let channel = context.channel
    context.eventLoop.scheduleTask(in: Self.patience) { channel.close(promise: nil) }
  }

  func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?)
  {
    guard event is BodyIsWanted else {
      return context.triggerUserOutboundEvent(event, promise: promise)
    }
    // What was asked before has its answer by then, and what comes behind is not what is wanted.
    if isAwaited, answersLatest {
      isAwaited = false
      context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
    }
    promise?.succeed()
  }
}

@available(*, unavailable)
extension UploadHandler: Sendable {}
