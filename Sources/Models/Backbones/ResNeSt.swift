package import NN
package import Storage
package import Torch

/// ResNeSt (Zhang et al., 2022) with timm's names and numerics (`timm.models.resnest`): a ResNet of bottlenecks whose 3×3
/// is two convolutions, of which each channel takes as much as their means over the image say. The vector of a frame is the
/// mean over the places of the last stage.
package struct ResNeSt: Backbone {
  package struct Configuration: BackboneArchitecture {
    /// Width and height of a frame in pixels.
    package var imageSize: Int
    /// Blocks of each stage.
    package var layers: [Int]
    /// Channels of each stage, a quarter of what it gives.
    package var channels: [Int]
    /// Channels of the first two convolutions, half of those of the third.
    package var stemWidth: Int
    /// Whether training, too, normalises by the running statistics: right for published weights and small batches.
    package var frozenStatistics: Bool
    package var normalization: ImageNormalization

    package init(
      imageSize: Int = 224, layers: [Int], channels: [Int] = [64, 128, 256, 512], stemWidth: Int = 32,
      frozenStatistics: Bool = false, normalization: ImageNormalization = .imageNet
    ) {
      self.imageSize = imageSize
      self.layers = layers
      self.channels = channels
      self.stemWidth = stemWidth
      self.frozenStatistics = frozenStatistics
      self.normalization = normalization
    }

    enum CodingKeys: String, CodingKey {
      case imageSize = "img_size"
      case layers, channels
      case stemWidth = "stem_width"
      case frozenStatistics = "frozen_statistics"
      case normalization
    }

    package static let resNeSt50 = Configuration(layers: [3, 4, 6, 3])

    /// By timm's names.
    package static let published = [
      "resnest50d": resNeSt50,
      "resnest101e": Configuration(imageSize: 256, layers: [3, 4, 23, 3], stemWidth: 64),
    ]

    package var vectorSize: Int { 4 * (channels.last ?? 0) }
    package func model(_ scope: Scope) -> any Backbone { ResNeSt(scope, self) }

    package func check(_ checks: inout SettingChecks) {
      checks.whole(CodingKeys.imageSize, imageSize, 32...4096)
      for (key, values, most) in [(CodingKeys.layers, layers, 256), (.channels, channels, 8192)] {
        checks.require(
          values.count == 4 && values.allSatisfy { 1...most ~= $0 }, key,
          "takes four numbers from 1 to \(most)")
      }
      checks.whole(CodingKeys.stemWidth, stemWidth, 1...8192)
      checks.within(CodingKeys.normalization) { normalization.check(&$0) }
    }
  }

  private let stem: [NormedConvolution]
  private let blocks: [Block]

  package init(_ scope: Scope, _ configuration: Configuration) {
    let width = configuration.stemWidth
    func normed(
      _ convolution: String, _ norm: String, inputs: Int, outputs: Int, stride: Int = 1
    ) -> NormedConvolution {
      NormedConvolution(
        scope[convolution], scope[norm], inputs: inputs, outputs: outputs, size: 3, stride: stride,
        configuration)
    }
    stem = [
      normed("conv1.0", "conv1.1", inputs: 3, outputs: width, stride: 2),
      normed("conv1.3", "conv1.4", inputs: width, outputs: width),
      normed("conv1.6", "bn1", inputs: width, outputs: 2 * width),
    ]
    var inputs = 2 * width
    var blocks: [Block] = []
    for (stage, (count, channels)) in zip(configuration.layers, configuration.channels).enumerated() {
      for block in 0..<count {
        blocks.append(
          Block(
            scope["layer\(stage + 1)"][block], inputs: inputs, channels: channels,
            stride: stage > 0 && block == 0 ? 2 : 1, configuration))
        inputs = 4 * channels
      }
    }
    self.blocks = blocks
  }

  package func callAsFunction(_ frames: Tensor, _ mode: Mode) -> Tensor {
    let x = stem.reduce(frames.layingChannelsLast) { $1($0, mode).relu() }
      .maximumPooled(size: 3, stride: 2, padding: 1)  // [frames, 2 * stem, size / 4, size / 4]
    return blocks.reduce(x) { $1($0, mode) }.mean(along: 2, 3)  // [frames, width]
  }

  private struct Block {
    let reduction: NormedConvolution
    let attention: SplitAttention
    let expansion: NormedConvolution
    /// Where the shapes differ.
    let shortcut: NormedConvolution?
    let stride: Int

    init(_ scope: Scope, inputs: Int, channels: Int, stride: Int, _ configuration: Configuration) {
      reduction = NormedConvolution(
        scope["conv1"], scope["bn1"], inputs: inputs, outputs: channels, size: 1, configuration)
      attention = SplitAttention(scope["conv2"], channels: channels, configuration)
      expansion = NormedConvolution(
        scope["conv3"], scope["bn3"], inputs: channels, outputs: 4 * channels, size: 1, isLast: true,
        configuration)
      shortcut =
        stride > 1 || inputs != 4 * channels
        ? NormedConvolution(
          scope["downsample.1"], scope["downsample.2"], inputs: inputs, outputs: 4 * channels, size: 1,
          configuration) : nil
      self.stride = stride
    }

    func callAsFunction(_ input: Tensor, _ mode: Mode) -> Tensor {
      var x = attention(reduction(input, mode).relu(), mode)  // [frames, channels, side, side]
      if stride > 1 { x = x.averagePooled(size: 3, stride: stride, padding: 1) }
      x = expansion(x, mode)  // [frames, 4 * channels, side / stride, side / stride]
      return (x + (shortcut.map { $0(pooled(input), mode) } ?? input)).relu()
    }

    /// The mean of what a stride passes over.
    private func pooled(_ input: Tensor) -> Tensor {
      stride > 1
        ? input.averagePooled(size: 2, stride: stride, coversRest: true, countsPadding: false) : input
    }
  }

  /// Two 3×3 convolutions of the same input, each seeing half of its channels, and their weighted sum: the weights of the two
  /// add up to 1 in each channel.
  private struct SplitAttention {
    static let radix = 2

    let convolution: NormedConvolution
    let reduction: NormedConvolution
    let expansion: Convolution2D

    init(_ scope: Scope, channels: Int, _ configuration: Configuration) {
      let parts = channels * Self.radix
      // Half of the channels, a multiple of 8 and 32 at least; not less by a tenth than wanted.
      let rounded = max(32, (channels / 2 + 4) / 8 * 8)
      let reduced = Double(rounded) < 0.9 * Double(channels) / 2 ? rounded + 8 : rounded
      convolution = NormedConvolution(
        scope["conv"], scope["bn0"], inputs: channels, outputs: parts, size: 3, groups: Self.radix,
        configuration)
      reduction = NormedConvolution(
        scope["fc1"], scope["bn1"], inputs: channels, outputs: reduced, size: 1, hasBias: true, configuration)
      expansion = Convolution2D(
        scope["fc2"], inputs: reduced, outputs: parts, size: 1, initializer: .kaiming(fanOut: parts))
    }

    /// `[frames, channels, height, width]` → the same.
    func callAsFunction(_ input: Tensor, _ mode: Mode) -> Tensor {
      let x = convolution(input, mode).relu()
      let (count, channels) = (x.size(0), x.size(1) / Self.radix)
      let parts = x.split([channels, channels], along: 1)
      let means = (parts[0] + parts[1]).mean(along: 2, 3, keepingDimension: true)
      let weights = expansion(reduction(means, mode).relu())  // [frames, 2 * channels, 1, 1]
        .reshaped([count, Self.radix, channels]).softmax(along: 1)
        .reshaped([count, Self.radix * channels, 1, 1]).split([channels, channels], along: 1)
      return parts[0] * weights[0] + parts[1] * weights[1]
    }
  }
}

extension NormedConvolution {
  fileprivate init(
    _ scope: Scope, _ norm: Scope, inputs: Int, outputs: Int, size: Int, stride: Int = 1, groups: Int = 1,
    hasBias: Bool = false, isLast: Bool = false, _ configuration: ResNeSt.Configuration
  ) {
    self.init(
      scope, norm: norm, inputs: inputs, outputs: outputs, size: size, stride: stride, groups: groups,
      hasBias: hasBias, isFrozen: configuration.frozenStatistics, beginsAtZero: isLast)
  }
}
