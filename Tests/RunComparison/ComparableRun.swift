package import Foundation
import JSONSchema

/// What is to be the same in two runs of the same training, one of which may have been stopped: every byte of every
/// file, but for what a clock and the machine decide in `events.jsonl`: how long it took and how much memory, and after
/// which steps there is a checkpoint. Nor does it matter with which command a run was begun. `report.html` shows such things,
/// and has to be there.
///
/// - Parameter contents: of the files of a run, by their path.
package func comparable(_ contents: [String: Data]) throws -> [String: Data] {
  try contents.reduce(into: [:]) { files, file in
    files[file.key] =
      switch file.key {
      case let path where path.hasSuffix("events.jsonl"): try withoutClock(file.value)
      case let path where path.hasSuffix("report.html"): Data()
      default: file.value
      }
  }
}

private func withoutClock(_ events: Data) throws -> Data {
  let encoder = JSONEncoder()
  encoder.outputFormatting = .sortedKeys
  let lines = try events.split(separator: UInt8(ascii: "\n")).compactMap { line -> Data? in
    guard case .object(var event) = try JSONDecoder().decode(JSONValue.self, from: line),
      event["event"]?.text != "checkpoint"
    else { return nil }
    for key in ["videos_per_second", "training_seconds", "validation_seconds", "peak_memory", "command"] {
      event[key] = nil
    }
    return try encoder.encode(JSONValue.object(event))
  }
  return Data(lines.joined(separator: [UInt8(ascii: "\n")]))
}
