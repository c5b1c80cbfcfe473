#pragma once

/// How often, in this process, the C library had no memory to give. A program that is linked to this counts in what all
/// its libraries ask for.
long fw_refused_allocations(void);
