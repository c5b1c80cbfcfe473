import Dataset
import Foundation
import JSONSchema
import RawHTTP
import RunFixtures
import Serving
import ServingFixtures
import Storage
import Testing

@testable import Web

@Suite("A server") struct ServerTests {
  let run: ServedRun

  init() throws { run = try ServedRun() }

  @Test("Answers a form with a file and texts, a document of several texts, and tensors, all the same")
  func answers() async throws {
    let video = try ServedRun.video("plain.mp4")
    let annotation = Annotation(id: "a", title: "ball game", speech: "tea")
    let expected = try run.inferred([annotation, Annotation(id: "b", title: "cup")], videos: ["a": video])
      .predictions
    try await RunningServer.with(try run.service()) { server in
      let form = RawForm().adding("video", video, file: "a.mp4").adding("title", "ball game".utf8)
        .adding("speech", "tea".utf8).adding("id", "a".utf8)
      let answer = try await server.classify(form, "?explain=true&frames=true&top=2")
      #expect(answer.status == 200, "\(answer.text)")
      let one = try #require((answer.json["videos"] as? [[String: Any]])?.first)
      #expect(one["id"] as? String == "a" && one["category_id"] as? String == expected[0].category)
      let probability = try #require(one["probability"] as? Double)
      #expect(abs(probability - Double(expected[0].probability)) < 1e-4)
      #expect((one["probabilities"] as? [Any])?.count == 2 && one["status"] as? String == "complete")
      #expect(one["explanation"] is [String: Any] && (one["frames"] as? [Any])?.isEmpty == false)

      let texts = try await server.classify(json: #"{"videos": [{"id": "b", "title": "cup"}]}"#)
      let other = try #require((texts.json["videos"] as? [[String: Any]])?.first)
      #expect(abs((other["probability"] as? Double ?? 0) - Double(expected[1].probability)) < 1e-4)

      let tensors = try await server.ask(
        "POST", "/v2/models/tiny/infer", headers: ["Content-Type": "application/json"],
        body: Array(
          #"{"inputs": [{"name": "title", "datatype": "BYTES", "shape": [1], "data": ["cup"]}]}"#.utf8))
      #expect(tensors.status == 200, "\(tensors.text)")
      let outputs = try #require(tensors.json["outputs"] as? [[String: Any]])
      #expect(outputs.map { $0["name"] as? String } == ["category_id", "probability", "probabilities"])
      #expect((outputs[0]["data"] as? [String]) == [expected[1].category])
    }
  }

  @Test("Says what is wrong with a request, by status and in JSON")
  func refusals() async throws {
    let service = try run.service {
      $0.limits.uploadBytes = 1 << 16
      $0.limits.queue = 32
    }
    let json = ["Content-Type": "application/json"]
    try await RunningServer.with(service) { server in
      func expect(
        _ status: Int, _ reason: String, _ answer: RawConnection.Answer,
        sourceLocation: SourceLocation = #_sourceLocation
      ) {
        #expect(answer.status == status, "\(answer.text)", sourceLocation: sourceLocation)
        #expect(answer.json["reason"] as? String == reason, sourceLocation: sourceLocation)
        #expect(answer.json["error"] is String, sourceLocation: sourceLocation)
        #expect(answer.headers["content-type"] == "application/json", sourceLocation: sourceLocation)
      }
      expect(404, "not-found", try await server.ask("GET", "/v1"))
      expect(404, "not-found", try await server.ask("GET", "/../../etc/passwd"))
      expect(404, "not-found", try await server.ask("GET", "/v2/models/other"))
      let get = try await server.ask("GET", "/v1/classify")
      expect(405, "method-not-allowed", get)
      #expect(get.headers["allow"] == "POST")
      let put = try await server.ask("PUT", "/v2/models/tiny")
      expect(405, "method-not-allowed", put)
      #expect(put.headers["allow"] == "GET, HEAD")
      expect(422, "invalid", try await server.classify(json: #"{"title": "a"}"#, "?top=99999999999999999999"))
      expect(400, "malformed", try await server.classify(json: "{"))
      expect(400, "malformed", try await server.classify(json: #"{"title": "a", "title": "b"}"#))
      expect(
        400, "malformed",
        try await server.ask(
          "POST", "/v1/classify", headers: ["Content-Type": RawForm.contentType], body: Array("x".utf8)))
      expect(415, "unsupported-media-type", try await server.ask("POST", "/v1/classify", body: [0x7B, 0x7D]))
      expect(
        415, "unsupported-media-type",
        try await server.ask("POST", "/v1/classify", headers: ["Content-Type": "text/plain"], body: [0x7B]))
      expect(422, "invalid", try await server.classify(json: "{}"))
      expect(422, "invalid", try await server.classify(json: #"{"title": "a"}"#, "?explain=perhaps"))
      expect(422, "invalid", try await server.classify(json: #"{"title": "a"}"#, "?top=0"))
      expect(422, "invalid", try await server.classify(json: #"{"title": "a"}"#, "?colour=red"))
      let large = String(repeating: "a", count: 1 << 17)
      expect(413, "too-large", try await server.classify(json: #"{"title": "\#(large)"}"#))
      expect(
        413, "too-large", try await server.classify(RawForm().adding("video", large.utf8, file: "a.mp4")))
      let many = Array(repeating: #"{"title": "a"}"#, count: 33).joined(separator: ",")
      expect(422, "invalid", try await server.classify(json: #"{"videos": [\#(many)]}"#))
      expect(
        404, "not-found",
        try await server.ask("POST", "/v2/models/x/infer", headers: json, body: [0x7B, 0x7D]))
    }
  }

  @Test("A full queue says 429, and answers again when there is room")
  func fullQueue() async throws {
    let service = try run.service {
      $0.limits.queue = 1
      $0.limits.videos = 1
    }
    try await RunningServer.with(service) { server in
      // A request whose body does not come takes the place.
      let port = server.port
      let slow = try await RunningServer.blocking {
        let connection = try RawConnection(port: port)
        connection.send(
          "POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{"
            .utf8)
        return connection
      }
      while service.admission.taken == 0 { await Task.yield() }
      let refused = try await server.classify(json: #"{"title": "tea"}"#)
      #expect(refused.status == 429 && refused.headers["retry-after"] == "1")
      #expect(try await server.ask("GET", "/v2/health/ready").status == 200)
      slow.send(#""title": "tea cup"}"#.utf8)
      while service.admission.taken > 0 { await Task.yield() }
      #expect(try await server.classify(json: #"{"title": "tea"}"#).status == 200)
    }
  }

  @Test("An upload that nobody wants is answered at once, and its connection is closed soon")
  func unwantedUpload() async throws {
    let service = try run.service { $0.limits.uploadBytes = 1 << 16 }
    try await RunningServer.with(service) { server in
      let port = server.port
      let answer = try await RunningServer.blocking {
        let connection = try RawConnection(port: port)
        connection.send(
          "POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: \(RawForm.contentType)\r\nContent-Length: 999999999\r\n\r\n"
            .utf8)
        return try RawConnection.parse(connection.readToEnd())
      }
      #expect(answer.status == 413)
      // And one that does not say how long it is.
      let chunked = try await RunningServer.blocking {
        let connection = try RawConnection(port: port)
        connection.send(
          "POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
            .utf8)
        let piece = Array("4000\r\n".utf8) + [UInt8](repeating: 0x20, count: 0x4000) + Array("\r\n".utf8)
        for _ in 0..<1000 where !connection.send(piece) { break }
        return connection.readToEnd()
      }
      #expect(chunked.isEmpty || (try? RawConnection.parse(chunked).status) == 413)
      #expect(try await server.classify(json: #"{"title": "tea"}"#).status == 200)
      #expect(service.admission.taken == 0)
    }
  }

  @Test("Whoever waits to be told to go on is told so")
  func expectation() async throws {
    try await RunningServer.with(try run.service()) { server in
      let port = server.port
      let (first, rest) = try await RunningServer.blocking {
        let connection = try RawConnection(port: port)
        let body = Array(#"{"title": "tea"}"#.utf8)
        connection.send(
          "POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: \(body.count)\r\n\r\n"
            .utf8)
        let first = String(decoding: connection.readSome(), as: UTF8.self)
        connection.send(body)
        return (first, try RawConnection.parse(connection.readToEnd()))
      }
      #expect(first == "HTTP/1.1 100 Continue\r\n\r\n")
      #expect(rest.status == 200)
    }
  }

  @Test(
    "Whoever waits to be told to go on, and is refused, is told nothing else, and that it was the last answer"
  )
  func refusedExpectation() async throws {
    let path = try run.folder.write("0123456789abcdef-secret\n", to: "token.txt")
    try await RunningServer.with(try run.service(), token: try AccessToken(reading: path)) { server in
      let port = server.port
      let answer = try await RunningServer.blocking {
        let connection = try RawConnection(port: port)
        connection.send(
          "POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n"
            .utf8)
        return try RawConnection.parse(connection.readToEnd())
      }
      #expect(answer.status == 401 && answer.headers["connection"] == "close")
      #expect(answer.json["reason"] as? String == "unauthorized")
    }
  }

  @Test(
    "What is no HTTP is refused as all else is, and counted",
    arguments: [
      "GET / HTTP/1.1\r\nHost: localhost\r\nX: \(String(repeating: "x", count: 17 << 10))\r\n\r\n",
      "POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
      "POST /v1/classify HTTP/1.0\r\nHost: localhost\r\nhost: localhost\r\nContent-Length: 2\r\n\r\n{}",
    ])
  func malformed(request: String) async throws {
    try await RunningServer.with(try run.service()) { server in
      let port = server.port
      let answer = try await RunningServer.blocking {
        let connection = try RawConnection(port: port)
        connection.send(request.utf8)
        return try RawConnection.parse(connection.readToEnd())
      }
      #expect(answer.status == 400 && answer.json["reason"] as? String == "malformed", "\(answer.text)")
      #expect(answer.json["error"] is String && answer.headers["x-content-type-options"] == "nosniff")
      #expect(answer.headers["connection"] == "close")
      let metrics = try await server.ask("GET", "/metrics").text
      #expect(metrics.contains(#"framewise_requests_total{route="none",status="400"} 1"#))
    }
  }

  @Test("A token is asked for where there is something to protect, and nowhere else")
  func token() async throws {
    let secret = "0123456789abcdef-secret"
    let path = try run.folder.write(secret + "\n", to: "token.txt")
    let token = try AccessToken(reading: path)
    try await RunningServer.with(try run.service(), token: token) { server in
      for path in ["/", "/style.css", "/page.js", "/openapi.json", "/v2/health/live", "/v2/health/ready"] {
        #expect(try await server.ask("GET", path).status == 200, "\(path)")
      }
      for path in ["/metrics", "/v2", "/v2/models/tiny", "/v2/models/tiny/ready"] {
        let refused = try await server.ask("GET", path)
        #expect(refused.status == 401 && refused.headers["www-authenticate"] == "Bearer", "\(path)")
        let shown = try await server.ask("GET", path, headers: ["Authorization": "bearer \(secret)"])
        #expect(shown.status == 200, "\(path)")
      }
      #expect(try await server.classify(json: #"{"title": "tea"}"#).status == 401)
      for wrong in ["Bearer", "Bearer ", "Bearer x", "Basic \(secret)", "Bearer \(secret)x", secret] {
        #expect(
          try await server.ask("GET", "/v2", headers: ["Authorization": wrong]).status == 401, "\(wrong)")
      }
    }
    for bad in ["", "short", "has a space in it somewhere", String(repeating: "x", count: 2000)] {
      #expect(throws: (any Error).self) { try AccessToken(reading: try run.folder.write(bad, to: "bad.txt")) }
    }
  }

  @Test("A server that drains says so, lets nobody in, and answers who is in")
  func draining() async throws {
    let service = try run.service()
    try await RunningServer.with(service) { server in
      let request = try AdmittedRequest(service.admission)
      async let drained: Void = service.admission.drain()
      while !service.admission.isDraining { await Task.yield() }
      let ready = try await server.ask("GET", "/v2/health/ready")
      #expect(ready.status == 503 && ready.json["ready"] as? Bool == false)
      #expect(try await server.ask("GET", "/v2/models/tiny/ready").status == 503)
      #expect(try await server.ask("GET", "/v2/health/live").status == 200)
      let refused = try await server.classify(json: #"{"title": "tea"}"#)
      #expect(refused.status == 503 && refused.json["reason"] as? String == "draining")
      request.leave()
      await drained
    }
  }

  @Test("Bytes that are no HTTP harm nobody")
  func noise() async throws {
    try await RunningServer.with(try run.service()) { server in
      let port = server.port
      for noise in ["\u{16}\u{3}\u{1}\u{2}\u{0}", "GET / HTTP/9.9\r\n\r\n", "\r\n\r\n\r\n", "POST\r\n\r\n"] {
        _ = try await RunningServer.blocking {
          let connection = try RawConnection(port: port)
          connection.send(noise.utf8)
          return true
        }
      }
      #expect(try await server.ask("GET", "/v2/health/live").status == 200)
    }
  }
}
