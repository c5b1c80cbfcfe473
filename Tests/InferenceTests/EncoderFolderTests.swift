import Batching
import Foundation
import Models
import NN
import RunFixtures
import Settings
import Storage
import SystemPackage
import Testing
import Text
import Torch

@testable import Inference

@Suite("The folder of an encoder") struct EncoderFolderTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    let configuration = try TinyData.configuration()
    let tokenizer = try TinyData.tokenizer(words: ["ball"])
    let architecture = configuration.encoder(
      vocabularySize: tokenizer.tokenizer.vocabularySize, vectorSize: nil)
    let store = ParameterStore(seed: 1)
    _ = VideoTextPretrainer(
      store.root, architecture, .init(tokens: true, texts: true, matching: true, contrast: true))
    try EncoderFolder.write(store.weights, configuration.input, tokenizer, to: folder.path)
    #expect(throws: NoEncoder.self) { try EncoderFolder(reading: folder.path) }
    try EncoderFolder.complete(.init(architecture: architecture, weights: .ema), at: folder.path)
  }

  private func rewrite(_ name: String, _ old: String, _ new: String) throws {
    let path = folder.path.appending(name)
    let text = String(decoding: try Files.read(path), as: UTF8.self)
    #expect(text.contains(old), "\(text)")
    try folder.write(text.replacing(old, with: new), to: name)
  }

  @Test("It has the encoder's weights and no heads, and comes back as it was")
  func written() throws {
    let read = try EncoderFolder(reading: folder.path)
    let names = try read.weights().names
    #expect(names.contains { $0.hasPrefix("backbone.") } && names.contains { $0.hasPrefix("fusion.") })
    #expect(names.allSatisfy { $0.hasPrefix("backbone.") || $0.hasPrefix("fusion.") })
    #expect(read.description.weights == .ema && read.tokenizer.tokenizer.vocabularySize == 6)
    #expect(try read.fingerprint.count == 8)
  }

  @Test(
    "A damaged or absurd file is named, with its key",
    arguments: [
      ("config.json", "framewise-encoder", "framewise-video-text", "model_type"),
      ("config.json", "\"hidden_size\" : 16", "\"hidden_size\" : 17", "num_attention_heads"),
      ("config.json", "\"hidden_size\" : 16", "\"hidden_size\" : -1", "hidden_size"),
      ("config.json", "\"weights\"", "\"height\"", "weights"), ("config.json", "{", "", "config.json"),
      ("config.json", "\"vocab_size\" : 6", "\"vocab_size\" : 3", "tokens"),
      ("preprocessor_config.json", "\"maximum_frames\" : 2", "\"maximum_frames\" : 4000", "maximum_frames"),
    ])
  func damaged(file: String, old: String, new: String, saying: String) throws {
    try rewrite(file, old, new)
    expectError(.badData, saying: saying) { _ = try EncoderFolder(reading: folder.path) }
  }
}
