#include "callocations.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

// The C library's own functions under their other names; ours come before them in every library's search.
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static atomic_long refused;

long fw_refused_allocations(void) { return refused; }

static void *counted(void *memory, size_t size) {
  if (!memory && size) refused++;
  return memory;
}

void *malloc(size_t size) { return counted(__libc_malloc(size), size); }

void *calloc(size_t count, size_t size) { return counted(__libc_calloc(count, size), count && size); }

void *realloc(void *memory, size_t size) { return counted(__libc_realloc(memory, size), size); }

// What libav takes its pictures and packets from.
int posix_memalign(void **memory, size_t alignment, size_t size) {
  if (alignment % sizeof(void *) || !alignment || alignment & (alignment - 1)) return EINVAL;
  void *got = counted(__libc_memalign(alignment, size), size);
  if (!got && size) return ENOMEM;
  *memory = got;
  return 0;
}
