// Tensor handles, autograd and random numbers.

#include "guard.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/ops/empty.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>

#include <cstring>
#include <mutex>

namespace {

thread_local std::string last_error;

std::vector<at::Tensor> values(ct_tensor *const *tensors, int32_t count) {
    std::vector<at::Tensor> result;
    result.reserve(size_t(count));
    for (int32_t i = 0; i < count; i++) result.push_back(tensors[i] ? tensors[i]->value : at::Tensor());
    return result;
}

} // namespace

void ctorch::set_last_error(const std::string &message) { last_error = message; }

const char *ct_last_error(void) { return last_error.c_str(); }

ct_status ct_tensor_from_bytes(const void *bytes, const int64_t *shape, int32_t rank, int32_t type,
                               ct_tensor **result) {
    return ctorch::guarded([&] {
        auto tensor = at::empty(c10::IntArrayRef(shape, size_t(rank)), c10::ScalarType(type));
        if (tensor.nbytes() > 0) std::memcpy(tensor.data_ptr(), bytes, tensor.nbytes());
        *result = ctorch::wrap(std::move(tensor));
    });
}

ct_status ct_tensor_of_shape(const int64_t *shape, int32_t rank, int32_t type, ct_tensor **result) {
    return ctorch::guarded([&] {
        const auto options = at::TensorOptions().dtype(c10::ScalarType(type)).device(c10::kMeta);
        *result = ctorch::wrap(at::empty(c10::IntArrayRef(shape, size_t(rank)), options));
    });
}

ct_status ct_tensor_in_pinned_memory(const void *bytes, const int64_t *shape, int32_t rank, int32_t type,
                                     ct_tensor **result) {
    return ctorch::guarded([&] {
        const auto options = at::TensorOptions().dtype(c10::ScalarType(type)).pinned_memory(true);
        auto tensor = at::empty(c10::IntArrayRef(shape, size_t(rank)), options);
        if (tensor.nbytes() > 0) std::memcpy(tensor.data_ptr(), bytes, tensor.nbytes());
        *result = ctorch::wrap(std::move(tensor));
    });
}

bool ct_tensor_has_values(const ct_tensor *tensor) { return !tensor->value.is_meta(); }

ct_status ct_tensor_to_bytes(const ct_tensor *tensor, void *bytes, size_t capacity) {
    return ctorch::guarded([&] {
        const auto plain = tensor->value.detach().to(c10::kCPU).contiguous();
        TORCH_CHECK(plain.nbytes() <= capacity, plain.nbytes(), " bytes do not fit into ", capacity);
        if (plain.nbytes() > 0) std::memcpy(bytes, plain.data_ptr(), plain.nbytes());
    });
}

void ct_tensor_free(ct_tensor *tensor) { delete tensor; }

int32_t ct_tensor_rank(const ct_tensor *tensor) { return int32_t(tensor->value.dim()); }

void ct_tensor_shape(const ct_tensor *tensor, int64_t *shape) {
    const auto sizes = tensor->value.sizes();
    std::copy(sizes.begin(), sizes.end(), shape);
}

int32_t ct_tensor_type(const ct_tensor *tensor) { return int32_t(tensor->value.scalar_type()); }

void ct_tensor_device(const ct_tensor *tensor, char *name, size_t capacity) {
    const auto text = tensor->value.device().str();
    std::strncpy(name, text.c_str(), capacity - 1);
    name[capacity - 1] = 0;
}

bool ct_tensor_requires_gradient(const ct_tensor *tensor) { return tensor->value.requires_grad(); }

ct_status ct_tensor_set_requires_gradient(ct_tensor *tensor, bool requires_gradient) {
    return ctorch::guarded([&] { tensor->value.set_requires_grad(requires_gradient); });
}

ct_tensor *ct_tensor_gradient(const ct_tensor *tensor) {
    const auto &gradient = tensor->value.grad();
    return gradient.defined() ? ctorch::wrap(gradient) : nullptr;
}

ct_status ct_tensor_set_gradient(ct_tensor *tensor, const ct_tensor *gradient) {
    return ctorch::guarded([&] { tensor->value.mutable_grad() = gradient ? gradient->value : at::Tensor(); });
}

ct_status ct_backward(ct_tensor *const *outputs, ct_tensor *const *seeds, int32_t count, bool keep_graph) {
    return ctorch::guarded([&] {
        torch::autograd::backward(values(outputs, count), values(seeds, count), keep_graph);
    });
}

ct_status ct_gradients(ct_tensor *const *outputs, ct_tensor *const *seeds, int32_t count, ct_tensor *const *inputs,
                       int32_t input_count, bool keep_graph, ct_tensor **results) {
    return ctorch::guarded([&] {
        const auto gradients =
            torch::autograd::grad(values(outputs, count), values(inputs, input_count), values(seeds, count),
                                  keep_graph, /*create_graph=*/false, /*allow_unused=*/true);
        for (int32_t i = 0; i < input_count; i++)
            results[i] = gradients[size_t(i)].defined() ? ctorch::wrap(gradients[size_t(i)]) : nullptr;
    });
}

bool ct_gradient_mode(void) { return c10::GradMode::is_enabled(); }

bool ct_set_gradient_mode(bool enabled) {
    const bool previous = c10::GradMode::is_enabled();
    c10::GradMode::set_enabled(enabled);
    return previous;
}

ct_status ct_generator_create(const char *device, uint64_t seed, ct_generator **result) {
    return ctorch::guarded([&] {
        if (c10::Device(device).is_cpu()) {
            *result = new ct_generator{at::detail::createCPUGenerator(seed)};
            return;
        }
        auto random = at::globalContext().defaultGenerator(c10::Device(device));
        const std::lock_guard<std::mutex> lock(random.mutex());
        random.set_current_seed(seed);
        *result = new ct_generator{random};
    });
}

void ct_generator_free(ct_generator *generator) { delete generator; }
