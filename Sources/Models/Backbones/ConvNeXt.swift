package import NN
package import Storage
package import Torch

/// ConvNeXt (Liu et al., 2022) and ConvNeXt V2 (Woo et al., 2023) with timm's names and numerics
/// (`timm.models.convnext`); the vector of a frame is the mean over the places of the last stage, normalised.
///
/// The smallest ones (atto to nano) keep the layers of their MLPs as convolutions of 1×1 in timm's files: what is the weight
/// of a linear layer here has two more dimensions of 1 there. Hugging Face calls the blocks' layers `dwconv`, `layernorm`,
/// `pwconv1`, `grn`, `pwconv2` and `layer_scale_parameter`.
package struct ConvNeXt: Backbone {
  package struct Configuration: BackboneArchitecture {
    /// Width and height of a frame in pixels.
    package var imageSize: Int
    /// Blocks of each stage.
    package var depths: [Int]
    /// Channels of each stage.
    package var widths: [Int]
    package var activation: Activation
    package var normEpsilon: Double
    /// That of the last norm, where it is another.
    package var headNormEpsilon: Double?
    /// What the scale of a block's branch begins at; 0 where it has none, as in V2.
    package var layerScale: Double
    /// Whether an MLP lets its channels compete by their size over the image, as in V2.
    package var responseNorm: Bool
    package var normalization: ImageNormalization

    package init(
      imageSize: Int = 224, depths: [Int], widths: [Int], activation: Activation = .gelu,
      normEpsilon: Double = 1e-6, headNormEpsilon: Double? = nil, layerScale: Double = 1e-6,
      responseNorm: Bool = false,
      normalization: ImageNormalization = .imageNet
    ) {
      self.imageSize = imageSize
      self.depths = depths
      self.widths = widths
      self.activation = activation
      self.normEpsilon = normEpsilon
      self.headNormEpsilon = headNormEpsilon
      self.layerScale = layerScale
      self.responseNorm = responseNorm
      self.normalization = normalization
    }

    enum CodingKeys: String, CodingKey {
      case imageSize = "img_size"
      case depths
      case widths = "dims"
      case activation
      case normEpsilon = "norm_eps"
      case headNormEpsilon = "head_norm_eps"
      case layerScale = "ls_init_value"
      case responseNorm = "use_grn"
      case normalization
    }

    package static let tiny = Configuration(depths: [3, 3, 9, 3], widths: [96, 192, 384, 768])

    /// By timm's names.
    package static let published: [String: Configuration] = {
      let sizes: [(String, depths: [Int], width: Int)] = [
        ("tiny", [3, 3, 9, 3], 96), ("small", [3, 3, 27, 3], 96), ("base", [3, 3, 27, 3], 128),
        ("large", [3, 3, 27, 3], 192),
      ]
      var found: [String: Configuration] = [:]
      for (name, depths, width) in sizes {
        var configuration = Configuration(depths: depths, widths: (0..<4).map { width << $0 })
        found["convnext_\(name)"] = configuration
        configuration.layerScale = 0
        configuration.responseNorm = true
        found["convnextv2_\(name)"] = configuration
      }
      return found
    }()

    package var vectorSize: Int { widths.last ?? 0 }
    package func model(_ scope: Scope) -> any Backbone { ConvNeXt(scope, self) }

    package func check(_ checks: inout SettingChecks) {
      checks.whole(CodingKeys.imageSize, imageSize, 32...4096)
      for (key, values, most) in [(CodingKeys.depths, depths, 256), (.widths, widths, 8192)] {
        checks.require(
          values.count == 4 && values.allSatisfy { 1...most ~= $0 }, key,
          "takes four numbers from 1 to \(most)")
      }
      checks.number(CodingKeys.normEpsilon, normEpsilon, 0...1)
      if let headNormEpsilon { checks.number(CodingKeys.headNormEpsilon, headNormEpsilon, 0...1) }
      checks.number(CodingKeys.layerScale, layerScale, 0...1)
      checks.within(CodingKeys.normalization) { normalization.check(&$0) }
    }
  }

  private let stem: (convolution: Convolution2D, norm: LayerNorm)
  private let stages: [Stage]
  private let norm: LayerNorm

  package init(_ scope: Scope, _ configuration: Configuration) {
    let epsilon = configuration.normEpsilon
    stem = (
      Convolution2D(
        scope["stem"][0], inputs: 3, outputs: configuration.widths[0], size: 4, stride: 4,
        initializer: .truncatedNormal(deviation: 0.02), biasInitializer: .zeros),
      LayerNorm(scope["stem"][1], width: configuration.widths[0], epsilon: epsilon)
    )
    stages = (0..<4).map { Stage(scope["stages"][$0], number: $0, configuration) }
    norm = LayerNorm(
      scope["head.norm"], width: configuration.vectorSize, epsilon: configuration.headNormEpsilon ?? epsilon)
  }

  // Pictures lie as [frames, height, width, channels], which norms and linear layers want; a convolution sees them by a
  // view that libtorch knows as channels-last.

  package func callAsFunction(_ frames: Tensor, _ mode: Mode) -> Tensor {
    let x = stem.norm(stem.convolution(frames).channelsLast)  // [frames, size / 4, size / 4, width]
    let last = stages.reduce(x) { $1($0) }  // [frames, size / 32, size / 32, width]
    return norm(last.mean(along: 1, 2))  // [frames, width]
  }

  private struct Stage {
    /// Halves height and width; the first stage has none.
    let downsample: (norm: LayerNorm, convolution: Convolution2D)?
    let blocks: [Block]

    init(_ scope: Scope, number: Int, _ configuration: Configuration) {
      let width = configuration.widths[number]
      if number > 0 {
        let inputs = configuration.widths[number - 1]
        downsample = (
          LayerNorm(scope["downsample"][0], width: inputs, epsilon: configuration.normEpsilon),
          Convolution2D(
            scope["downsample"][1], inputs: inputs, outputs: width, size: 2, stride: 2,
            initializer: .truncatedNormal(deviation: 0.02), biasInitializer: .zeros)
        )
      } else {
        downsample = nil
      }
      blocks = (0..<configuration.depths[number]).map {
        Block(scope["blocks"][$0], width: width, configuration)
      }
    }

    func callAsFunction(_ input: Tensor) -> Tensor {
      let x =
        downsample.map { $0.convolution($0.norm(input).channelsFirst).channelsLast } ?? input
      return blocks.reduce(x) { $1($0) }
    }
  }

  /// A window of 7×7 of each channel alone, then an MLP over the channels of each place.
  private struct Block {
    let depthwise: Convolution2D
    let norm: LayerNorm
    let expansion: Linear
    let responseNorm: ResponseNorm?
    let projection: Linear
    let scale: Tensor?
    let activation: Activation

    init(_ scope: Scope, width: Int, _ configuration: Configuration) {
      depthwise = Convolution2D(
        scope["conv_dw"], inputs: width, outputs: width, size: 7, padding: .zeros(3), groups: width,
        initializer: .truncatedNormal(deviation: 0.02), biasInitializer: .zeros)
      norm = LayerNorm(scope["norm"], width: width, epsilon: configuration.normEpsilon)
      expansion = Linear(scope["mlp.fc1"], inputs: width, outputs: 4 * width)
      responseNorm = configuration.responseNorm ? ResponseNorm(scope["mlp.grn"], width: 4 * width) : nil
      projection = Linear(scope["mlp.fc2"], inputs: 4 * width, outputs: width)
      scale =
        configuration.layerScale > 0
        ? scope.parameter("gamma", shape: [width], .constant(configuration.layerScale)) : nil
      activation = configuration.activation
    }

    /// `[frames, height, width, channels]` → the same.
    func callAsFunction(_ input: Tensor) -> Tensor {
      var x = norm(depthwise(input.channelsFirst).channelsLast)
      x = activation(expansion(x))  // [frames, height, width, 4 * channels]
      if let responseNorm { x = responseNorm(x) }
      x = projection(x)  // [frames, height, width, channels]
      return input + (scale.map { x * $0 } ?? x)
    }
  }

  /// Global response normalisation: each channel's length over the image, relative to the mean of all channels, weighs it.
  private struct ResponseNorm {
    let weight: Tensor
    let bias: Tensor

    init(_ scope: Scope, width: Int) {
      weight = scope.parameter("weight", shape: [width], .zeros)
      bias = scope.parameter("bias", shape: [width], .zeros)
    }

    /// `[frames, height, width, channels]` → the same.
    func callAsFunction(_ x: Tensor) -> Tensor {
      let lengths = x.norm(along: 1, 2)  // [frames, 1, 1, channels]
      let relative = lengths / (lengths.mean(along: 3, keepingDimension: true) + 1e-6)
      return x + x * relative * weight + bias
    }
  }
}

extension Tensor {
  /// `[images, channels, height, width]` as `[images, height, width, channels]`.
  fileprivate var channelsLast: Tensor { permuted([0, 2, 3, 1]) }
  /// The other way round.
  fileprivate var channelsFirst: Tensor { permuted([0, 3, 1, 2]) }
}
