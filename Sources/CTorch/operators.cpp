// The one boxed operator call.

#include "guard.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/jit_type.h>
#include <ATen/core/stack.h>
#include <ATen/ops/empty.h>
#include <c10/core/GradMode.h>

#include <vector>

namespace {

/// How a parameter of the schema wants its value boxed.
enum class Box { tensor, tensors, optional_tensors, real, reals, any };

Box box_for(c10::TypePtr type) {
    const auto optional = type->cast<c10::OptionalType>();
    if (optional) type = optional->getElementType();
    switch (type->kind()) {
    // libtorch 2 takes an undefined tensor in the place of an optional one for a tensor that is there.
    case c10::TypeKind::TensorType: return optional ? Box::any : Box::tensor;
    case c10::TypeKind::FloatType: return Box::real;
    case c10::TypeKind::ListType: {
        const auto element = type->castRaw<c10::ListType>()->getElementType();
        if (element->kind() == c10::TypeKind::TensorType) return Box::tensors;
        if (element->kind() == c10::TypeKind::OptionalType) return Box::optional_tensors;
        if (element->kind() == c10::TypeKind::FloatType || element->kind() == c10::TypeKind::NumberType)
            return Box::reals;
        return Box::any;
    }
    default: return Box::any;
    }
}

} // namespace

struct ct_operator {
    c10::OperatorHandle handle;
    std::vector<Box> boxes;
};

namespace {

c10::IValue boxed(const ct_value &value, Box box) {
    switch (value.kind) {
    case CT_NONE: return box == Box::tensor ? c10::IValue(at::Tensor()) : c10::IValue();
    case CT_TENSOR: return value.tensor->value;
    case CT_INTEGER: return box == Box::real ? c10::IValue(double(value.integer)) : c10::IValue(value.integer);
    case CT_REAL: return value.real;
    case CT_BOOLEAN: return value.integer != 0;
    case CT_STRING: return std::string(value.string);
    case CT_DEVICE: return c10::Device(value.string);
    case CT_GENERATOR: return value.generator->value;
    case CT_INTEGER_LIST: {
        if (box == Box::reals) {
            c10::List<double> list;
            for (int64_t i = 0; i < value.count; i++) list.push_back(double(value.integers[i]));
            return list;
        }
        return c10::IntArrayRef(value.integers, size_t(value.count));
    }
    case CT_TENSOR_LIST: {
        if (box == Box::optional_tensors) {
            c10::List<c10::optional<at::Tensor>> list;
            for (int64_t i = 0; i < value.count; i++) {
                if (value.tensors[i]) list.push_back(value.tensors[i]->value);
                else list.push_back(c10::nullopt);
            }
            return list;
        }
        c10::List<at::Tensor> list;
        list.reserve(size_t(value.count));
        for (int64_t i = 0; i < value.count; i++) list.push_back(value.tensors[i]->value);
        return list;
    }
    }
    TORCH_CHECK(false, "unknown kind of argument ", int(value.kind));
}

at::Tensor shape_of(const at::Tensor &tensor) {
    return tensor.defined() ? at::empty(tensor.sizes(), tensor.options().device(c10::kMeta))
                            : tensor;
}

/// The same argument without memory and values.
c10::IValue shapes_of(const c10::IValue &value) {
    if (value.isTensor()) return shape_of(value.toTensor());
    if (value.isDevice()) return c10::Device(c10::kMeta);
    if (value.isTensorList()) {
        c10::List<at::Tensor> list;
        for (const at::Tensor &tensor : value.toTensorVector()) list.push_back(shape_of(tensor));
        return list;
    }
    return value;
}

/// Appends `value` to the results; a list of tensors becomes that many results.
void unbox(const c10::IValue &value, ct_value *results, int32_t capacity, int32_t &count) {
    if (value.isTensorList()) {
        for (const at::Tensor &tensor : value.toTensorVector()) unbox(tensor, results, capacity, count);
        return;
    }
    TORCH_CHECK(count < capacity, "more than the expected ", capacity, " results");
    ct_value result{};
    if (value.isTensor()) {
        result.kind = CT_TENSOR;
        result.tensor = ctorch::wrap(value.toTensor());
    } else if (value.isBool()) {
        result.kind = CT_BOOLEAN;
        result.integer = value.toBool();
    } else if (value.isInt()) {
        result.kind = CT_INTEGER;
        result.integer = value.toInt();
    } else if (value.isDouble()) {
        result.kind = CT_REAL;
        result.real = value.toDouble();
    } else {
        TORCH_CHECK(value.isNone(), "unexpected result of type ", value.tagKind());
    }
    results[count++] = result;
}

} // namespace

ct_status ct_operator_find(const char *name, const char *overload, ct_operator **result) {
    return ctorch::guarded([&] {
        auto handle = c10::Dispatcher::singleton().findSchemaOrThrow(name, overload);
        std::vector<Box> boxes;
        for (const auto &argument : handle.schema().arguments()) boxes.push_back(box_for(argument.type()));
        *result = new ct_operator{handle, std::move(boxes)};
    });
}

namespace {

ct_status call(ct_operator *op, const ct_value *arguments, int32_t argument_count, bool on_shapes, ct_value *results,
               int32_t capacity, int32_t *result_count) {
    int32_t count = 0;
    const ct_status status = ctorch::guarded([&] {
        const auto &parameters = op->handle.schema().arguments();
        TORCH_CHECK(size_t(argument_count) <= parameters.size(), "takes ", parameters.size(), " arguments, given ",
                    argument_count);
        c10::Stack stack;
        stack.reserve(parameters.size());
        for (size_t i = 0; i < parameters.size(); i++) {
            if (i < size_t(argument_count)) {
                stack.push_back(boxed(arguments[i], op->boxes[i]));
                if (on_shapes) stack.back() = shapes_of(stack.back());
            } else {
                TORCH_CHECK(parameters[i].default_value(), "argument '", parameters[i].name(), "' is missing");
                stack.push_back(*parameters[i].default_value());
            }
        }
        const c10::AutoGradMode mode(c10::GradMode::is_enabled() && !on_shapes);
        op->handle.callBoxed(stack);
        for (const auto &value : stack) unbox(value, results, capacity, count);
    });
    if (status != CT_OK) {
        for (int32_t i = 0; i < count; i++) ct_tensor_free(results[i].tensor);
        count = 0;
    }
    *result_count = count;
    return status;
}

} // namespace

ct_status ct_operator_call(ct_operator *op, const ct_value *arguments, int32_t argument_count, ct_value *results,
                           int32_t capacity, int32_t *result_count) {
    return call(op, arguments, argument_count, false, results, capacity, result_count);
}

ct_status ct_operator_call_on_shapes(ct_operator *op, const ct_value *arguments, int32_t argument_count,
                                     ct_value *results, int32_t capacity, int32_t *result_count) {
    return call(op, arguments, argument_count, true, results, capacity, result_count);
}
