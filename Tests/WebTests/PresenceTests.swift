import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOHTTPTypes
import RawHTTP
import Serving
import ServingFixtures
import Testing

@testable import Web

@Suite("Who asks, and whether somebody still does") struct PresenceTests {
  private let request = HTTPRequestPart.head(
    HTTPRequest(method: .post, scheme: "http", authority: "a", path: "/"))
  private let goOn = HTTPResponsePart.head(HTTPResponse(status: .continue))
  private let ok = HTTPResponsePart.head(HTTPResponse(status: .ok))
  private let moment = PresenceHandler.moment

  private func connection() throws -> (EmbeddedChannel, PresenceHandler) {
    let handler = PresenceHandler()
    let channel = EmbeddedChannel(handler: handler)
    try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    return (channel, handler)
  }

  private func told(_ channel: EmbeddedChannel) throws -> [HTTPResponsePart] {
    var told: [HTTPResponsePart] = []
    while let part = try channel.readOutbound(as: HTTPResponsePart.self) { told.append(part) }
    return told
  }

  @Test(
    "Who sends nothing behind a whole request is there, and after each moment is asked whether that is so")
  func halfClosed() throws {
    let (channel, handler) = try connection()
    try channel.writeInbound(request)
    try channel.writeInbound(HTTPRequestPart.end(nil))
    channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    #expect(!handler.presence.isGone)
    channel.embeddedEventLoop.advanceTime(by: moment - .milliseconds(1))
    #expect(try told(channel).isEmpty)
    channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
    #expect(try told(channel) == [goOn])
    channel.embeddedEventLoop.advanceTime(by: moment)
    #expect(try told(channel) == [goOn])
    #expect(!handler.presence.isGone)
    // The other side resets the connection.
    channel.close(promise: nil)
    channel.embeddedEventLoop.run()
    #expect(handler.presence.isGone)
  }

  @Test("An answer that is there in a moment, or has begun, is all that there is")
  func answered() throws {
    for isWhole in [false, true] {
      let (channel, _) = try connection()
      try channel.writeInbound(request)
      try channel.writeInbound(HTTPRequestPart.end(nil))
      channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
      try channel.writeOutbound(ok)
      if isWhole { try channel.writeOutbound(HTTPResponsePart.end(nil)) }
      channel.embeddedEventLoop.advanceTime(by: moment)
      #expect(try told(channel) == [ok] + (isWhole ? [.end(nil)] : []))
    }
  }

  @Test("Who ends in the middle of a request has gone, and what is wrong with it is not told as no HTTP")
  func cutShort() throws {
    let (channel, handler) = try connection()
    try channel.writeInbound(request)
    channel.pipeline.fireErrorCaught(HTTPParserError.invalidEOFState)
    #expect(handler.presence.isGone)
    try channel.throwIfErrorCaught()
    channel.pipeline.fireErrorCaught(HTTPParserError.invalidChunkSize)
    #expect(throws: HTTPParserError.invalidChunkSize) { try channel.throwIfErrorCaught() }
    channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    channel.embeddedEventLoop.advanceTime(by: moment)
    #expect(try told(channel).isEmpty)
  }

  @Test("A whole request is answered, whatever is cut off behind it", arguments: [false, true])
  func pipelined(isError: Bool) throws {
    let (channel, handler) = try connection()
    try channel.writeInbound(request)
    try channel.writeInbound(HTTPRequestPart.end(nil))
    try channel.writeInbound(request)
    if isError {
      channel.pipeline.fireErrorCaught(HTTPParserError.invalidEOFState)
    } else {
      channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    }
    #expect(!handler.presence.isGone)
  }

  @Test("What `body` throws is what it throws as long as somebody is there")
  func thrown() async throws {
    struct Fault: Error {}
    let presence = Presence()
    await #expect(throws: Fault.self) { try await presence.whileThere { throw Fault() } }
    presence.leave()
    await #expect(throws: ClientGone.self) { try await presence.whileThere { throw Fault() } }
  }

  /// A question about a video, which takes the reader's time.
  private static func question() throws -> [UInt8] {
    let body = RawForm().adding("video", try ServedRun.video("plain.mp4"), file: "a.mp4").body
    let head = [
      "POST /v1/classify HTTP/1.1", "Host: localhost", "Content-Type: \(RawForm.contentType)",
      "Content-Length: \(body.count)",
    ]
    return Array((head.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
  }

  @Test("Whoever closes its half behind a whole request is answered, and the connection is closed")
  func answeredServer() async throws {
    let run = try ServedRun()
    defer { withExtendedLifetime(run) {} }
    let service = try run.service()
    try await RunningServer.with(service) { server in
      let port = server.port
      let answer = try await RunningServer.blocking {
        let connection = try RawConnection(port: port)
        connection.send(try Self.question())
        connection.endSending()
        var answer = connection.readToEnd()
        let goOn = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
        // Where the machine is so busy that a moment is not enough.
        while answer.starts(with: goOn) { answer.removeFirst(goOn.count) }
        return try RawConnection.parse(answer)
      }
      #expect(answer.status == 200, "\(answer.text)")
      let metrics = try await server.ask("GET", "/metrics").text
      #expect(metrics.contains(#"framewise_requests_total{route="/v1/classify",status="200"} 1"#))
    }
  }

  @Test(
    "A request whose client went is counted as that: in its middle, and while it was answered",
    arguments: [false, true])
  func counted(isWhole: Bool) async throws {
    let run = try ServedRun()
    defer { withExtendedLifetime(run) {} }
    // Nothing is read, so that nothing is answered.
    let service = try run.service { $0.jobs = 0 }
    try await RunningServer.with(service) { server in
      let port = server.port
      let question = try Self.question()
      let connection = try await RunningServer.blocking {
        let connection = try RawConnection(port: port)
        connection.send(isWhole ? question : question.dropLast())
        return connection
      }
      while service.admission.taken == 0 { await Task.yield() }
      if isWhole {
        connection.hangUp()
      } else {
        connection.endSending()
        let answer = try await RunningServer.blocking { try RawConnection.parse(connection.readToEnd()) }
        #expect(answer.status == 400 && answer.json["reason"] as? String == "malformed", "\(answer.text)")
      }
      var metrics = ""
      while !metrics.contains(#"route="/v1/classify",status"#) {
        metrics = try await server.ask("GET", "/metrics").text
      }
      #expect(metrics.contains(#"framewise_requests_total{route="/v1/classify",status="499"} 1"#))
      #expect(!metrics.contains(#"status="503""#) && !metrics.contains(#"status="400""#))
    }
  }
}
