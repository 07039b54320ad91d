#pragma once

#include <zlib.h>

/* Macros that set the version and the size of the structure by themselves; Swift does not see them. The window of
 * 15 + 16 bits means the gzip format. */

static inline int CZlib_deflateInitGzip(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}

static inline int CZlib_inflateInitGzip(z_stream *stream) { return inflateInit2(stream, 15 + 16); }
