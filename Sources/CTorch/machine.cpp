// Threads, devices, and what this process was linked to.

#include "guard.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <torch/csrc/api/include/torch/version.h>

#include <cpuid.h>
#include <dlfcn.h>

void ct_set_thread_count(int32_t count) { at::set_num_threads(count); }

int32_t ct_thread_count(void) { return at::get_num_threads(); }

// Nothing links to a symbol of the CUDA library, so the loader would leave it out. The first question about CUDA
// settles whether there is any, so this comes before it.
static bool load_cuda(void) {
    static void *const library = [] {
        // Whoever asks for float32 gets it: with TF32 ten bits of each number would count.
        at::globalContext().setAllowTF32CuDNN(false);
        at::globalContext().setAllowTF32CuBLAS(false);
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 9)
        // cuDNN's attention, which libtorch would prefer on some devices, has no gradient for what is added to scores, and plans
        // anew for each number of sequences.
        at::globalContext().setSDPUseCuDNN(false);
#endif
        return dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL);
    }();
    return library != nullptr;
}

int32_t ct_cuda_device_count(void) {
    if (!load_cuda()) return 0;
    int32_t count = 0;
    const ct_status status =
        ctorch::guarded([&] { count = at::hasCUDA() ? int32_t(at::detail::getCUDAHooks().getNumGPUs()) : 0; });
    return status == CT_OK ? count : 0;
}

const char *ct_configuration(void) {
    static const std::string text = [] {
        load_cuda();
        std::string description;
        ctorch::guarded([&] { description = at::show_config(); });
        return description;
    }();
    return text.c_str();
}

bool ct_processor_has_bfloat16(void) {
    unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
    if (!__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) return false;
    const bool has_amx_bf16 = edx & (1u << 22);
    const bool has_avx512f = ebx & (1u << 16);
    if (!__get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx)) return has_amx_bf16;
    const bool has_avx512_bf16 = eax & (1u << 5);
    return has_amx_bf16 || (has_avx512f && has_avx512_bf16);
}

// oneDNN keeps descriptions and kernels for all threads. Before 2.7.1 a description that is found there points to the settings of
// its first user, long freed; the code for what comes after the product, such as a sum, is made from them. Debian 12 has 2.6.3.
bool ct_has_unsound_sums(void) {
    struct version {
        int major, minor, patch;
    };
    const auto find = reinterpret_cast<const version *(*)()>(dlsym(RTLD_DEFAULT, "dnnl_version"));
    if (!find) return false;
    const version *found = find();
    if (found->major != 2) return found->major < 2;
    return found->minor < 7 || (found->minor == 7 && found->patch < 1);
}

ct_blas_threading ct_blas(void) {
    using Parallel = int (*)();
    const auto parallel = reinterpret_cast<Parallel>(dlsym(RTLD_DEFAULT, "openblas_get_parallel"));
    return parallel ? ct_blas_threading(parallel()) : CT_BLAS_UNKNOWN;
}
