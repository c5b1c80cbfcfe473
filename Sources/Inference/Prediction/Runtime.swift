import Storage
package import Torch

/// On what a run computes. Of predictions it changes no more than rounding does; a training draws other random numbers on
/// another number of cores, and BatchNorm normalises by the images of each part.
package struct Runtime: Sendable {
  package let device: Device
  package let precision: Precision
  /// Cores that it may use.
  package let threads: Int
  /// Threads that compute one part of a batch together; nil leaves the choice to the size of model and batch.
  private let threadsPerPart: Int?
  /// Batches that are read and prepared ahead of the step.
  package let prefetchDepth: Int
  /// Videos that are predicted at once, by all cores together.
  package let predictionBatchSize: Int

  /// A part of fewer videos is too small for its calls to be worth it.
  private static let fewestVideos = 4
  /// For the gradients that each core has of its own. A constant: what a run computes may not follow from how much
  /// memory happens to be free when it goes on.
  private static let gradientBytes = 2 << 30

  package init(
    device: Device = .best, precision: Precision = .auto, threads: Int? = nil, threadsPerPart: Int? = nil,
    predictionBatchSize: Int = 32
  ) {
    self.device = device
    self.precision = precision
    self.threads = threads ?? Processors.available
    self.threadsPerPart = threadsPerPart
    self.predictionBatchSize = predictionBatchSize
    // An accelerator is fed by cores that have nothing else to do; on a processor those that compute are the same.
    prefetchDepth = max(2, min(self.threads, device.isCUDA ? 16 : 8))
  }

  /// The type in which layers compute; parameters, losses and probabilities are float32 always.
  package var computeType: DataType {
    switch precision {
    case .fp32: .float32
    case .bf16: .bfloat16
    case .fp16: .float16
    case .auto: device.isCUDA || Machine.hasBFloat16 ? .bfloat16 : .float32
    }
  }

  /// How the cores are shared by the parts of a training batch. An accelerator computes a batch as one; on a processor
  /// parts side by side, with a thread each, are a third faster than one on all threads, as long as they are not too
  /// small or the model too large.
  /// - Parameter parameters: of the model.
  package func cores(parameters: Int, batchSize: Int) -> Cores {
    guard !device.isCUDA else { return Cores(1, threadsPerPart: threads) }
    if let threadsPerPart { return Cores(max(1, threads / threadsPerPart), threadsPerPart: threadsPerPart) }
    let room = Self.gradientBytes / max(1, parameters * computeType.size)
    let parts = max(1, min(threads, batchSize / Self.fewestVideos, room))
    return Cores(parts, threadsPerPart: max(1, threads / parts))
  }

  /// The cores that predict, a batch each.
  package var predictionCores: Cores {
    device.isCUDA
      ? Cores(1, threadsPerPart: threads)
      : Cores(max(1, threads / (threadsPerPart ?? 1)), threadsPerPart: threadsPerPart ?? 1)
  }
}

extension Runtime {
  /// Videos that a core predicts together.
  package var predictionsTogether: Int { max(1, predictionBatchSize / predictionCores.count) }

  /// What decides the last bits of a prediction, besides its model: other batches, threads or kernels round otherwise.
  var rounding: [String] {
    [
      device.name, "\(computeType)", "\(predictionsTogether)", "\(predictionCores.threadsPerPart)",
      Machine.libtorchVersion, Machine.vectorInstructions ?? "",
    ]
  }
}

/// `--precision`
package enum Precision: String, Codable, Sendable, CaseIterable {
  case fp32, bf16
  /// What predicts may compute in it, on accelerators: gradients would need to be scaled, and processors have no products for it.
  case fp16
  /// bf16 on accelerators and where the processor multiplies it natively, fp32 elsewhere.
  case auto
}
