// oneDNN makes a kernel for each shape and keeps the last 1,024 for all threads. Before 2.7.1 what it keeps points to settings of
// its first user, which are long freed. That does no harm as long as description and kernel are both found; but packed batches
// bring new shapes in each step, so that one thread's kernels push another's out, and when that happens between the two, a kernel
// is made from freed memory. So nothing is ever pushed out here: all are dropped at once when they are many, while nobody computes.

#include "kernels.h"
#include "ctorch.h"

#include <dlfcn.h>
#include <pthread.h>

#include <atomic>

namespace {

struct version {
    int major, minor, patch;
};

class Kernels {
  public:
    Kernels() {
        const auto version = find<const struct version *()>("dnnl_version");
        set_capacity = find<int(int)>("dnnl_set_primitive_cache_capacity");
        // Not of its interface, but there for its own tests, in all versions that this is for.
        get_count = find<int(int *)>("_ZN4dnnl4impl24get_primitive_cache_sizeEPi");
        if (!version || !set_capacity) return;
        const auto *v = version();
        if (v->major > 2 || (v->major == 2 && (v->minor > 7 || (v->minor == 7 && v->patch >= 1)))) return;
        if (!get_count) {
            set_capacity(0);
            return;
        }
        // A thread that wants all others out for a moment must not wait until they happen to be.
        pthread_rwlockattr_t attributes;
        pthread_rwlockattr_init(&attributes);
        pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
        pthread_rwlock_init(&computing, &attributes);
        pthread_rwlockattr_destroy(&attributes);
        set_capacity(unlimited);
        is_needed = true;
    }

    void enter() {
        if (is_needed) pthread_rwlock_rdlock(&computing);
    }

    void leave() {
        if (!is_needed) return;
        pthread_rwlock_unlock(&computing);
        // One that holds a hundred kilobytes is made in a millisecond: to drop what may still be used costs little.
        if (count() < CT_MOST_KERNELS) return;
        pthread_rwlock_wrlock(&computing);
        if (count() >= CT_MOST_KERNELS) {
            set_capacity(0);
            set_capacity(unlimited);
        }
        pthread_rwlock_unlock(&computing);
    }

    int count() const {
        int result = 0;
        return is_needed && get_count(&result) == 0 ? result : -1;
    }

  private:
    static constexpr int unlimited = 1 << 30;

    template <typename Function> static Function *find(const char *name) {
        return reinterpret_cast<Function *>(dlsym(RTLD_DEFAULT, name));
    }

    int (*set_capacity)(int) = nullptr;
    int (*get_count)(int *) = nullptr;
    bool is_needed = false;
    pthread_rwlock_t computing;
};

Kernels &kernels() {
    static Kernels result;
    return result;
}

/// Operators call operators: a backward pass those of our own.
thread_local int depth = 0;

} // namespace

ctorch::Computing::Computing() {
    if (depth++ == 0) kernels().enter();
}

ctorch::Computing::~Computing() {
    if (--depth == 0) kernels().leave();
}

int32_t ct_kernel_count(void) { return kernels().count(); }
