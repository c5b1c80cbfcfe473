import ArgumentParser
import Pretrained
import Runs
import Settings
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
    name: .customLong("text-encoder"),
    help:
      "Published weights of a BERT, RoBERTa or XLM-R in Hugging Face's layout (config.json, weights, tokenizer), whose tokenizer is then used."
  )
  var textEncoder: FilePath?

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
    files.read("--text-encoder", textEncoder)
    return files
  }

  /// - Returns: nil where none are given.
  func read() throws -> GivenWeights? {
    guard backbone != nil || textEncoder != nil else { return nil }
    return GivenWeights(
      backbone: try backbone.map { try GivenBackbone(reading: $0) },
      text: try textEncoder.map { try PublishedTextEncoder(reading: $0) })
  }

  /// Lays what the weights bring with them over the preset.
  /// - Returns: what to tell the user.
  func begin(_ reader: inout ConfigurationReader, with weights: GivenWeights?) throws -> [String] {
    var notes: [String] = []
    func note(_ part: String, _ name: String, _ chosen: [String]) {
      notes.append(
        "the \(part) is \(name); over the preset, under --config and --set: \(chosen.joined(separator: ", "))"
      )
    }
    if let backbone = weights?.backbone?.description {
      note(
        "backbone", backbone.name,
        try reader.start(from: backbone, inputSize: inputSize, isFrozen: freeze == .backbone))
    }
    if let text = weights?.text { note("text encoder", text.name, try reader.start(from: text)) }
    return notes
  }
}
