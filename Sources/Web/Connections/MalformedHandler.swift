import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import Serving
import Storage

/// What comes and is no HTTP, Hummingbird answers by a status alone, and closes the connection. Here that answer becomes what
/// every other refusal is, and is counted.
final class MalformedHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private let metrics: ServiceMetrics
  /// Whether something came that is none.
  private var isMalformed = false

  init(_ metrics: ServiceMetrics) { self.metrics = metrics }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if error is HTTPParserError { isMalformed = true }
    context.fireErrorCaught(error)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    // No answer of this server's own has no content.
    guard isMalformed, case .head(let head) = unwrapOutboundIn(data), head.status == .badRequest,
      head.headerFields[.contentLength] == "0"
    else { return context.write(data, promise: promise) }
    isMalformed = false
    let refusal = Refusal(.malformed, "what came is no HTTP, or its headers are too long")
    let body = ByteBuffer(bytes: refusal.json)
    var answer = HTTPResponse(status: refusal.status)
    answer.headerFields = [
      .contentType: "application/json", .contentLength: "\(body.readableBytes)", .connection: "close",
    ]
    answer.headerFields.guardBrowsers()
    metrics.count(.requests, ["route": "none", "status": "\(answer.status.code)"])
    context.write(wrapOutboundOut(.head(answer)), promise: nil)
    context.write(wrapOutboundOut(.body(body)), promise: promise)
  }
}

@available(*, unavailable)
extension MalformedHandler: Sendable {}
