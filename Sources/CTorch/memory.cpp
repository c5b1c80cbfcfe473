// What happens when memory runs out, and a limit on how much there is.

#include "guard.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <torch/csrc/api/include/torch/version.h>

#include <malloc.h>

#include <atomic>
#include <stdexcept>

namespace {

thread_local ct_memory_scope scope = CT_MEMORY_UNWATCHED;
thread_local std::string reason;

std::atomic<size_t> limit{0};
std::atomic<size_t> in_use{0};
std::atomic<size_t> peak{0};
c10::DeleterFnPtr base_deleter = nullptr;

void release(void *data) {
    if (!data) return;
    in_use -= malloc_usable_size(data);
    base_deleter(data);
}

void count(void *data) {
    if (!data) return;
    const size_t now = in_use += malloc_usable_size(data);
    size_t highest = peak;
    while (now > highest && !peak.compare_exchange_weak(highest, now)) {
    }
}

#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 3)
#define CT_ALLOCATE_CONST
#else
#define CT_ALLOCATE_CONST const
#endif

/// libtorch's allocator for the processor, which counts, and refuses what goes beyond the limit.
class LimitedAllocator final : public c10::Allocator {
  public:
    explicit LimitedAllocator(c10::Allocator *base) : base(base) { base_deleter = base->raw_deleter(); }

    c10::DataPtr allocate(size_t size) CT_ALLOCATE_CONST override {
        const size_t allowed = limit;
        if (allowed > 0 && in_use + size > allowed)
            throw std::runtime_error("out of memory: " + std::to_string(size) + " bytes more than the " +
                                     std::to_string(in_use) + " in use are beyond the limit of " +
                                     std::to_string(allowed));
        void *data = base->raw_allocate(size);
        count(data);
        return {data, data, &release, c10::Device(c10::kCPU)};
    }

    c10::DeleterFnPtr raw_deleter() const override { return &release; }

#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 3)
    void copy_data(void *target, const void *source, std::size_t size) const override {
        default_copy_data(target, source, size);
    }
#endif

  private:
    c10::Allocator *const base;
};

} // namespace

void ctorch::note_out_of_memory(const std::string &message) {
    if (scope != CT_MEMORY_WATCHED) return;
    scope = CT_MEMORY_EXHAUSTED;
    reason = message;
}

ct_memory_scope ct_memory(void) { return scope; }

void ct_set_memory(ct_memory_scope value) { scope = value; }

const char *ct_memory_error(void) { return reason.c_str(); }

void ct_limit_memory(size_t bytes) {
    static LimitedAllocator *const allocator = [] {
        auto *made = new LimitedAllocator(c10::GetCPUAllocator());  // lives as long as the last tensor: for ever
        c10::SetCPUAllocator(made);
        return made;
    }();
    (void)allocator;
    limit = bytes;
    peak = in_use.load();
}

size_t ct_memory_peak(void) { return peak; }
