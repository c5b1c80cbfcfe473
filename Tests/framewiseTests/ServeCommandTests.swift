import Foundation
import Glibc
import RawHTTP
import Synchronization
import SystemPackage
import Testing

@Suite("framewise serve", .syntheticSet) struct ServeCommandTests {
  let folder: TemporaryFolder
  let set: SyntheticSet

  init() throws {
    folder = try TemporaryFolder()
    set = try SyntheticSet.current
  }

  private func fit() async throws {
    let fitted = try await CommandLineRunner.run(set.fitArguments(out: folder("run")))
    try #require(fitted.exitCode == 0, "\(fitted.messages)")
  }

  /// What `infer` says of each test video.
  private func inferred() async throws -> [String: [String: Double]] {
    let outcome = try await CommandLineRunner.run(
      "infer", "--run", folder("run"), "--frames", set("frames/test"), "--annotations", set("test.json"),
      "--out", folder("test.csv"), "--threads", "1", "--precision", "fp32")
    try #require(outcome.exitCode == 0, "\(outcome.messages)")
    let lines = try folder.text("test.predictions.jsonl").split(separator: "\n")
    return try Dictionary(
      uniqueKeysWithValues: lines.map { line in
        let row = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        return (
          try #require(row["id"] as? String), try #require(row["probabilities"] as? [String: Double])
        )
      })
  }

  private func video(_ id: String) throws -> [UInt8] {
    let names = try FileManager.default.contentsOfDirectory(atPath: set("videos"))
    let name = try #require(names.first { $0.hasPrefix("\(id).") })
    return Array(try Data(contentsOf: URL(filePath: set("videos/\(name)"))))
  }

  @Test(
    "Answers as infer does after extract, calls nothing of FFmpeg itself, and on SIGTERM finishes what is under way and ends at once"
  )
  func answers() async throws {
    try await fit()
    let expected = try await inferred()
    let entries = try set.annotations("test.json")
    let outcome = try await ServerRunner.run(
      ["--run", folder("run"), "--model-name", "demo"],
      environment: ["LD_DEBUG": "bindings,files", "LD_DEBUG_OUTPUT": folder("calls")], endsItself: true
    ) { port, process in
      for entry in entries {
        let id = try #require(entry["id"] as? String)
        var form = RawForm().adding("video", try video(id), file: "clip.mp4").adding("id", id.utf8)
        form.add("title", (entry["title"] as? String ?? "").utf8)
        form.add("speech", (entry["asr"] as? String ?? "").utf8)
        for line in entry["ocr"] as? [[String: any Sendable]] ?? [] {
          form.add("on_screen_text", (line["text"] as? String ?? "").utf8)
        }
        let answer = try RawConnection.ask(
          port: port, "POST", "/v1/classify?top=100", headers: ["Content-Type": RawForm.contentType],
          body: form.body)
        let told = try #require((answer.json["videos"] as? [[String: Any]])?.first, "\(answer.text)")
        for row in try #require(told["probabilities"] as? [[String: Any]]) {
          let (category, probability) = (
            try #require(row["category_id"] as? String), try #require(row["probability"] as? Double)
          )
          #expect(abs(probability - (expected[id]?[category] ?? .infinity)) < 1e-4, "\(id) \(category)")
        }
      }
      #expect(try RawConnection.ask(port: port, "GET", "/v2/models/demo").status == 200)
      // Under way when the signal comes: its body is not here yet.
      let connection = try RawConnection(port: port)
      let body = Array(#"{"title": "tea"}"#.utf8)
      connection.send(
        Array(
          "POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: \(body.count)\r\n\r\n"
            .utf8))
      var inFlight = ""
      while !inFlight.contains("framewise_videos_in_flight 1.0") {
        inFlight = try RawConnection.ask(port: port, "GET", "/metrics").text
      }
      kill(process, SIGTERM)
      while try RawConnection.ask(port: port, "GET", "/v2/health/ready").status == 200 {}
      connection.send(body)
      #expect(try RawConnection.parse(connection.readToEnd()).status == 200)
    }
    #expect(outcome.exitCode == 0 && outcome.output.isEmpty, "\(outcome.messages)")
    #expect(outcome.messages.contains("listening on http://127.0.0.1:"))
    let reports = try FileManager.default.contentsOfDirectory(atPath: folder.path.string)
      .filter { $0.hasPrefix("calls") }
    var (calls, starts, ends) = (0, 0, 0)
    for report in reports {
      for line in try folder.text(report).split(separator: "\n") {
        if line.contains("calling init") { starts += 1 }
        if line.contains("calling fini") { ends += 1 }
        guard line.contains("framewise-serve [0] to") else { continue }
        calls += 1
        #expect(!line.contains(/\/lib(av|sw)(format|codec|util|scale)\.so/), "\(line)")
      }
    }
    // A thread may still compute: nothing is taken from it, as libraries do at their end.
    #expect(calls > 0 && starts > 0 && ends == 0)
  }

