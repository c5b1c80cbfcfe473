package import NN
package import Storage
package import Torch

/// Two backbones that see the same frames; the vector of a frame is theirs side by side. Image competitions are won with
/// EfficientNet-B3 and ResNeSt-50 so.
///
/// Frames are normalised as the first one wants them, and changed to what the second one wants where that is something else.
package struct BackbonePair: Backbone {
  package struct Configuration: BackboneArchitecture {
    package var first: BackboneConfiguration
    package var second: BackboneConfiguration

    package init(first: BackboneConfiguration, second: BackboneConfiguration) {
      self.first = first
      self.second = second
    }

    enum CodingKeys: String, CodingKey { case first, second }

    package static let efficientNetAndResNeSt: Configuration = {
      var efficientNet = EfficientNet.Configuration.b3
      efficientNet.imageSize = ResNeSt.Configuration.resNeSt50.imageSize
      return Configuration(first: .efficientNet(efficientNet), second: .resNeSt(.resNeSt50))
    }()

    package var vectorSize: Int { first.vectorSize + second.vectorSize }
    package var imageSize: Int {
      get { first.imageSize }
      set {
        first.imageSize = newValue
        second.imageSize = newValue
      }
    }
    package var normalization: ImageNormalization {
      get { first.normalization }
      set { first.normalization = newValue }
    }
    package func model(_ scope: Scope) -> any Backbone { BackbonePair(scope, self) }

    package func check(_ checks: inout SettingChecks) {
      for (key, part) in [(CodingKeys.first, first), (.second, second)] {
        checks.require(part.name != .pair, key, "is a pair of its own")
        checks.within(key) { part.check(&$0) }
      }
      checks.require(
        first.imageSize == second.imageSize, CodingKeys.second,
        "takes an img_size of \(second.imageSize), the first \(first.imageSize)")
    }
  }

  private let first: any Backbone
  private let second: any Backbone
  /// From the first one's pixels to the second one's, `[1, 3, 1, 1]` each: what they are multiplied by, and what is added;
  /// nil where they are the same.
  private let change: (factor: Tensor, shift: Tensor)?

  package init(_ scope: Scope, _ configuration: Configuration) {
    self.init(first: scope["first"], second: scope["second"], configuration)
  }

  /// Where each of the two comes from a checkpoint of its own.
  package init(first: Scope, second: Scope, _ configuration: Configuration) {
    let device = first.device
    self.first = configuration.first.model(first)
    self.second = configuration.second.model(second)
    let (one, other) = (configuration.first.normalization, configuration.second.normalization)
    func channels(_ value: (Int) -> Double) -> Tensor {
      Tensor((0..<3).map { Float(value($0)) }, shape: [1, 3, 1, 1]).to(device)
    }
    change =
      one == other
      ? nil
      : (
        channels { one.deviation[$0] / other.deviation[$0] },
        channels { (one.mean[$0] - other.mean[$0]) / other.deviation[$0] }
      )
  }

  package func callAsFunction(_ frames: Tensor, _ mode: Mode) -> Tensor {
    let others = change.map { (frames * $0.factor + $0.shift).to(frames.type) } ?? frames
    return .concatenated([first(frames, mode), second(others, mode)], along: 1)  // [frames, width]
  }
}
