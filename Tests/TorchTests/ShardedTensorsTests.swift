import Foundation
import Storage
import SystemPackage
import Testing
import Torch

@Suite struct ShardedTensorsTests {
  private func write(_ index: String, in folder: FilePath) throws -> FilePath {
    let path = folder.appending("model.safetensors.index.json")
    try AtomicFile.write(index, to: path)
    return path
  }

  private func withFolder(_ body: (FilePath) throws -> Void) throws {
    try withTemporaryPath { path in
      try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: false)
      try Safetensors.write(["a": .full([2], 1), "b": .full([1], 2)], to: path.appending("one.safetensors"))
      try Safetensors.write(["c": .full([3], 3)], to: path.appending("two.safetensors"))
      try body(path)
    }
  }

  private static let index =
    #"{"metadata": {"total_size": 24}, "weight_map": {"a": "one.safetensors", "b": "one.safetensors", "c": "two.safetensors"}}"#

  @Test("The tensors of several files are read as one")
  func together() throws {
    try withFolder { folder in
      let file = try ShardedTensors(try write(Self.index, in: folder))
      #expect(file.names == ["a", "b", "c"] && file.shape(of: "c") == [3] && file.shape(of: "d") == nil)
      #expect(try file.tensor("a").values() == [1, 1] as [Float])
      #expect(try file.tensor("c").values() == [3, 3, 3] as [Float])
      #expect(
        file.paths.map { $0.lastComponent?.string } == [
          "model.safetensors.index.json", "one.safetensors", "two.safetensors",
        ])
    }
  }

  @Test(
    "An index that does not say what the files hold is refused",
    arguments: [
      ("\"c\": \"two", "\"d\": \"two", "'d': is not in the file"),
      (", \"b\": \"one.safetensors\"", "", "'b': is in the file"),
      ("two.safetensors", "three.safetensors", "which is not there"),
      ("two.safetensors", "../two.safetensors", "no name of a file beside it"),
      ("two.safetensors", "/etc/passwd", "no name of a file beside it"),
      ("weight_map", "map", "weight_map is missing"),
      ("\"two.safetensors\"", "7", "weight_map.c"), ("{\"a\"", "[\"a\"", "not JSON"),
    ])
  func refused(old: String, new: String, reason: String) throws {
    try withFolder { folder in
      let path = try write(Self.index.replacingOccurrences(of: old, with: new), in: folder)
      let error = try #require(throws: (any Error).self) { try ShardedTensors(path) }
      let reportable = try #require(error as? any ReportableError)
      #expect(reportable.description.contains(reason) && reportable.kind == .badData, "\(reportable)")
    }
  }
}
