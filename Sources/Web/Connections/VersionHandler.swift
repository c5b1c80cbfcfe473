import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// Hummingbird's channel with a `VersionHandler`, where requests still say which version of HTTP they are of.
struct VersionedChannel: ServerChildChannel {
  let http1: HTTP1Channel

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
    http1.setup(channel: channel, logger: logger).flatMapThrowing { value in
      let pipeline = channel.pipeline.syncOperations
      let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
      try pipeline.addHandler(VersionHandler(), position: .after(decoder))
      return value
    }
  }

  func handle(value: HTTP1Channel.Value, logger: Logger) async {
    await http1.handle(value: value, logger: logger)
  }
}

/// Sees to what depends on the version of HTTP, which nobody knows behind it (RFC 9112, 3.2 and 9.3; RFC 9110, 15.2):
///
/// - a request without `Host`, which HTTP/1.0 alone may do without, or with several, is malformed;
/// - the last request of a connection says so, also where HTTP/1.0 means it by saying nothing; and who has it kept open by
///   HTTP/1.0 is told that it is;
/// - who speaks HTTP/1.0 knows nothing of answers before the answer, such as 100, and gets none.
final class VersionHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  /// Whether a request of HTTP/1.0 has come: then the client is taken for one that speaks nothing else.
  private var isOld = false
  /// Whether a request came after which nothing is understood any more.
  private var isMalformed = false

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if isMalformed { return }
    guard case .head(var head) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
    let isOlder = (head.version.major, head.version.minor) < (1, 1)
    isOld = isOld || isOlder
    let hosts = head.headers["Host"].count
    guard hosts == 1 || hosts == 0 && isOlder else {
      isMalformed = true
      return context.fireErrorCaught(HTTPParserError.invalidHost)
    }
    if !head.isKeepAlive { head.headers.replaceOrAdd(name: "Connection", value: "close") }
    context.fireChannelRead(wrapInboundOut(.head(head)))
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    guard isOld, case .head(var head) = unwrapOutboundIn(data) else {
      return context.write(data, promise: promise)
    }
    guard head.status.code >= 200 else {
      promise?.succeed()
      return
    }
    if !head.headers.contains(name: "Connection") {
      head.headers.add(name: "Connection", value: "keep-alive")
    }
    context.write(wrapOutboundOut(.head(head)), promise: promise)
  }
}

@available(*, unavailable)
extension VersionHandler: Sendable {}
