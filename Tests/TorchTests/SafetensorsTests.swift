import Foundation
import Storage
import SystemPackage
import Testing
import Torch

@Suite struct SafetensorsTests {
  @Test("tensors of every type, empty ones, scalars and metadata come back bit for bit")
  func roundTrip() throws {
    var tensors = Dictionary(
      uniqueKeysWithValues: DataType.allCases.map {
        ("\($0)", Tensor([0, 1, 2, 100] as [Double], shape: [2, 2]).to($0))
      })
    tensors["empty"] = .zeros([3, 0])
    tensors["scalar"] = Tensor([.nan] as [Float], shape: [])
    tensors["a \"quoted\"/\n名"] = .ones([1])
    try withTemporaryPath { path in
      try Safetensors.write(tensors, metadata: ["format": "pt", "größe": "\"{}\""], to: path)
      let file = try Safetensors(path)
      #expect(file.names == tensors.keys.sorted())
      #expect(file.metadata == ["format": "pt", "größe": "\"{}\""])
      for (name, tensor) in tensors {
        #expect(file.contains(name) && file.shape(of: name) == tensor.shape)
        #expect(try file.tensor(name).isIdentical(to: tensor), "\(name)")
      }
    }
  }

  @Test("a file of the reference implementation is read, every type of it")
  func reference() throws {
    let path = Bundle.module.bundleURL.appending(path: "Fixtures/types.safetensors").path
    let file = try Safetensors(FilePath(path))
    #expect(file.names.count == DataType.allCases.count + 3)
    for type in DataType.allCases {
      let tensor = try file.tensor("\(type)")
      #expect(tensor.type == type)
      #expect(tensor.to(.float64).values() == (type == .bool ? [0, 1, 1, 1] : [0, 1, 2, 100] as [Double]))
    }
    #expect(try file.tensor("empty").shape == [2, 0, 3])
    let scalar = try file.tensor("scalar")
    #expect(scalar.shape == [] && scalar.item == 0.5)
    #expect(try file.tensor("matrix.größe").values() == [0, 1, 2, 3, 4, 5] as [Float])
    #expect(file.metadata["made_with"]?.hasPrefix("torch") == true)
  }

  @Test("the same tensors give the same bytes, whatever the order in which a dictionary has them")
  func determinism() throws {
    try withTemporaryPath { path in
      let names = (0..<50).map { "layer.\($0).weight" }
      func bytes(_ names: [String]) throws -> [UInt8] {
        try Safetensors.write(
          Dictionary(uniqueKeysWithValues: names.map { ($0, Tensor.full([2], Double($0.count))) }),
          metadata: Dictionary(uniqueKeysWithValues: names.map { ($0, $0) }), to: path)
        return try Files.read(path)
      }
      let (once, again) = (try bytes(names), try bytes(names.reversed()))
      #expect(once == again)
    }
  }

  @Test("every element lies at a multiple of its size: the reference implementation refuses what does not")
  func alignment() throws {
    try withTemporaryPath { path in
      try Safetensors.write(
        [
          "a": .zeros([3], type: .bool), "b": .zeros([1]), "c": .zeros([3], type: .float16),
          "d": .zeros([1], type: .int64),
        ],
        to: path)
      let bytes = try Files.read(path)
      let length = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
      #expect(length % 8 == 0)
      let header = try #require(
        JSONSerialization.jsonObject(with: Data(bytes[8..<8 + length])) as? [String: [String: Any]])
      let starts = header.compactMapValues { ($0["data_offsets"] as? [Int])?.first }
      #expect(starts == ["d": 0, "b": 8, "c": 12, "a": 18])
    }
  }

  @Test("a view is written with its own elements, in the order of its own shape")
  func views() throws {
    try withTemporaryPath { path in
      let whole = Tensor((0..<6).map(Float.init), shape: [2, 3])
      try Safetensors.write(["part": whole.transposed(0, 1).narrowed(0, 1..<3)], to: path)
      #expect(try Safetensors(path).tensor("part").values() == [1, 4, 2, 5] as [Float])
    }
  }

  @Test("a tensor that is not in the file is asked for in vain, by name")
  func absent() throws {
    try withTemporaryPath { path in
      try Safetensors.write(["a": .zeros([1])], to: path)
      let file = try Safetensors(path)
      #expect(!file.contains("b") && file.shape(of: "b") == nil)
      let error = #expect(throws: SafetensorsError.self) { try file.tensor("b") }
      #expect(error?.description == "\(path): tensor 'b': is not in the file")
    }
  }

  @Test("a folder and a missing file are no input; a FIFO does not block")
  func notFiles() throws {
    try withTemporaryPath { path in
      for (path, reason) in [
        (path, Errno.noSuchFileOrDirectory), (path.removingLastComponent(), .isDirectory),
      ] {
        let error = #expect(throws: FileError.self) { try Safetensors(path) }
        #expect(error?.path == path && error?.reason == reason && error?.kind == .missingInput)
      }
      #expect(mkfifo(path.string, 0o600) == 0)
      let error = #expect(throws: FileError.self) { try Safetensors(path) }
      #expect(error?.reason == .invalidArgument)
    }
  }
}
