import Storage
import SystemPackage
import Testing

@testable import Dataset

@Suite("Reading predictions") struct PredictionReadingTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let line =
    #"{"category_id":"0101","id":"v1","probabilities":{"0101":0.75,"0200":2.5e-1},"probability":0.75,"status":"complete"}"#

  private func read(_ text: String) throws -> [Prediction] {
    let path = folder.path.appending("predictions.jsonl")
    try AtomicFile.write(text, to: path)
    return try Prediction.read(path)
  }

  @Test("What was written is read, empty lines and keys of later versions passed over")
  func same() throws {
    let predictions = (0..<3).map { number in
      Prediction(
        id: "v\(number)", category: "0101", probability: 0.1 + Float(number) / 3,
        probabilities: ["0101": 1e-30, "0200": Float(number) / 7], status: .noText)
    }
    let path = folder.path.appending("written.jsonl")
    try Prediction.write(predictions, to: path)
    #expect(try Prediction.read(path) == predictions)
    let more = Self.line.replacing(#""id""#, with: #""new": [1, {"a": null}], "id""#)
    #expect(
      try read("\(more)\n\n\(Self.line)\n").map(\.probabilities) == [
        ["0101": 0.75, "0200": 0.25], ["0101": 0.75, "0200": 0.25],
      ])
    #expect(try read("") == [])
  }

  @Test(
    "A line that is none is named with what is wrong in it",
    arguments: [
      (#""id":"v1","#, "", "id is missing"),
      (#""v1""#, "7", "id has the wrong type: a number, expected a string"),
      ("0.75,\"0200", "1e99,\"0200", "probabilities.0101 is 1e99"),
      ("0.75,\"0200", "null,\"0200", "probabilities.0101 has"),
      (#""complete""#, #""done""#, "status is \"done\""),
      (#""probability":0.75,"#, "", "probability is missing"),
      (#"{"0101":0.75,"0200":2.5e-1}"#, "[]", "probabilities has the wrong type"),
      ("0200", "0101", "probabilities.0101 stands twice"),
      ("{", "", "not JSON"),
    ])
  func strange(_ from: String, _ to: String, _ problem: String) throws {
    let text = "\(Self.line)\n\(Self.line.replacing(from, with: to, maxReplacements: 1))\n"
    let error = #expect(throws: JSONError.self) { try read(text) }
    #expect(error?.description.contains("predictions.jsonl:2: \(problem)") == true, "\(error as Any)")
  }
}
