import Batching
import Models
import NN
import RunFixtures
import Storage
import SystemPackage
import Testing
import Torch

@testable import Pretrained

/// What open_clip's folders and the files of CLIP's authors say, and what refuses them.
@Suite("open_clip's folders and CLIP's files") struct OpenCLIPTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func read(_ changes: KeyValuePairs<String, String> = [:]) throws -> PublishedBackbone {
    let fixture = PublishedFixture.folder("open_clip")
    let (config, weights) = ("open_clip_config.json", "open_clip_model.safetensors")
    var text = String(decoding: try Files.read(fixture.appending(config)), as: UTF8.self)
    for (old, new) in changes {
      #expect(text.contains(old), "\(old)")
      text = text.replacing(old, with: new)
    }
    try AtomicFile.write(text, to: folder.path.appending(config))
    try AtomicFile.write(Files.read(fixture.appending(weights)), to: folder.path.appending(weights))
    return try PublishedBackbone(reading: folder.path)
  }

  private func vit(_ backbone: PublishedBackbone) -> VisionTransformer.Configuration? {
    if case .vit(let vit) = backbone.description.configuration { vit } else { nil }
  }

  @Test("quick_gelu belongs to the settings: without it the same weights are computed with the other one")
  func activation() throws {
    #expect(vit(try read())?.activation == .quickGELU)
    #expect(vit(try read(["\"quick_gelu\": true": "\"quick_gelu\": false"]))?.activation == .gelu)
  }

  @Test("a tower of timm's is read by timm's names, with the input and the pixels that open_clip says")
  func timmTower() throws {
    let vision = """
      "vision_cfg": {"image_size": 256, "timm_model_name": "vit_base_patch16_siglip_256", "timm_model_pretrained": false,
        "timm_pool": "map", "timm_proj": "none"}, "multimodal_cfg": {
      """
    // Of another tower, those are not what could be passed over.
    expectError(.badData, saying: "belongs to no part of a CLIP") {
      _ = try read(["\"vision_cfg\": {": vision])
    }
    try Safetensors.write(
      ["logit_scale": .zeros([]), "visual.head.proj.weight": .zeros([1])],
      to: folder.path.appending("open_clip_model.safetensors"))
    let backbone = try PublishedBackbone(reading: folder.path)
    #expect(backbone.description.name == "open_clip's timm tower vit_base_patch16_siglip_256")
    #expect(vit(backbone)?.imageSize == 256 && vit(backbone)?.pooling == .attention)
    let store = ParameterStore(
      sources: [backbone.source(at: "backbone", for: backbone.description.configuration)], on: .cpu)
    _ = backbone.description.configuration.model(store.root["backbone"])
    expectError(.badData, saying: "visual.trunk.blocks.0.attn.qkv.weight' [2304, 768] is missing") {
      try store.finish()
    }
  }

  @Test(
    "what is not computed here refuses the folder by its name",
    arguments: [
      ("\"width\": 8", "\"attentional_pool\": true, \"width\": 8", "attentional_pool is true, only false"),
      ("\"layers\": 2", "\"layers\": [3, 4, 6, 3]", "layers is a list: CLIP's own ResNet"),
      ("\"width\": 8", "\"width\": 8, \"qk_norm\": true", "model_cfg.vision_cfg.qk_norm is true"),
      ("\"width\": 8", "\"width\": 8, \"pool_type\": \"avg\"", "pool_type is 'avg'"),
      ("\"width\": 8", "\"width\": 8, \"window\": 7", "model_cfg.vision_cfg.window is not understood"),
      ("\"head_width\": 4", "\"head_width\": 3", "head_width is 3, must divide"),
      ("\"layers\": 2", "\"timm_model_name\": \"hiera\"", "timm_model_name is 'hiera'"),
      ("\"mode\": \"RGB\"", "\"resize_mode\": \"longest\"", "resize_mode is 'longest'"),
      ("\"mode\": \"RGB\"", "\"mode\": \"BGR\"", "mode is 'BGR'"),
      ("\"mode\": \"RGB\"", "\"interpolation\": \"random\"", "interpolation is 'random'"),
      ("\"model_cfg\"", "\"cfg\"", "model_cfg.vision_cfg is missing"),
    ])
  func refused(old: String, new: String, reason: String) throws {
    expectError(.badData, saying: folder.path.string, reason) { _ = try read([old: new]) }
  }

  @Test("where Hugging Face's files lie beside, each layout reads its own weights")
  func both() throws {
    _ = try read()
    let other = PublishedFixture.folder("hf_clip")
    try AtomicFile.write(
      Files.read(other.appending("model.safetensors")), to: folder.path.appending("model.safetensors"))
    #expect(try PublishedBackbone(reading: folder.path).description.name.hasPrefix("open_clip's"))
    for name in ["config.json", "preprocessor_config.json"] {
      try AtomicFile.write(Files.read(other.appending(name)), to: folder.path.appending(name))
    }
    #expect(try PublishedBackbone(reading: folder.path).description.name == "Hugging Face's clip")
  }

  /// Names and shapes without numbers.
  private final class Shapes: TensorFile {
    let path: FilePath = "clip.pt"
    let shapes: [String: [Int]]

    init(_ shapes: [String: [Int]]) { self.shapes = shapes }
    var names: [String] { shapes.keys.sorted() }
    func shape(of name: String) -> [Int]? { shapes[name] }
    func tensor(_ name: String) throws -> Tensor { .zeros(shapes[name] ?? []) }
  }

  @Test(
    "what a file of CLIP's authors is follows from its shapes, and of Chinese-CLIP's largest from who wrote it",
    arguments: [
      (768, 32, 50, 12, false, "vit_base_patch32_clip_quickgelu_224"),
      (1024, 14, 577, 16, false, "vit_large_patch14_clip_quickgelu_336"),
      (1280, 14, 257, 16, true, "vit_huge_patch14_clip_quickgelu_224"),
    ])
  func shapes(width: Int, patch: Int, positions: Int, heads: Int, isChinese: Bool, name: String) throws {
    guard case .vit(let published)? = BackboneConfiguration.published[name] else {
      Issue.record("\(name) is no ViT")
      return
    }
    var shapes = [
      "visual.conv1.weight": [width, 3, patch, patch], "visual.positional_embedding": [positions, width],
    ]
    for block in 0..<published.depth {
      shapes["visual.transformer.resblocks.\(block).attn.in_proj_weight"] = [3 * width, width]
      shapes["visual.transformer.resblocks.\(block).mlp.c_fc.weight"] = [4 * width, width]
    }
    let vit = try CLIPFile.configuration(of: Shapes(shapes), at: "clip.pt", isChinese: isChinese)
    #expect(vit == published && vit.heads == heads)
  }

  @Test(
    "a file with CLIP's names that does not say its activation is refused; so are its ResNets and other files"
  )
  func files() throws {
    let weights = try Safetensors(
      PublishedFixture.folder("open_clip").appending("open_clip_model.safetensors"))
    var tensors = Dictionary(uniqueKeysWithValues: try weights.names.map { ($0, try weights.tensor($0)) })
    let path = folder.path.appending("clip.safetensors")
    try Safetensors.write(tensors, to: path)
    expectError(.badData, saying: path.string, "whether it was trained with quick_gelu") {
      _ = try PublishedBackbone(reading: path)
    }
    tensors["visual.layer1.0.conv1.weight"] = .zeros([1])
    try Safetensors.write(tensors, to: path)
    expectError(.badData, saying: "CLIP's own ResNet") { _ = try PublishedBackbone(reading: path) }
    try Safetensors.write(["a": .zeros([1])], to: path)
    expectError(.badData, saying: "and no file of CLIP's") { _ = try PublishedBackbone(reading: path) }
  }

  @Test("a file of CLIP's authors is told with what it is")
  func inspection() throws {
    let inspection = try Inspection(of: PublishedFixture.path("openai_clip"))
    #expect(inspection.role == .backbone && inspection.name == "OpenAI's CLIP")
    #expect(inspection.problems == [] && inspection.ignored.contains("visual.proj"))
  }
}
