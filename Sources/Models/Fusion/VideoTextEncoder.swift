package import NN
package import Storage
package import Torch

/// Frames through a vision backbone, their vectors and the text's tokens through a fusion encoder: what the heads of every task
/// stand on.
package struct VideoTextEncoder {
  package struct Configuration: Codable, Sendable, Equatable {
    /// nil where the data are stored feature vectors, or the model reads text alone.
    package var backbone: BackboneConfiguration?
    package var fusion: FusionConfiguration

    package init(backbone: BackboneConfiguration?, fusion: FusionConfiguration) {
      self.backbone = backbone
      self.fusion = fusion
    }

    enum CodingKeys: String, CodingKey { case backbone, fusion }

    /// Notes what no model can be made from.
    package func check(_ checks: inout SettingChecks) {
      checks.within(CodingKeys.backbone) { backbone?.check(&$0) }
      checks.within(CodingKeys.fusion) { fusion.check(&$0, backbone: backbone) }
    }

    /// Width of a frame's vector.
    package var vectorSize: Int { fusion.visualEmbeddingSize }
  }

  package let configuration: Configuration
  private let backbone: (any Backbone)?
  private let fusion: any FusionEncoder

  package init(_ scope: Scope, _ configuration: Configuration) {
    self.configuration = configuration
    backbone = configuration.backbone?.model(scope["backbone"])
    fusion = configuration.fusion.encoder(scope["fusion"])
  }

  /// What an adversary attacks: the table of word embeddings, `[vocabulary, hidden]`.
  package var wordEmbeddings: Tensor { fusion.wordEmbeddings }

  /// The vector of each frame, `[frames, width]`.
  package func vectors(of pictures: Pictures, _ mode: Mode) -> Tensor {
    switch pictures {
    case .vectors(let vectors): return vectors
    case .frames(let frames):
      guard let backbone else { preconditionFailure("a model without a backbone was given frames") }
      guard frames.size(0) > 0 else {  // not one video of the batch has a frame
        return .zeros([0, configuration.vectorSize], type: frames.type, on: frames.device)
      }
      return backbone(frames, mode)
    }
  }

  /// - Parameter tokens: of the texts of all videos, `[tokens]` int64.
  /// - Parameter vectors: from `vectors(of:)`, those of a video end to end.
  package func callAsFunction(
    tokens: Tensor, vectors: Tensor, _ layout: VideoTextLayout, _ mode: Mode
  ) -> FusionOutput {
    self(embedded(tokens: tokens, vectors: vectors), type: vectors.type, layout, mode)
  }

  /// The first two steps of that, to go on from with `callAsFunction(_:type:_:_:)`.
  package func embedded(tokens: Tensor, vectors: Tensor) -> FusionInput {
    fusion.embedded(tokens: tokens, vectors: vectors)
  }

  package func callAsFunction(
    _ embedded: FusionInput, type: DataType, _ layout: VideoTextLayout, _ mode: Mode
  ) -> FusionOutput {
    fusion(embedded, segments: nil, positions: nil, type: type, layout, mode)
  }
}
