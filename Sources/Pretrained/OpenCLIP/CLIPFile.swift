import Batching
import Models
import NN
import Storage
import SystemPackage
import Torch

/// A file of CLIP's weights as OpenAI or the authors of Chinese-CLIP published it, TorchScript or not. What it is follows from
/// the shapes, as in their own loaders.
///
/// The same names in a file of anybody else's do not say which of two activations the weights were trained with: they are
/// refused without an `open_clip_config.json` that does.
struct CLIPFile {
  let backbone: PublishedBackbone

  init(_ path: FilePath) throws {
    let noFolder = "is no folder with a config.json, which says what the weights are"
    guard try path.extension == "safetensors" || PyTorchFile.isOne(path) else {
      throw PublishedError(path: path, reason: noFolder)
    }
    let weights = try PublishedWeights(path)
    let file = weights.file
    let names = Set(file.names)
    let isChinese = names.contains("bert.embeddings.word_embeddings.weight")
    guard names.contains("visual.class_embedding") || names.contains("visual.layer1.0.conv1.weight") else {
      throw PublishedError(
        path: path, reason: noFolder + ", and no file of CLIP's")
    }
    guard !names.contains("visual.layer1.0.conv1.weight") else {
      throw PublishedError(path: path, reason: "is CLIP's own ResNet, which is not computed here")
    }
    guard isChinese || names.contains("input_resolution") else {
      throw PublishedError(
        path: path,
        reason:
          "does not say whether it was trained with quick_gelu; in a folder with an open_clip_config.json it would"
      )
    }
    let vit = try Self.configuration(of: file, at: path, isChinese: isChinese)
    let description = BackboneDescription(
      name: isChinese ? "Chinese-CLIP" : "OpenAI's CLIP", configuration: .vit(vit),
      framing: Framing(isChinese ? .squash : .centerCrop, .bicubic))
    try description.requireModel(at: path)
    let tensors = NamedTensors(file, OpenCLIPLayout.names(vit), under: OpenCLIPLayout.prefix)
    try tensors.requireNeighbours(OpenCLIPLayout.neighbours, of: "CLIP")
    backbone = PublishedBackbone(
      path: path, description, weights: weights, tensors: tensors, elsewhere: tensors.elsewhere,
      layout: WeightLayout(ignoring: ["proj"]), antialiasesPositions: true)
  }

  /// Whether a file has an image tower as CLIP's are called.
  static func isLikely(_ file: any TensorFile) -> Bool { file.shape(of: "visual.proj") != nil }

  static func configuration(
    of file: any TensorFile, at path: FilePath, isChinese: Bool
  ) throws -> VisionTransformer.Configuration {
    func shape(_ name: String, dimensions: Int) throws -> [Int] {
      let name = OpenCLIPLayout.prefix + name
      guard let shape = file.shape(of: name), shape.count == dimensions else {
        throw PublishedError(path: path, reason: "'\(name)' is missing, or has another shape than CLIP's")
      }
      return shape
    }
    let patches = try shape("conv1.weight", dimensions: 4)
    let positions = try shape("positional_embedding", dimensions: 2)
    let (width, patchSize) = (patches[0], patches[3])
    let grid = Int(Double(max(0, positions[0] - 1)).squareRoot().rounded())
    let hidden = try shape("transformer.resblocks.0.mlp.c_fc.weight", dimensions: 2)[0]
    let depth = file.names.count {
      $0.hasPrefix("visual.transformer.resblocks.") && $0.hasSuffix(".attn.in_proj_weight")
    }
    // Heads have a width of 64, but for Chinese-CLIP's largest.
    let headWidth = isChinese && width == 1280 ? 80 : 64
    var vit = VisionTransformer.Configuration(
      imageSize: patchSize * grid, patchSize: patchSize, embeddingSize: width, depth: depth,
      heads: max(1, width / headWidth), activation: .quickGELU, normEpsilon: 1e-5, normalization: .clip)
    vit.hasPreNorm = true
    if width > 0 { vit.hiddenSize = hidden }
    return vit
  }
}
