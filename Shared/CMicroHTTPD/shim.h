#pragma once

#include <microhttpd.h>
#include <sys/socket.h>

/* MHD_start_daemon is variadic, which Swift cannot call; and macros with casts have no Swift name. */

static const uint64_t CMicroHTTPD_sizeUnknown = MHD_SIZE_UNKNOWN;
static const ssize_t CMicroHTTPD_endOfStream = MHD_CONTENT_READER_END_OF_STREAM;
static const ssize_t CMicroHTTPD_endWithError = MHD_CONTENT_READER_END_WITH_ERROR;

/* Members of enumerations that are imported without their members' names. */
static const enum MHD_Result CMicroHTTPD_yes = MHD_YES;
static const enum MHD_Result CMicroHTTPD_no = MHD_NO;
static const enum MHD_ValueKind CMicroHTTPD_headerKind = MHD_HEADER_KIND;
static const enum MHD_ConnectionNotificationCode CMicroHTTPD_started = MHD_CONNECTION_NOTIFY_STARTED;

/* POLLRDHUP, which poll.h gives to _GNU_SOURCE only. */
static const short CMicroHTTPD_pollPeerClosed = 0x2000;

/* What a daemon is started with. */
struct CMicroHTTPD_Settings {
    int listenSocket;
    unsigned int threads;
    unsigned int connectionLimit;
    unsigned int connectionLimitPerAddress;
    size_t connectionMemory;
    void *context;
    MHD_AccessHandlerCallback onRequest;
    MHD_NotifyConnectionCallback onConnection;
    MHD_RequestCompletedCallback onCompletion;
    void *(*onTarget)(void *context, const char *target, struct MHD_Connection *connection);
};

/* Leaves a target as it was sent: escapes are decoded by the router, which can refuse them. */
static inline size_t CMicroHTTPD_keepEscapes(void *context, struct MHD_Connection *connection, char *text) {
    (void)context;
    (void)connection;
    return __builtin_strlen(text);
}

static inline struct MHD_Daemon *CMicroHTTPD_start(const struct CMicroHTTPD_Settings *settings) {
    return MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_EPOLL | MHD_USE_TURBO | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
        settings->onRequest, settings->context,
        MHD_OPTION_LISTEN_SOCKET, settings->listenSocket,
        MHD_OPTION_THREAD_POOL_SIZE, settings->threads,
        MHD_OPTION_CONNECTION_LIMIT, settings->connectionLimit,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, settings->connectionLimitPerAddress,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, settings->connectionMemory,
        MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_NOTIFY_CONNECTION, settings->onConnection, settings->context,
        MHD_OPTION_NOTIFY_COMPLETED, settings->onCompletion, settings->context,
        MHD_OPTION_URI_LOG_CALLBACK, settings->onTarget, settings->context,
        MHD_OPTION_UNESCAPE_CALLBACK, &CMicroHTTPD_keepEscapes, NULL,
        MHD_OPTION_END);
}

/* The members of the union that MHD_get_connection_info answers with. */

static inline int CMicroHTTPD_socket(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}

static inline const struct sockaddr *CMicroHTTPD_address(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return info ? info->client_addr : NULL;
}

static inline void *CMicroHTTPD_socketContext(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

static inline size_t CMicroHTTPD_headSize(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return info ? info->header_size : 0;
}

/* Sends no chunks, and ends the connection to end the body. */
static inline void CMicroHTTPD_avoidChunks(struct MHD_Response *response) {
    MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
}

static inline struct MHD_Response *CMicroHTTPD_copyingResponse(size_t size, const void *bytes) {
    return MHD_create_response_from_buffer(size, (void *)bytes, MHD_RESPMEM_MUST_COPY);
}
