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
