import ArgumentParser
import Pretrained
import Runs
import Storage
import SystemPackage
import Terminal

struct ExportCommand: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a backbone or a text encoder as a folder that transformers or timm reads.",
    discussion: """
      hf: what transformers' from_pretrained takes, with preprocessor_config.json. timm: what \
      timm.create_model('local-dir:…') takes. safetensors: the tensors alone, under timm's names. A model that the other \
      library does not have is refused, rather than written as one that computes something else. With --part text-encoder \
      the encoder that reads the text, with its tokenizer; of a single stream, the layers that read frames as well.

      Examples:
        framewise export --to hf --model runs/first/fold-00/model --out exported
        framewise export --to hf --part text-encoder \\
          --model runs/first/fold-00/model --out encoder
        framewise export --to timm --model dinov2-base --out exported
      """)

  @Option(
    help:
      "A folder or file of published weights, or one model of a run, runs/first/fold-00/model; of a text encoder also what pretrain wrote."
  )
  var model: FilePath

  @Option(help: "What of it to write: its backbone or its text-encoder.")
  var part = Part.backbone

  enum Part: String, ExpressibleByArgument, CaseIterable {
    case backbone
    case textEncoder = "text-encoder"
  }

  @Option(help: "hf, timm or safetensors.")
  var to: BackboneExport.Layout

  @Option(help: "The folder to write; made if it is not there.")
  var out: OutputFolder

  @OptionGroup var overwriting: OverwriteOptions
  @OptionGroup var results: ResultOptions

  var files: CommandFiles {
    var files = CommandFiles()
    files.printsJSON = results.json
    files.read("--model", model)
    for name in part == .backbone ? BackboneExport.fileNames : TextEncoderExport.fileNames {
      files.make(
        "--out", out.path.appending(name), existing: .asked(overwrite: overwriting.overwrite), hasFolder: true
      )
    }
    return files
  }

  func run() throws {
    let (name, tensors) = try write()
    let summary = Summary(tensors: tensors, out: out.path.string)
    let console = Console.standard
    if results.json { return try console.result(json: summary) }
    try console.conclude("\(name): \(tensors) tensors\n\(out.path)", after: files)
  }

  private func write() throws -> (name: String, tensors: Int) {
    switch part {
    case .backbone:
      let backbone = try SingleBackbone(reading: model)
      let export = try BackboneExport(
        backbone.description, backbone.weights(), under: SingleBackbone.place + ".", to: to)
      try export.write(to: out.path)
      return (backbone.description.name, export.tensors)
    case .textEncoder:
      let encoder = try SingleTextEncoder(reading: model)
      let export = try TextEncoderExport(
        encoder.configuration, encoder.tokenizer, encoder.weights(), under: SingleTextEncoder.place + ".",
        to: to)
      try export.write(to: out.path)
      return (encoder.name, export.tensors)
    }
  }

  private struct Summary: Encodable {
    let tensors: Int
    let out: String
  }
}

extension BackboneExport.Layout: ExpressibleByArgument {}
