import Storage
package import Torch

/// On what a run computes; changes its speed, and no more of its results than rounding does.
package struct Runtime: Sendable {
  package let device: Device
  package let precision: Precision
  /// Batches that are read and prepared ahead of the step.
  package let prefetchDepth: Int
  /// Videos that are predicted at once.
  package let predictionBatchSize: Int

  package init(
    device: Device = .best, precision: Precision = .auto, threads: Int? = nil, predictionBatchSize: Int = 32
  ) {
    self.device = device
    self.precision = precision
    self.predictionBatchSize = predictionBatchSize
    let cores = Processors.available
    prefetchDepth = max(2, min(cores, 8))
    Machine.threads = threads ?? cores
  }

  /// The type in which layers compute; parameters, losses and probabilities are float32 always.
  package var computeType: DataType {
    switch precision {
    case .fp32: .float32
    case .bf16: .bfloat16
    case .auto: device.isCUDA || Machine.hasBFloat16 ? .bfloat16 : .float32
    }
  }
}

/// `--precision`
package enum Precision: String, Sendable, CaseIterable {
  case fp32, bf16
  /// bf16 where the processor multiplies it natively, fp32 elsewhere.
  case auto
}
