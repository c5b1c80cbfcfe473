import RunFixtures
import Storage
import SystemPackage
import Testing
import Torch

@testable import Pretrained

@Suite struct InspectionTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(
    "A folder is told with what it is, what is passed over and what does not fit; a file with its tensors")
  func inspection() throws {
    try PublishedFolder.writeTimm(to: folder.path.appending("vit"))
    let vit = try Inspection(of: folder.path.appending("vit"))
    #expect(vit.role == .backbone && vit.problems == [] && vit.ignored == ["head.bias", "head.weight"])
    #expect(vit.vectorSize == 16 && vit.inputSize == 16)
    try PublishedFolder.writeBERT(to: folder.path.appending("bert"))
    let bert = try Inspection(of: folder.path.appending("bert"))
    #expect(bert.positions == 24 && bert.lines.contains { $0.contains("texts of 24 tokens") })
    #expect(bert.role == .textEncoder && bert.problems == [] && bert.ignored.contains("cls.predictions.bias"))
    let clip = try Inspection(of: PublishedFixture.folder("hf_chinese_clip"))
    #expect(clip.role == .backbone && clip.problems == [] && clip.ignored.contains("logit_scale"))
    #expect(clip.ignored.allSatisfy { !$0.hasPrefix("vision_model.") })
    let file = try Inspection(of: folder.path.appending("vit/model.safetensors"))
    #expect(file.role == nil && file.tensors.map(\.name) == vit.tensors.map(\.name))
    #expect(file.lines.last?.contains("config.json") == true)

    #expect(clip.ignored.count > 20)
    #expect(
      clip.lines.contains {
        $0.hasPrefix("passed over: \(clip.ignored[0]), ")
          && $0.hasSuffix(" and \(clip.ignored.count - 20) more; --json has all")
      })
    #expect(vit.lines.contains("passed over: head.bias, head.weight"))

    var weights = PublishedFolder.weights()
    weights["norm.weight"] = nil
    weights["extra"] = .zeros([1])
    try PublishedFolder.writeTimm(to: folder.path.appending("bad"), weights: weights)
    let bad = try Inspection(of: folder.path.appending("bad"))
    #expect(bad.problems == ["'norm.weight' [16] is missing", "'extra' belongs to no layer"])
    try AtomicFile.write("{\"model_type\": \"videomae\"}", to: folder.path.appending("bad/config.json"))
    #expect(try Inspection(of: folder.path.appending("bad")).problems.first?.contains("'videomae'") == true)
    expectError(.badData, saying: "holds no weights") { _ = try Inspection(of: folder.path) }
  }

  @Test("Every known model has its size")
  func models() {
    let models = KnownModel.all
    #expect(models.first { $0.name == "tf_efficientnet_lite0" }?.vectorSize == 1280)
    #expect(models.allSatisfy { $0.parameters > 1_000_000 && $0.multiplyAdds > 10_000_000 })
  }

  /// In 10⁹ at 224 pixels, as timm's and the papers' tables have them.
  private static let published: KeyValuePairs = [
    "resnet18": 1.82, "resnet50": 4.11, "efficientnet_b0": 0.39, "convnext_tiny": 4.47,
    "swin_tiny_patch4_window7_224": 4.51,
  ]

  @Test("What a frame costs is what the published tables say")
  func costs() throws {
    let models = Dictionary(uniqueKeysWithValues: KnownModel.all.map { ($0.name, $0) })
    for (name, billions) in Self.published {
      let model = try #require(models[name], "\(name)")
      #expect(
        abs(Double(model.multiplyAdds) / 1e9 - billions) < 0.03 * billions, "\(name): \(model.multiplyAdds)")
    }
  }

  @Test("A vision transformer costs its patches, its blocks, and of the last one what the class token needs")
  func transformerCost() {
    let (patches, width, hidden, depth) = (196, 384, 1536, 12)
    let tokens = patches + 1
    let block = tokens * width * (3 * width + width + 2 * hidden) + 2 * tokens * tokens * width
    // Keys and values of all tokens; the query, attention, projection and MLP of one.
    let last = tokens * width * 2 * width + width * (2 * width + 2 * hidden) + 2 * tokens * width
    let model = KnownModel.all.first { $0.name == "vit_small_patch16_224" }
    #expect(model?.multiplyAdds == patches * 3 * 16 * 16 * width + (depth - 1) * block + last)
  }
}
