#pragma once

/* First: gRPC's headers ask the C library for GNU's names, and with these Swift's Glibc module has other structures. */
#include <features.h>

#include <grpc/byte_buffer.h>
#include <grpc/byte_buffer_reader.h>
#include <grpc/grpc.h>
#include <grpc/grpc_posix.h>
#include <grpc/grpc_security.h>
#include <grpc/slice.h>
#include <grpc/support/alloc.h>
#include <grpc/support/log.h>
#include <grpc/support/time.h>

/* A slice's bytes stand in the slice itself if they are few; macros have no Swift name. */

static inline const uint8_t *CGRPC_start(const grpc_slice *slice) { return GRPC_SLICE_START_PTR(*slice); }

static inline size_t CGRPC_length(const grpc_slice *slice) { return GRPC_SLICE_LENGTH(*slice); }

/* What a server is made with; sizes in bytes, times in milliseconds. */
struct CGRPC_Settings {
    size_t maximumMemory;
    int maximumStreams;
    int maximumMessage;
    int maximumMetadata;
    int maximumIdle;
    int maximumAge;
    int ageGrace;
    int keepaliveTime;
    int keepaliveTimeout;
    int minimumPingInterval;
    int maximumPingStrikes;
};

static inline grpc_arg CGRPC_integer(const char *key, int value) {
    grpc_arg argument;
    argument.type = GRPC_ARG_INTEGER;
    argument.key = (char *)key;
    argument.value.integer = value;
    return argument;
}

static inline grpc_server *CGRPC_createServer(const struct CGRPC_Settings *settings) {
    grpc_resource_quota *quota = grpc_resource_quota_create("server");
    grpc_resource_quota_resize(quota, settings->maximumMemory);
    grpc_arg memory;
    memory.type = GRPC_ARG_POINTER;
    memory.key = (char *)GRPC_ARG_RESOURCE_QUOTA;
    memory.value.pointer.p = quota;
    memory.value.pointer.vtable = grpc_resource_quota_arg_vtable();
    grpc_arg list[] = {
        memory,
        CGRPC_integer(GRPC_ARG_MAX_CONCURRENT_STREAMS, settings->maximumStreams),
        CGRPC_integer(GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, settings->maximumMessage),
        CGRPC_integer(GRPC_ARG_MAX_METADATA_SIZE, settings->maximumMetadata),
        CGRPC_integer(GRPC_ARG_MAX_CONNECTION_IDLE_MS, settings->maximumIdle),
        CGRPC_integer(GRPC_ARG_MAX_CONNECTION_AGE_MS, settings->maximumAge),
        CGRPC_integer(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, settings->ageGrace),
        CGRPC_integer(GRPC_ARG_KEEPALIVE_TIME_MS, settings->keepaliveTime),
        CGRPC_integer(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, settings->keepaliveTimeout),
        CGRPC_integer(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1),
        CGRPC_integer(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, settings->minimumPingInterval),
        CGRPC_integer(GRPC_ARG_HTTP2_MAX_PING_STRIKES, settings->maximumPingStrikes),
        /* Nothing is unfolded: what a compressed message unfolds to has no bound in this library. */
        CGRPC_integer(GRPC_COMPRESSION_CHANNEL_ENABLED_ALGORITHMS_BITSET, 1 << GRPC_COMPRESS_NONE),
        CGRPC_integer(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0),
        /* Without these the library keeps a record of each call and each connection. */
        CGRPC_integer(GRPC_ARG_ENABLE_CHANNELZ, 0),
        CGRPC_integer(GRPC_ARG_MAX_CHANNEL_TRACE_EVENT_MEMORY_PER_NODE, 0),
    };
    grpc_channel_args arguments = {sizeof list / sizeof *list, list};
    grpc_server *server = grpc_server_create(&arguments, NULL);
    grpc_resource_quota_unref(quota);
    return server;
}
