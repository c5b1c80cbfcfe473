import Foundation
import Models
import NN
import RunFixtures
import Storage
import SystemPackage
import Testing
import Torch

@testable import Pretrained

@Suite("The files that weights are published in") struct WeightFilesTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func path(_ name: String) -> FilePath { folder.path.appending(name) }

  /// What a folder's weights are, by name.
  private func weights() throws -> [String: Tensor] {
    let file = try PublishedWeights(in: folder.path).file
    return try Dictionary(uniqueKeysWithValues: file.names.map { ($0, try file.tensor($0)) })
  }

  private func expect(_ values: [String: Float]) throws {
    let found = try weights()
    #expect(found.keys.sorted() == values.keys.sorted())
    for (name, value) in values {
      let numbers: [Float]? = found[name]?.values()
      #expect(numbers == [value], "\(name)")
    }
  }

  /// As `torch.save` wrote before PyTorch 1.6: a dictionary of tensors of one number each.
  private func writePickled(_ values: [String: Float], to path: FilePath) throws {
    func text(_ text: String) -> [UInt8] { [0x8C, UInt8(text.utf8.count)] + Array(text.utf8) }
    let magic: [UInt8] = [
      0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
    ]
    var file = magic
    file += [0x80, 2, 0x4D, 0xE9, 3, 0x2E]
    file += [0x80, 2, 0x7D] + text("little_endian") + [0x88, 0x73, 0x2E]
    var (content, keys, numbers): ([UInt8], [UInt8], [UInt8]) = ([0x80, 2, 0x7D], [0x80, 2, 0x5D], [])
    for (name, value) in values.sorted(by: { $0.key < $1.key }) {
      content += text(name)
      content += Array("ctorch._utils\n_rebuild_tensor_v2\n((".utf8) + text("storage")
      content += Array("ctorch\nFloatStorage\n".utf8) + text(name) + text("cpu")
      content += [0x4B, 1, 0x74, 0x51, 0x4B, 0, 0x4B, 1, 0x85, 0x4B, 1, 0x85, 0x89, 0x7D, 0x74, 0x52, 0x73]
      keys += text(name) + [0x61]
      numbers += [1, 0, 0, 0, 0, 0, 0, 0]
      withUnsafeBytes(of: value.bitPattern.littleEndian) { numbers += Array($0) }
    }
    file += content + [0x2E]
    file += keys + [0x2E] + numbers
    try Data(file).write(to: URL(filePath: path.string))
  }

  @Test(
    "Weights in one file, in several with an index, and pickled are the same; what needs no pickle comes first"
  )
  func kinds() throws {
    try writePickled(["a": 1, "b": 2], to: path("pytorch_model.bin"))
    try expect(["a": 1, "b": 2])
    try Safetensors.write(["a": .full([1], 3)], to: path("model-1.safetensors"))
    try writePickled(["b": 4], to: path("model-2.bin"))
    let index = path("model.safetensors.index.json")
    try AtomicFile.write(
      #"{"weight_map": {"a": "model-1.safetensors", "b": "model-2.bin"}}"#, to: index)
    try expect(["a": 3, "b": 4])
    let before = try PublishedWeights(in: folder.path).fingerprint
    try writePickled(["b": 5], to: path("model-2.bin"))
    #expect(try PublishedWeights(in: folder.path).fingerprint != before)
    try Safetensors.write(["a": .full([1], 6)], to: path("model.safetensors"))
    try expect(["a": 6])
  }

  @Test("The prefix that training on several devices leaves is no part of the names, unless names lack it")
  func wrapper() throws {
    try Safetensors.write(
      ["module.a": .full([1], 1), "module.module.b": .full([1], 2)], to: path("model.safetensors"))
    try expect(["a": 1, "module.b": 2])
    try Safetensors.write(["module.a": .full([1], 1), "b": .full([1], 2)], to: path("model.safetensors"))
    try expect(["module.a": 1, "b": 2])
  }

  @Test("Ten thousand pickled tensors that have no place make an error that is not long")
  func backbone() throws {
    try PublishedFolder.writeTimm(to: folder.path)
    try FileManager.default.removeItem(atPath: path("model.safetensors").string)
    try writePickled(
      Dictionary(uniqueKeysWithValues: (0..<10_000).map { ("k\($0)", 0) }), to: path("pytorch_model.bin"))
    let backbone = try PublishedBackbone(reading: folder.path)
    let store = ParameterStore(sources: [
      backbone.source(at: "backbone", for: backbone.description.configuration)
    ])
    _ = backbone.description.configuration.model(store.root["backbone"])
    let error = #expect(throws: CheckpointError.self) { try store.finish() }
    #expect((error?.problems.count ?? 0) > 10_000 && (error?.description.count ?? .max) < 3000)
    #expect(error?.description.contains("more") == true)
  }
}
