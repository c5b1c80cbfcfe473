import Dataset
package import Inference
import Models
import NN
package import Pretrained
import Storage
package import SystemPackage
package import Text

/// The weights that a run was given to begin with.
package struct GivenWeights {
  package var backbone: GivenBackbone?
  package var text: PublishedTextEncoder?
  /// Of both in one.
  package var encoder: EncoderFolder?

  package init(
    backbone: GivenBackbone? = nil, text: PublishedTextEncoder? = nil, encoder: EncoderFolder? = nil
  ) {
    self.backbone = backbone
    self.text = text
    self.encoder = encoder
  }

  /// The tokenizer that comes with them; nil where none does.
  package var tokenizer: TokenizerFile? { text?.tokenizer ?? encoder?.tokenizer }

  func origin(of part: RunPart) throws -> WeightOrigin {
    if let backbone { return try backbone.origin(of: part) }
    guard let encoder, encoder.hasBackbone else { return WeightOrigin() }
    return WeightOrigin(VectorFolder.Origin(backbone: "the backbone of \(encoder.path)"))
  }
}

/// Where a backbone's weights come from: a published folder, or an earlier run, of which each fold gives its own.
package enum GivenBackbone {
  case published(PublishedBackbone)
  case run(RunBackbones)

  package init(reading path: FilePath) throws {
    if let run = try RunBackbones(reading: path) {
      self = .run(run)
    } else {
      self = .published(try PublishedBackbone(reading: path))
    }
  }

  package var description: BackboneDescription {
    switch self {
    case .published(let backbone): backbone.description
    case .run(let run): run.description
    }
  }

  var fingerprint: String {
    get throws {
      switch self {
      case .published(let backbone): try backbone.fingerprint
      case .run(let run): try run.fingerprint
      }
    }
  }

  func origin(of part: RunPart) throws -> WeightOrigin {
    switch self {
    case .published(let backbone): WeightOrigin(VectorFolder.Origin(backbone: backbone.description.name))
    case .run(let run): try run.origin(of: part)
    }
  }

  /// The weights as the backbone at `place` reads them.
  func source(
    for fold: RunPart, at place: String, of configuration: BackboneConfiguration
  ) throws -> WeightSource {
    switch self {
    case .published(let backbone): backbone.source(at: place, for: configuration)
    case .run(let run): try run.source(for: fold, at: place, of: configuration)
    }
  }
}

/// A training of a run: that of a fold, or that of all videos.
enum RunPart: Hashable {
  case fold(Int)
  case full
}

/// Weights that a run cannot begin with.
struct GivenWeightsError: ReportableError {
  let reason: String
  var kind = ErrorKind.badData

  var description: String { reason }
}
