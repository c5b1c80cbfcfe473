import Foundation
import Storage
import SystemPackage
import Testing
import Torch

/// A damaged or malicious file gives one error that names the file, and the tensor where one is at fault.
@Suite struct HostileSafetensorsTests {
  /// A file of this header and that many bytes of data.
  private static func bytes(_ header: String, data: Int = 0) -> [UInt8] {
    withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian, Array.init) + Array(header.utf8)
      + [UInt8](repeating: 1, count: data)
  }

  private func expectError(_ bytes: [UInt8], tensor: String?, _ reason: String) throws {
    try withTemporaryPath { path in
      try Data(bytes).write(to: URL(filePath: path.string))
      let error = try #require(throws: SafetensorsError.self) {
        let file = try Safetensors(path)
        for name in file.names { _ = try file.tensor(name) }
      }
      #expect(error.path == path && error.kind == .badData && error.tensor == tensor)
      #expect(error.reason.contains(reason), "\(error.reason)")
      let isOneLine = !error.description.contains(where: \.isNewline)
      #expect(isOneLine, "\(error.description)")
    }
  }

  @Test("names and types with line ends are told in one line")
  func lineEnds() throws {
    let missing = #"{"a\rb": {"dtype": "F32", "shape": [1]}}"#
    try expectError(Self.bytes(missing, data: 4), tensor: nil, #"a\rb.data_offsets is missing"#)
    let unknown = #"{"a\nb": {"dtype": "F\u2028", "shape": [1], "data_offsets": [0, 4]}}"#
    try expectError(Self.bytes(unknown, data: 4), tensor: "a\nb", "unknown type")
  }

  @Test(
    "what is no safetensors file at all is said not to be one",
    arguments: [
      ([], "0 bytes"),
      ([1, 2, 3], "3 bytes"),
      ([UInt8](repeating: 0xFF, count: 100), "its header claims 18446744073709551615 bytes of 100"),
      ([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0x7B, 0x7D], "its header claims"),
      ([3, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7D], "its header claims 3 bytes of 10"),
      ([0, 0, 0, 0, 0, 0, 0, 0], "its header"),
      (Array("PK\u{3}\u{4} a zip archive, for example".utf8), "its header claims"),
    ] as [([UInt8], String)])
  func notSafetensors(bytes: [UInt8], reason: String) throws {
    try expectError(bytes, tensor: nil, reason)
  }

  @Test(
    "a header that is JSON of another kind is refused",
    arguments: [
      "nonsense", "[]", "null", "17", "\"text\"", "{", "{\"a\":1}", "{\"a\":{}}",
      "{\"__metadata__\":{\"a\":1}}",
      "{\"a\":{\"dtype\":3,\"shape\":[],\"data_offsets\":[0,4]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":\"x\",\"data_offsets\":[0,4]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[0.5],\"data_offsets\":[0,4]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[1e30],\"data_offsets\":[0,4]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,18446744073709551616]}}",
      "\u{0}\u{0}", String(repeating: "[", count: 100_000), String(repeating: "{\"a\":", count: 100_000),
    ])
  func otherJSON(header: String) throws {
    try expectError(Self.bytes(header, data: 4), tensor: nil, "not a safetensors file: its header: ")
  }

  /// An entry for the tensor `a`.
  private static func entry(_ type: String, _ shape: String, _ offsets: String) -> String {
    "{\"a\":{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}}"
  }

  @Test(
    "an impossible entry is refused by its tensor's name",
    arguments: [
      (entry("F8_E4M3", "[4]", "[0,4]"), "unknown type 'F8_E4M3'"),
      (entry("", "[4]", "[0,4]"), "unknown type"),
      (entry("F32", "[1]", "[]"), "hole or overlap"),
      (entry("F32", "[1]", "[0,4,8]"), "hole or overlap"),
      (entry("F32", "[1]", "[4,0]"), "hole or overlap"),
      (entry("F32", "[1]", "[-4,0]"), "hole or overlap"),
      (entry("F32", "[0]", "[4,4]"), "hole or overlap"),
      (entry("F32", "[2]", "[0,4]"), "4 bytes for shape [2] of F32"),
      (entry("F32", "[-1]", "[0,4]"), "impossible shape [-1]"),
      (entry("F32", "[-1,-1]", "[0,4]"), "impossible shape"),
      (entry("F32", "[0,-1]", "[0,0]"), "impossible shape"),
      (entry("U8", "[4294967296,4294967296]", "[0,0]"), "impossible shape"),
      (entry("F32", "[4611686018427387905]", "[0,4]"), "impossible shape"),
      (entry("F32", "[0,4611686018427387904,8]", "[0,0]"), "impossible shape"),
      (entry("U8", "[9223372036854775807,0]", "[0,0]"), "impossible shape [9223372036854775807, 0]"),
      (entry("U8", "[1,1099511627777,0]", "[0,0]"), "impossible shape"),
      (entry("F32", "[1000]", "[0,4000]"), "cut short: 4 bytes of data, 4000 needed"),
      (entry("U8", "[9223372036854775807]", "[0,9223372036854775807]"), "impossible shape"),
      (entry("U8", "[1099511627776]", "[0,1099511627776]"), "cut short"),
    ])
  func impossibleEntry(header: String, reason: String) throws {
    try expectError(Self.bytes(header, data: 4), tensor: "a", reason)
  }

  @Test("a name that is longer than any model needs is refused, and not told")
  func longName() throws {
    let name = String(repeating: ".", count: 2000)
    let header = "{\"\(name)\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}}"
    try expectError(Self.bytes(header, data: 4), tensor: nil, "holds a name of more than 1024 bytes")
  }

  @Test("two tensors that overlap, and a hole between them, are refused")
  func twoTensors() throws {
    func header(_ second: String) -> String {
      "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},"
        + "\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":\(second)}}"
    }
    try expectError(Self.bytes(header("[2,6]"), data: 6), tensor: "b", "hole or overlap")
    try expectError(Self.bytes(header("[0,4]"), data: 4), tensor: "b", "hole or overlap")
    try expectError(Self.bytes(header("[5,9]"), data: 9), tensor: "b", "hole or overlap")
  }

  @Test("bytes behind the last tensor are refused: nothing may be hidden there")
  func trailingBytes() throws {
    try expectError(Self.bytes(Self.entry("U8", "[4]", "[0,4]"), data: 5), tensor: nil, "1 bytes behind")
    try expectError(Self.bytes("{}", data: 1), tensor: nil, "1 bytes behind")
  }

  @Test("a file cut at any byte is refused")
  func truncated() throws {
    try withTemporaryPath { path in
      try Safetensors.write(["a": .ones([3]), "b": .zeros([2, 2], type: .int64)], to: path)
      let bytes = try Files.read(path)
      for count in bytes.indices {
        try Data(bytes[..<count]).write(to: URL(filePath: path.string))
        #expect(throws: SafetensorsError.self) { try Safetensors(path) }
      }
    }
  }

  @Test("no single damaged byte of the header crashes reading")
  func damaged() throws {
    try withTemporaryPath { path in
      try Safetensors.write(["a": .ones([3]), "b": .zeros([0, 2], type: .int64)], to: path)
      let bytes = try Files.read(path)
      for index in bytes.indices.dropLast(12) {
        for value in [0, UInt8(ascii: "9"), UInt8(ascii: "-"), 0xFF] as [UInt8] {
          var damaged = bytes
          damaged[index] = value
          try Data(damaged).write(to: URL(filePath: path.string))
          guard let file = try? Safetensors(path) else { continue }
          for name in file.names { _ = try file.tensor(name) }
        }
      }
    }
  }

  @Test("a tensor of very many dimensions is refused rather than handed to libtorch")
  func dimensions() throws {
    let shape = "[" + Array(repeating: "1", count: 10_000).joined(separator: ",") + "]"
    try expectError(Self.bytes(Self.entry("F32", shape, "[0,4]"), data: 4), tensor: "a", "dimensions")
  }
}
