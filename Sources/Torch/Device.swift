import CTorch
package import Storage

/// Where tensors live and are computed: `cpu`, `cuda:0`, …
package struct Device: Sendable, Hashable, CustomStringConvertible {
  package let name: String

  package static let cpu = Device(reported: "cpu")
  /// libtorch's "meta": tensors have shapes and types, and neither memory nor values.
  package static let shapesOnly = Device(reported: "meta")
  package static func cuda(_ index: Int = 0) -> Device { Device(reported: "cuda:\(index)") }

  package var isCUDA: Bool { name.hasPrefix("cuda") }
  package var description: String { name }

  /// - Parameter name: `cpu`, `cuda` (the first) or `cuda:N`.
  /// - Throws: `DeviceError` where the machine lacks it.
  package init(named name: String) throws(DeviceError) {
    let index = name == "cuda" ? 0 : name.hasPrefix("cuda:") ? Int(name.dropFirst(5)) : nil
    switch (name, index) {
    case ("cpu", _): self = .cpu
    case (_, let index?) where (0..<Machine.cudaDevices).contains(index): self = .cuda(index)
    default: throw DeviceError(name: name)
    }
  }

  /// A name that libtorch gave.
  init(reported name: String) { self.name = name }

  /// The first CUDA device if libtorch sees one, the processor otherwise.
  package static var best: Device { Machine.cudaDevices > 0 ? .cuda() : .cpu }
}

/// A device that libtorch does not find here.
package struct DeviceError: ReportableError {
  package let name: String

  package var kind: ErrorKind { .usage }
  package var description: String {
    let devices = ["cpu"] + (0..<Machine.cudaDevices).map { "cuda:\($0)" }
    return "there is no device '\(name)' here; there is: \(devices.joined(separator: ", "))"
  }
}

/// What libtorch found on this machine.
package enum Machine {
  /// Threads that one operator may use.
  package static var threads: Int {
    get { Int(ct_thread_count()) }
    set { ct_set_thread_count(Int32(newValue)) }
  }

  package static let cudaDevices = Int(ct_cuda_device_count())

  private static let libtorch = LibtorchBuild(description: String(cString: ct_configuration()))

  /// The version of the libtorch that is loaded.
  package static var libtorchVersion: String { libtorch.version }
  /// The vector instructions that libtorch's kernels use here, such as `AVX2`. Sums of another length round otherwise.
  package static var vectorInstructions: String? { libtorch.vectorInstructions }
  /// The version of the CUDA runtime; nil where libtorch was built without.
  package static var cudaRuntime: String? { libtorch.cudaRuntime }

  /// Whether bfloat16 is multiplied natively (AVX512_BF16, AMX); elsewhere it is emulated, and slower than float32.
  package static var hasBFloat16: Bool { ct_processor_has_bfloat16() }

  /// Whether oneDNN may take what it adds to a product from memory that is free: a training on two cores ended so.
  static let hasUnsoundSums = ct_has_unsound_sums()

  /// A warning when the BLAS in use makes float32 about a third slower than it could be: libtorch's OpenMP threads
  /// and those of the pthread build of OpenBLAS fight for the cores.
  package static var blasWarning: String? {
    switch ct_blas() {
    case CT_BLAS_OPENMP, CT_BLAS_UNKNOWN: nil
    default:
      "libblas.so.3 is not the OpenMP build of OpenBLAS; install libopenblas0-openmp for the full float32 speed"
    }
  }
}
