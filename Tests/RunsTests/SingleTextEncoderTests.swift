import Inference
import Models
import NN
import Pretrained
import RunFixtures
import Settings
import Storage
import SystemPackage
import Testing
import Torch

@testable import Runs

/// The text encoder of a model, wherever it is.
@Suite struct SingleTextEncoderTests {
  let folder: TemporaryFolder
  let data: TinyData

  init() throws {
    folder = try TemporaryFolder()
    data = try TinyData(in: folder.path)
  }

  private func path(_ name: String) -> FilePath { folder.path.appending(name) }

  /// Exports it and reads that again: the weights have to be those below `fusion` in the folder.
  private func expectExport(of name: String) throws {
    let encoder = try SingleTextEncoder(reading: path(name))
    let weights = try encoder.weights()
    let stored = try Safetensors(path(name).appending("model.safetensors"))
    #expect(!weights.weights.contains { $0.name.contains("visual") || $0.name.contains("x_layers") })
    for weight in weights.weights {
      let own = try stored.tensor("fusion." + weight.name.dropFirst("text.".count))
      #expect(weight.tensor.isIdentical(to: own), "\(weight.name)")
    }
    try TextEncoderExport(
      encoder.configuration, encoder.tokenizer, weights, under: "text.", to: .huggingFace
    ).write(to: path(name + "-exported"))
    let again = try SingleTextEncoder(reading: path(name + "-exported"))
    #expect(again.configuration == encoder.configuration && again.tokenizer == encoder.tokenizer)
    let read = try again.weights().weights
    #expect(read.map(\.name) == weights.weights.map(\.name))
    for (one, other) in zip(read, weights.weights) { #expect(one.tensor.isIdentical(to: other.tensor)) }
  }

  @Test(
    "Of a model of a run it is what reads the text, without what reads frames",
    arguments: ["single", "dual"])
  func modelOfRun(streams: String) throws {
    _ = try data.fit(
      try TinyData.configuration("streams.kind=\(streams)"), in: path("run"), only: 1)
    try expectExport(of: "run/fold-01/model")
    expectError(.usage, saying: "is a run", "fold-00/model") {
      _ = try SingleTextEncoder(reading: path("run"))
    }
  }

  @Test("What pretrain made has one as well")
  func pretrained() throws {
    _ = try data.makePretraining(try TinyData.pretraining(), in: path("encoder")).run()
    try expectExport(of: "encoder")
    expectError(.usage, saying: "is an encoder that pretrain made") {
      _ = try SingleBackbone(reading: path("encoder"))
    }
    // Its backbone has learnt from frames that were prepared in one way.
    var reader = try ConfigurationReader(.tiny)
    _ = try reader.start(from: EncoderFolder(reading: path("encoder")), isFrozen: false)
    expectError(.usage, saying: "frames.framing.mode", "comes with") {
      try reader.override("frames.framing.mode=squash")
      _ = try reader.configuration()
    }
  }

  @Test("A vocabulary with more tokens than the encoder has vectors is refused")
  func otherVocabulary() throws {
    _ = try data.makePretraining(try TinyData.pretraining(), in: path("encoder")).run()
    let vocabulary = path("encoder/vocab.txt")
    try AtomicFile.write(Files.read(vocabulary) + Array("further\n".utf8), to: vocabulary)
    expectError(.badData, saying: "encoder", "tokens, the model's embedding") {
      _ = try SingleTextEncoder(reading: path("encoder"))
    }
    expectError(.badData, saying: "tokens, the model's embedding") {
      _ = try EncoderFolder(reading: path("encoder"))
    }
  }
}
