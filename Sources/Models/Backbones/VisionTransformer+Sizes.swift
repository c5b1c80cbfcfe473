import NN

extension VisionTransformer.Configuration {
  /// ViT-S/16 at 224 pixels.
  package static let small = VisionTransformer.Configuration(
    imageSize: 224, patchSize: 16, embeddingSize: 384, depth: 12, heads: 6)

  /// Width, depth, heads and MLP of a size.
  private enum Size: String {
    case tiny, small, base, large, huge
    case so400m

    func at(
      _ imageSize: Int, patch: Int, _ change: (inout VisionTransformer.Configuration) -> Void = { _ in }
    ) -> VisionTransformer.Configuration {
      let (width, depth, heads, mlpRatio): (Int, Int, Int, Double) =
        switch self {
        case .tiny: (192, 12, 3, 4)
        case .small: (384, 12, 6, 4)
        case .base: (768, 12, 12, 4)
        case .large: (1024, 24, 16, 4)
        case .huge: (1280, 32, 16, 4)
        case .so400m: (1152, 27, 16, 3.7362)
        }
      var configuration = VisionTransformer.Configuration(
        imageSize: imageSize, patchSize: patch, embeddingSize: width, depth: depth, heads: heads,
        mlpRatio: mlpRatio)
      change(&configuration)
      return configuration
    }
  }

  /// By timm's names; a checkpoint's own files may say another size of its input and another normalisation.
  package static let published: [String: VisionTransformer.Configuration] = [
    // ViT (AugReg), whose pixels go from -1 to 1.
    plain(
      [(.tiny, 16), (.small, 32), (.small, 16), (.base, 32), (.base, 16), (.large, 16)], sizes: [224, 384]),
    deit, clip, siglip, dinov2, dinov3,
  ].reduce(into: [:]) { all, family in all.merge(family) { one, _ in one } }

  private static func plain(_ members: [(Size, patch: Int)], sizes: [Int]) -> [String: Self] {
    var found: [String: Self] = [:]
    for (size, patch) in members {
      for pixels in sizes {
        found["vit_\(size.rawValue)_patch\(patch)_\(pixels)"] = size.at(pixels, patch: patch) {
          $0.normalization = .symmetric
        }
      }
    }
    return found
  }

  /// Those with a distillation token have two heads, and are not of this family.
  private static let deit: [String: Self] = {
    var found = ["deit_base_patch16_384": Size.base.at(384, patch: 16)]
    for size in [Size.tiny, .small, .base] {
      found["deit_\(size.rawValue)_patch16_224"] = size.at(224, patch: 16)
    }
    for (size, patch) in [(Size.small, 16), (.base, 16), (.large, 16), (.huge, 14)] {
      found["deit3_\(size.rawValue)_patch\(patch)_224"] = size.at(224, patch: patch) {
        $0.positions = .patches
        $0.layerScale = 1e-6
      }
    }
    return found
  }()

  /// OpenAI's weights, and those of others that say quickgelu, want the one activation, all others the other.
  private static let clip: [String: Self] = {
    var found: [String: Self] = [:]
    for (activation, name) in [(Activation.gelu, "clip"), (.quickGELU, "clip_quickgelu")] {
      for (size, patch, pixels) in [
        (Size.base, 32, 224), (.base, 16, 224), (.large, 14, 224), (.large, 14, 336), (.huge, 14, 224),
      ] {
        found["vit_\(size.rawValue)_patch\(patch)_\(name)_\(pixels)"] = size.at(pixels, patch: patch) {
          $0.hasPreNorm = true
          $0.normEpsilon = 1e-5
          $0.activation = activation
          $0.normalization = .clip
        }
      }
    }
    return found
  }()

  /// timm computes some with the exact GELU, though all were trained with the other; Hugging Face's files say the other.
  private static let siglip: [String: Self] = {
    var found: [String: Self] = [:]
    for (size, patch, pixels, activation) in [
      (Size.base, 16, 224, Activation.gelu), (.base, 16, 256, .gelu), (.base, 16, 384, .gelu),
      (.base, 16, 512, .gelu), (.base, 32, 256, .geluTanh), (.large, 16, 256, .gelu),
      (.large, 16, 384, .gelu),
      (.large, 16, 512, .geluTanh), (.so400m, 14, 224, .gelu), (.so400m, 14, 378, .gelu),
      (.so400m, 16, 256, .geluTanh), (.so400m, 16, 384, .geluTanh), (.so400m, 16, 512, .geluTanh),
    ] {
      found["vit_\(size.rawValue)_patch\(patch)_siglip_\(pixels)"] = size.at(pixels, patch: patch) {
        $0.hasClassToken = false
        $0.positions = .patches
        $0.pooling = .attention
        $0.activation = activation
        $0.normalization = .symmetric
      }
    }
    return found
  }()

  /// Without the giant, whose MLP is gated.
  private static let dinov2: [String: Self] = {
    var found: [String: Self] = [:]
    for size in [Size.small, .base, .large] {
      let plain = size.at(518, patch: 14) { $0.layerScale = 1e-5 }
      var registers = plain
      registers.registers = 4
      registers.positions = .patches
      found["vit_\(size.rawValue)_patch14_dinov2"] = plain
      found["vit_\(size.rawValue)_patch14_reg4_dinov2"] = registers
    }
    return found
  }()

  /// timm pools the mean of the patches, Hugging Face and the authors the class token. Those with `qkvb` keep biases of
  /// queries and values, which are zero in what was published. Sizes with a gated MLP are not among them.
  private static let dinov3: [String: Self] = {
    var found: [String: Self] = [:]
    for size in [Size.small, .base, .large] {
      for (bias, name) in [(AttentionBias.none, "dinov3"), (.queriesAndValues, "dinov3_qkvb")] {
        found["vit_\(size.rawValue)_patch16_\(name)"] = size.at(256, patch: 16) {
          $0.registers = 4
          $0.positions = .rotary
          $0.layerScale = 1e-5
          $0.normEpsilon = 1e-5
          $0.attentionBias = bias
          $0.pooling = .mean
        }
      }
    }
    return found
  }()
}
