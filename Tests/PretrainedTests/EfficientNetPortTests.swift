import Models
import NN
import RunFixtures
import Storage
import SystemPackage
import Testing
import Torch

@testable import Pretrained

@Suite("EfficientNet under another port's names") struct EfficientNetPortTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// As `EfficientNet-PyTorch` calls what timm calls `name`, block by block, for stages of 1, 2, 1, 1, 1, 1 and 1 blocks.
  private static func ported(_ name: String) -> String {
    let parts = name.split(separator: ".").map(String.init)
    guard parts[0] == "blocks" else {
      let outer = ["conv_stem": "_conv_stem", "bn1": "_bn0", "conv_head": "_conv_head", "bn2": "_bn1"]
      return "\(outer[parts[0]] ?? parts[0]).\(parts.dropFirst().joined(separator: "."))"
    }
    let number = [["0": 0], ["0": 1, "1": 2], ["0": 3], ["0": 4], ["0": 5], ["0": 6], ["0": 7]][
      Int(parts[1]) ?? 0]
    let first = ["conv_dw": "_depthwise_conv", "bn1": "_bn1", "conv_pw": "_project_conv", "bn2": "_bn2"]
    let other = [
      "conv_pw": "_expand_conv", "bn1": "_bn0", "conv_dw": "_depthwise_conv", "bn2": "_bn1",
      "conv_pwl": "_project_conv",
      "bn3": "_bn2",
    ]
    let rest =
      parts[3] == "se"
      ? [parts[4].replacing("conv_", with: "_se_")] + parts[5...]
      : [(parts[1] == "0" ? first : other)[parts[3]] ?? ""] + parts[4...]
    return "_blocks.\(number[parts[2]] ?? -1).\(rest.joined(separator: "."))"
  }

  @Test("Every tensor has its place, with squeeze-excite and without", arguments: [true, false])
  func reading(squeezeExcite: Bool) throws {
    let configuration = EfficientNet.Configuration(
      imageSize: 32, stemChannels: 8, channels: [Int](repeating: 8, count: 7), layers: [1, 2, 1, 1, 1, 1, 1],
      headChannels: 8, squeezeExcite: squeezeExcite)
    let original = ParameterStore(seed: 3)
    _ = EfficientNet(original.root, configuration)
    var tensors = Dictionary(uniqueKeysWithValues: original.weights.map { (Self.ported($0.name), $0.tensor) })
    tensors["_fc.weight"] = .zeros([2, 8])
    tensors["_bn0.num_batches_tracked"] = .zeros([], type: .int64)
    try Safetensors.write(tensors, to: folder.path.appending("w.safetensors"))
    let file = NamedTensors(
      try Safetensors(folder.path.appending("w.safetensors")), EfficientNetPort.names(configuration),
      under: "")
    let store = ParameterStore(sources: [
      WeightLayout(ignoring: EfficientNetPort.ignoring).source(file, at: "backbone")
    ])
    _ = EfficientNet(store.root["backbone"], configuration)
    try store.finish()
    for (own, weight) in zip(store.weights, original.weights) {
      #expect(
        own.name == "backbone." + weight.name && own.tensor.isIdentical(to: weight.tensor), "\(own.name)")
    }
  }

  @Test(
    "Beside timm's config.json a folder of such names is that model, and one that lacks a tensor says so by its own name"
  )
  func wholeFolder() throws {
    let lite = EfficientNet.Configuration.lite0.tensorFlow
    let original = ParameterStore(on: .shapesOnly)
    _ = EfficientNet(original.root, lite)
    let table = EfficientNetPort.names(lite)
    let tensors = Dictionary(
      uniqueKeysWithValues: original.weights.compactMap { weight -> (String, Tensor)? in
        guard case .named(let name)? = table.stored(weight.name), name != "_blocks.3._bn2.bias" else {
          return nil
        }
        return (name, .zeros(weight.tensor.shape, type: .float16))
      })
    let config = PublishedFolder.timmConfiguration([
      "vit_small_patch16_224": "tf_efficientnet_lite0",
      "\"global_pool\": \"token\"": "\"global_pool\": \"avg\"",
      "\"img_size\": 16, \"patch_size\": 8, \"embed_dim\": 16, \"depth\": 1, \"num_heads\": 2, \"mlp_ratio\": 2":
        "",
      "[3, 16, 16]": "[3, 32, 32]",
    ])
    try PublishedFolder.writeTimm(to: folder.path, configuration: config, weights: tensors)
    let inspection = try Inspection(of: folder.path)
    #expect(inspection.name == "timm's tf_efficientnet_lite0")
    #expect(inspection.problems == ["'_blocks.3._bn2.bias' [40] is missing"])
  }
}
