import Dataset
import Images
import Storage
import SystemPackage
import Testing
import Text
import Torch

@testable import Training

/// Pictures that the tests hold in memory.
struct MemorySource: VideoSource {
  var featureDimension: Int?
  var contents: [String: VideoContent] = [:]
  var ids: [String] { contents.keys.sorted() }

  func content(of id: String) -> VideoContent { contents[id] ?? .missing(reason: "not there") }
}

typealias Colour = (red: UInt8, green: UInt8, blue: UInt8)

let red: Colour = (250, 10, 10)
let green: Colour = (10, 250, 10)
let blue: Colour = (10, 10, 250)

/// Stripes of equal width, from left to right or from top to bottom.
func picture(_ colours: [Colour], width: Int = 24, height: Int = 24, upright: Bool = true) -> RGBImage {
  var pixels: [UInt8] = []
  for y in 0..<height {
    for x in 0..<width {
      let colour = upright ? colours[x * colours.count / width] : colours[y * colours.count / height]
      pixels += [colour.red, colour.green, colour.blue]
    }
  }
  return RGBImage(width: width, height: height, pixels: pixels)
}

func jpeg(_ image: RGBImage) throws -> [UInt8] { try JPEG.encode(image, quality: 95) }

/// Nine videos of three categories, one of which has a single member, as files like those that `extract` makes.
struct TinyData {
  let annotations: [Annotation]
  let source: any VideoSource
  let tokenizer: TokenizerFile

  /// In an order that is not that of the ids.
  static let categories: KeyValuePairs = [
    "v3": "0100", "v0": "0100", "v7": "0101", "v1": "0101", "v8": "0200", "v2": "0100", "v5": "0101",
    "v4": "0100",
    "v6": "0101",
  ]

  init(in folder: FilePath) throws {
    annotations = Self.categories.map { id, category in
      Annotation(
        id: id, title: category == "0101" ? "ball game" : "tea cup", speech: "the \(id)", category: category)
    }
    tokenizer = try Self.tokenizer(words: ["ball", "game", "tea", "cup", "the", "v"])
    let frames = folder.appending("frames")
    try Folder.create(frames)
    var writer = try ShardWriter(frames.appending(ShardName.tar(0)))
    for (number, annotation) in annotations.enumerated() {
      let colours: [Colour] = annotation.category == "0100" ? [red, blue] : [green, blue]
      let jpegs = try (0..<3).map { frame in
        try jpeg(picture([(UInt8(number * 20), UInt8(frame * 80), 40)] + colours, width: 28, height: 24))
      }
      try writer.append(
        ShardSample(
          id: annotation.id, timestamps: [0, 1, 2], status: .complete, codec: "h264", duration: 3,
          rotation: 0,
          sourceWidth: 28, sourceHeight: 24, frameWidth: 28, frameHeight: 24), jpegs: jpegs)
    }
    try DatasetDescription(
      extraction: .init(framesPerSecond: 1, maximumFrames: 32, shortSide: 24, quality: 95),
      annotations: AnnotationFile.fingerprint(annotations.map(\.id)), videos: annotations.count,
      shardSize: 500, quarantined: 0,
      shards: [try writer.finish()]
    ).write(toFolder: frames)
    source = try VideoSources.open(frames)
  }

  static func tokenizer(words: [String]) throws -> TokenizerFile {
    let pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + words
    let bytes = Array(pieces.map { $0 + "\n" }.joined().utf8)
    return .wordPiece(try WordPieceTokenizer(bytes: bytes, path: "vocab.txt"))
  }

  /// A model that is trained in a blink: two folds, two epochs of at most three steps.
  static func configuration(_ more: String...) throws -> RunConfiguration { try configuration(more) }

  static func configuration(_ more: [String]) throws -> RunConfiguration {
    var reader = try ConfigurationReader(.tiny)
    let tiny = [
      "folds=2", "backbone={img_size: 16, patch_size: 8, embed_dim: 16, depth: 1, num_heads: 2}",
      "text_encoder={hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 32}",
      "text={title: 4, speech: 3, on_screen_text: 3}", "frames.maximum_frames=2", "training.epochs=2",
      "training.batch_size=2", "training.warm_up=0.2",
    ]
    for setting in tiny + more { try reader.override(setting) }
    return try reader.configuration()
  }

  /// The arithmetic that is the same, bit for bit, whenever it is repeated.
  static func runtime(predictionBatchSize: Int = 32) -> Runtime {
    Runtime(device: .cpu, precision: .fp32, threads: 1, predictionBatchSize: predictionBatchSize)
  }

  func makeFit(
    _ configuration: RunConfiguration, in folder: FilePath, report: @escaping (FitEvent) throws -> Void
  ) throws -> Fit {
    try Fit(
      configuration: configuration, annotations: annotations, source: source, tokenizer: tokenizer,
      folder: RunFolder(folder), runtime: Self.runtime(), cacheBytes: 1 << 20, report: report)
  }

  func fit(
    _ configuration: RunConfiguration, in folder: FilePath, annotations: [Annotation]? = nil,
    source: (any VideoSource)? = nil, tokenizer: TokenizerFile? = nil, only: Int? = nil,
    report: @escaping (FitEvent) throws -> Void = { _ in }
  ) throws -> RunReport {
    try Fit(
      configuration: configuration, annotations: annotations ?? self.annotations,
      source: source ?? self.source,
      tokenizer: tokenizer ?? self.tokenizer, folder: RunFolder(folder), runtime: Self.runtime(),
      cacheBytes: 1 << 20, report: report
    ).run(only: only)
  }
}

/// What draws from libtorch's random numbers, of which there is one sequence for the whole process: one after the other.
@Suite("Training, one test at a time", .serialized) enum Serial {}

/// Checks that `body` throws an error of the world, in one line that holds `parts`.
func expectError(
  _ kind: ErrorKind, saying parts: String..., sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () throws -> Void
) {
  let error = #expect(throws: (any Error).self, sourceLocation: sourceLocation, performing: body)
  guard let error else { return }
  guard let reportable = error as? any ReportableError else {
    Issue.record("\(error) is not told to the user", sourceLocation: sourceLocation)
    return
  }
  #expect(reportable.kind == kind, "\(error)", sourceLocation: sourceLocation)
  #expect(!reportable.description.contains { $0.isNewline }, sourceLocation: sourceLocation)
  for part in parts {
    #expect(reportable.description.contains(part), "\(error)", sourceLocation: sourceLocation)
  }
}
