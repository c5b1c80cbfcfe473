// What the C++ files of CTorch share: the handle's content and the one guard around fallible entries.
#pragma once

#include "ctorch.h"

#include <ATen/core/Tensor.h>

#include <new>
#include <string>

struct ct_tensor {
    at::Tensor value;
};

namespace ctorch {

void set_last_error(const std::string &message);

/// c10 has no type of its own for a failed allocation in every version that we build against.
inline bool is_out_of_memory(const std::string &message) {
    return message.find("can't allocate memory") != std::string::npos ||
           message.find("out of memory") != std::string::npos;
}

/// No C++ exception may reach Swift: turns each into a status and a message.
template <typename Body> ct_status guarded(Body &&body) noexcept {
    try {
        body();
        return CT_OK;
    } catch (const c10::Error &error) {
        const std::string message = error.what_without_backtrace();
        set_last_error(message);
        return is_out_of_memory(message) ? CT_OUT_OF_MEMORY : CT_ERROR;
    } catch (const std::bad_alloc &) {
        set_last_error("out of memory");
        return CT_OUT_OF_MEMORY;
    } catch (const std::exception &error) {
        set_last_error(error.what());
        return is_out_of_memory(error.what()) ? CT_OUT_OF_MEMORY : CT_ERROR;
    } catch (...) {
        set_last_error("unknown C++ exception");
        return CT_ERROR;
    }
}

inline ct_tensor *wrap(at::Tensor value) { return new ct_tensor{std::move(value)}; }

} // namespace ctorch
