package import Dataset
package import Models

/// `config.json` of a model folder: what the weights are, and what their outputs mean.
package struct ModelDescription: Codable, Sendable, Equatable {
  package static let modelType = "framewise-video-text"

  package var architecture: VideoTextClassifier.Configuration
  /// The level-2 categories in the order of the logits.
  package var categories: [String]
  /// The part of each category in the training videos: what is predicted for a video with neither text nor frames.
  package var prior: [Float]
  /// What the weights are: those of the last step, or which mean of them.
  package var weights: PredictingWeights

  package init(
    architecture: VideoTextClassifier.Configuration, categories: [String], prior: [Float],
    weights: PredictingWeights
  ) {
    precondition(architecture.categories == categories.count && prior.count == categories.count)
    self.architecture = architecture
    self.categories = categories
    self.prior = prior
    self.weights = weights
  }

  enum CodingKeys: String, CodingKey {
    case modelType = "model_type"
    case labels = "id2label"
    case numbers = "label2id"
    case prior, weights, architecture
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(Self.modelType, forKey: .modelType)
    let numbered = categories.enumerated()
    try container.encode(
      Dictionary(uniqueKeysWithValues: numbered.map { (String($0), $1) }), forKey: .labels)
    try container.encode(Dictionary(uniqueKeysWithValues: numbered.map { ($1, $0) }), forKey: .numbers)
    try container.encode(prior, forKey: .prior)
    try container.encode(weights, forKey: .weights)
    try container.encode(architecture, forKey: .architecture)
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func damaged(_ key: CodingKeys, _ reason: String) -> DecodingError {
      .dataCorruptedError(forKey: key, in: container, debugDescription: reason)
    }
    let type = try container.decode(String.self, forKey: .modelType)
    guard type == Self.modelType else { throw damaged(.modelType, "is '\(type)', not '\(Self.modelType)'") }
    architecture = try container.decode(VideoTextClassifier.Configuration.self, forKey: .architecture)
    let labels = try container.decode([String: String].self, forKey: .labels)
    categories = try (0..<labels.count).map { number in
      guard let label = labels[String(number)] else { throw damaged(.labels, "has no label \(number)") }
      return label
    }
    guard Set(categories).count == categories.count else { throw damaged(.labels, "names a category twice") }
    let numbers = try container.decode([String: Int].self, forKey: .numbers)
    guard categories.enumerated().allSatisfy({ numbers[$1] == $0 }) else {
      throw damaged(.numbers, "is not the reverse of id2label")
    }
    prior = try container.decode([Float].self, forKey: .prior)
    weights = try container.decode(PredictingWeights.self, forKey: .weights)
    guard architecture.categories == categories.count, prior.count == categories.count else {
      throw damaged(.labels, "names \(categories.count) labels for \(architecture.categories) logits")
    }
  }
}

extension ModelDescription {
  /// With neither text nor frames there is nothing to look at but how frequent the categories were; so too where stored
  /// vectors are so large that the model gives no numbers.
  package func settled(_ sample: PredictedSample) -> PredictedSample {
    guard sample.status == .prior || !sample.probabilities.allSatisfy(\.isFinite) else { return sample }
    return PredictedSample(index: sample.index, probabilities: prior, status: .prior)
  }

  /// - Parameter category: the number of the category that is chosen; nil chooses the most probable one.
  package func prediction(
    _ sample: PredictedSample, of id: String, as category: Int? = nil
  ) -> Prediction {
    let sample = settled(sample)
    let probabilities = sample.probabilities
    let best = category ?? probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
    return Prediction(
      id: id, category: categories[best], probability: probabilities[best],
      probabilities: Dictionary(uniqueKeysWithValues: zip(categories, probabilities)), status: sample.status)
  }
}
