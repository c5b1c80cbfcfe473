import Batching
import Models
import NN
import RunFixtures
import Storage
import SystemPackage
import Testing
import Torch

@testable import Pretrained

@Suite("timm's folders") struct TimmFolderTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func read(_ changes: KeyValuePairs<String, String> = [:]) throws -> PublishedBackbone {
    try PublishedFolder.writeTimm(to: folder.path, configuration: PublishedFolder.timmConfiguration(changes))
    return try PublishedBackbone(reading: folder.path)
  }

  @Test("A folder says what the model is, how its pixels are prepared, and holds its weights")
  func wholeWay() throws {
    let backbone = try read()
    #expect(backbone.description.name == "timm's vit_small_patch16_224")
    guard case .vit(let vit) = backbone.description.configuration else {
      Issue.record("no ViT")
      return
    }
    #expect(
      vit.imageSize == 16 && vit.patchSize == 8 && vit.embeddingSize == 16 && vit.depth == 1 && vit.heads == 2
    )
    #expect(vit.normalization == ImageNormalization(mean: [0.5, 0.5, 0.5], deviation: [0.25, 0.5, 0.5]))
    #expect(backbone.description.framing == Framing(.centerCrop, crop: 0.8, .bicubic))

    let store = ParameterStore(sources: [
      backbone.source(at: "backbone", for: backbone.description.configuration)
    ])
    _ = backbone.description.configuration.model(store.root["backbone"])
    _ = Linear(store.root["classifier"], inputs: 2, outputs: 2)
    try store.finish()
    let wanted = PublishedFolder.weights()
    for weight in store.weights where weight.name.hasPrefix("backbone.") {
      let own = try #require(wanted[String(weight.name.dropFirst("backbone.".count))])
      #expect(weight.tensor.isIdentical(to: own), "\(weight.name)")
    }
  }

  @Test("The same files have the same fingerprint, other weights another")
  func fingerprint() throws {
    let one = try read().fingerprint
    #expect(try read().fingerprint == one)
    try PublishedFolder.writeTimm(to: folder.path, weights: PublishedFolder.weights(seed: 6))
    #expect(try PublishedBackbone(reading: folder.path).fingerprint != one)
  }

  @Test(
    "What is not understood, or not computed here, refuses the folder by its name",
    arguments: [
      ("vit_small_patch16_224", "vit_giant_patch99_1", "architecture is 'vit_giant_patch99_1'"),
      ("\"global_pool\": \"token\"", "\"global_pool\": \"avg\"", "global_pool is 'avg', only 'token'"),
      ("\"depth\": 1", "\"depth\": 1, \"qkv_bias\": false", "model_args.qkv_bias is not understood"),
      ("\"num_classes\": 3", "\"num_classes\": 3, \"rope\": 1", "rope is not understood"),
      ("\"crop_mode\": \"center\"", "\"crop_mode\": \"border\"", "pretrained_cfg.crop_mode is 'border'"),
      ("bicubic", "lanczos", "pretrained_cfg.interpolation is 'lanczos'"),
      ("\"crop_pct\": 0.8", "\"crop_pct\": 7", "crop_pct is 7.0"),
      ("[3, 16, 16]", "[1, 16, 16]", "input_size is not [3, size, size]"),
      ("[0.25, 0.5, 0.5]", "[0.25]", "pretrained_cfg.std is not one number each"),
      ("[0.25, 0.5, 0.5]", "[0, 0.5, 0.5]", "std"),
      ("\"depth\": 1", "\"depth\": 1.5", "model_args.depth is no whole number"),
      ("\"depth\": 1", "\"depth\": 100000000", "depth"),
      ("\"num_heads\": 2", "\"num_heads\": 3", "num_heads"),
      ("\"pretrained_cfg\"", "\"cfg\"", "pretrained_cfg is missing"),
      ("\"architecture\"", "\"arch\"", "names no architecture"), ("{\"arch", "[\"arch", "not JSON"),
    ])
  func refused(old: String, new: String, reason: String) throws {
    expectError(.badData, saying: folder.path.string, reason) { _ = try read([old: new]) }
  }

  @Test("Weights that are not there, and a folder that is none, are said")
  func missing() throws {
    try AtomicFile.write(PublishedFolder.timmConfiguration(), to: folder.path.appending("config.json"))
    #expect { try PublishedBackbone(reading: folder.path) } throws: { "\($0)".contains("model.safetensors") }
    let file = folder.path.appending("config.json")
    #expect { try PublishedBackbone(reading: file) } throws: { "\($0)".contains("is no folder") }
    let nowhere = try #require(throws: FileError.self) {
      try PublishedBackbone(reading: folder.path.appending("nowhere"))
    }
    #expect(nowhere.kind == .missingInput)
  }
}
