// What an accelerator has of memory, and when it has done what it was asked to. The headers of libtorch 2.9 and newer say it for
// every kind of accelerator, so that none of CUDA's are needed to build; for an older one there is no accelerator.

#include "guard.h"

#include <torch/csrc/api/include/torch/version.h>

#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 9)
#define CT_ACCELERATORS 1
#include <c10/core/AllocatorConfig.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/Event.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#else
#define CT_ACCELERATORS 0
#endif

#include <chrono>
#include <memory>

namespace {

#if CT_ACCELERATORS
/// Null for a processor, and where nothing of the kind is loaded.
c10::DeviceAllocator *allocator_of(const c10::Device &device) {
    if (device.is_cpu()) return nullptr;
    return dynamic_cast<c10::DeviceAllocator *>(c10::GetAllocator(device.type()));
}
#endif

} // namespace

bool ct_device_memory(const char *name, size_t *available, size_t *total) {
#if CT_ACCELERATORS
    bool is_known = false;
    const ct_status status = ctorch::guarded([&] {
        const c10::Device device(name);
        if (auto *allocator = allocator_of(device)) {
            const auto [free, all] = allocator->getMemoryInfo(device.index());
            *available = free;
            *total = all;
            is_known = true;
        }
    });
    return status == CT_OK && is_known;
#else
    (void)name, (void)available, (void)total;
    return false;
#endif
}

size_t ct_device_memory_peak(const char *name, bool forget) {
    size_t peak = 0;
#if CT_ACCELERATORS
    ctorch::guarded([&] {
        const c10::Device device(name);
        auto *allocator = allocator_of(device);
        if (!allocator || !allocator->initialized()) return;
        peak = size_t(allocator->getDeviceStats(device.index()).allocated_bytes[0].peak);
        if (forget) allocator->resetPeakStats(device.index());
    });
#else
    (void)name, (void)forget;
#endif
    return peak;
}

ct_status ct_limit_device_memory(const char *name, size_t bytes) {
    return ctorch::guarded([&] {
        size_t available = 0, total = 0;
        TORCH_CHECK(ct_device_memory(name, &available, &total), "does not tell how much memory it has");
        const double share = std::min(1.0, double(bytes) / double(total));
#if CT_ACCELERATORS
        c10::CachingAllocator::setAllocatorSettings("per_process_memory_fraction:" + std::to_string(share));
#endif
    });
}

struct ct_moment {
    std::chrono::steady_clock::time_point time;
#if CT_ACCELERATORS
    std::unique_ptr<c10::Event> event;
#endif
};

ct_status ct_moment_create(const char *name, ct_moment **result) {
    return ctorch::guarded([&] {
        auto moment = std::make_unique<ct_moment>();
        moment->time = std::chrono::steady_clock::now();
#if CT_ACCELERATORS
        const c10::Device device(name);
        if (!device.is_cpu()) {
            moment->event = std::make_unique<c10::Event>(device.type(), c10::EventFlag::BACKEND_DEFAULT);
            moment->event->record(c10::impl::VirtualGuardImpl(device.type()).getStream(device));
        }
#else
        (void)name;
#endif
        *result = moment.release();
    });
}

ct_status ct_moment_wait(ct_moment *moment) {
    return ctorch::guarded([&] {
#if CT_ACCELERATORS
        if (moment->event) moment->event->synchronize();
#else
        (void)moment;
#endif
    });
}

ct_status ct_moment_seconds(ct_moment *start, ct_moment *end, double *seconds) {
    return ctorch::guarded([&] {
#if CT_ACCELERATORS
        if (start->event && end->event) {
            start->event->synchronize();
            end->event->synchronize();
            *seconds = start->event->elapsedTime(*end->event) / 1000;
            return;
        }
#endif
        *seconds = std::chrono::duration<double>(end->time - start->time).count();
    });
}

void ct_moment_free(ct_moment *moment) { delete moment; }
