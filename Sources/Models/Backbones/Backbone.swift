package import NN
package import Storage
package import Torch

/// What turns a frame into a vector. A backbone is one file beside this one, one case here, and one row of the test that
/// holds all of them to their published implementations.
package protocol Backbone {
  /// `[frames, 3, size, size]`, normalised → the vector of each frame `[frames, width]`.
  func callAsFunction(_ frames: Tensor, _ mode: Mode) -> Tensor
}

/// What a kind of backbone has to say of itself.
package protocol BackboneArchitecture: Codable, Sendable, Equatable {
  /// Width of a frame's vector.
  var vectorSize: Int { get }
  /// Width and height of a frame in pixels.
  var imageSize: Int { get set }
  /// What its pixels are expected to be.
  var normalization: ImageNormalization { get set }

  func model(_ scope: Scope) -> any Backbone
  /// Notes what no model can be made from.
  func check(_ checks: inout SettingChecks)
}

/// The configuration of a backbone, told from others by its `architecture`.
package indirect enum BackboneConfiguration: Sendable, Equatable {
  case vit(VisionTransformer.Configuration)
  case resNet(ResNet.Configuration)
  case efficientNet(EfficientNet.Configuration)
  case resNeSt(ResNeSt.Configuration)
  case convNeXt(ConvNeXt.Configuration)
  case swin(SwinTransformer.Configuration)
  case pair(BackbonePair.Configuration)

  /// What stands under `architecture`.
  package enum Name: String, CaseIterable, Codable, Sendable {
    case vit
    case resNet = "resnet"
    case efficientNet = "efficientnet"
    case resNeSt = "resnest"
    case convNeXt = "convnext"
    case swin, pair
  }

  package var name: Name {
    switch self {
    case .vit: .vit
    case .resNet: .resNet
    case .efficientNet: .efficientNet
    case .resNeSt: .resNeSt
    case .convNeXt: .convNeXt
    case .swin: .swin
    case .pair: .pair
    }
  }

  /// The one that is meant where an architecture is named without more.
  package init(default name: Name) {
    switch name {
    case .vit: self = .vit(.small)
    case .resNet: self = .resNet(.resNet50)
    case .efficientNet: self = .efficientNet(.b0)
    case .resNeSt: self = .resNeSt(.resNeSt50)
    case .convNeXt: self = .convNeXt(.tiny)
    case .swin: self = .swin(.tiny)
    case .pair: self = .pair(.efficientNetAndResNeSt)
    }
  }

  /// The sizes that weights were published for, by the names that timm has for them.
  package static let published: [String: BackboneConfiguration] = [
    VisionTransformer.Configuration.published.mapValues(BackboneConfiguration.vit),
    ResNet.Configuration.published.mapValues(BackboneConfiguration.resNet),
    EfficientNet.Configuration.published.mapValues(BackboneConfiguration.efficientNet),
    ResNeSt.Configuration.published.mapValues(BackboneConfiguration.resNeSt),
    ConvNeXt.Configuration.published.mapValues(BackboneConfiguration.convNeXt),
    SwinTransformer.Configuration.published.mapValues(BackboneConfiguration.swin),
  ].reduce(into: [:]) { all, sizes in all.merge(sizes) { one, _ in one } }

  package var architecture: any BackboneArchitecture {
    switch self {
    case .vit(let configuration): configuration
    case .resNet(let configuration): configuration
    case .efficientNet(let configuration): configuration
    case .resNeSt(let configuration): configuration
    case .convNeXt(let configuration): configuration
    case .swin(let configuration): configuration
    case .pair(let configuration): configuration
    }
  }

  package var vectorSize: Int { architecture.vectorSize }
  package var imageSize: Int {
    get { architecture.imageSize }
    set { self = changed(imageSize: newValue) }
  }
  package var normalization: ImageNormalization {
    get { architecture.normalization }
    set { self = changed(normalization: newValue) }
  }
  package func model(_ scope: Scope) -> any Backbone { architecture.model(scope) }
  package func check(_ checks: inout SettingChecks) { architecture.check(&checks) }
}

extension BackboneConfiguration {
  private func changed(imageSize: Int? = nil, normalization: ImageNormalization? = nil) -> Self {
    func changed<Architecture: BackboneArchitecture>(_ configuration: Architecture) -> Architecture {
      var configuration = configuration
      if let imageSize { configuration.imageSize = imageSize }
      if let normalization { configuration.normalization = normalization }
      return configuration
    }
    return switch self {
    case .vit(let configuration): .vit(changed(configuration))
    case .resNet(let configuration): .resNet(changed(configuration))
    case .efficientNet(let configuration): .efficientNet(changed(configuration))
    case .resNeSt(let configuration): .resNeSt(changed(configuration))
    case .convNeXt(let configuration): .convNeXt(changed(configuration))
    case .swin(let configuration): .swin(changed(configuration))
    case .pair(let configuration): .pair(changed(configuration))
    }
  }
}

extension BackboneConfiguration: Codable {
  package enum CodingKeys: String, CodingKey { case architecture }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let given = try container.decode(String.self, forKey: .architecture)
    guard let name = Name(rawValue: given) else {
      throw DecodingError.dataCorruptedError(
        forKey: .architecture, in: container,
        debugDescription: "is '\(given)', must be \(Name.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    switch name {
    case .vit: self = .vit(try .init(from: decoder))
    case .resNet: self = .resNet(try .init(from: decoder))
    case .efficientNet: self = .efficientNet(try .init(from: decoder))
    case .resNeSt: self = .resNeSt(try .init(from: decoder))
    case .convNeXt: self = .convNeXt(try .init(from: decoder))
    case .swin: self = .swin(try .init(from: decoder))
    case .pair: self = .pair(try .init(from: decoder))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name.rawValue, forKey: .architecture)
    try architecture.encode(to: encoder)
  }
}

/// What there is to see of the videos of a batch.
package enum Pictures {
  /// Pixels, normalised, `[frames, 3, size, size]`.
  case frames(Tensor)
  /// What a backbone has made of frames before, `[frames, width]`.
  case vectors(Tensor)
}
