#pragma once

/// Has the processor fetch a cache line that will be read soon; costs nothing if it is there, and any address will do.
static inline void prefetch(const void *address) {
    __builtin_prefetch(address, 0, 2);
}
