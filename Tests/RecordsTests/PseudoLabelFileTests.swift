import Dataset
import Foundation
import Records
import Storage
import SystemPackage
import Testing

@Suite("A file of pseudo-labels") struct PseudoLabelFileTests {
  private static let header = """
    {"annotations":"0011223344556677","categories":["0100","0101","0200"],"floor":false,"folds":[0,1],"format":\
    "framewise-pseudo-labels","full":true,"held_out":["00","11"],"labels":3,"round":1,"settings":{"agreement":0,"hard":\
    false,"level1_threshold":0,"temperature":1,"threshold":0},"teachers":[],"transductive":false,"videos":2}
    """
  private static let labels = [
    #"{"id":"a","fold":0,"probabilities":{"0100":0.75,"0200":0.25},"weight":1}"#,
    #"{"id":"b","fold":0,"probabilities":{"0101":1},"weight":0.5}"#,
    #"{"id":"a","probabilities":{"0200":1},"weight":1}"#,
  ]

  private func read(_ lines: [String]) throws -> PseudoLabelFile {
    let path = FilePath(NSTemporaryDirectory()).appending("labels-\(UUID().uuidString).jsonl")
    defer { try? FileManager.default.removeItem(atPath: path.string) }
    try AtomicFile.write(lines.joined(separator: "\n") + "\n", to: path)
    let file = try PseudoLabelFile(reading: path, of: ["a", "b"])
    let again = FilePath(path.string + ".again")
    defer { try? FileManager.default.removeItem(atPath: again.string) }
    try file.write(to: again, ids: ["a", "b"])
    let copy = try PseudoLabelFile(reading: again, of: ["a", "b"])
    #expect(copy.header == file.header && copy.videos == file.videos)
    return file
  }

  @Test("Every fold has its own labels, and the model of all videos has others")
  func read() throws {
    let file = try read([Self.header] + Self.labels)
    let first = try #require(file.table(0))
    #expect(
      first.count == 2 && file.table(1)?.count == 0 && file.table(2) == nil && file.table(nil)?.count == 1)
    let soft = try #require(first.distribution(of: 0, categories: 3))
    #expect(soft.probabilities == [0.75, 0, 0.25] && soft.weight == 1)
    #expect(first.distribution(of: 1, categories: 3)?.weight == 0.5)
    #expect(file.table(nil)?.distribution(of: 1, categories: 3) == nil)
    #expect(file.videos == [0, 1])
  }

  @Test(
    "What does not fit is refused by name, and nothing is passed over",
    arguments: [
      (2, #"{"id":"c","probabilities":{"0200":1},"weight":1}"#, "id \"c\", id: is not among the annotations"),
      (2, #"{"id":"a","fold":0,"probabilities":{"0200":1},"weight":1}"#, "two labels for the same fold"),
      (2, #"{"id":"a","fold":2,"probabilities":{"0200":1},"weight":1}"#, "fold: is none"),
      (2, #"{"id":"a","fold":-1,"probabilities":{"0200":1},"weight":1}"#, "fold: is none"),
      (2, #"{"id":"a","probabilities":{"0900":1},"weight":1}"#, "\"0900\", which is none of the categories"),
      (2, #"{"id":"a","probabilities":{"0200":0.5},"weight":1}"#, "do not add up to 1"),
      (2, #"{"id":"a","probabilities":{"0200":2,"0100":-1},"weight":1}"#, "are not from 0 to 1"),
      (2, #"{"id":"a","probabilities":{"0200":1},"weight":0}"#, "weight: is 0.0"),
      (2, #"{"id":"a","probabilities":{"0200":1},"weight":1,"sure":true}"#, "sure"),
      (2, #"{"id":"a","probabilities":{"0200":1}}"#, "weight is missing"),
      (2, "", "has 2 labels, 3 were written"), (0, "", "does not begin with the line"),
      (2, header, "says twice"), (1, "{", ":3: "),
      (0, header.replacingOccurrences(of: "\"full\"", with: "\"fold\""), "full"),
      (0, header.replacingOccurrences(of: "\"round\":1", with: "\"round\":1,\"more\":2"), "more"),
      (0, header.replacingOccurrences(of: "[0,1]", with: "[0,2]"), "folds"),
      (0, header.replacingOccurrences(of: "\"0101\",", with: ""), "\"0101\", which is none"),
      (0, header.replacingOccurrences(of: "pseudo-labels", with: "labels"), "not 'framewise-pseudo-labels'"),
    ])
  func refused(place: Int, line: String, saying: String) throws {
    var lines = [Self.header] + Self.labels
    lines[place == 0 ? 0 : place + 1] = line
    let error = #expect(throws: (any Error).self) { _ = try read(lines) }
    let told = try #require(error as? any ReportableError)
    #expect(told.kind == .badData && "\(told)".contains(saying), "\(told)")
  }
}