  @Test("An explanation that does not fit into memory at once is computed in parts, to the same numbers")
  func shortOfMemory() async throws {
    try await fit()
    let id = try #require(try set.annotations("test.json")[0]["id"] as? String)
    let text = Array(repeating: "soup ball tea cup game", count: 200).joined(separator: " ")
    var form = RawForm().adding("video", try video(id), file: "clip.mp4")
    for name in ["title", "speech", "on_screen_text"] { form.add(name, text.utf8) }
    let body = form.body
    let told = Mutex<[[Double]]>([])
    // Half of the MiB has the model.
    for bound in [[], ["--memory", "1"]] {
      let outcome = try await ServerRunner.run(["--run", folder("run/fold-00/model")] + bound) { port, _ in
        let answer = try RawConnection.ask(
          port: port, "POST", "/v1/classify?explain=true", headers: ["Content-Type": RawForm.contentType],
          body: body)
        let video = try #require((answer.json["videos"] as? [[String: Any]])?.first, "\(answer.text)")
        let explanation = try #require(video["explanation"] as? [String: Any])
        let shares = try #require(explanation["shares"] as? [[String: Any]])
        told.withLock { $0.append(shares.compactMap { $0["value"] as? Double }) }
      }
      #expect(outcome.exitCode == 0, "\(outcome.messages)")
    }
    let shares = told.withLock { $0 }
    try #require(shares.count == 2 && shares.allSatisfy { $0.count == 4 })
    #expect(zip(shares[0], shares[1]).allSatisfy { abs($0 - $1) < 1e-4 })
  }

  @Test("A client that reads nothing does not keep it from ending")
  func endsInTime() async throws {
    try await fit()
    let outcome = try await ServerRunner.run(
      ["--run", folder("run"), "--answer-time-limit", "0.5"], endsItself: true
    ) { port, process in
      let connection = try RawConnection(port: port)
      let request = Array("GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
      // Answers of more than is kept on the way.
      connection.send(Array(repeating: request, count: 1000).flatMap(\.self))
      kill(process, SIGTERM)
      while kill(process, 0) == 0 { try await Task.sleep(for: .milliseconds(20)) }
      withExtendedLifetime(connection) {}
    }
    #expect(outcome.exitCode == 0, "\(outcome.messages)")
  }

  /// Whether there is what the document's commands begin with.
  private static let hasCurl = FileManager.default.isExecutableFile(atPath: "/usr/bin/curl")

  @Test("The commands of docs/serving.md are answered", .enabled(if: hasCurl))
  func documented() async throws {
    try await fit()
    let id = try #require(try set.annotations("test.json")[0]["id"] as? String)
    try folder.write(Data(try video(id)), to: "clip.mp4")
    let document = try String(contentsOfFile: Repository.path("docs/serving.md"), encoding: .utf8)
    let commands = document.matches(of: /```sh\n((?:.|\n)*?)```/).map { String($0.1) }
    #expect(commands.count == 5)
    let outcome = try await ServerRunner.run(["--run", folder("run"), "--model-name", "first"]) { port, _ in
      for command in commands {
        let shell = Process()
        shell.executableURL = URL(filePath: "/bin/bash")
        shell.arguments = ["-c", "curl() { command curl -sS --fail \"$@\" > /dev/null; }; \(command)"]
        shell.environment = ProcessInfo.processInfo.environment.merging(
          ["SERVER": "http://127.0.0.1:\(port)"]) { $1 }
        shell.currentDirectoryURL = URL(filePath: folder.path.string)
        try shell.run()
        shell.waitUntilExit()
        #expect(shell.terminationStatus == 0, "\(command)")
      }
    }
    #expect(outcome.exitCode == 0, "\(outcome.messages)")
  }

  private static let hasBrowser = ["chromium", "python3"].allSatisfy { program in
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
      FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
    }
  }

