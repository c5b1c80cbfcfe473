#pragma once

/// The Swift compiler that reads this header, as 10000 · major + 100 · minor + patch. In language mode 6, which all of
/// our Swift is in, `__swift__` is the compiler's own version; in older modes it would be the mode's.
static const int FW_SWIFT_COMPILER = __swift__;
