import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import Testing

@testable import Web

/// Takes what is handed over when the test says so, as a system does whose other side is slow.
private final class SlowSystem: ChannelOutboundHandler {
  typealias OutboundIn = HTTPResponsePart

  private(set) var parts: [HTTPResponsePart] = []
  private var waiting: [EventLoopPromise<Void>] = []

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    parts.append(unwrapOutboundIn(data))
    if let promise { waiting.append(promise) }
  }

  func flush(context: ChannelHandlerContext) {}

  func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
    let failing = waiting
    waiting = []
    for promise in failing { promise.fail(ChannelError.ioOnClosedChannel) }
    context.close(mode: mode, promise: promise)
  }

  var isWaiting: Bool { !waiting.isEmpty }

  func takePiece() { waiting.removeFirst().succeed() }
}

@Suite("What handles a connection") struct HandlerTests {
  private let system = SlowSystem()
  private let body = ByteBuffer(bytes: (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })

  /// With an answer on its way, of which a piece has to be taken each second.
  private func channel() throws -> EmbeddedChannel {
    let channel = EmbeddedChannel(handlers: [system, DeliveryHandler(patience: .seconds(1))])
    try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    channel.write(HTTPResponsePart.head(HTTPResponse(status: .ok)), promise: nil)
    channel.write(HTTPResponsePart.body(body), promise: nil)
    channel.write(HTTPResponsePart.end(nil), promise: nil)
    return channel
  }

  @Test("An answer is handed over in pieces, and all of it") func pieces() throws {
    let channel = try channel()
    var whole = ByteBuffer()
    for case .body(var piece) in system.parts {
      #expect(piece.readableBytes <= DeliveryHandler.pieceBytes)
      whole.writeBuffer(&piece)
    }
    #expect(whole == body && system.parts.count == 6)
    while system.isWaiting { system.takePiece() }
    channel.embeddedEventLoop.advanceTime(by: .seconds(9))
    #expect(channel.isActive)
  }

  @Test("A connection that is to be closed is closed when what is on its way has been taken") func close()
    throws
  {
    let channel = try channel()
    channel.close(promise: nil)
    try #require(system.isWaiting)
    while system.isWaiting {
      #expect(channel.isActive)
      system.takePiece()
    }
    channel.embeddedEventLoop.run()
    #expect(!channel.isActive)
  }

  @Test("Who takes a piece now and then is waited for, and who takes none is not", arguments: [false, true])
  func stall(isToBeClosed: Bool) throws {
    let channel = try channel()
    if isToBeClosed { channel.close(promise: nil) }
    for _ in 0..<3 {
      channel.embeddedEventLoop.advanceTime(by: .milliseconds(700))
      #expect(channel.isActive)
      system.takePiece()
    }
    channel.embeddedEventLoop.advanceTime(by: .milliseconds(999))
    #expect(channel.isActive)
    channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
    #expect(!channel.isActive)
  }

  @Test("When the server ends, no connection is waited for longer than for a piece") func ending() throws {
    let channel = try channel()
    channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    channel.embeddedEventLoop.advanceTime(by: .milliseconds(700))
    system.takePiece()
    #expect(channel.isActive)
    channel.embeddedEventLoop.advanceTime(by: .milliseconds(300))
    #expect(!channel.isActive)
  }

  @Test("Who sends a request after another is told to go on when the first is answered") func expectation()
    throws
  {
    let channel = EmbeddedChannel(handler: UploadHandler(limit: 100))
    func ask(_ method: HTTPRequest.Method, _ fields: HTTPFields) throws {
      try channel.writeInbound(
        HTTPRequestPart.head(
          HTTPRequest(method: method, scheme: "http", authority: "a", path: "/", headerFields: fields)))
    }
    func told() throws -> [HTTPResponsePart] {
      var told: [HTTPResponsePart] = []
      while let part = try channel.readOutbound(as: HTTPResponsePart.self) { told.append(part) }
      return told
    }
    try ask(.get, [:])
    try channel.writeInbound(HTTPRequestPart.end(nil))
    try ask(.post, [.expect: "100-continue", .contentLength: "9"])
    #expect(try told().isEmpty)
    try channel.writeOutbound(HTTPResponsePart.head(HTTPResponse(status: .ok)))
    try channel.writeOutbound(HTTPResponsePart.end(nil))
    let goOn = HTTPResponsePart.head(HTTPResponse(status: .continue))
    #expect(try told() == [.head(HTTPResponse(status: .ok)), .end(nil), goOn])
    try channel.writeInbound(HTTPRequestPart.end(nil))
    try channel.writeOutbound(HTTPResponsePart.head(HTTPResponse(status: .ok)))
    try channel.writeOutbound(HTTPResponsePart.end(nil))
    try ask(.post, [.expect: "100-continue", .contentLength: "9"])
    #expect(try told().last == goOn)
  }
}