  @Test("A keyboard and a screen reader get along with the page, in any width", .enabled(if: hasBrowser))
  func page() async throws {
    try await fit()
    let id = try #require(try set.annotations("test.json")[0]["id"] as? String)
    try folder.write(Data(try video(id)), to: "clip.mp4")
    let outcome = try await ServerRunner.run(["--run", folder("run")]) { port, _ in
      let script = Process()
      script.executableURL = URL(filePath: "/usr/bin/env")
      script.arguments = [
        "python3", Repository.path("scripts/check_page.py"), "http://127.0.0.1:\(port)",
        folder("clip.mp4"), folder("pictures"),
      ]
      try script.run()
      script.waitUntilExit()
      #expect(script.terminationStatus == 0)
    }
    #expect(outcome.exitCode == 0, "\(outcome.messages)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder("pictures")).count == 4)
  }

  @Test("What makes no sense is refused before anything is started")
  func usage() async throws {
    for wrong in [
      ["--port", "70000"], ["--model-name", "a/b"], ["--max-wait", "-1"],
      ["--queue", "1", "--max-videos", "2"], ["--max-upload", "2", "--max-spool", "1"],
      ["--allow-host", "videos.example:80"], ["--answer-time-limit", "0"],
    ] {
      let outcome = try await CommandLineRunner.run(["serve", "--run", folder("run")] + wrong)
      #expect(outcome.exitCode == 64, "\(wrong)")
    }
    try await CommandLineRunner.run("serve", "--run", folder("missing")).expectError(66, saying: "missing")
  }

  private static func within(_ limit: String) -> [String] {
    ["sh", "-c", "ulimit \(limit) && exec \"$@\"", "sh"]
  }

  @Test("It allows itself as many open files as it needs, and does not start where that is more than it may")
  func openFiles() async throws {
    let refused = try await CommandLineRunner.run(
      ["serve", "--run", folder("run"), "--queue", "1000"], through: Self.within("-n 256"))
    #expect(refused.exitCode == 64 && refused.messages.contains("allows 256"), "\(refused.messages)")
    try await fit()
    let outcome = try await ServerRunner.run(["--run", folder("run")], through: Self.within("-Sn 100")) {
      _, process in
      let limits = try String(contentsOfFile: "/proc/\(process)/limits", encoding: .utf8)
      let line = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max open files") })
      let numbers = line.split(separator: " ").compactMap { Int($0) }
      // A connection and an upload for each of 64 videos, and more.
      #expect(numbers[0] > 2 * 64 + 64, "\(line)")
    }
    #expect(outcome.exitCode == 0, "\(outcome.messages)")
  }

  @Test("A port that is taken, and a token that is none, end it with a reason")
  func refused() async throws {
    try await fit()
    let token = try folder.write("secret", to: "token.txt")
    try await CommandLineRunner.run("serve", "--run", folder("run"), "--token-file", token)
      .expectError(65, saying: "token.txt")
    let outcome = try await ServerRunner.run(["--run", folder("run")]) { port, _ in
      let second = try await CommandLineRunner.run("serve", "--run", folder("run"), "--port", "\(port)")
      second.expectError(73, saying: "127.0.0.1", "\(port)")
    }
    #expect(outcome.exitCode == 0, "\(outcome.messages)")
  }
}
