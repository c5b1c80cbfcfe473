import Models
import NN

/// `transformers.ConvNextModel` and `ConvNextV2Model`: the mean over the places of the last stage, normalised.
enum ConvNeXtLayout {
  static func model(_ settings: inout PublishedSettings, isSecond: Bool) throws -> HuggingFaceModel {
    try settings.expect("num_channels", 3)
    try settings.expect("patch_size", 4)
    try settings.expect("num_stages", 4)
    try settings.expectNoDropout()
    let initialScale = isSecond ? 0 : try settings.number("layer_scale_init_value") ?? 1e-6
    guard isSecond || initialScale > 0 else {
      throw settings.problem(
        "layer_scale_init_value", "is \(initialScale): blocks without a scale are not read")
    }
    let convNeXt = ConvNeXt.Configuration(
      imageSize: try settings.side("image_size") ?? 224,
      depths: try settings.wholes("depths") ?? [3, 3, 9, 3],
      widths: try settings.wholes("hidden_sizes") ?? [96, 192, 384, 768],
      activation: try settings.activation(usual: .gelu),
      // The file's is that of the last norm alone.
      normEpsilon: 1e-6, headNormEpsilon: try settings.number("layer_norm_eps") ?? 1e-12,
      layerScale: initialScale, responseNorm: isSecond)
    return HuggingFaceModel(
      configuration: .convNeXt(convNeXt), names: names(convNeXt),
      marker: "embeddings.patch_embeddings.weight")
  }

  static func names(_ convNeXt: ConvNeXt.Configuration) -> PublishedNames {
    var names = PublishedNames([
      "stem.0.": "embeddings.patch_embeddings.", "stem.1.": "embeddings.layernorm.",
      "head.norm.": "layernorm.",
    ])
    for (stage, depth) in convNeXt.depths.enumerated() {
      let (own, published) = ("stages.\(stage).", "encoder.stages.\(stage).")
      if stage > 0 { names.add([own + "downsample.": .named(published + "downsampling_layer.")]) }
      for block in 0..<depth {
        names.add(blocks, below: "\(own)blocks.\(block).", "\(published)layers.\(block).")
      }
    }
    return names
  }

  private static let blocks: KeyValuePairs<String, PublishedTensor> = [
    "conv_dw.": "dwconv.", "norm.": "layernorm.",
    "mlp.fc1.": "pwconv1.", "mlp.fc2.": "pwconv2.",
    "gamma": "layer_scale_parameter",
    "mlp.grn.weight": .leading("grn.weight", stored: 4, own: 1),
    "mlp.grn.bias": .leading("grn.bias", stored: 4, own: 1),
  ]
}
