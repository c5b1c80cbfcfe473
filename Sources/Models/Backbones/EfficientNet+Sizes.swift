import NN

extension EfficientNet.Configuration {
  /// B0 with its channels and blocks scaled (the paper's table 1); lite leaves the first and last parts as they are.
  private static func scaled(
    width: Double, depth: Double, imageSize: Int, isLite: Bool = false
  ) -> EfficientNet.Configuration {
    func channels(_ base: Int) -> Int {
      let wanted = Double(base) * width
      let rounded = max(8, Int(wanted + 4) / 8 * 8)
      // Never less by a tenth.
      return Double(rounded) < 0.9 * wanted ? rounded + 8 : rounded
    }
    let blocks = [1, 2, 2, 3, 3, 4, 1]
    return EfficientNet.Configuration(
      imageSize: imageSize, stemChannels: isLite ? 32 : channels(32),
      channels: [16, 24, 40, 80, 112, 192, 320].map(channels),
      layers: blocks.enumerated().map { stage, count in
        isLite && [0, 6].contains(stage) ? count : Int((Double(count) * depth).rounded(.up))
      },
      headChannels: isLite ? 1280 : channels(1280), squeezeExcite: !isLite,
      activation: isLite ? .relu6 : .silu)
  }

  package static let b0 = scaled(width: 1, depth: 1, imageSize: 224)
  package static let b1 = scaled(width: 1, depth: 1.1, imageSize: 240)
  package static let b2 = scaled(width: 1.1, depth: 1.2, imageSize: 260)
  package static let b3 = scaled(width: 1.2, depth: 1.4, imageSize: 300)
  package static let b4 = scaled(width: 1.4, depth: 1.8, imageSize: 380)
  package static let lite0 = scaled(width: 1, depth: 1, imageSize: 224, isLite: true)
  package static let lite1 = scaled(width: 1, depth: 1.1, imageSize: 240, isLite: true)
  package static let lite2 = scaled(width: 1.1, depth: 1.2, imageSize: 260, isLite: true)

  /// What timm calls `tf_…`: the same layers with TensorFlow's padding and epsilon; the lite ones saw pixels from -1 to 1.
  package var tensorFlow: EfficientNet.Configuration {
    var configuration = self
    configuration.padding = .same
    configuration.batchNormEpsilon = 1e-3
    if !squeezeExcite { configuration.normalization = .symmetric }
    return configuration
  }

  /// By timm's names; a checkpoint's own files may say another size of its input and another normalisation.
  package static let published: [String: EfficientNet.Configuration] = {
    let sizes = [
      "efficientnet_b0": b0, "efficientnet_b1": b1, "efficientnet_b2": b2, "efficientnet_b3": b3,
      "efficientnet_b4": b4, "efficientnet_lite0": lite0, "efficientnet_lite1": lite1,
      "efficientnet_lite2": lite2,
    ]
    return sizes.merging(sizes.map { ("tf_" + $0, $1.tensorFlow) }) { one, _ in one }
  }()
}
