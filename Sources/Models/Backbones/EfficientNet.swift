package import NN
package import Storage
package import Torch

/// EfficientNet (Tan & Le, 2019) and EfficientNet-lite with timm's names and numerics (`timm.models.efficientnet`); the
/// vector of a frame is the mean over the places of the last convolution.
///
/// Checkpoints that are called `tf_…` were trained with TensorFlow's padding and epsilon: see `tensorFlow`. timm's
/// `classifier` is not read.
package struct EfficientNet: Backbone {
  package struct Configuration: BackboneArchitecture {
    /// Width and height of a frame in pixels.
    package var imageSize: Int
    package var stemChannels: Int
    /// Channels of each of the seven stages, multiples of 8.
    package var channels: [Int]
    /// Blocks of each stage.
    package var layers: [Int]
    /// Channels of the last convolution, which are the width of a frame's vector.
    package var headChannels: Int
    /// Whether a block weighs its channels by their means over the image.
    package var squeezeExcite: Bool
    package var activation: Activation
    package var padding: Padding
    package var batchNormEpsilon: Double
    /// Whether training, too, normalises by the running statistics: right for published weights and small batches.
    package var frozenStatistics: Bool
    package var normalization: ImageNormalization

    package enum Padding: String, Codable, Sendable, CaseIterable {
      /// As many zeros on each side.
      case symmetric
      /// TensorFlow's.
      case same
    }

    package init(
      imageSize: Int, stemChannels: Int, channels: [Int], layers: [Int], headChannels: Int,
      squeezeExcite: Bool = true, activation: Activation = .silu, padding: Padding = .symmetric,
      batchNormEpsilon: Double = 1e-5, frozenStatistics: Bool = false,
      normalization: ImageNormalization = .imageNet
    ) {
      self.imageSize = imageSize
      self.stemChannels = stemChannels
      self.channels = channels
      self.layers = layers
      self.headChannels = headChannels
      self.squeezeExcite = squeezeExcite
      self.activation = activation
      self.padding = padding
      self.batchNormEpsilon = batchNormEpsilon
      self.frozenStatistics = frozenStatistics
      self.normalization = normalization
    }

    enum CodingKeys: String, CodingKey {
      case imageSize = "img_size"
      case stemChannels = "stem_channels"
      case channels, layers
      case headChannels = "head_channels"
      case squeezeExcite = "squeeze_excite"
      case activation, padding
      case batchNormEpsilon = "bn_eps"
      case frozenStatistics = "frozen_statistics"
      case normalization
    }

    package var vectorSize: Int { headChannels }
    package func model(_ scope: Scope) -> any Backbone { EfficientNet(scope, self) }

    package func check(_ checks: inout SettingChecks) {
      checks.whole(CodingKeys.imageSize, imageSize, 32...4096)
      for (key, count) in [(CodingKeys.stemChannels, stemChannels), (.headChannels, headChannels)] {
        checks.whole(key, count, 1...8192)
      }
      checks.require(
        channels.count == 7 && channels.allSatisfy { 8...8192 ~= $0 && $0.isMultiple(of: 8) },
        CodingKeys.channels, "takes seven multiples of 8 up to 8192")
      checks.require(
        layers.count == 7 && layers.allSatisfy { 1...256 ~= $0 }, CodingKeys.layers,
        "takes seven numbers from 1 to 256")
      checks.number(CodingKeys.batchNormEpsilon, batchNormEpsilon, 0...1)
      checks.within(CodingKeys.normalization) { normalization.check(&$0) }
    }
  }

  // The seven stages as B0 was found: how many times a block widens its input, the size of its depthwise window, and
  // the stride of the first block.
  private static let expansions = [1, 6, 6, 6, 6, 6, 6]
  private static let windows = [3, 3, 5, 3, 5, 5, 3]
  private static let strides = [1, 2, 2, 2, 1, 2, 1]

  private let stem: NormedConvolution
  private let blocks: [Block]
  private let head: NormedConvolution
  private let activation: Activation

  package init(_ scope: Scope, _ configuration: Configuration) {
    stem = NormedConvolution(
      scope["conv_stem"], scope["bn1"], inputs: 3, outputs: configuration.stemChannels, size: 3, stride: 2,
      configuration)
    var inputs = configuration.stemChannels
    var blocks: [Block] = []
    for (stage, (count, channels)) in zip(configuration.layers, configuration.channels).enumerated() {
      for block in 0..<count {
        blocks.append(
          Block(
            scope["blocks"][stage][block], inputs: inputs, outputs: channels,
            expansion: Self.expansions[stage], window: Self.windows[stage],
            stride: block == 0 ? Self.strides[stage] : 1, configuration))
        inputs = channels
      }
    }
    self.blocks = blocks
    head = NormedConvolution(
      scope["conv_head"], scope["bn2"], inputs: inputs, outputs: configuration.headChannels, size: 1,
      configuration)
    activation = configuration.activation
  }

  package func callAsFunction(_ frames: Tensor, _ mode: Mode) -> Tensor {
    let x = activation(stem(frames.layingChannelsLast, mode))  // [frames, stem, size / 2, size / 2]
    let last = blocks.reduce(x) { $1($0, mode) }  // [frames, channels, size / 32, size / 32]
    return activation(head(last, mode)).mean(along: 2, 3)  // [frames, head]
  }

  /// An inverted bottleneck (MobileNetV2's): widened by 1×1, a window of each channel alone, narrowed by 1×1.
  private struct Block {
    /// Where the block does not widen its input there is none.
    let expansion: NormedConvolution?
    let depthwise: NormedConvolution
    let squeezeExcite: SqueezeExcite?
    let projection: NormedConvolution
    let isResidual: Bool
    let activation: Activation

    init(
      _ scope: Scope, inputs: Int, outputs: Int, expansion: Int, window: Int, stride: Int,
      _ configuration: Configuration
    ) {
      let isWide = expansion > 1
      let width = inputs * expansion
      self.expansion =
        isWide
        ? NormedConvolution(
          scope["conv_pw"], scope["bn1"], inputs: inputs, outputs: width, size: 1, configuration) : nil
      depthwise = NormedConvolution(
        scope["conv_dw"], scope[isWide ? "bn2" : "bn1"], inputs: width, outputs: width, size: window,
        stride: stride, groups: width, configuration)
      squeezeExcite =
        configuration.squeezeExcite
        ? SqueezeExcite(
          scope["se"], channels: width, reduced: max(1, inputs / 4), configuration.activation) : nil
      projection = NormedConvolution(
        scope[isWide ? "conv_pwl" : "conv_pw"], scope[isWide ? "bn3" : "bn2"], inputs: width,
        outputs: outputs, size: 1, configuration)
      isResidual = stride == 1 && inputs == outputs
      activation = configuration.activation
    }

    func callAsFunction(_ input: Tensor, _ mode: Mode) -> Tensor {
      var x = expansion.map { activation($0(input, mode)) } ?? input  // [frames, width, side, side]
      x = activation(depthwise(x, mode))  // [frames, width, side / stride, side / stride]
      if let squeezeExcite { x = squeezeExcite(x) }
      x = projection(x, mode)  // [frames, outputs, side / stride, side / stride]
      return isResidual ? x + input : x
    }
  }

  /// Weighs channels by what their means over the image say (Hu et al., 2018).
  private struct SqueezeExcite {
    let reduction: Convolution2D
    let expansion: Convolution2D
    let activation: Activation

    init(_ scope: Scope, channels: Int, reduced: Int, _ activation: Activation) {
      reduction = Convolution2D(
        scope["conv_reduce"], inputs: channels, outputs: reduced, size: 1,
        initializer: .kaiming(fanOut: reduced), biasInitializer: .zeros)
      expansion = Convolution2D(
        scope["conv_expand"], inputs: reduced, outputs: channels, size: 1,
        initializer: .kaiming(fanOut: channels), biasInitializer: .zeros)
      self.activation = activation
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
      let means = x.mean(along: 2, 3, keepingDimension: true)  // [frames, channels, 1, 1]
      return x * expansion(activation(reduction(means))).sigmoid()
    }
  }
}

extension NormedConvolution {
  /// - Parameter groups: which the first weights are the larger for.
  fileprivate init(
    _ scope: Scope, _ norm: Scope, inputs: Int, outputs: Int, size: Int, stride: Int = 1, groups: Int = 1,
    _ configuration: EfficientNet.Configuration
  ) {
    self.init(
      scope, norm: norm, inputs: inputs, outputs: outputs, size: size, stride: stride,
      padding: configuration.padding == .same ? .same : nil, groups: groups,
      fanOut: outputs / groups * size * size, epsilon: configuration.batchNormEpsilon,
      isFrozen: configuration.frozenStatistics)
  }
}
