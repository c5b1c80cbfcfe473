import Models

/// `transformers.ResNetModel`: the mean over the places of the last stage.
enum ResNetLayout {
  static func model(_ settings: inout PublishedSettings) throws -> HuggingFaceModel {
    try settings.expect("num_channels", 3)
    try settings.expect("embedding_size", 64)
    try settings.expect("hidden_act", "relu")
    try settings.expect("downsample_in_first_stage", false)
    try settings.expect("downsample_in_bottleneck", false)
    let named = try settings.text("layer_type") ?? "bottleneck"
    guard let block = ResNet.Configuration.Block(rawValue: named) else {
      throw settings.problem("layer_type", "is '\(named)', only basic and bottleneck are known")
    }
    let widths = try settings.wholes("hidden_sizes") ?? [256, 512, 1024, 2048]
    guard widths.allSatisfy({ $0.isMultiple(of: block.expansion) }) else {
      throw settings.problem("hidden_sizes", "are not multiples of \(block.expansion)")
    }
    let resNet = ResNet.Configuration(
      block: block, layers: try settings.wholes("depths") ?? [3, 4, 6, 3],
      channels: widths.map { $0 / block.expansion })
    return HuggingFaceModel(
      configuration: .resNet(resNet), names: names(resNet), marker: "embedder.embedder.convolution.weight",
      ignoring: [".num_batches_tracked"])
  }

  static func names(_ resNet: ResNet.Configuration) -> PublishedNames {
    var names = PublishedNames([
      "conv1.": "embedder.embedder.convolution.", "bn1.": "embedder.embedder.normalization.",
    ])
    for (stage, count) in resNet.layers.enumerated() {
      for block in 0..<count {
        let (own, published) = ("layer\(stage + 1).\(block).", "encoder.stages.\(stage).layers.\(block).")
        names.add(shortcut, below: own, published)
        for layer in 0..<(resNet.block == .bottleneck ? 3 : 2) {
          names.add([
            "\(own)conv\(layer + 1).": .named("\(published)layer.\(layer).convolution."),
            "\(own)bn\(layer + 1).": .named("\(published)layer.\(layer).normalization."),
          ])
        }
      }
    }
    return names
  }

  private static let shortcut: KeyValuePairs<String, PublishedTensor> = [
    "downsample.0.": "shortcut.convolution.", "downsample.1.": "shortcut.normalization.",
  ]
}
