#include "cjemalloc.h"

#include <jemalloc/jemalloc.h>

#include <stddef.h>

// jemalloc reads this as it starts; MALLOC_CONF of the environment comes after it and counts.
//
// A step frees gigabytes that the next one asks for again. As it comes, jemalloc hands what has 8 MiB or more back to the kernel
// as it is freed, and to be given it anew, zeroed, took half of a training of convolutions. Here whatever size it has waits for
// half a minute; what is not asked for until then goes back.
const char *malloc_conf = "oversize_threshold:1099511627776,dirty_decay_ms:30000";

const char *fw_jemalloc_version(void) {
  const char *version = NULL;
  size_t length = sizeof version;
  return mallctl("version", &version, &length, NULL, 0) ? NULL : version;
}
