import Dataset
import Storage
package import SystemPackage
import Torch

/// `config.json` of a baseline's folder: what the numbers in its `model.safetensors` mean.
package struct BaselineDescription: Codable, Sendable, Equatable {
  static let modelType = "framewise-linear-baseline"

  let input: BaselineInput
  /// Level 2, in the order of the weights.
  let categories: [String]
  /// Of each category.
  let prior: [Float]

  enum CodingKeys: String, CodingKey {
    case modelType = "model_type"
    case input, categories, prior
  }

  init(input: BaselineInput, categories: [String], prior: [Float]) {
    self.input = input
    self.categories = categories
    self.prior = prior
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func damaged(_ key: CodingKeys, _ reason: String) -> DecodingError {
      .dataCorruptedError(forKey: key, in: container, debugDescription: reason)
    }
    let type = try container.decode(String.self, forKey: .modelType)
    guard type == Self.modelType else { throw damaged(.modelType, "is '\(type)', not '\(Self.modelType)'") }
    input = try container.decode(BaselineInput.self, forKey: .input)
    categories = try container.decode([String].self, forKey: .categories)
    prior = try container.decode([Float].self, forKey: .prior)
    guard !categories.isEmpty, Set(categories).count == categories.count else {
      throw damaged(.categories, "names no category, or one twice")
    }
    guard prior.count == categories.count else {
      throw damaged(.prior, "has \(prior.count) numbers for \(categories.count) categories")
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(Self.modelType, forKey: .modelType)
    try container.encode(input, forKey: .input)
    try container.encode(categories, forKey: .categories)
    try container.encode(prior, forKey: .prior)
  }
}

extension LinearBaseline {
  private static let configName: FilePath.Component = "config.json"
  private static let weightsName: FilePath.Component = "model.safetensors"
  /// The tensors.
  private enum Name {
    static let ngrams = "text.ngrams"
    static let idf = "text.idf"
    static let mean = "vector.mean"
    static let deviation = "vector.deviation"
    static let weights = "weight"
  }

  /// The files that decide what is said.
  package static let fileNames = [configName, weightsName].map(\.string)

  package static func isComplete(_ path: FilePath) -> Bool {
    [configName, weightsName].allSatisfy { Folder.exists(path.appending($0)) }
  }

  /// Writes a folder; `config.json` last, so that a folder that has one is complete.
  package func write(to path: FilePath) throws {
    try Folder.create(path)
    let outputs = FirstLevels(categories).count + categories.count
    var tensors = [Name.weights: Tensor(weights, shape: [weights.count / outputs, outputs])]
    if let texts {
      tensors[Name.ngrams] = Tensor(texts.ngrams.map { Int64(bitPattern: $0) })
      tensors[Name.idf] = Tensor(texts.idf)
    }
    if let vectors {
      tensors[Name.mean] = Tensor(vectors.mean)
      tensors[Name.deviation] = Tensor(vectors.deviation)
    }
    try Safetensors.write(tensors, metadata: ["format": "pt"], to: path.appending(Self.weightsName))
    try JSONText.write(
      BaselineDescription(input: input, categories: categories, prior: prior),
      to: path.appending(Self.configName))
  }

  /// - Throws: `FileError`, `JSONError`, `SafetensorsError` where a file is missing or damaged.
  package init(reading path: FilePath) throws {
    let description = try JSONText.readSettings(
      BaselineDescription.self, from: path.appending(Self.configName))
    let file = try Safetensors(path.appending(Self.weightsName))
    func values<Element: TensorElement>(_ name: String, _ type: Element.Type) throws -> [Element] {
      let tensor = try file.tensor(name)
      guard tensor.type == Element.dataType, tensor.rank == 1 else {
        throw SafetensorsError(path: file.path, tensor: name, reason: "is no list of \(Element.dataType)")
      }
      return tensor.values(Element.self)
    }
    func equal<Value>(_ one: [Value], _ other: [some Any], _ name: String) throws -> [Value] {
      guard one.count == other.count else {
        throw SafetensorsError(path: file.path, tensor: name, reason: "is of another length than its pair")
      }
      return one
    }
    var (texts, vectors): (TFIDF?, VectorScaling?)
    if description.input.hasText {
      let ngrams = try values(Name.ngrams, Int64.self)
      texts = TFIDF(
        ngrams: ngrams.map { UInt64(bitPattern: $0) },
        idf: try equal(values(Name.idf, Float.self), ngrams, Name.idf))
    }
    if description.input.hasVectors {
      let mean = try values(Name.mean, Float.self)
      vectors = VectorScaling(
        mean: mean, deviation: try equal(values(Name.deviation, Float.self), mean, Name.deviation))
    }
    let weights = try file.tensor(Name.weights)
    let rows = (texts?.ngrams.count ?? 0) + (vectors?.mean.count ?? 0) + 1
    let shape = [rows, FirstLevels(description.categories).count + description.categories.count]
    guard weights.type == .float32, weights.shape == shape else {
      throw SafetensorsError(
        path: file.path, tensor: Name.weights, reason: "is \(weights.shape), expected \(shape) in float32")
    }
    self.init(
      categories: description.categories, input: description.input, prior: description.prior, texts: texts,
      vectors: vectors, weights: weights.values(Float.self))
  }
}
