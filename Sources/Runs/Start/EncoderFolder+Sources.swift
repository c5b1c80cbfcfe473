import Batching
import Inference
import Models
import NN
import Pretrained
import Torch

extension EncoderFolder {
  /// The weights as the backbone at `place` reads them.
  func backboneSource(at place: String) throws -> WeightSource {
    WeightSource(try weights(), at: place, under: "backbone.")
  }

  /// The weights as the fusion encoder at `place` reads them.
  /// - Parameter run: the encoder that they are for.
  func fusionSource(at place: String, for run: VideoTextEncoder.Configuration) throws -> WeightSource {
    let fresh = freshInFusion(of: run)
    return WeightSource(try weights(), at: place, under: "fusion.", ignoring: fresh, fresh: fresh)
  }

  /// What begins afresh: the projection of frames' vectors, unless it has learnt from such vectors as there are.
  func freshInFusion(of run: VideoTextEncoder.Configuration) -> [String] {
    let own = description.architecture
    let isSame =
      preparation.modality.hasFrames && (own.backbone == nil) == (run.backbone == nil)
      && own.vectorSize == run.vectorSize
    return isSame ? [] : FusionConfiguration.projection
  }
}
