package import NN
package import Storage

extension SwinTransformer {
  package struct Configuration: BackboneArchitecture {
    /// Width and height of a frame in pixels.
    package var imageSize: Int
    package var patchSize: Int
    /// Width of the first stage, which each further one doubles.
    package var embeddingSize: Int
    /// Blocks of each stage.
    package var depths: [Int]
    /// Heads of each stage.
    package var heads: [Int]
    /// Patches along one side of a window; where a stage has no more than these, its window is all of them.
    package var windowSize: Int
    package var version: Version
    /// What the windows of each stage were while the weights were learnt, where that was another size; 0 where not.
    package var pretrainedWindowSizes: [Int]
    package var shifting: Shifting
    package var mlpRatio: Double
    package var activation: Activation
    package var normEpsilon: Double
    package var normalization: ImageNormalization

    package enum Version: Int, Codable, Sendable, CaseIterable {
      /// Scores are scaled products, positions a table.
      case first = 1
      /// Scores are cosines, positions a small network's; norms are those of a branch's output.
      case second = 2
    }

    /// Whose numbers a shifted window has: they differ where windows do not come out even, and by how much patches that are no
    /// neighbours are kept apart in the second version.
    package enum Shifting: String, Codable, Sendable, CaseIterable {
      /// Patches are rolled, then padded.
      case timm
      /// Patches are padded, then rolled.
      case transformers
    }

    package init(
      imageSize: Int, patchSize: Int = 4, embeddingSize: Int, depths: [Int], heads: [Int], windowSize: Int,
      version: Version = .first, pretrainedWindowSizes: [Int] = [0, 0, 0, 0],
      shifting: Shifting = .timm, mlpRatio: Double = 4, activation: Activation = .gelu,
      normEpsilon: Double = 1e-5,
      normalization: ImageNormalization = .imageNet
    ) {
      self.imageSize = imageSize
      self.patchSize = patchSize
      self.embeddingSize = embeddingSize
      self.depths = depths
      self.heads = heads
      self.windowSize = windowSize
      self.version = version
      self.pretrainedWindowSizes = pretrainedWindowSizes
      self.shifting = shifting
      self.mlpRatio = mlpRatio
      self.activation = activation
      self.normEpsilon = normEpsilon
      self.normalization = normalization
    }

    enum CodingKeys: String, CodingKey {
      case imageSize = "img_size"
      case patchSize = "patch_size"
      case embeddingSize = "embed_dim"
      case depths
      case heads = "num_heads"
      case windowSize = "window_size"
      case version
      case pretrainedWindowSizes = "pretrained_window_sizes"
      case shifting = "shifted_windows"
      case mlpRatio = "mlp_ratio"
      case activation
      case normEpsilon = "norm_eps"
      case normalization
    }

    package static let tiny = Configuration(
      imageSize: 224, embeddingSize: 96, depths: [2, 2, 6, 2], heads: [3, 6, 12, 24], windowSize: 7)

    /// By timm's names.
    package static let published: [String: Configuration] = {
      let sizes: [(String, width: Int, depth: Int, heads: Int)] = [
        ("tiny", 96, 6, 3), ("small", 96, 18, 3), ("base", 128, 18, 4), ("large", 192, 18, 6),
      ]
      var found: [String: Configuration] = [:]
      for (name, width, depth, heads) in sizes {
        func add(
          _ name: String, _ pixels: Int, window: Int, _ version: Version, pretrained: [Int] = [0, 0, 0, 0]
        ) {
          found[name] = Configuration(
            imageSize: pixels, embeddingSize: width, depths: [2, 2, depth, 2],
            heads: (0..<4).map { heads << $0 }, windowSize: window, version: version,
            pretrainedWindowSizes: pretrained)
        }
        let isLarger = ["base", "large"].contains(name)
        add("swin_\(name)_patch4_window7_224", 224, window: 7, .first)
        if isLarger { add("swin_\(name)_patch4_window12_384", 384, window: 12, .first) }
        if name != "large" {
          add("swinv2_\(name)_window8_256", 256, window: 8, .second)
          add("swinv2_\(name)_window16_256", 256, window: 16, .second)
        }
        if isLarger {
          let pretrained = [12, 12, 12, 6]
          add("swinv2_\(name)_window12_192", 192, window: 12, .second)
          add("swinv2_\(name)_window12to16_192to256", 256, window: 16, .second, pretrained: pretrained)
          add("swinv2_\(name)_window12to24_192to384", 384, window: 24, .second, pretrained: pretrained)
        }
      }
      return found
    }()

    /// Width of a stage.
    func width(_ stage: Int) -> Int { embeddingSize << stage }

    /// Patches along one side of a frame in a stage.
    package func side(_ stage: Int) -> Int {
      let scale = 1 << stage
      return (imageSize / patchSize + scale - 1) / scale
    }

    /// Patches along one side of a stage's windows.
    func window(_ stage: Int) -> Int { min(windowSize, side(stage)) }

    /// Whether the numbers of shifted windows are also those of another rule.
    package func shifts(as other: Shifting) -> Bool {
      let comesOutEven = (0..<4).allSatisfy { side($0) <= windowSize || side($0).isMultiple(of: windowSize) }
      return shifting == other || version == .first && comesOutEven
    }

    package var vectorSize: Int { width(3) }
    package func model(_ scope: Scope) -> any Backbone { SwinTransformer(scope, self) }

    private static let mostScores = 1 << 26

    package func check(_ checks: inout SettingChecks) {
      checks.whole(CodingKeys.imageSize, imageSize, 1...4096)
      checks.whole(CodingKeys.patchSize, patchSize, 1...4096)
      checks.whole(CodingKeys.embeddingSize, embeddingSize, 1...2048)
      for (key, values, range) in [
        (CodingKeys.depths, depths, 1...256), (.heads, heads, 1...1024),
        (.pretrainedWindowSizes, pretrainedWindowSizes, 0...256),
      ] {
        checks.require(
          values.count == 4 && values.allSatisfy { range ~= $0 }, key,
          "takes four numbers from \(range.lowerBound) to \(range.upperBound)")
      }
      // A window's scores are as many as the fourth power.
      checks.whole(CodingKeys.windowSize, windowSize, 1...64)
      checks.number(CodingKeys.mlpRatio, mlpRatio, 0.1...64)
      checks.number(CodingKeys.normEpsilon, normEpsilon, 0...1)
      checks.within(CodingKeys.normalization) { normalization.check(&$0) }
      guard checks.problem == nil else { return }
      checks.require(
        imageSize.isMultiple(of: patchSize), CodingKeys.imageSize,
        "is \(imageSize), must be a multiple of the patch size \(patchSize)")
      checks.require(
        imageSize / patchSize <= 1024, CodingKeys.patchSize, "cuts a frame into more than 1024 × 1024 patches"
      )
      for stage in 0..<4 {
        // Scores of a head and frame, and numbers of the table that keeps the regions of shifted windows apart.
        let window = window(stage)
        let across = (side(stage) + window - 1) / window
        let scores = across * across * window * window * window * window
        checks.require(
          scores <= Self.mostScores, CodingKeys.windowSize,
          "is \(windowSize): \(across * across) windows of \(window * window) patches have \(scores) pairs of them, more than \(Self.mostScores)"
        )
      }
      for (stage, heads) in heads.enumerated() {
        checks.require(
          width(stage).isMultiple(of: heads), CodingKeys.heads,
          "has \(heads), which must divide a stage's width \(width(stage))")
      }
    }
  }
}
