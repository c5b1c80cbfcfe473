/// libtorch behind a C interface: tensor handles, one boxed operator call, autograd, random state, devices.
///
/// Every function that can fail returns a ct_status; ct_last_error() then says why, on the same thread.
/// A `ct_tensor *` that a function hands out is owned by the caller, who gives it to ct_tensor_free().
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ct_tensor ct_tensor;
typedef struct ct_operator ct_operator;
typedef struct ct_generator ct_generator;

typedef enum ct_status : int32_t {
    CT_OK = 0,
    CT_ERROR = 1,
    CT_OUT_OF_MEMORY = 2,
} ct_status;

typedef enum ct_kind : int32_t {
    CT_NONE = 0,
    CT_TENSOR = 1,        // tensor
    CT_TENSOR_LIST = 2,   // tensors[count]; a null entry stands for an absent tensor
    CT_INTEGER = 3,       // integer; data types are integers as well
    CT_REAL = 4,          // real
    CT_BOOLEAN = 5,       // integer
    CT_INTEGER_LIST = 6,  // integers[count]
    CT_STRING = 7,        // string
    CT_DEVICE = 8,        // string, such as "cpu" or "cuda:0"
    CT_GENERATOR = 9,     // generator
} ct_kind;

/// An argument or a result of an operator; `kind` says which of the fields holds it.
typedef struct ct_value {
    ct_kind kind;
    int64_t count;
    int64_t integer;
    double real;
    ct_tensor *tensor;
    const ct_generator *generator;
    ct_tensor *const *tensors;
    const int64_t *integers;
    const char *string;
} ct_value;

/// The message of the last failure on this thread; valid until the next one.
const char *ct_last_error(void);

// Operators

/// Finds `name.overload` ("aten::add", "Tensor") in libtorch's dispatcher. The handle lives as long as the process.
ct_status ct_operator_find(const char *name, const char *overload, ct_operator **result);

/// Calls the operator. Arguments that are not given take the defaults of the operator's own schema, so that the
/// same call works with versions that differ in trailing arguments. Results are flattened into
/// `results[0..<*result_count]`, at most `capacity`; tensors among them are owned by the caller.
ct_status ct_operator_call(ct_operator *op, const ct_value *arguments, int32_t argument_count, ct_value *results,
                           int32_t capacity, int32_t *result_count);

/// As ct_operator_call, on shapes alone: every tensor stands for its shape and type, devices are passed over, and the
/// results have neither memory nor values. Not every operator of every version knows how.
ct_status ct_operator_call_on_shapes(ct_operator *op, const ct_value *arguments, int32_t argument_count,
                                     ct_value *results, int32_t capacity, int32_t *result_count);

// Tensors. Data types are numbered as c10::ScalarType.

ct_status ct_tensor_from_bytes(const void *bytes, const int64_t *shape, int32_t rank, int32_t type,
                               ct_tensor **result);
/// A tensor that has a shape and a type, and neither memory nor values.
ct_status ct_tensor_of_shape(const int64_t *shape, int32_t rank, int32_t type, ct_tensor **result);
bool ct_tensor_has_values(const ct_tensor *tensor);
/// As ct_tensor_from_bytes, in memory that an accelerator can read from by itself. Fails where there is no accelerator, or no
/// more such memory.
ct_status ct_tensor_in_pinned_memory(const void *bytes, const int64_t *shape, int32_t rank, int32_t type,
                                     ct_tensor **result);
/// Copies the elements, in row-major order, to `bytes`, which has room for `capacity` bytes.
ct_status ct_tensor_to_bytes(const ct_tensor *tensor, void *bytes, size_t capacity);
void ct_tensor_free(ct_tensor *tensor);

int32_t ct_tensor_rank(const ct_tensor *tensor);
void ct_tensor_shape(const ct_tensor *tensor, int64_t *shape);
int32_t ct_tensor_type(const ct_tensor *tensor);
/// Writes the device's name ("cpu", "cuda:0") into `name`, which has room for `capacity` bytes.
void ct_tensor_device(const ct_tensor *tensor, char *name, size_t capacity);

// Autograd

