package import Dataset
package import Inference
package import Records
package import Runs
package import Settings
import Storage
package import SystemPackage
package import Text
import Torch

/// Nine videos of three categories, one of which has a single member, as files like those that `extract` makes.
package struct TinyData {
  package let annotations: [Annotation]
  package let source: any VideoSource
  package let tokenizer: TokenizerFile

  /// In an order that is not that of the ids.
  package static let categories: KeyValuePairs = [
    "v3": "0100", "v0": "0100", "v7": "0101", "v1": "0101", "v8": "0200", "v2": "0100", "v5": "0101",
    "v4": "0100",
    "v6": "0101",
  ]

  package init(in folder: FilePath) throws {
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

  package static func tokenizer(words: [String]) throws -> TokenizerFile {
    let pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + words
    let bytes = Array(pieces.map { $0 + "\n" }.joined().utf8)
    return .wordPiece(try WordPieceTokenizer(bytes: bytes, path: "vocab.txt"))
  }

  /// A model that is trained in a blink: two folds, two epochs of at most three steps, and nothing chosen after them.
  package static func configuration(_ more: String...) throws -> RunConfiguration { try configuration(more) }

  package static func configuration(_ more: [String]) throws -> RunConfiguration {
    var reader = try ConfigurationReader(.tiny)
    let tiny = [
      "folds=2", "backbone={img_size: 16, patch_size: 8, embed_dim: 16, depth: 1, num_heads: 2}",
      "text_encoder={hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 32}",
      "text={title: 4, speech: 3, on_screen_text: 3}", "frames.maximum_frames=2", "training.epochs=2",
      "training.batch_size=2", "training.warm_up=0.2", "training.level1_loss=0",
      "calibration={floor: false, level1_first: false}",
    ]
    for setting in tiny + more { try reader.override(setting) }
    return try reader.configuration()
  }

  /// The arithmetic that is the same, bit for bit, whenever it is repeated.
  /// - Parameter cores: parts of a batch that are computed side by side.
  package static func runtime(
    predictionBatchSize: Int = 32, cores: Int = 1, precision: Precision = .fp32
  ) -> Runtime {
    Runtime(
      device: .cpu, precision: precision, threads: cores, threadsPerPart: 1,
      predictionBatchSize: predictionBatchSize)
  }

  package func makeFit(
    _ configuration: RunConfiguration, in folder: FilePath, pseudo: PseudoVideos? = nil,
    unlabelled: UnlabelledVideos? = nil, runtime: Runtime = runtime(), safeguards: Safeguards = Safeguards(),
    report: @escaping (FitEvent) throws -> Void = { _ in }
  ) throws -> Fit {
    try Fit(
      configuration: configuration, annotations: annotations, source: source, tokenizer: tokenizer,
      pseudo: pseudo, unlabelled: unlabelled, folder: RunFolder(folder), runtime: runtime,
      cacheBytes: 1 << 20,
      safeguards: safeguards, report: report
    )
  }

  package func fit(
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
