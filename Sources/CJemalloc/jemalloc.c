#include "cjemalloc.h"

#include <jemalloc/jemalloc.h>

#include <stddef.h>

// A step frees gigabytes that the next one asks for again. As it comes, jemalloc hands what has 8 MiB or more back to the kernel
// as it is freed, and to be given it anew, zeroed, took half of a training of convolutions. Here whatever size it has waits, and for
// half a minute, since within ten seconds a training with long steps lost much of it; what is not asked for until then goes back,
// also where the thread that it belonged to has nothing to do.
//
// jemalloc reads this as it starts; MALLOC_CONF of the environment comes after it and counts.
const char *malloc_conf = "oversize_threshold:1099511627776,dirty_decay_ms:30000,background_thread:true";

// The first arena, the main thread's, is there before jemalloc has read that.
__attribute__((constructor)) static void let_the_first_arena_wait(void) {
  size_t threshold = (size_t)1 << 40;
  mallctl("arena.0.oversize_threshold", NULL, NULL, &threshold, sizeof threshold);
}

const char *fw_jemalloc_version(void) {
  const char *version = NULL;
  size_t length = sizeof version;
  return mallctl("version", &version, &length, NULL, 0) ? NULL : version;
}
