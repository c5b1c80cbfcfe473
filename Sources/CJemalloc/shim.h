#pragma once
#include <stddef.h>

/// jemalloc's window on itself: writes what `name` stands for to `old`, `*old_length` bytes, and returns 0, or an errno.
/// Declared here since its own header declares the C library's functions, malloc among them, once more.
int mallctl(const char *name, void *old, size_t *old_length, void *fresh, size_t fresh_length);
