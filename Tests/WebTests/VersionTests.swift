import NIOCore
import NIOEmbedded
import NIOHTTP1
import RawHTTP
import ServingFixtures
import Testing

@testable import Web

@Suite("Versions of HTTP") struct VersionTests {
  private func channel() throws -> EmbeddedChannel {
    let channel = EmbeddedChannel(handler: VersionHandler())
    try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    return channel
  }

  private func ask(_ channel: EmbeddedChannel, _ version: HTTPVersion, _ headers: HTTPHeaders) throws {
    try channel.writeInbound(
      HTTPServerRequestPart.head(.init(version: version, method: .GET, uri: "/", headers: headers)))
  }

  /// What is said of the connection to whoever answers.
  private func heard(_ channel: EmbeddedChannel) throws -> String? {
    guard case .head(let head)? = try channel.readInbound(as: HTTPServerRequestPart.self) else { return nil }
    return head.headers.first(name: "Connection")
  }

  @Test(
    "The last request of a connection says so, whatever its version",
    arguments: [
      (.http1_0, [], "close"), (.http1_0, ["Keep-Alive"], "Keep-Alive"), (.http1_0, ["x, close"], "close"),
      (.http1_1, [], nil), (.http1_1, ["Close"], "close"), (.http1_1, ["keep-alive", "close"], "close"),
    ] as [(HTTPVersion, [String], String?)])
  func last(version: HTTPVersion, connection: [String], said: String?) throws {
    let channel = try channel()
    try ask(channel, version, HTTPHeaders([("Host", "a")] + connection.map { ("Connection", $0) }))
    #expect(try heard(channel) == said)
  }

  @Test("Who speaks HTTP/1.0 is told that the connection is kept, and nothing before the answer")
  func old() throws {
    for version in [HTTPVersion.http1_0, .http1_1] {
      let channel = try channel()
      try ask(channel, version, ["Host": "a", "Connection": "keep-alive"])
      let goOn = HTTPServerResponsePart.head(.init(version: .http1_1, status: .continue))
      let answer = HTTPResponseHead(version: .http1_1, status: .ok)
      let last = HTTPResponseHead(version: .http1_1, status: .ok, headers: ["Connection": "close"])
      for part in [goOn, .head(answer), .end(nil), .head(last)] { try channel.writeOutbound(part) }
      var told: [HTTPServerResponsePart] = []
      while let part = try channel.readOutbound(as: HTTPServerResponsePart.self) { told.append(part) }
      var kept = answer
      kept.headers.add(name: "Connection", value: "keep-alive")
      #expect(
        told
          == (version == .http1_0
            ? [.head(kept), .end(nil), .head(last)] : [goOn, .head(answer), .end(nil), .head(last)]))
    }
  }

  @Test("Behind a request that names no host, or several, nothing is understood")
  func hosts() throws {
    for (version, hosts) in [(.http1_1, 0), (.http1_1, 2), (.http1_0, 2)] as [(HTTPVersion, Int)] {
      let channel = try channel()
      #expect(throws: HTTPParserError.invalidHost) {
        try ask(channel, version, HTTPHeaders((0..<hosts).map { ("hOst", "\($0)") }))
      }
      try channel.writeInbound(HTTPServerRequestPart.end(nil))
      try ask(channel, .http1_1, ["Host": "a"])
      #expect(try channel.readInbound(as: HTTPServerRequestPart.self) == nil)
    }
  }

  @Test(
    "Who speaks HTTP/1.0, or asks for it, is answered and the connection is closed",
    arguments: [
      "GET /v2/health/live HTTP/1.0\r\n\r\n",
      "GET /v2/health/live HTTP/1.0\r\nHost: localhost\r\nConnection: close\r\n\r\n",
      "GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\nConnection: Close\r\n\r\n",
    ])
  func closed(request: String) async throws {
    try await RunningServer.with(try ServedRun().service()) { server in
      let port = server.port
      let answer = try await RunningServer.blocking {
        let connection = try RawConnection(port: port)
        connection.send(request.utf8)
        return try RawConnection.parse(connection.readToEnd())
      }
      #expect(answer.status == 200 && answer.headers["connection"] == "close", "\(answer.headers)")
      #expect(answer.json["live"] as? Bool == true)
    }
  }

  @Test("Who has the connection kept by HTTP/1.0 asks again over it")
  func kept() async throws {
    try await RunningServer.with(try ServedRun().service()) { server in
      let port = server.port
      try await RunningServer.blocking {
        let connection = try RawConnection(port: port)
        for _ in 0..<2 {
          connection.send("GET /v2/health/live HTTP/1.0\r\nConnection: keep-alive\r\n\r\n".utf8)
          let answer = try RawConnection.parse(connection.readSome())
          #expect(answer.status == 200 && answer.headers["connection"] == "keep-alive", "\(answer.headers)")
        }
      }
    }
  }
}
