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

  enum CodingKeys: String, CodingKey {
    case name
    case inputSize = "input_size"
    case vectorSize = "vector_size"
    case parameters
  }

  package init(name: String, _ configuration: BackboneConfiguration) {
    self.name = name
    inputSize = configuration.imageSize
    vectorSize = configuration.vectorSize
    parameters = Self.parameters(of: configuration)
  }

  package static func parameters(of configuration: BackboneConfiguration) -> Int {
    let store = ParameterStore(on: .shapesOnly)
    _ = configuration.model(store.root)
    return store.count
  }

  package static var all: [KnownModel] {
    BackboneConfiguration.published.sorted { $0.key < $1.key }.map { KnownModel(name: $0.key, $0.value) }
  }

  /// What can be read, a line each.
  package static let formats = [
    "backbones: timm's folders of these architectures, Hugging Face's of any size: "
      + HuggingFaceFamily.allCases.map(\.rawValue).joined(separator: ", "),
    "text encoders: Hugging Face's " + BERTFamily.allCases.map(\.rawValue).joined(separator: ", ")
      + " (hfl's RoBERTa-wwm-ext and MacBERT are bert), with their tokenizers",
    "formats: in a folder the first of \(PublishedWeights.names.joined(separator: ", ")); inspect, and --backbone for "
      + "CLIP as its authors published it, take a file of safetensors or torch.save by any name; nothing is executed",
  ]
}
