import Foundation
import Images
import Models
import NN
import ParityFixtures
import Storage
import SystemPackage
import Testing
import Torch

@testable import Batching
@testable import Pretrained

/// Every layout of every family against what the library that wrote the folder computes of it, on random weights in float32.
@Suite struct PublishedParityTests {
  static let layouts = [
    "hf_clip", "hf_clip_vision_gelu", "hf_clip_projection", "hf_chinese_clip", "hf_siglip",
    "hf_siglip_vision",
    "hf_vit", "hf_vit_classifier", "hf_deit", "hf_dinov2", "hf_dinov2_registers", "hf_dinov3", "hf_swin",
    "hf_swinv2", "hf_convnext", "hf_convnextv2", "hf_resnet", "hf_resnet_basic",
    "open_clip", "open_clip_tanh", "openai_clip", "chinese_clip_file",
  ]

  private struct Layout {
    let backbone: PublishedBackbone
    let expected: Safetensors

    init(_ name: String) throws {
      backbone = try PublishedBackbone(reading: PublishedFixture.path(name))
      expected = try Safetensors(PublishedFixture.folder(name).appending("expected.safetensors"))
    }

    func model(size: Int? = nil) throws -> (any Backbone, ParameterStore) {
      var configuration = backbone.description.configuration
      if let size { configuration.imageSize = size }
      let store = ParameterStore(sources: [backbone.source(at: "backbone", for: configuration)])
      let model = configuration.model(store.root["backbone"])
      try store.finish()
      return (model, store)
    }
  }

  @Test("a published folder gives the vectors and all gradients that its library gives", arguments: layouts)
  func parity(name: String) throws {
    let layout = try Layout(name)
    let (model, store) = try layout.model()
    let input = try layout.expected.tensor("input")
    let size = layout.backbone.description.configuration.imageSize
    #expect(input.shape.dropFirst() == [3, size, size])
    input.requiresGradient = true
    let output = model(input, .evaluation)
    let wanted = try layout.expected.tensor("output")
    #expect(maximumDifference(output, wanted) <= 1e-4 * max(1, wanted.absolute().maximum().item))

    (output * (try layout.expected.tensor("probe"))).sum().backward()
    func expectClose(_ gradient: Tensor?, _ wanted: Tensor, _ name: String) throws {
      let bound = 1e-3 * wanted.absolute().maximum().item + 1e-6
      #expect(maximumDifference(try #require(gradient, "\(name)"), wanted) <= bound, "\(name)")
    }
    try expectClose(input.gradient, try layout.expected.tensor("gradient.input"), "input")
    let gradients = layout.backbone.gradients(in: layout.expected)
    var compared = 0
    for parameter in store.parameters {
      let own = String(parameter.name.dropFirst("backbone.".count))
      guard gradients.shape(of: own) != nil else {
        // Nothing depends on it, as on what would be added to all scores of a query.
        #expect((parameter.tensor.gradient?.absolute().maximum().item ?? 0) <= 1e-6, "\(own)")
        continue
      }
      try expectClose(parameter.tensor.gradient, try gradients.tensor(own), own)
      compared += 1
    }
    #expect(compared >= store.parameters.count - 2)
  }

  @Test(
    "so it does for an input of another size, tables of positions resampled as the library does",
    arguments: layouts)
  func resized(name: String) throws {
    let layout = try Layout(name)
    let input = try layout.expected.tensor("resized.input")
    let (model, _) = try layout.model(size: input.size(2))
    let wanted = try layout.expected.tensor("resized.output")
    let bound = 1e-4 * max(1, wanted.absolute().maximum().item)
    #expect(maximumDifference(model(input, .evaluation), wanted) <= bound)
  }

  @Test("pixels are prepared as the library prepares them", arguments: layouts)
  func pixels(name: String) throws {
    let layout = try Layout(name)
    let picture = try layout.expected.tensor("picture")
    let image = RGBImage(
      width: picture.size(1), height: picture.size(0), pixels: picture.values(UInt8.self))
    let description = layout.backbone.description
    let size = description.configuration.imageSize
    let bytes = image.input(size: size, description.framing).pixels
    let destination = InputDestination(
      FramePreparation(maximumFrames: 1, description.configuration.normalization, description.framing),
      vectorSize: 1, type: .float32, on: .cpu)
    guard case .frames(let frames) = destination.pictures(.frames(bytes, size: size)) else {
      Issue.record("no frames")
      return
    }
    // That of DINOv3 scales numbers that are not rounded to bytes between.
    let level = 1 / 255 / (description.configuration.normalization.deviation.min() ?? 1)
    let bound = name == "hf_dinov3" ? 1.01 * level : 1e-4
    #expect(maximumDifference(frames.selected(0, 0), try layout.expected.tensor("pixels")) <= bound)
  }
}

/// The folders of `Fixtures`, which `scripts/make_published_fixtures.py` makes.
enum PublishedFixture {
  static func folder(_ name: String) -> FilePath {
    FilePath(Bundle.module.bundleURL.appending(path: "Fixtures/\(name)").path)
  }

  /// What a user would give.
  static func path(_ name: String) -> FilePath {
    let file = folder(name).appending("clip.pt")
    return Folder.exists(file) ? file : folder(name)
  }
}

extension PublishedBackbone {
  /// The tensors of a file that are called as the weights are, behind `gradient.`, under the model's names.
  fileprivate func gradients(in file: Safetensors) -> any TensorFile {
    guard let named = tensors as? NamedTensors else {
      return NamedTensors(file, PublishedNames(), under: "gradient.")
    }
    return named.reading(file, under: "gradient.")
  }
}
