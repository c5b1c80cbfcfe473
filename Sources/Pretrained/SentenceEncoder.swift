import Models
import NN
import Storage
package import SystemPackage
import Text
package import Torch

/// A folder of `sentence-transformers`: a text encoder, and how the vectors of its tokens become that of the text.
///
/// The wrong pooling gives vectors that are worse and no error, so that nothing of it is guessed: the folder says it in
/// `modules.json` and `1_Pooling/config.json`.
package struct SentenceEncoder {
  package let text: PublishedTextEncoder
  /// Tokens of a text at most, special ones included.
  package let longestText: Int
  private let pooling: Pooling
  private let normalizes: Bool
  private let model: TextEncoder

  private enum Pooling { case first, mean }

  private let device: Device

  /// - Throws: what `PublishedTextEncoder` throws, and where `modules.json` names a step that is not computed here.
  package init(reading path: FilePath, on device: Device = .cpu) throws {
    text = try PublishedTextEncoder(reading: path)
    let modules = try JSONText.read([Module].self, from: path.appending("modules.json"))
    func problem(_ reason: String) -> PublishedError {
      PublishedError(path: path.appending("modules.json"), reason: reason)
    }
    let kinds = modules.map { String($0.type.split(separator: ".").last ?? "") }
    guard kinds.starts(with: ["Transformer", "Pooling"]),
      kinds.count == 2 || kinds.dropFirst(2) == ["Normalize"]
    else {
      throw problem(
        "lists \(kinds.joined(separator: ", ")): only Transformer, Pooling and Normalize are computed here")
    }
    guard let folder = FilePath.Component(modules[1].path), folder.kind == .regular else {
      throw problem("has a Pooling without a folder")
    }
    normalizes = kinds.count == 3
    pooling = try Self.pooling(path.appending(folder).appending("config.json"))
    longestText = min(try Self.longestText(in: path) ?? .max, text.configuration.positions)
    self.device = device
    let store = ParameterStore(sources: [text.source(at: "text")], on: device)
    model = TextEncoder(store.root["text"], text.configuration)
    try store.finish()
  }

  private struct Module: Decodable {
    let path: String
    let type: String
  }

  /// How many tokens the folder says that a text has at most; nil where it says nothing.
  /// - Throws: where it says that texts are changed before, or that they are cut elsewhere than at their end.
  private static func longestText(in folder: FilePath) throws -> Int? {
    func settings(_ name: String) throws -> PublishedSettings? {
      let path = folder.appending(name)
      return Folder.exists(path) ? try PublishedSettings(reading: path) : nil
    }
    // Folders of its first years name this file by their architecture.
    for other in ["roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet"] {
      let path = folder.appending("sentence_\(other)_config.json")
      guard !Folder.exists(path) else {
        throw PublishedError(path: path, reason: "is not read; name it sentence_bert_config.json")
      }
    }
    var own: Int?
    if var settings = try settings("sentence_bert_config.json") {
      try settings.expect("do_lower_case", false)
      if settings.contains("processing_kwargs"), !settings.isNull("processing_kwargs") {
        throw settings.problem("processing_kwargs", "is not computed here")
      }
      own = try settings.whole("max_seq_length")
      guard own ?? 2 >= 2 else { throw settings.problem("max_seq_length", "leaves no room for text") }
    }
    if var settings = try settings("config_sentence_transformers.json") {
      try settings.expect("default_prompt_name", nil)
    }
    guard var settings = try settings("tokenizer_config.json") else { return own }
    try settings.expect("truncation_side", "right")
    if let own { return own }
    // Where there is no limit a number of thirty digits says so.
    let limit = try settings.number("model_max_length").flatMap { $0 < 1e9 ? Int(exactly: $0) : nil }
    guard limit ?? 2 >= 2 else { throw settings.problem("model_max_length", "leaves no room for text") }
    return limit
  }

  private static func pooling(_ path: FilePath) throws -> Pooling {
    var settings = try PublishedSettings(reading: path)
    settings.passOver("word_embedding_dimension", "embedding_dimension")
    try settings.expect("include_prompt", true)
    for key in ["max_tokens", "mean_sqrt_len_tokens", "weightedmean_tokens", "lasttoken"] {
      try settings.expect("pooling_mode_\(key)", false)
    }
    let isFirst = try settings.flag("pooling_mode_cls_token") ?? false
    let isMean = try settings.flag("pooling_mode_mean_tokens") ?? false
    // Newer files have one word for it.
    let named = try settings.text("pooling_mode")
    try settings.finish()
    switch (isFirst, isMean, named) {
    case (true, false, nil), (false, false, "cls"): return .first
    case (false, true, nil), (false, false, "mean"): return .mean
    default: throw settings.problem("pooling_mode", "is neither the first token nor the mean of all")
    }
  }

  /// The tokens of a text with those around it, cut behind `longestText`.
  package func tokens(of text: String) -> [Int32] {
    let tokenizer = self.text.tokenizer.tokenizer
    let special = tokenizer.special
    return [special.classification] + tokenizer.encode(text).prefix(longestText - 2) + [special.separator]
  }

  /// - Returns: `[texts, hidden]` float32, in their order.
  package func callAsFunction(_ texts: [String]) -> Tensor {
    withoutGradients {
      let tokens = texts.map(tokens(of:))
      let packed = PackedText(
        tokens: .uploading(tokens.joined().map(Int64.init), to: device),
        lengths: tokens.map(\.count))
      let hidden = model(packed, .evaluation).hidden
      let pooled =
        switch pooling {
        case .first: hidden.gathered(packed.sequences.starts)
        case .mean: packed.sequences.mean(hidden)
        }
      guard normalizes else { return pooled }
      let length = (pooled * pooled).sum(along: 1, keepingDimension: true).squareRoot()  // [texts, 1]
      return pooled / length.clamped(atLeast: 1e-12)
    }
  }
}
