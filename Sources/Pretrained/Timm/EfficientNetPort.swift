import Models

/// The names of `EfficientNet-PyTorch`, which EfficientNet-lite's `.pth` files also have: blocks are numbered through all
/// stages, and a block's norms through those that it has. Beside timm's `config.json` they are read as timm's weights are:
/// the numbers are the same.
enum EfficientNetPort {
  /// What only these files hold.
  static let marker = "_conv_stem.weight"
  /// Tensors that the backbone has no use for.
  static let ignoring = ["_fc.", ".num_batches_tracked"]

  static func names(_ configuration: EfficientNet.Configuration) -> PublishedNames {
    var names = PublishedNames([
      "conv_stem.": "_conv_stem.", "bn1.": "_bn0.", "conv_head.": "_conv_head.", "bn2.": "_bn1.",
    ])
    var number = 0
    for (stage, count) in configuration.layers.enumerated() {
      for block in 0..<count {
        let (own, published) = ("blocks.\(stage).\(block).", "_blocks.\(number).")
        names.add(stage == 0 ? separable : inverted, below: own, published)
        if configuration.squeezeExcite { names.add(squeezeExcite, below: own, published) }
        number += 1
      }
    }
    return names
  }

  /// The first stage does not widen its input.
  private static let separable: KeyValuePairs<String, PublishedTensor> = [
    "conv_dw.": "_depthwise_conv.", "bn1.": "_bn1.", "conv_pw.": "_project_conv.", "bn2.": "_bn2.",
  ]
  private static let inverted: KeyValuePairs<String, PublishedTensor> = [
    "conv_pw.": "_expand_conv.", "bn1.": "_bn0.", "conv_dw.": "_depthwise_conv.", "bn2.": "_bn1.",
    "conv_pwl.": "_project_conv.", "bn3.": "_bn2.",
  ]
  private static let squeezeExcite: KeyValuePairs<String, PublishedTensor> = [
    "se.conv_reduce.": "_se_reduce.", "se.conv_expand.": "_se_expand.",
  ]
}
