package import Batching
package import Models
package import NN
package import Storage
package import SystemPackage
package import Text
package import Torch

/// What `pretrain` makes: a model folder without heads.
package struct EncoderFolder: Sendable {
  package let path: FilePath
  package let description: EncoderDescription
  package let preparation: InputPreparation
  package let tokenizer: TokenizerFile

  /// The weights are not looked at.
  /// - Throws: `NoEncoder` where the folder holds none, and what reading it throws.
  package init(reading path: FilePath) throws {
    let config = path.appending(ModelFolder.configName)
    guard Folder.exists(config) else { throw NoEncoder(path: path) }
    let description = try JSONText.readSettings(EncoderDescription.self, from: config)
    let preparationPath = path.appending(ModelFolder.preparationName)
    let preparation = try JSONText.readSettings(InputPreparation.self, from: preparationPath)
    var checks = SettingChecks()
    checks.within(EncoderDescription.CodingKeys.architecture) { description.architecture.check(&$0) }
    if let (key, reason) = checks.problem {
      throw JSONError.content(config, line: nil, problem: "\(key) \(reason)")
    }
    if let problem = preparation.problem(for: description.architecture) {
      throw JSONError.content(preparationPath, line: nil, problem: problem)
    }
    self.path = path
    self.description = description
    self.preparation = preparation
    tokenizer = try ModelFolder.tokenizer(path, for: description.architecture.fusion.text)
  }

  package var hasBackbone: Bool { description.architecture.backbone != nil }

  package func weights() throws -> Safetensors { try ModelFolder.weights(path) }

  /// Eight digits that tell these weights from others.
  package var fingerprint: String {
    get throws {
      var checksum = Checksum()
      try MappedFile(ModelFolder.weightsPath(path)).withBytes { checksum.add($0) }
      return checksum.text
    }
  }

  /// Writes a folder but for `config.json`, without which it is none.
  /// - Parameter weights: of which those of backbone and fusion encoder are taken.
  package static func write(
    _ weights: [ParameterStore.Weight], _ preparation: InputPreparation, _ tokenizer: TokenizerFile,
    to path: FilePath
  ) throws {
    try Folder.create(path)
    let own = weights.filter { $0.name.hasPrefix("backbone.") || $0.name.hasPrefix("fusion.") }
    try Safetensors.write(
      Dictionary(uniqueKeysWithValues: own.map { ($0.name, $0.tensor) }), metadata: ["format": "pt"],
      to: ModelFolder.weightsPath(path))
    try tokenizer.save(into: path)
    try JSONText.write(preparation, to: path.appending(ModelFolder.preparationName))
  }

  /// The file with which a folder is one.
  package static func last(_ path: FilePath) -> FilePath { path.appending(ModelFolder.configName) }

  package static func complete(_ description: EncoderDescription, at path: FilePath) throws(FileError) {
    try JSONText.write(description, to: last(path))
  }
}

/// `config.json` of an encoder's folder.
package struct EncoderDescription: Codable, Sendable, Equatable {
  package static let modelType = "framewise-encoder"

  package var architecture: VideoTextEncoder.Configuration
  /// What the weights are: those of the last step, or which mean of them.
  package var weights: PredictingWeights

  package init(architecture: VideoTextEncoder.Configuration, weights: PredictingWeights) {
    self.architecture = architecture
    self.weights = weights
  }

  enum CodingKeys: String, CodingKey {
    case modelType = "model_type"
    case weights, architecture
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(Self.modelType, forKey: .modelType)
    try container.encode(weights, forKey: .weights)
    try container.encode(architecture, forKey: .architecture)
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let type = try container.decode(String.self, forKey: .modelType)
    guard type == Self.modelType else {
      throw DecodingError.dataCorruptedError(
        forKey: .modelType, in: container, debugDescription: "is '\(type)', not '\(Self.modelType)'")
    }
    weights = try container.decode(PredictingWeights.self, forKey: .weights)
    architecture = try container.decode(VideoTextEncoder.Configuration.self, forKey: .architecture)
  }
}

/// A folder that should be an encoder of `pretrain`.
struct NoEncoder: ReportableError {
  let path: FilePath

  var kind: ErrorKind { .missingInput }
  var description: String {
    "\(path): holds no encoder: there is no config.json, which pretrain writes when it is done"
  }
}
