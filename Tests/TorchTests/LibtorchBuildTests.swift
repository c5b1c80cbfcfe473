import Testing

@testable import Torch

@Suite("What libtorch says of itself")
struct LibtorchBuildTests {
  @Test("Version, instructions and CUDA's runtime are found among the settings, and not its build's settings")
  func withCUDA() {
    let build = LibtorchBuild(
      description: """
        PyTorch built with:
          - C++ Version: 201703
          - CPU capability usage: AVX512
          - CUDA Runtime 12.8
          - Built with CUDA Runtime 12.0
          - Build settings: BLAS_INFO=mkl, CUDA_VERSION=12.0, CXX_FLAGS= -DNO_TORCH_VERSION=9 -O2, \
        PERF_WITH_AVX2=1, TORCH_VERSION=2.6.0, USE_CUDA=ON, 

        """)
    #expect(build.version == "2.6.0" && build.vectorInstructions == "AVX512" && build.cudaRuntime == "12.8")
  }

  @Test("A libtorch without CUDA has no runtime of it, and one that says nothing no version")
  func withoutCUDA() {
    let build = LibtorchBuild(
      description: """
        PyTorch built with:
          - CPU capability usage: NO AVX
          - Build settings: BLAS_INFO=generic, TORCH_VERSION=1.13.0, USE_CUDA=OFF, 
        """)
    #expect(build.version == "1.13.0" && build.vectorInstructions == "NO AVX" && build.cudaRuntime == nil)
    #expect(LibtorchBuild(description: "").version == "of unknown version")
  }

  @Test("The libtorch that is loaded says its version and how it computes")
  func loaded() throws {
    #expect(Machine.libtorchVersion.wholeMatch(of: /\d+\.\d+\.\d+.*/) != nil)
    #expect(try !#require(Machine.vectorInstructions).isEmpty)
    #expect(Machine.cudaDevices == 0 || Machine.cudaRuntime != nil)
  }
}