bool ct_tensor_requires_gradient(const ct_tensor *tensor);
ct_status ct_tensor_set_requires_gradient(ct_tensor *tensor, bool requires_gradient);
/// Null where no gradient has been accumulated.
ct_tensor *ct_tensor_gradient(const ct_tensor *tensor);
ct_status ct_tensor_set_gradient(ct_tensor *tensor, const ct_tensor *gradient);

/// Accumulates gradients into the leaves behind `outputs`. A null entry of `seeds` stands for 1 (scalars only).
ct_status ct_backward(ct_tensor *const *outputs, ct_tensor *const *seeds, int32_t count, bool keep_graph);
/// Computes the gradients of `outputs` with respect to `inputs` without accumulating; a null result means unused.
ct_status ct_gradients(ct_tensor *const *outputs, ct_tensor *const *seeds, int32_t count, ct_tensor *const *inputs,
                       int32_t input_count, bool keep_graph, ct_tensor **results);

/// The calling thread's gradient mode.
bool ct_gradient_mode(void);
/// Sets the calling thread's gradient mode and returns what it was.
bool ct_set_gradient_mode(bool enabled);

// Memory

typedef enum ct_memory_scope : int32_t {
    CT_MEMORY_UNWATCHED = 0,  // nobody is prepared to go on when memory runs out
    CT_MEMORY_WATCHED = 1,    // somebody is
    CT_MEMORY_EXHAUSTED = 2,  // a call ran out of memory since the scope began
} ct_memory_scope;

/// The calling thread's scope. A call that returns CT_OUT_OF_MEMORY turns a watched one into an exhausted one.
ct_memory_scope ct_memory(void);
void ct_set_memory(ct_memory_scope scope);
/// What the call said that exhausted this thread's scope.
const char *ct_memory_error(void);

/// From now on tensors on the processor may take `bytes` together; 0 sets no limit. Those that exist already do not
/// count. An allocation beyond it is out of memory.
void ct_limit_memory(size_t bytes);
/// The most bytes that tensors took at a time since the limit was set.
size_t ct_memory_peak(void);

// Accelerators

/// Bytes of a device's memory; false where there is nobody to ask: for a processor, and with a libtorch before 2.9.
bool ct_device_memory(const char *device, size_t *available, size_t *total);
/// The most bytes that tensors took on the device at a time; `forget` begins anew. 0 where nobody counts.
size_t ct_device_memory_peak(const char *device, bool forget);
/// Tensors on a device may take `bytes`, of all that it has. To be called before the first of them is made.
ct_status ct_limit_device_memory(const char *device, size_t bytes);

/// When a device has done all that the calling thread has asked of it so far. The caller owns it.
typedef struct ct_moment ct_moment;
ct_status ct_moment_create(const char *device, ct_moment **result);
/// Waits until it has come.
ct_status ct_moment_wait(ct_moment *moment);
/// From one to the next, as the device's own clock has it; waits for both.
ct_status ct_moment_seconds(ct_moment *start, ct_moment *end, double *seconds);
void ct_moment_free(ct_moment *moment);

// Random numbers

/// A generator of its own for the processor; for another device its default one, seeded. The caller owns it.
ct_status ct_generator_create(const char *device, uint64_t seed, ct_generator **result);
void ct_generator_free(ct_generator *generator);

// The machine

void ct_set_thread_count(int32_t count);
int32_t ct_thread_count(void);
/// Loads libtorch's CUDA library if it is there and says how many devices it sees.
int32_t ct_cuda_device_count(void);
/// What libtorch, as it was loaded, says of how it was built and what it uses here: lines for people. Empty on failure.
const char *ct_configuration(void);
/// Whether the processor multiplies bfloat16 natively (AVX512_BF16 or AMX).
bool ct_processor_has_bfloat16(void);

typedef enum ct_blas_threading : int32_t {
    CT_BLAS_UNKNOWN = -1,  // not OpenBLAS
    CT_BLAS_SERIAL = 0,
    CT_BLAS_PTHREADS = 1,
    CT_BLAS_OPENMP = 2,
} ct_blas_threading;

/// Whether a product of oneDNN's that adds to what is there may be made from memory that is free.
bool ct_has_unsound_sums(void);

/// How the BLAS that this process loaded runs its threads.
ct_blas_threading ct_blas(void);

#ifdef __cplusplus
}
#endif
