package import Models
import NN
import Torch

/// An architecture that weights were published for, by the name that timm gives it.
package struct KnownModel: Encodable, Sendable {
  package let name: String
  /// Pixels along a side.
  package let inputSize: Int
  package let vectorSize: Int
  package let parameters: Int
  /// Of one frame; what papers give as FLOPs.
  package let multiplyAdds: Int

  enum CodingKeys: String, CodingKey {
    case name
    case inputSize = "input_size"
    case vectorSize = "vector_size"
    case parameters
    case multiplyAdds = "multiply_adds"
  }

  package init(name: String, _ configuration: BackboneConfiguration) {
    self.name = name
    inputSize = configuration.imageSize
    vectorSize = configuration.vectorSize
    let store = ParameterStore(on: .shapesOnly)
    let model = configuration.model(store.root)
    parameters = store.count
    let side = configuration.imageSize
    multiplyAdds = MultiplyAdds.counting {
      _ = model(.zeros([1, 3, side, side], on: .shapesOnly), .evaluation)
    }
  }

  package static var all: [KnownModel] {
    BackboneConfiguration.published.sorted { $0.key < $1.key }.map { KnownModel(name: $0.key, $0.value) }
  }
}

/// A text encoder that weights were published for, by the name that Hugging Face's folder has.
package struct KnownTextEncoder: Encodable, Sendable {
  package let name: String
  package let vectorSize: Int
  /// Tokens of a text at most.
  package let positions: Int
  package let parameters: Int

  enum CodingKeys: String, CodingKey {
    case name
    case vectorSize = "vector_size"
    case positions, parameters
  }

  package init(name: String, _ configuration: TextEncoderConfiguration) {
    self.name = name
    vectorSize = configuration.hiddenSize
    positions = configuration.positions
    let store = ParameterStore(on: .shapesOnly)
    _ = TextEncoder(store.root, configuration)
    parameters = store.count
  }

  package static var all: [KnownTextEncoder] {
    TextEncoderConfiguration.published.sorted { $0.key < $1.key }.map {
      KnownTextEncoder(name: $0.key, $0.value)
    }
  }
}

/// All that can be read, for people and programs.
package struct KnownModels: Encodable, Sendable {
  package let backbones: [KnownModel]
  /// Families of which Hugging Face's folders are read, of any size.
  package let families: [String]
  package let textEncoders: [KnownTextEncoder]
  /// The same of text encoders.
  package let textFamilies: [String]
  /// Names of files of weights, the first that is in a folder counts.
  package let weightFiles: [String]

  package init() {
    backbones = KnownModel.all
    families = HuggingFaceFamily.allCases.map(\.rawValue)
    textEncoders = KnownTextEncoder.all
    textFamilies = TextEncoderFamily.allCases.map(\.rawValue)
    weightFiles = PublishedWeights.names
  }

  enum CodingKeys: String, CodingKey {
    case backbones, families
    case textEncoders = "text_encoders"
    case textFamilies = "text_families"
    case weightFiles = "weight_files"
  }

  /// What stands below the table of the backbones.
  package var lines: [String] {
    [
      "GFLOPs: of a frame, multiply-adds as papers count them",
      "backbones: timm's folders of these architectures, Hugging Face's of any size: "
        + families.joined(separator: ", "),
      "text encoders: Hugging Face's of any size, " + textFamilies.joined(separator: ", ")
        + " (hfl's RoBERTa-wwm-ext and MacBERT are bert), with their tokenizers",
      "formats: in a folder the first of \(weightFiles.joined(separator: ", ")); inspect, and --backbone for "
        + "CLIP as its authors published it, take a file of safetensors or torch.save by any name; nothing is executed",
    ]
  }
}
