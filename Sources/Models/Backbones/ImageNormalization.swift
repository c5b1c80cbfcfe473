package import Storage

/// What a backbone's weights expect pixels to be: red, green and blue in units of 0…1, less the mean, divided by the
/// deviation. It belongs to the weights rather than to the architecture: one size is published with several.
package struct ImageNormalization: Codable, Sendable, Equatable {
  package let mean: [Double]
  package let deviation: [Double]

  package init(mean: [Double], deviation: [Double]) {
    self.mean = mean
    self.deviation = deviation
  }

  package enum CodingKeys: String, CodingKey {
    case mean
    case deviation = "std"
  }

  /// Of the photos of ImageNet.
  package static let imageNet = ImageNormalization(
    mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225])
  /// From -1 to 1: Inception's, TensorFlow's and SigLIP's.
  package static let symmetric = ImageNormalization(mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5])
  /// Of the pictures that OpenAI trained CLIP with.
  package static let clip = ImageNormalization(
    mean: [0.48145466, 0.4578275, 0.40821073], deviation: [0.26862954, 0.26130258, 0.27577711])

  package func check(_ checks: inout SettingChecks) {
    for (key, values) in [(CodingKeys.mean, mean), (.deviation, deviation)] {
      checks.require(values.count == 3, key, "takes three numbers: red, green, blue")
    }
    for value in mean { checks.number(CodingKeys.mean, value, -100...100) }
    for value in deviation { checks.number(CodingKeys.deviation, value, 1e-6...100) }
  }
}
