#pragma once

/// What jemalloc says its version is, `5.3.0-0-g…`; null where it says nothing.
const char *fw_jemalloc_version(void);
