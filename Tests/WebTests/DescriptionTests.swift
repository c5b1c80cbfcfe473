import Foundation
import HTTPTypes
import JSONSchema
import RawHTTP
import RunFixtures
import Serving
import ServingFixtures
import SystemPackage
import Testing

@testable import Web

/// Holds `/openapi.json` to what the server does.
@Suite("The description of the server") struct DescriptionTests {
  private func description() throws -> JSONValue {
    let file = try #require(PageFile.all.first { $0.path == "/openapi.json" })
    return try JSONDecoder().decode(JSONValue.self, from: Data(file.bytes))
  }

  /// A schema of the description with all that it refers to in its place.
  private func schema(_ value: JSONValue, in description: JSONValue) -> JSONValue {
    switch value {
    case .object(let members):
      if let reference = members["$ref"]?.text {
        let target = reference.split(separator: "/").dropFirst().reduce(description as JSONValue?) {
          $0?[String($1)]
        }
        return target.map { schema($0, in: description) } ?? .null
      }
      return .object(members.mapValues { schema($0, in: description) })
    case .array(let elements): return .array(elements.map { schema($0, in: description) })
    default: return value
    }
  }

  @Test("Reasons, statuses of files and of predictions are those that there are")
  func choices() throws {
    let schemas = try #require(try description()["components"]?["schemas"])
    func choices(_ schema: String, _ property: String) -> [String] {
      (schemas[schema]?["properties"]?[property]?["enum"]?.elements ?? []).compactMap(\.text)
    }
    #expect(choices("Refusal", "reason") == Refusal.Reason.allCases.map(\.rawValue))
    #expect(Set(choices("VideoFile", "status")) == Set(VideoAnswer.File.Status.all))
    #expect(choices("VideoAnswer", "status") == ["complete", "no-frames", "no-text", "prior"])
  }

  @Test(
    "Every path and method of it is there, every answer fits it, and what it does not name is not answered")
  func paths() async throws {
    let run = try ServedRun()
    let description = try description()
    let paths = try #require(description["paths"]?.members)
    let bodies: [String: (type: String, body: [UInt8])] = [
      "/v1/classify": (
        RawForm.contentType,
        RawForm().adding("video", try ServedRun.video("plain.mp4"), file: "a.mp4").adding("title", "tea".utf8)
          .body
      ),
      "/v2/models/{name}/infer": (
        "application/json",
        Array(
          #"{"id": "7", "inputs": [{"name": "title", "datatype": "BYTES", "shape": [1], "data": ["a"]}]}"#
            .utf8)
      ),
    ]
    let schemas = try paths.mapValues { item in
      try #require(item.members).mapValues { operation in
        operation["responses"]?["200"]?["content"]?["application/json"]?["schema"].map {
          schema($0, in: description)
        }
      }
    }
    let refusal = schema(try #require(description["components"]?["schemas"]?["Refusal"]), in: description)
    let names = try run.folder.write(#"{"01": "Sports", "0101": "Ball", "02": ""}"#, to: "names.json")
    try await RunningServer.with(try run.service { $0.categoryNames = names.string }) { server in
      for (path, operations) in schemas {
        let place = path.replacing("{name}", with: "tiny")
        let query = path == "/v1/classify" ? "?explain=true&frames=true" : ""
        for name in ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "QUERY"] {
          let request = name == "POST" ? bodies[path] : nil
          let answer = try await server.ask(
            name, place + query, headers: request.map { ["Content-Type": $0.type] } ?? [:],
            body: request?.body ?? [])
          let known = operations[name.lowercased()]
          #expect(answer.status == (known == nil ? 405 : 200), "\(name) \(path): \(answer.text)")
          guard let wanted = known == nil ? refusal : known ?? nil else { continue }
          let body = try JSONDecoder().decode(JSONValue.self, from: Data(answer.body))
          #expect(JSONSchema(wanted).problems(in: body) == [], "\(name) \(path)")
        }
      }
    }
  }

  @Test("The page may run its own script and ask this server, and nothing else; texts are never markup")
  func page() async throws {
    let run = try ServedRun()
    try await RunningServer.with(try run.service()) { server in
      let page = try await server.ask("GET", "/")
      let policy = try #require(page.headers["content-security-policy"])
      #expect(policy.contains("default-src 'none'") && !policy.contains("unsafe"))
      #expect(page.text.contains("<script src=\"page.js\" defer></script>"))
      #expect(!page.text.contains("style=") && !page.text.contains("onclick"))
      let script = try await server.ask("GET", "/page.js")
      #expect(script.headers["content-type"] == "text/javascript; charset=utf-8")
      #expect(!script.text.contains("innerHTML") && !script.text.contains("eval("))
      let style = try await server.ask("GET", "/style.css")
      #expect(style.text.contains("prefers-color-scheme: dark") && style.text.contains(".drop"))
      for path in ["/", "/v1/classify", "/nothing"] {
        let answer = try await server.ask("GET", path)
        #expect(answer.headers["x-content-type-options"] == "nosniff")
        #expect(answer.headers["cache-control"] == "no-store")
      }
      let head = try await server.ask("HEAD", "/")
      #expect(head.status == 200 && head.body.isEmpty)
    }
  }
}
