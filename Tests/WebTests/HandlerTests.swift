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
  private let body = ByteBuffer(bytes: (0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })

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
    #expect(whole == body && system.parts.count == 13)
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

  @Test("An answer gets through where the other side has closed its half, and this one closes the other")
  func halfClosed() throws {
    let channel = try channel()
    channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    channel.close(mode: .output, promise: nil)
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

  @Test("Who takes pieces in time is left all the same where that would take for ever")
  func slowness() throws {
    let channel = try channel()
    let seconds = 1 + Double(body.readableBytes) / Double(DeliveryHandler.bytesPerSecond)
    for _ in 0..<Int(seconds / 0.9) {
      channel.embeddedEventLoop.advanceTime(by: .milliseconds(900))
      #expect(channel.isActive)
      system.takePiece()
    }
    try #require(system.isWaiting)
    channel.embeddedEventLoop.advanceTime(by: .milliseconds(900))
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

  private func ask(_ channel: EmbeddedChannel, _ method: HTTPRequest.Method, _ fields: HTTPFields) throws {
    try channel.writeInbound(
      HTTPRequestPart.head(
        HTTPRequest(method: method, scheme: "http", authority: "a", path: "/", headerFields: fields)))
  }

  private func answer(_ channel: EmbeddedChannel) throws {
    try channel.writeOutbound(HTTPResponsePart.head(HTTPResponse(status: .ok)))
    try channel.writeOutbound(HTTPResponsePart.end(nil))
  }

  private func told(_ channel: EmbeddedChannel) throws -> [HTTPResponsePart] {
    var told: [HTTPResponsePart] = []
    while let part = try channel.readOutbound(as: HTTPResponsePart.self) { told.append(part) }
    return told
  }

  private func heard(_ channel: EmbeddedChannel) throws -> Int {
    var count = 0
    while try channel.readInbound(as: HTTPRequestPart.self) != nil { count += 1 }
    return count
  }

  private let goOn = HTTPResponsePart.head(HTTPResponse(status: .continue))
  private let end = HTTPResponsePart.end(nil)
  private let ok = HTTPResponsePart.head(HTTPResponse(status: .ok))
  private let last = HTTPResponsePart.head(HTTPResponse(status: .ok, headerFields: [.connection: "close"]))

  @Test("Who waits to be told to go on is told when the body is wanted, and that of no other request")
  func expectation() throws {
    let channel = EmbeddedChannel(handler: UploadHandler())
    func want() { channel.triggerUserOutboundEvent(BodyIsWanted(), promise: nil) }
    try ask(channel, .post, [.contentLength: "0"])
    try channel.writeInbound(HTTPRequestPart.end(nil))
    try ask(channel, .post, [.expect: "100-continue", .contentLength: "9"])
    want()
    #expect(try told(channel).isEmpty)
    try answer(channel)
    #expect(try told(channel) == [ok, end])
    want()
    want()
    #expect(try told(channel) == [goOn])
    try channel.writeInbound(HTTPRequestPart.end(nil))
    try answer(channel)
    #expect(try told(channel) == [ok, end])
    try ask(channel, .post, [.expect: "100-continue", .contentLength: "9"])
    try answer(channel)
    #expect(try told(channel) == [last, end])
  }

  /// Counts how often it is asked to read.
  private final class Reads: ChannelOutboundHandler {
    typealias OutboundIn = HTTPResponsePart
    private(set) var count = 0

    func read(context: ChannelHandlerContext) {
      count += 1
      context.read()
    }
  }

  @Test(
    "Behind a request for another protocol nothing is read, and its answer is the last one",
    arguments: [
      (HTTPRequest.Method.connect, HTTPFields()),
      (.get, [.upgrade: "h2c", .connection: "Upgrade, HTTP2-Settings"]),
    ] as [(HTTPRequest.Method, HTTPFields)])
  func upgrade(method: HTTPRequest.Method, fields: HTTPFields) throws {
    let reads = Reads()
    let channel = EmbeddedChannel(handlers: [reads, UploadHandler()])
    try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    // One before is answered as ever.
    try ask(channel, .get, [:])
    try channel.writeInbound(HTTPRequestPart.end(nil))
    try ask(channel, method, fields)
    channel.read()
    let before = reads.count
    #expect(before > 0)
    try channel.writeInbound(HTTPRequestPart.end(nil))
    channel.read()
    #expect(reads.count == before)
    #expect(try heard(channel) == 4)
    try ask(channel, .get, [:])
    #expect(try heard(channel) == 0)
    try answer(channel)
    try answer(channel)
    #expect(try told(channel) == [ok, end, last, end])
    channel.embeddedEventLoop.advanceTime(by: .seconds(1))
    #expect(!channel.isActive)
  }

  @Test("Where there is no room for another connection, that one goes on which nothing was asked longest")
  func room() throws {
    let connections = Connections(most: 3)
    func connection() throws -> EmbeddedChannel {
      let channel = EmbeddedChannel(handler: ConnectionHandler(connections))
      try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
      return channel
    }
    let busy = try connection()
    try ask(busy, .get, [:])
    let second = try connection()
    let third = try connection()
    #expect(busy.isActive && !second.isActive && third.isActive)
    try ask(third, .get, [:])
    let fourth = try connection()
    // All others are busy: it is the server that takes no more.
    #expect(busy.isActive && third.isActive && fourth.isActive)
    try ask(fourth, .get, [:])
    try answer(third)
    #expect(busy.isActive && !third.isActive && fourth.isActive)
    try answer(busy)
    try answer(fourth)
    #expect(busy.isActive && fourth.isActive)
    let fifth = try connection()
    #expect(!busy.isActive && fourth.isActive && fifth.isActive)
    for channel in [fourth, fifth] { _ = try? channel.finish() }
  }
}
