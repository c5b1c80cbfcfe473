#include "cjemalloc.h"

#include <jemalloc/jemalloc.h>

#include <stddef.h>

// jemalloc reads this as it starts; the environment's MALLOC_CONF comes after it and counts.
//
// A step frees gigabytes that the next one asks for again. As it comes, jemalloc hands pieces of 8 MiB and more back to the kernel
// as they are freed, and the rest a little later; zeroing them anew took half of a training of convolutions. Here they are lent:
// the kernel takes them where it runs short, and otherwise they are there when they are asked for.
const char *malloc_conf = "oversize_threshold:0,muzzy_decay_ms:-1";

const char *fw_jemalloc_version(void) {
  const char *version = NULL;
  size_t length = sizeof version;
  return mallctl("version", &version, &length, NULL, 0) ? NULL : version;
}
