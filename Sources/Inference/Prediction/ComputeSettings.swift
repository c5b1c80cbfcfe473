import Torch

/// On what to compute, as a user asks for it: options of the command line, which are handed to the program that serves.
package struct ComputeSettings: Codable, Sendable, Equatable {
  package var precision: Precision
  /// As the user calls it; nil takes the best.
  package var device: String?
  package var threads: Int?
  package var threadsPerPart: Int?
  /// MiB that tensors may take.
  package var memory: Int?

  package init(precision: Precision, device: String?, threads: Int?, threadsPerPart: Int?, memory: Int?) {
    self.precision = precision
    self.device = device
    self.threads = threads
    self.threadsPerPart = threadsPerPart
    self.memory = memory
  }

  /// - Throws: `DeviceError` where the machine lacks the device.
  package func runtime() throws -> Runtime {
    let device = try device.map(Device.init(named:)) ?? .best
    if let memory { Machine.limitMemory(to: memory << 20) }
    return Runtime(device: device, precision: precision, threads: threads, threadsPerPart: threadsPerPart)
  }
}
