/// What a libtorch says of itself. It is asked at run time, since a header would tell which one was compiled against.
struct LibtorchBuild: Equatable {
  let version: String
  /// The vector instructions that its own kernels use on this processor: `AVX2`, `AVX512`.
  let vectorInstructions: String?
  /// The version of the CUDA runtime that is loaded or, where no device makes it so, that it was built for; nil for a libtorch
  /// without CUDA.
  let cudaRuntime: String?

  /// - Parameter description: `at::show_config()`, a text for people: a line for each part, the last with all settings
  ///   of the build.
  init(description: String) {
    func value(after key: String) -> String? {
      guard let range = description.firstRange(of: key) else { return nil }
      return String(description[range.upperBound...].prefix { !$0.isNewline && $0 != "," })
    }
    version = value(after: " TORCH_VERSION=") ?? "of unknown version"
    vectorInstructions = value(after: "- CPU capability usage: ")
    cudaRuntime = value(after: "- CUDA Runtime ") ?? value(after: " CUDA_VERSION=")
  }
}
