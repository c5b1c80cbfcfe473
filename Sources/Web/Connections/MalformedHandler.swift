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
  /// What came that is none, until that is answered.
  private var problem: String?

  init(_ metrics: ServiceMetrics) { self.metrics = metrics }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    switch error as? HTTPParserError {
    case nil: break
    case .invalidHost?: problem = "Host is missing, or stands there more than once"
    default: problem = "what came is no HTTP, or its headers are too long"
    }
    context.fireErrorCaught(error)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    // No answer of this server's own has no content.
    guard let problem, case .head(let head) = unwrapOutboundIn(data), head.status == .badRequest,
      head.headerFields[.contentLength] == "0"
    else { return context.write(data, promise: promise) }
    self.problem = nil
    let refusal = Refusal(.malformed, problem)
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
