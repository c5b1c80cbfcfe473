/// What an epoch took, in the part of it that this command trained.
package struct EpochCost: Codable, Sendable, Equatable {
  /// In training, reading included, without validation.
  package let videosPerSecond: Double
  package let trainingSeconds: Double
  package let validationSeconds: Double
  /// Bytes of the machine's memory that the process had at once, until then.
  package let peakMemory: Int

  package init(
    videosPerSecond: Double, trainingSeconds: Double, validationSeconds: Double, peakMemory: Int
  ) {
    self.videosPerSecond = videosPerSecond
    self.trainingSeconds = trainingSeconds
    self.validationSeconds = validationSeconds
    self.peakMemory = peakMemory
  }

  enum CodingKeys: String, CodingKey {
    case videosPerSecond = "videos_per_second"
    case trainingSeconds = "training_seconds"
    case validationSeconds = "validation_seconds"
    case peakMemory = "peak_memory"
  }
}
