import ArgumentParser
import Configuration
import Pretrained
import Runs
import Storage
import SystemPackage

/// Weights to begin with; the same for all commands that train.
struct WeightOptions: ParsableArguments {
  @Option(
    help:
      "Published weights of a backbone, in timm's layout (config.json and weights), or an earlier run, of which each fold takes its own backbone."
  )
  var backbone: FilePath?

  @Option(
    name: .customLong("input-size"),
    help: "Pixels along a side of the backbone's input; default: the weights' own.")
  var inputSize: Int?

  @Option(help: "What does not learn: backbone, whose vectors are then computed once and kept with the run.")
  var freeze: Freezing?

  enum Freezing: String, ExpressibleByArgument, CaseIterable { case backbone }

  func validate() throws {
    guard 1...4096 ~= inputSize ?? 1 else { throw ValidationError("--input-size is 1 to 4096") }
    guard backbone != nil || inputSize == nil else {
      throw ValidationError("--input-size goes with --backbone; otherwise --set backbone.img_size says it")
    }
    guard backbone != nil || freeze == nil else {
      throw ValidationError("--freeze goes with --backbone; a run that goes on has it in its configuration")
    }
  }

  var files: CommandFiles {
    var files = CommandFiles()
    files.read("--backbone", backbone)
    return files
  }

  /// - Returns: nil where none are given.
  func read() throws -> GivenWeights? {
    try backbone.map { GivenWeights(backbone: try GivenBackbone(reading: $0)) }
  }

  /// Lays what the weights bring with them over the preset.
  /// - Returns: what to tell the user.
  func begin(_ reader: inout ConfigurationReader, with weights: GivenWeights?) throws -> [String] {
    guard let backbone = weights?.backbone?.description else { return [] }
    let chosen = try reader.start(from: backbone, inputSize: inputSize, isFrozen: freeze == .backbone)
    return [
      "the backbone is \(backbone.name); over the preset, under --config and --set: \(chosen.joined(separator: ", "))"
    ]
  }
}
