package import Batching
package import Models
package import NN
package import Storage
package import SystemPackage
package import Text
package import Torch

/// A model as a folder that says everything needed to use it: `config.json`, `model.safetensors`,
/// `preprocessor_config.json` and the tokenizer's files.
package struct ModelFolder {
  package let description: ModelDescription
  package let preparation: InputPreparation
  package let tokenizer: TokenizerFile
  /// With weights in the type that was asked for.
  package let model: VideoTextClassifier

  static let configName: FilePath.Component = "config.json"
  static let preparationName: FilePath.Component = "preprocessor_config.json"
  private static let weightsName: FilePath.Component = "model.safetensors"

  /// Reads a folder, its weights onto `device`.
  /// - Parameter type: in which layers compute.
  package init(reading path: FilePath, as type: DataType, on device: Device) throws {
    (description, preparation) = try Self.settings(path)
    tokenizer = try Self.tokenizer(path, for: description.architecture.encoder.fusion.text)
    let store = ParameterStore(checkpoint: try Self.weights(path), on: device)
    let architecture = description.architecture
    _ = VideoTextClassifier(store.root, architecture)
    try store.finish()
    let replicas = Replicas(of: store, as: type, on: Cores(1)) { VideoTextClassifier($0, architecture) }
    try replicas.refresh()
    model = replicas.models[0]
  }

  /// The files of such a folder that decide what the model predicts; whatever else lies there does not.
  package var fileNames: [String] {
    [Self.configName, Self.preparationName, Self.weightsName].map(\.string) + tokenizer.fileNames
  }

  /// What the folder says of its weights, checked; the weights themselves are not looked at.
  package static func settings(_ path: FilePath) throws -> (ModelDescription, InputPreparation) {
    let description = try JSONText.readSettings(ModelDescription.self, from: path.appending(configName))
    let preparation = try JSONText.readSettings(InputPreparation.self, from: path.appending(preparationName))
    if let problem = description.problem {
      throw JSONError.content(path.appending(configName), line: nil, problem: problem)
    }
    if let problem = preparation.problem(for: description.architecture.encoder) {
      throw JSONError.content(path.appending(preparationName), line: nil, problem: problem)
    }
    return (description, preparation)
  }

  /// - Throws: `CheckpointError` where it has more tokens than the encoder.
  package static func tokenizer(
    _ path: FilePath, for encoder: TextEncoderConfiguration
  ) throws -> TokenizerFile {
    let file = try TokenizerFile(reading: path)
    let (tokens, rows) = (file.tokenizer.vocabularySize, encoder.vocabularySize)
    guard tokens <= rows else {
      throw CheckpointError(
        path: path, problems: ["the tokenizer has \(tokens) tokens, the model's embedding \(rows) rows"])
    }
    return file
  }

  package static func weightsPath(_ path: FilePath) -> FilePath { path.appending(weightsName) }

  package static func weights(_ path: FilePath) throws -> Safetensors {
    try Safetensors(weightsPath(path))
  }

  /// Writes a folder; `config.json` last, so that a folder that has one is complete.
  package static func write(
    _ weights: [ParameterStore.Weight], _ description: ModelDescription, _ preparation: InputPreparation,
    _ tokenizer: TokenizerFile, to path: FilePath
  ) throws {
    try Folder.create(path)
    try Safetensors.write(
      Dictionary(uniqueKeysWithValues: weights.map { ($0.name, $0.tensor) }), metadata: ["format": "pt"],
      to: weightsPath(path))
    try tokenizer.save(into: path)
    try JSONText.write(preparation, to: path.appending(preparationName))
    try JSONText.write(description, to: path.appending(configName))
  }

  package static func isComplete(_ path: FilePath) -> Bool { Folder.exists(path.appending(configName)) }

  /// What a folder's `config.json` says that it is, whoever wrote it; nil where it says nothing.
  package static func type(_ path: FilePath) throws(JSONError) -> String? {
    struct Typed: Decodable {
      let type: String?

      enum CodingKeys: String, CodingKey { case type = "model_type" }
    }
    return try JSONText.read(Typed.self, from: path.appending(configName)).type
  }
}
