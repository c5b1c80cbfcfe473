import Batching
import Models
import NN
import RunFixtures
import Storage
import SystemPackage
import Testing
import Torch

@testable import Pretrained

/// What is exported is read back as the same, under the names that the other library has.
@Suite struct BackboneExportTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  static let writtenByTransformers = PublishedParityTests.layouts.filter { $0.hasPrefix("hf_") }

  private func weights(_ backbone: PublishedBackbone) throws -> (ParameterStore, any Backbone) {
    let configuration = backbone.description.configuration
    let store = ParameterStore(sources: [backbone.source(at: "backbone", for: configuration)])
    let model = configuration.model(store.root["backbone"])
    try store.finish()
    return (store, model)
  }

  private func export(
    _ backbone: PublishedBackbone, to layout: BackboneExport.Layout
  ) throws -> PublishedBackbone {
    let export = try BackboneExport(
      backbone.description, try weights(backbone).0, under: "backbone.", to: layout)
    try export.write(to: folder.path)
    return try PublishedBackbone(reading: folder.path)
  }

  private func expectSame(_ one: PublishedBackbone, _ other: PublishedBackbone) throws {
    // What scales begin at is nothing that weights depend on.
    func settled(_ configuration: BackboneConfiguration) -> BackboneConfiguration {
      guard case .vit(var vit) = configuration, vit.layerScale > 0 else { return configuration }
      vit.layerScale = 1
      return .vit(vit)
    }
    #expect(settled(one.description.configuration) == settled(other.description.configuration))
    let size = one.description.configuration.imageSize
    let input = Tensor.normal([1, 3, size, size], deviation: 1, drawingFrom: Generator(seed: 3))
    let (wanted, found) = (try weights(one).1(input, .evaluation), try weights(other).1(input, .evaluation))
    #expect((wanted - found).absolute().maximum().item <= 1e-5 * max(1, wanted.absolute().maximum().item))
  }

  @Test(
    "an export for transformers has the names and shapes that transformers wrote, and is read back",
    arguments: writtenByTransformers)
  func huggingFace(name: String) throws {
    let backbone = try PublishedBackbone(reading: PublishedFixture.path(name))
    let exported = try export(backbone, to: .huggingFace)
    try expectSame(backbone, exported)
    #expect(exported.description.framing == backbone.description.framing)
    func shapes(_ file: any TensorFile, but elsewhere: [String]) -> [String: [Int]] {
      let own = file.names.filter { !elsewhere.contains($0) }
      let prefixes = ["vision_model.", "vit.", "deit.", "convnextv2."]
      return Dictionary(
        uniqueKeysWithValues: own.map { name in
          let prefix = prefixes.first { name.hasPrefix($0) } ?? ""
          return (String(name.dropFirst(prefix.count)), file.shape(of: name) ?? [])
        }
      ).filter { !$0.key.hasPrefix("pooler.") }
    }
    #expect(
      shapes(exported.weights.file, but: [])
        == shapes(backbone.weights.file, but: backbone.elsewhere))
  }

  @Test(
    "an export for timm is read back, from whoever's files the backbone came",
    arguments: [
      "hf_clip", "hf_clip_vision_gelu", "hf_siglip_vision", "hf_dinov2", "hf_dinov2_registers", "hf_resnet",
      "hf_resnet_basic", "open_clip", "openai_clip",
    ])
  func timm(name: String) throws {
    let backbone = try PublishedBackbone(reading: PublishedFixture.path(name))
    try expectSame(backbone, try export(backbone, to: .timm))
  }

  @Test(
    "every architecture of timm's is exported as itself",
    arguments: BackboneConfiguration.published.keys.sorted())
  func architectures(name: String) throws {
    let configuration = try #require(BackboneConfiguration.published[name])
    let settings = try TimmExport(configuration, Framing(.centerCrop, crop: 0.9, .bicubic)).settings
    let exported = settings["architecture"]?.text.dropFirst().dropLast() ?? ""
    // Some differ in their pixels alone.
    var found = try #require(BackboneConfiguration.published[String(exported)])
    found.normalization = configuration.normalization
    #expect(found == configuration, "\(exported)")
    #expect(settings["model_args"]?.text == "{}")
  }

  @Test(
    "of timm's architectures those that transformers has are told so that they are read as the same",
    arguments: BackboneConfiguration.published.keys.sorted())
  func families(name: String) throws {
    let configuration = try #require(BackboneConfiguration.published[name])
    let has = !["efficientnet", "resnest", "dinov3", "deit3", "swinv2"].contains { name.contains($0) }
    guard has else {
      #expect(throws: ExportError.self) { try HuggingFaceExport(configuration) }
      return
    }
    let path = folder.path.appending("config.json")
    try AtomicFile.write(try HuggingFaceExport(configuration).settings.bytes, to: path)
    var settings = try PublishedSettings(reading: path)
    let family = try #require(HuggingFaceFamily(rawValue: try settings.required("model_type")))
    try settings.passOverWhatComputesNothing()
    var read = try family.model(&settings).configuration
    try settings.finish()
    read.normalization = configuration.normalization
    read.imageSize = configuration.imageSize  // which the preprocessor says
    if case .vit(var vit) = read, case .vit(let wanted) = configuration, vit.hiddenSize == wanted.hiddenSize {
      vit.mlpRatio = wanted.mlpRatio
      read = .vit(vit)
    }
    if case .swin(var swin) = read {
      #expect(swin.shifts(as: .timm))
      swin.shifting = .timm
      read = .swin(swin)
    }
    if case .convNeXt(var convNeXt) = read {
      convNeXt.headNormEpsilon = nil
      read = .convNeXt(convNeXt)
    }
    #expect(read == configuration)
  }

  @Test("a model that the other library does not have is refused, with what is in the way")
  func refused() throws {
    func vit(_ change: (inout VisionTransformer.Configuration) -> Void) -> BackboneConfiguration {
      var vit = VisionTransformer.Configuration.small
      change(&vit)
      return .vit(vit)
    }
    for (configuration, reason) in [
      (vit { $0.normalizesPooled = true }, "fc_norm true"), (vit { $0.pooling = .mean }, "global_pool avg"),
      (vit { $0.registers = 3 }, "reg_tokens 3"), (.efficientNet(.b0), "take --to timm"),
    ] {
      expectError(.usage, saying: reason) { _ = try HuggingFaceExport(configuration) }
    }
    // Transformers keeps patches apart that no window of the second version has together; uneven windows it pads first.
    var uneven = SwinTransformer.Configuration.tiny
    uneven.imageSize = 240
    expectError(.usage, saying: "shifts windows otherwise") { _ = try HuggingFaceExport(.swin(uneven)) }
    uneven.shifting = .transformers
    _ = try HuggingFaceExport(.swin(uneven))
    expectError(.usage, saying: "no architecture") { _ = try TimmExport(.swin(uneven), .middleSquare) }
    expectError(.usage, saying: "epsilon") {
      _ = try TimmExport(vit { $0.normEpsilon = 1e-12 }, .middleSquare)
    }
  }
}
