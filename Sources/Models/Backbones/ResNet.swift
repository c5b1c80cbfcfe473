package import NN
package import Storage
package import Torch

/// ResNet (He et al., 2016) with timm's names and numerics (`timm.models.resnet`); the vector of a frame is the mean over
/// the places of the last stage.
package struct ResNet: Backbone {
  package struct Configuration: BackboneArchitecture {
    /// Width and height of a frame in pixels.
    package var imageSize: Int
    package var block: Block
    /// Blocks of each stage.
    package var layers: [Int]
    /// Channels of each stage, before a bottleneck's expansion.
    package var channels: [Int]
    /// Whether training, too, normalises by the running statistics: right for published weights and small batches.
    package var frozenStatistics: Bool
    package var normalization: ImageNormalization

    package enum Block: String, Codable, Sendable, CaseIterable {
      /// Two convolutions of 3×3.
      case basic
      /// 1×1, 3×3 and 1×1, the last with four times the channels.
      case bottleneck

      package var expansion: Int { self == .bottleneck ? 4 : 1 }
    }

    package init(
      imageSize: Int = 224, block: Block, layers: [Int], channels: [Int] = [64, 128, 256, 512],
      frozenStatistics: Bool = false, normalization: ImageNormalization = .imageNet
    ) {
      self.imageSize = imageSize
      self.block = block
      self.layers = layers
      self.channels = channels
      self.frozenStatistics = frozenStatistics
      self.normalization = normalization
    }

    enum CodingKeys: String, CodingKey {
      case imageSize = "img_size"
      case block, layers, channels
      case frozenStatistics = "frozen_statistics"
      case normalization
    }

    package static let resNet18 = Configuration(block: .basic, layers: [2, 2, 2, 2])
    package static let resNet34 = Configuration(block: .basic, layers: [3, 4, 6, 3])
    package static let resNet50 = Configuration(block: .bottleneck, layers: [3, 4, 6, 3])
    package static let resNet101 = Configuration(block: .bottleneck, layers: [3, 4, 23, 3])

    package static let published = [
      "resnet18": resNet18, "resnet34": resNet34, "resnet50": resNet50, "resnet101": resNet101,
    ]

    package var vectorSize: Int { (channels.last ?? 0) * block.expansion }
    package func model(_ scope: Scope) -> any Backbone { ResNet(scope, self) }

    package func check(_ checks: inout SettingChecks) {
      checks.whole(CodingKeys.imageSize, imageSize, 32...4096)
      checks.require(
        layers.count == 4 && layers.allSatisfy { 1...256 ~= $0 }, CodingKeys.layers,
        "takes four numbers from 1 to 256")
      checks.require(
        channels.count == 4 && channels.allSatisfy { 1...8192 ~= $0 }, CodingKeys.channels,
        "takes four numbers from 1 to 8192")
      checks.within(CodingKeys.normalization) { normalization.check(&$0) }
    }
  }

  /// Channels of the stem, whatever the stages have.
  private static let stemChannels = 64

  private let stem: NormedConvolution
  private let stages: [[Residual]]

  package init(_ scope: Scope, _ configuration: Configuration) {
    stem = NormedConvolution(
      scope["conv1"], norm: scope["bn1"], inputs: 3, outputs: Self.stemChannels, size: 7, stride: 2,
      isFrozen: configuration.frozenStatistics)
    var inputs = Self.stemChannels
    var stages: [[Residual]] = []
    for (stage, (count, channels)) in zip(configuration.layers, configuration.channels).enumerated() {
      stages.append(
        (0..<count).map { block in
          defer { inputs = channels * configuration.block.expansion }
          return Residual(
            scope["layer\(stage + 1)"][block], inputs: inputs, channels: channels,
            stride: stage > 0 && block == 0 ? 2 : 1, configuration)
        })
    }
    self.stages = stages
  }

  package func callAsFunction(_ frames: Tensor, _ mode: Mode) -> Tensor {
    features(frames, mode).mean(along: 2, 3)  // [frames, width]
  }

  /// The last stage's output, `[frames, width, size / 32, size / 32]`.
  package func features(_ frames: Tensor, _ mode: Mode) -> Tensor {
    let x = stem(frames.layingChannelsLast, mode).relu()  // [frames, 64, size / 2, size / 2]
      .maximumPooled(size: 3, stride: 2, padding: 1)  // [frames, 64, size / 4, size / 4]
    return stages.reduce(x) { x, blocks in blocks.reduce(x) { $1($0, mode) } }
  }

  /// Some convolutions, each with its norm, added to what goes past them.
  private struct Residual {
    let convolutions: [NormedConvolution]
    /// Where the shapes differ.
    let shortcut: NormedConvolution?

    init(_ scope: Scope, inputs: Int, channels: Int, stride: Int, _ configuration: Configuration) {
      let outputs = channels * configuration.block.expansion
      let isFrozen = configuration.frozenStatistics
      let sizes = configuration.block == .bottleneck ? [1, 3, 1] : [3, 3]
      // timm strides in the 3×3.
      let strided = configuration.block == .bottleneck ? 1 : 0
      convolutions = sizes.enumerated().map { number, size in
        let isLast = number == sizes.count - 1
        return NormedConvolution(
          scope["conv\(number + 1)"], norm: scope["bn\(number + 1)"], inputs: number == 0 ? inputs : channels,
          outputs: isLast ? outputs : channels, size: size, stride: number == strided ? stride : 1,
          isFrozen: isFrozen, beginsAtZero: isLast)
      }
      shortcut =
        stride > 1 || inputs != outputs
        ? NormedConvolution(
          scope["downsample.0"], norm: scope["downsample.1"], inputs: inputs, outputs: outputs, size: 1,
          stride: stride, isFrozen: isFrozen) : nil
    }

    func callAsFunction(_ input: Tensor, _ mode: Mode) -> Tensor {
      let last = convolutions.count - 1
      let x = convolutions.enumerated().reduce(input) { x, layer in
        layer.offset < last ? layer.element(x, mode).relu() : layer.element(x, mode)
      }
      return (x + (shortcut.map { $0(input, mode) } ?? input)).relu()
    }
  }
}
