import RawHTTP
import Serving
import ServingFixtures
import Testing

@testable import Web

@Suite("Whose pages are answered") struct SitesTests {
  private func isAnswered(
    _ address: ServeSettings.Address, host: String?, origin: String? = nil
  ) -> Bool {
    do { try Sites(address).check(host: host, origin: origin) } catch {
      #expect(error.reason == .forbidden)
      return false
    }
    return true
  }

  private let local = ServeSettings.Address(host: "127.0.0.1", port: 8080)

  @Test(
    "On this machine alone, an address, localhost and the names that were told are the server's",
    arguments: [
      ("127.0.0.1:8080", true), ("127.0.0.1", true), ("[::1]:8080", true), ("localhost:8080", true),
      ("LOCALHOST", true), ("me.localhost", true), ("192.168.0.7", true), (nil, true),
      ("evil.example", false), ("evil.example:8080", false), ("127.0.0.1.evil.example", false),
      ("localhost.evil.example", false), ("", false), ("127.0.0.1:x", false), ("[::1", false),
      ("[evil.example]", false), ("127.0.0.1@evil.example", false), ("127.1.evil", false),
    ] as [(String?, Bool)])
  func hosts(host: String?, isOwn: Bool) {
    #expect(isAnswered(local, host: host) == isOwn, "\(host ?? "none")")
  }

  @Test("Names are asked for where some were told; else, on all addresses, any name may be the server's")
  func names() {
    var open = ServeSettings.Address(host: "0.0.0.0", port: 8080)
    #expect(isAnswered(open, host: "videos.example:8080"))
    open.names = ["Videos.example"]
    #expect(isAnswered(open, host: "videos.example:8080") && isAnswered(open, host: "10.0.0.1"))
    #expect(!isAnswered(open, host: "other.example"))
  }

  @Test("A page asks its own server, or one that was told of its site, and no other")
  func origins() {
    #expect(isAnswered(local, host: "127.0.0.1:8080", origin: "http://127.0.0.1:8080"))
    #expect(isAnswered(local, host: "localhost", origin: "http://localhost"))
    for foreign in [
      "http://evil.example", "null", "", "http://127.0.0.1:3000", "http://localhost:8080", "://", "http://",
    ] {
      #expect(!isAnswered(local, host: "127.0.0.1:8080", origin: foreign), "\(foreign)")
    }
    #expect(!isAnswered(local, host: nil, origin: "http://evil.example"))
    var named = local
    named.names = ["videos.example"]
    // As a proxy passes it on, with the name that it was asked by or with its own for the server.
    #expect(isAnswered(named, host: "videos.example", origin: "https://videos.example"))
    #expect(isAnswered(named, host: "127.0.0.1:8080", origin: "https://videos.example"))
  }

  @Test("Nothing is told or done for a page of another site, and why is said")
  func refused() async throws {
    let service = try ServedRun().service()
    try await RunningServer.with(service) { server in
      let port = server.port
      for (path, headers) in [
        ("/", "Host: evil.example"), ("/v2/models/tiny", "Host: evil.example:\(port)"),
        ("/v1/classify", "Host: localhost\r\nOrigin: https://evil.example"),
      ] {
        let answer = try await RunningServer.blocking {
          let connection = try RawConnection(port: port)
          connection.send("GET \(path) HTTP/1.1\r\nConnection: close\r\n\(headers)\r\n\r\n".utf8)
          return try RawConnection.parse(connection.readToEnd())
        }
        #expect(answer.status == 403 && answer.json["reason"] as? String == "forbidden", "\(path)")
      }
      let post = try await server.ask(
        "POST", "/v1/classify",
        headers: ["Content-Type": "application/json", "Origin": "https://evil.example"],
        body: Array(#"{"title": "tea"}"#.utf8))
      #expect(post.status == 403 && post.json["reason"] as? String == "forbidden")
      let own = try await server.ask(
        "POST", "/v1/classify", headers: ["Content-Type": "application/json", "Origin": "http://localhost"],
        body: Array(#"{"title": "tea"}"#.utf8))
      #expect(own.status == 200, "\(own.text)")
    }
  }
}
