import ArgumentParser
import Dataset
import Storage
import SystemPackage
import Terminal
import Text

struct VocabCommand: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "vocab",
    abstract: "Make a tokenizer from the annotations' text.",
    discussion: """
      Trains a SentencePiece unigram model on titles, speech and on-screen text. Characters that are too rare for \
      a piece of their own are spelt in bytes, so no text is ever unknown. The same annotations give the same model.

      Beside the model a listing of its pieces is written (.vocab), unless it goes to a stream. With --out vocab/news \
      they are vocab/news/tokenizer.model and tokenizer.vocab.

      Examples:
        framewise vocab labeled.json --size 4000 --out vocab/news.model
        framewise vocab labeled.json unlabeled.json --out vocab/news
      """)

  @Argument(help: "Annotation files; labels are not needed; - is standard input.")
  var annotations: [InputFile]

  @Option(help: "Pieces, of which 261 are control symbols and bytes.")
  var size = 4000

  @Option(help: "Share of the text's characters that get a piece of their own, 0.98 to 1.")
  var coverage = 0.9995

  @Option(help: "The model, if the name ends in .model, or a folder for it; - is standard output.")
  var out: OutputFile

  @OptionGroup var overwriting: OverwriteOptions
  @OptionGroup var results: ResultOptions

  private struct Result: Encodable {
    var model: String
    var listing: String?
    var pieces: Int
    var texts: Int
  }

  private var vocabulary: VocabularyFiles {
    // A folder is none of the things that can only be written to, and need not be there.
    if !Folder.isFolder(out.path), !out.isRegular { return VocabularyFiles(stream: out.path) }
    return VocabularyFiles(at: out.path)
  }

  var files: CommandFiles {
    var files = CommandFiles()
    files.printsJSON = results.json
    for file in annotations { files.read("annotations", file.path) }
    for path in [vocabulary.model, vocabulary.listing] {
      files.make("--out", path, existing: .asked(overwrite: overwriting.overwrite), hasFolder: true)
    }
    return files
  }

  func run() throws {
    var texts: [String] = []
    for file in annotations {
      try AnnotationFile.forEach(file.path, warn: Console.standard.warning) { texts += $0.texts }
    }
    let bytes = try SentencePieceTraining(size: size, characterCoverage: coverage).train(texts)
    let (files, vocabulary) = (files, vocabulary)
    let tokenizer = try SentencePieceTokenizer(bytes: bytes, path: vocabulary.model)
    try vocabulary.write(tokenizer)

    let result = Result(
      model: vocabulary.model.string, listing: vocabulary.listing?.string, pieces: tokenizer.vocabularySize,
      texts: texts.count)
    if results.json {
      try Console.standard.result(json: result)
    } else {
      try Console.standard.conclude(
        "\(result.model): \(result.pieces) pieces from \(result.texts) texts", after: files)
    }
  }
}

extension Annotation {
  /// What a vocabulary is made from.
  fileprivate var texts: [String] { ([title, speech] + onScreenText.map(\.text)).filter { !$0.isEmpty } }
}
