// What the C++ files of CTorch share: the handle's content and the one guard around fallible entries.
#pragma once

#include "ctorch.h"

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <new>
#include <string>

struct ct_tensor {
    at::Tensor value;
};

struct ct_generator {
    at::Generator value;
};

namespace ctorch {

void set_last_error(const std::string &message);

/// Notes that memory ran out, for the scope that this thread is in.
void note_out_of_memory(const std::string &message);

/// c10 has no type of its own for a failed allocation in every version that we build against; and cuDNN's convolutions try one
/// way after the other, and say of the last that there was none.
inline bool is_out_of_memory(const std::string &message) {
    for (const char *sign : {"can't allocate memory", "out of memory", "ALLOC_FAILED", "unable to find an engine",
                             "nable to find a valid cuDNN algorithm"})
        if (message.find(sign) != std::string::npos) return true;
    return false;
}

inline ct_status failed(const std::string &message) {
    set_last_error(message);
    if (!is_out_of_memory(message)) return CT_ERROR;
    note_out_of_memory(message);
    return CT_OUT_OF_MEMORY;
}

/// No C++ exception may reach Swift: turns each into a status and a message.
template <typename Body> ct_status guarded(Body &&body) noexcept {
    try {
        body();
        return CT_OK;
    } catch (const c10::Error &error) {
        return failed(error.what_without_backtrace());
    } catch (const std::bad_alloc &) {
        return failed("out of memory");
    } catch (const std::exception &error) {
        return failed(error.what());
    } catch (...) {
        set_last_error("unknown C++ exception");
        return CT_ERROR;
    }
}

inline ct_tensor *wrap(at::Tensor value) { return new ct_tensor{std::move(value)}; }

} // namespace ctorch
