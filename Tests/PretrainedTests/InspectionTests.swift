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
    #expect(models.allSatisfy { $0.parameters > 1_000_000 })
  }
}
