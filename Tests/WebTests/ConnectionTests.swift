import Extraction
import Glibc
import RawHTTP
import RunFixtures
import Serving
import ServingFixtures
import SystemPackage
import Testing

@testable import Web

@Suite("A connection") struct ConnectionTests {
  let run: ServedRun

  init() throws { run = try ServedRun() }

  private static let upload =
    "POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"

  @Test("Who asks on and on and reads nothing is left")
  func nobodyReads() async throws {
    let service = try run.service { $0.limits.answerSeconds = 0.3 }
    try await RunningServer.with(service) { server in
      let port = server.port
      try await RunningServer.blocking {
        let connection = try RawConnection(port: port)
        // Until the other side has closed it; a server that waits lets this wait, too.
        while connection.send("GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8) {}
      }
      #expect(try await server.ask("GET", "/v2/health/live").status == 200)
    }
  }

  @Test("An upload that goes silent gives up its place, and so do headers that never end")
  func silence() async throws {
    let service = try run.service { $0.limits.requestSeconds = 0.9 }
    try await RunningServer.with(service) { server in
      let port = server.port
      let silent = try await RunningServer.blocking {
        let connection = try RawConnection(port: port)
        connection.send((Self.upload + "{").utf8)
        return connection.readToEnd()
      }
      // Where the machine is busy, its time may be over first.
      #expect(try silent.isEmpty || RawConnection.parse(silent).status == 408)
      try await RunningServer.blocking {
        let connection = try RawConnection(port: port)
        connection.send("GET / HTTP/1.1\r\nHost: localhost\r\nX: ".utf8)
        while connection.send("x".utf8) { usleep(1000) }
      }
      while service.admission.taken > 0 { await Task.yield() }
    }
  }

  @Test("An upload that trickles is answered when its time is over")
  func trickle() async throws {
    let service = try run.service { $0.limits.requestSeconds = 3 }
    try await RunningServer.with(service) { server in
      let port = server.port
      let answer = try await RunningServer.blocking {
        let connection = try RawConnection(port: port)
        connection.send(Self.upload.utf8)
        while !connection.hasAnswer, connection.send(" ".utf8) { usleep(1000) }
        return connection.readToEnd()
      }
      // Where the machine is so busy that nothing was taken for a third of that time, it is closed.
      #expect(try answer.isEmpty || RawConnection.parse(answer).status == 408)
      while service.admission.taken > 0 { await Task.yield() }
    }
  }

  @Test("A body has to bring something in each period, not in all of them together")
  func pace() throws {
    let start = ContinuousClock.now
    var pace = UploadPace(period: .seconds(20), from: start)
    try pace.take(1, at: start + .seconds(19))
    try pace.take(UploadPace.leastBytes - 1, at: start + .seconds(21))
    try pace.take(UploadPace.leastBytes - 1, at: start + .seconds(40))
    let refusal = #expect(throws: Refusal.self) { try pace.take(0, at: start + .seconds(41)) }
    #expect(refusal?.reason == .slowUpload)
  }

  @Test(
    "Who asks for another protocol has one answer and an end, and what comes behind is not kept",
    arguments: [
      "GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n",
      "CONNECT localhost:443 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ])
  func upgrade(request: String) async throws {
    let service = try run.service { $0.limits.requestSeconds = 30 }
    try await RunningServer.with(service) { server in
      let port = server.port
      let answer = try await RunningServer.blocking {
        let connection = try RawConnection(port: port)
        connection.send((request + "GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n").utf8)
        return connection.readToEnd()
      }
      let text = String(decoding: answer, as: UTF8.self)
      #expect(text.split(separator: "HTTP/1.1 ").count == 1, "\(text)")
      #expect(try RawConnection.parse(answer).headers["connection"] == "close")
      let isTakenForEver = try await RunningServer.blocking {
        let connection = try RawConnection(port: port)
        connection.send(request.utf8)
        let piece = [UInt8](repeating: 0x78, count: 1 << 20)
        return (0..<256).allSatisfy { _ in connection.send(piece) }
      }
      #expect(!isTakenForEver)
    }
  }

  @Test("Connections on which nothing is asked keep nobody out")
  func idleConnections() async throws {
    let service = try run.service { ($0.limits.queue, $0.limits.videos) = (1, 1) }
    let count = service.settings.limits.connections
    try await RunningServer.with(service) { server in
      let port = server.port
      let request = Array("GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
      let held = try await RunningServer.blocking {
        try (0..<count).map { _ in
          let connection = try RawConnection(port: port)
          connection.send(request)
          _ = connection.readSome()
          return connection
        }
      }
      #expect(try await server.ask("GET", "/v2/health/live").status == 200)
      let (first, last) = try await RunningServer.blocking {
        held[count - 1].send(request)
        return (held[0].readToEnd(), held[count - 1].readSome())
      }
      #expect(first.isEmpty && String(decoding: last, as: UTF8.self).hasPrefix("HTTP/1.1 200"))
    }
  }

  @Test("A form that is still to come takes places for its files, and none for what it names")
  func unfinishedForm() async throws {
    let service = try run.service { ($0.limits.queue, $0.limits.videos) = (4, 4) }
    try await RunningServer.with(service) { server in
      let port = server.port
      func part(_ field: String, _ number: Int, _ content: String, _ file: String? = nil) -> [UInt8] {
        RawForm().adding("\(field)[\(number)]", content.utf8, file: file).body.dropLast(
          RawForm().body.count)
      }
      let titles = (0..<4).flatMap { part("title", $0, "tea") }
      let content = String(repeating: "x", count: 1000)
      let first = part("video", 0, content, "a.mp4").dropLast(2)
      let others = Array("\r\n".utf8) + (1..<4).flatMap { part("video", $0, content, "a.mp4") }
      let connection = try await RunningServer.blocking {
        let connection = try RawConnection(port: port)
        let head =
          "POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: \(RawForm.contentType)\r\nContent-Length: 100000\r\n\r\n"
        connection.send(Array(head.utf8) + titles + first)
        return connection
      }
      while service.spool.bytes == 0 { await Task.yield() }
      #expect(service.admission.taken == 1)
      #expect(try await server.classify(json: #"{"title": "tea"}"#).status == 200)
      connection.send(others)
      while service.admission.taken < 4 { await Task.yield() }
      #expect(try await server.classify(json: #"{"title": "tea"}"#).status == 429)
      connection.hangUp()
    }
  }

  @Test("Nothing is read for who has gone: the place is free, and the process that reads is ended")
  func gone() async throws {
    let worker = Extractor.programBesideThis.removingLastComponent().appending("hostile-worker")
    let service = try run.service(program: worker) {
      ($0.limits.readingSeconds, $0.jobs) = (3600, 1)
    }
    try await RunningServer.with(service) { server in
      let port = server.port
      let form = RawForm().adding("video", "hang".utf8, file: "a.mp4").body
      let connection = try await RunningServer.blocking {
        let connection = try RawConnection(port: port)
        let head =
          "POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: \(RawForm.contentType)\r\nContent-Length: \(form.count)\r\n\r\n"
        connection.send(Array(head.utf8) + form)
        return connection
      }
      while service.spool.bytes < 4 { await Task.yield() }
      connection.hangUp()
      while service.admission.taken > 0 || service.spool.bytes > 0 { await Task.yield() }
      // By the only reader that there is.
      let answer = try await server.classify(RawForm().adding("video", "fine".utf8, file: "a.mp4"))
      #expect(answer.status == 200, "\(answer.text)")
    }
  }

  @Test("A document of more values than there is room for is refused, however short it is")
  func manyValues() async throws {
    try await RunningServer.with(try run.service()) { server in
      let values = Array(repeating: "0", count: RequestReading.documentValues).joined(separator: ",")
      let answer = try await server.classify(json: "[\(values)]")
      #expect(answer.status == 413 && answer.json["reason"] as? String == "too-large", "\(answer.text)")
    }
  }

  @Test("Uploads together have their bound, and who comes on top is told to try again")
  func fullSpool() async throws {
    let service = try run.service { $0.limits.spoolBytes = 1000 }
    try await RunningServer.with(service) { server in
      let video = [UInt8](repeating: 0, count: 1001)
      let answer = try await server.classify(RawForm().adding("video", video, file: "a.mp4"))
      #expect(answer.status == 503 && answer.json["reason"] as? String == "no-room", "\(answer.text)")
      #expect(answer.headers["retry-after"] == "1" && service.spool.bytes == 0)
      #expect(
        try await server.classify(RawForm().adding("video", video.dropLast(), file: "a.mp4")).status == 200)
    }
  }

  @Test("A key is told as it is, but for what would command a terminal")
  func strangeKey() async throws {
    try await RunningServer.with(try run.service()) { server in
      let answer = try await server.classify(json: #"{"a\"\u001b[31m\u202e": 1}"#)
      #expect(answer.status == 422)
      let error = try #require(answer.json["error"] as? String)
      #expect(error.contains("none of title, speech, on_screen_text, id"))
      #expect(!error.unicodeScalars.contains("\u{1b}") && !answer.text.unicodeScalars.contains("\u{202e}"))
    }
  }
}
