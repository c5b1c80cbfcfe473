import CTorch
package import Storage

extension Device {
  /// Bytes of an accelerator's memory; nil for a processor, and where libtorch cannot say.
  package var memory: (available: Int, total: Int)? {
    var (available, total) = (0, 0)
    return ct_device_memory(name, &available, &total) ? (available, total) : nil
  }

  /// The most bytes that tensors took here at a time, since it was last asked to forget; 0 where nobody counts.
  package func memoryPeak(forgetting: Bool = false) -> Int { ct_device_memory_peak(name, forgetting) }

  /// From now on tensors may take `bytes` together: new ones on a processor, all on an accelerator, where this has to be said
  /// before the first is made.
  /// - Throws: `DeviceMemoryError` where there is no way to.
  package func limitMemory(to bytes: Int) throws(DeviceMemoryError) {
    guard isCUDA else { return Machine.limitMemory(to: bytes) }
    guard ct_limit_device_memory(name, bytes) == CT_OK else {
      throw DeviceMemoryError(device: self, reason: lastError())
    }
  }
}

/// The memory of a device cannot be limited.
package struct DeviceMemoryError: ReportableError {
  package let device: Device
  package let reason: String

  package var kind: ErrorKind { .usage }
  package var description: String { "the memory of \(device) cannot be limited: \(reason)" }
}
