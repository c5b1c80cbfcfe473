package import Storage
import Torch

/// On what to compute, as a user asks for it: options of the command line, which are handed to the program that serves.
package struct ComputeSettings: Codable, Sendable, Equatable {
  package var precision: Precision
  /// As the user calls it; nil takes the best.
  package var device: String?
  package var threads: Int?
  package var threadsPerPart: Int?
  /// MiB that tensors may take of the device's memory.
  package var memory: Int?

  package init(precision: Precision, device: String?, threads: Int?, threadsPerPart: Int?, memory: Int?) {
    self.precision = precision
    self.device = device
    self.threads = threads
    self.threadsPerPart = threadsPerPart
    self.memory = memory
  }

  /// - Throws: `DeviceError` where the machine lacks the device, `DeviceMemoryError`, `PrecisionError`.
  package func runtime() throws -> Runtime {
    let device = try device.map(Device.init(named:)) ?? .best
    guard precision != .fp16 || device.isCUDA else {
      throw PrecisionError(
        precision: precision, reason: "\(device) does not compute in it; bf16 and fp32 it does")
    }
    if let memory { try device.limitMemory(to: memory << 20) }
    return Runtime(device: device, precision: precision, threads: threads, threadsPerPart: threadsPerPart)
  }
}

/// A precision in which something cannot be computed.
package struct PrecisionError: ReportableError {
  let precision: Precision
  let reason: String

  package init(precision: Precision, reason: String) {
    self.precision = precision
    self.reason = reason
  }

  package var kind: ErrorKind { .usage }
  package var description: String { "--precision \(precision.rawValue): \(reason)" }
}
