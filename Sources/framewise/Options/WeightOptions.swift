import ArgumentParser
import Inference
import Pretrained
import Runs
import Settings
import Storage
import SystemPackage

/// Weights to begin with; the same for all commands that train.
struct WeightOptions: ParsableArguments {
  @Option(
    help:
      "Published weights of a backbone, a folder of timm's, Hugging Face's or open_clip's or a file of CLIP's authors, or an earlier run, of which each fold takes its own backbone."
  )
  var backbone: FilePath?

  @Option(
    name: .customLong("text-encoder"),
    help:
      "Published weights of a BERT, RoBERTa, XLM-R, ModernBERT or DeBERTa in Hugging Face's layout (config.json, weights, tokenizer), whose tokenizer is then used."
  )
  var textEncoder: FilePath?

  @Option(
    name: .customLong("init"),
    help:
      "An encoder that framewise pretrain made: text encoder and tokenizer, and its backbone, if it has one."
  )
  var encoder: FilePath?

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
    guard backbone != nil || encoder != nil || freeze == nil else {
      throw ValidationError(
        "--freeze goes with --backbone or --init; a run that goes on has it in its configuration")
    }
    guard textEncoder == nil || encoder == nil else {
      throw ValidationError("--text-encoder goes without --init, which has a text encoder of its own")
    }
  }

  var files: CommandFiles {
    var files = CommandFiles()
    files.read("--backbone", backbone)
    files.read("--text-encoder", textEncoder)
    files.read("--init", encoder)
    return files
  }

  /// - Returns: nil where none are given.
  func read() throws -> GivenWeights? {
    guard backbone != nil || textEncoder != nil || encoder != nil else { return nil }
    let encoder = try encoder.map { try EncoderFolder(reading: $0) }
    guard backbone == nil || encoder?.hasBackbone != true else {
      throw ConfigurationError("--backbone", "goes without an --init that has a backbone of its own")
    }
    guard freeze == nil || backbone != nil || encoder?.hasBackbone == true else {
      throw ConfigurationError("--freeze", "wants a backbone, and this --init has none: give --backbone, too")
    }
    return GivenWeights(
      backbone: try backbone.map { try GivenBackbone(reading: $0) },
      text: try textEncoder.map { try PublishedTextEncoder(reading: $0) }, encoder: encoder)
  }

  /// Whether a tokenizer comes with the weights.
  var haveTokenizer: Bool { textEncoder != nil || encoder != nil }

  /// Lays what the weights bring with them over the preset.
  /// - Returns: what to tell the user.
  func begin(_ reader: inout ConfigurationReader, with weights: GivenWeights?) throws -> [String] {
    var notes: [String] = []
    func note(_ part: String, _ name: String, _ chosen: [String]) {
      let over =
        chosen.isEmpty
        ? "" : "; over the preset, under --config and --set: \(chosen.joined(separator: ", "))"
      notes.append("the \(part) is \(name)\(over)")
    }
    if let backbone = weights?.backbone?.description {
      note(
        "backbone", backbone.name,
        try reader.start(from: backbone, inputSize: inputSize, isFrozen: freeze == .backbone))
    }
    if let text = weights?.text { note("text encoder", text.name, try reader.start(from: text)) }
    if let encoder = weights?.encoder {
      note("encoder", "\(encoder.path)", try reader.start(from: encoder, isFrozen: freeze == .backbone))
    }
    return notes
  }
}
