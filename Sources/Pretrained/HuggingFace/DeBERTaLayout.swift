import Foundation
import Models

/// Settings of `deberta-v2`, which the second and the third version of DeBERTa are.
enum DeBERTaLayout {
  static func configuration(_ settings: inout PublishedSettings) throws -> DeBERTa.Configuration {
    try settings.expect("hidden_act", "gelu")
    // What is left out is false in transformers.
    guard try settings.flag("relative_attention") == true else {
      throw settings.problem("relative_attention", "is not true, and only that is computed here")
    }
    try settings.expect("conv_kernel_size", 0, why: "the convolution beside the first layer is not there")
    let width = try settings.requiredWhole("hidden_size")
    let heads = try settings.requiredWhole("num_attention_heads")
    for (key, usual) in [("embedding_size", width), ("attention_head_size", heads > 0 ? width / heads : 0)] {
      guard let size = try settings.whole(key), size != usual else { continue }
      throw settings.problem(key, "is \(size), only \(usual) is computed here")
    }
    var configuration = DeBERTa.Configuration(
      vocabularySize: try settings.requiredWhole("vocab_size"), hiddenSize: width,
      layers: try settings.requiredWhole("num_hidden_layers"), heads: heads,
      intermediateSize: try settings.requiredWhole("intermediate_size"))
    configuration.maximumPositions = try settings.whole("max_position_embeddings") ?? 512
    configuration.tokenTypes = try settings.whole("type_vocab_size") ?? 0
    configuration.hasInputPositions = try settings.flag("position_biased_input") ?? true
    configuration.buckets = try settings.whole("position_buckets").flatMap { $0 > 0 ? $0 : nil }
    let distance = try settings.whole("max_relative_positions") ?? -1
    configuration.maximumDistance = distance > 0 ? distance : configuration.maximumPositions
    configuration.sharesKeys = try settings.flag("share_att_key") ?? false
    configuration.distanceAttention = try distanceAttention(&settings)
    let norm = try settings.text("norm_rel_ebd") ?? "none"
    guard ["layer_norm", "none"].contains(norm) else {
      throw settings.problem("norm_rel_ebd", "is '\(norm)', only 'layer_norm' or 'none' is computed here")
    }
    configuration.normsDistances = norm == "layer_norm"
    configuration.hiddenDropout = try settings.number("hidden_dropout_prob") ?? 0.1
    configuration.layerNormEpsilon = try settings.number("layer_norm_eps") ?? 1e-7
    // Of a convolution that is not there, and which of two heads for masked tokens.
    settings.passOver("conv_act", "conv_groups", "legacy")
    return configuration
  }

  /// A list, or one text with `|` between its parts.
  private static func distanceAttention(
    _ settings: inout PublishedSettings
  ) throws -> [DeBERTa.DistanceAttention] {
    let key = "pos_att_type"
    let names =
      settings.isList(key)
      ? try settings.texts(key) ?? []
      : (try settings.text(key) ?? "").lowercased().split(separator: "|").map {
        String($0).trimmingCharacters(in: .whitespaces)
      }
    let kinds = names.compactMap(DeBERTa.DistanceAttention.init)
    guard !kinds.isEmpty, kinds.count == names.count else {
      throw settings.problem(key, "is '\(names.joined(separator: "|"))', only c2p and p2c are computed here")
    }
    // In whatever order they stand, they are the same sum.
    return DeBERTa.DistanceAttention.allCases.filter(kinds.contains)
  }
}
