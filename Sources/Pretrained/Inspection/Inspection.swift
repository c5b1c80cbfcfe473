package import Batching
import Models
import NN
import Storage
package import SystemPackage
import Torch

/// What a folder or file of weights holds, and whether it can be taken.
package struct Inspection: Encodable {
  /// Such as `timm's resnet50`; nil of a file alone, which does not say.
  package private(set) var name: String?
  /// What `fit` would take it as.
  package private(set) var role: Role?
  package private(set) var parameters: Int?
  package private(set) var inputSize: Int?
  package private(set) var vectorSize: Int?
  /// Of a text encoder: tokens of a text at most, special ones included, and frames of a video.
  package private(set) var positions: Int?
  package private(set) var framing: Framing?
  package let tensors: [StoredTensor]
  /// Tensors that nothing here reads and that need not be.
  package private(set) var ignored: [String] = []
  /// All that keeps it from being taken, a line each.
  package private(set) var problems: [String] = []

  package enum Role: String, Encodable { case backbone, textEncoder = "text_encoder" }

  package struct StoredTensor: Encodable {
    package let name: String
    package let shape: [Int]
  }

  enum CodingKeys: String, CodingKey {
    case name, role, parameters
    case inputSize = "input_size"
    case vectorSize = "vector_size"
    case positions, framing, tensors, ignored, problems
  }

  /// - Throws: where there are no tensors that could be listed.
  package init(of path: FilePath) throws {
    let weights = Folder.isFolder(path) ? try PublishedWeights(in: path) : try PublishedWeights(path)
    let file = weights.file
    tensors = file.names.map { StoredTensor(name: $0, shape: file.shape(of: $0) ?? []) }
    let isFolder = Folder.isFolder(path)
    guard isFolder || CLIPFile.isLikely(file) else { return }
    do {
      if try !isFolder || PublishedBackbone.isOne(path) {
        try take(try PublishedBackbone(reading: path))
      } else {
        try take(try PublishedTextEncoder(reading: path))
      }
    } catch let error as CheckpointError {
      problems += error.problems
    } catch let error as any ReportableError {
      problems.append(error.description)
    }
  }

  private mutating func take(_ backbone: PublishedBackbone) throws {
    let configuration = backbone.description.configuration
    (name, role) = (backbone.description.name, .backbone)
    (inputSize, vectorSize, framing) = (
      configuration.imageSize, configuration.vectorSize, backbone.description.framing
    )
    let store = ParameterStore(sources: [backbone.source(at: "backbone", for: configuration)])
    _ = configuration.model(store.root["backbone"])
    try finish(store, elsewhere: backbone.elsewhere)
  }

  private mutating func take(_ text: PublishedTextEncoder) throws {
    (name, role, vectorSize) = (text.name, .textEncoder, text.configuration.hiddenSize)
    positions = text.configuration.positions
    let store = ParameterStore(sources: [text.fusionSource(at: "fusion")])
    let fusion = FusionConfiguration(text: text.configuration, visualEmbeddingSize: 1)
    _ = fusion.encoder(store.root["fusion"])
    try finish(store)
  }

  /// - Parameter elsewhere: tensors that belong to other parts of what was published.
  private mutating func finish(_ store: ParameterStore, elsewhere: [String] = []) throws {
    parameters = store.count
    try store.finish()
    ignored = (store.passedOver + elsewhere).sorted()
  }

  /// For people.
  package var lines: [String] {
    var lines: [String] = []
    if let name { lines.append("\(name), for --\(role == .backbone ? "backbone" : "text-encoder")") }
    if let parameters { lines.append("\(parameters) parameters, vectors of \(vectorSize ?? 0) numbers") }
    if let framing, let inputSize {
      lines.append(
        "input \(inputSize)×\(inputSize), \(framing.mode.rawValue), crop \(framing.crop), \(framing.interpolation.rawValue)"
      )
    }
    if let positions {
      lines.append("texts of \(positions) tokens and videos of \(positions) frames at most")
    }
    lines.append("\(tensors.count) tensors")
    lines += tensors.prefix(Self.listed).map { "  \($0.name) \($0.shape)" }
    if tensors.count > Self.listed {
      lines.append("  and \(tensors.count - Self.listed) more; --json has all")
    }
    if !ignored.isEmpty {
      let rest = ignored.count - Self.told
      lines.append(
        "passed over: \(ignored.prefix(Self.told).joined(separator: ", "))"
          + (rest > 0 ? " and \(rest) more; --json has all" : ""))
    }
    if name == nil, problems.isEmpty {
      lines.append("a file alone does not say which model it is: put a config.json beside it, in a folder")
    }
    lines += problems.prefix(Self.told).map { "does not fit: \($0)" }
    if problems.count > Self.told {
      lines.append("and \(problems.count - Self.told) more that do not fit; --json has all")
    }
    return lines
  }

  private static let listed = 12
  private static let told = 20
}
