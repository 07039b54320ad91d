#pragma once

#include <curl/curl.h>

/* curl_easy_setopt and curl_easy_getinfo are variadic, which Swift cannot call. */

/* What a request is told; it lives as long as the call. Without a body it is a GET, with one a POST. */
struct CLibCurl_Request {
    const char *url;
    long milliseconds;
    const void *body;
    long length;
    /* A line of the head: of a body its Content-Type. NULL without one. */
    const char *header;
    /* For basic authentication; NULL without. */
    const char *user;
    const char *password;
    void *context;
    size_t (*take)(char *bytes, size_t size, size_t count, void *context);
};

/* The head of an answer; the text is valid until the handle's next request. */
struct CLibCurl_Head {
    long status;
    const char *cache_control;
};

/* Makes a request with a handle, whose connections are kept; redirects are not followed. */
static inline CURLcode CLibCurl_send(
    CURL *handle,
    const struct CLibCurl_Request *request,
    struct CLibCurl_Head *head
) {
    struct curl_slist *headers = NULL;
    if (request->header) {
        headers = curl_slist_append(NULL, request->header);
        if (!headers) return CURLE_OUT_OF_MEMORY;
    }
    if (request->body) {
        curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request->body);
        curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, request->length);
    } else {
        curl_easy_setopt(handle, CURLOPT_HTTPGET, 1L);
    }
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(handle, CURLOPT_URL, request->url);
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
    curl_easy_setopt(handle, CURLOPT_USERNAME, request->user);
    curl_easy_setopt(handle, CURLOPT_PASSWORD, request->password);
    /* The environment's proxy variables would send secrets elsewhere. */
    curl_easy_setopt(handle, CURLOPT_PROXY, "");
    /* Signals would be the process's; without them a name is not looked up for longer than the rest of the time. */
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, request->milliseconds);
    curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, request->milliseconds);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, request->take);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, request->context);
    CURLcode code = curl_easy_perform(handle);
    if (code == CURLE_OK) {
        struct curl_header *header = NULL;
        curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &head->status);
        if (curl_easy_header(handle, "Cache-Control", 0, CURLH_HEADER, -1, &header) == CURLHE_OK)
            head->cache_control = header->value;
    }
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);
    return code;
}

/* What all POSTs of a handle have in common. */
struct CLibCurl_PostRules {
    long milliseconds;
    int is_http_allowed;
    const char *user_agent;
    size_t (*take)(char *bytes, size_t size, size_t count, void *context);
    /* Opens a socket for an address, or refuses the address by CURL_SOCKET_BAD. */
    curl_socket_t (*open_socket)(void *context, curlsocktype purpose, struct curl_sockaddr *address);
};

/* Prepares a handle for transfers of a multi handle; redirects are not followed. */
static inline CURLcode CLibCurl_setRules(CURL *handle, const struct CLibCurl_PostRules *rules) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_USERAGENT, rules->user_agent);
    /* The environment's proxy variables would send secrets elsewhere. */
    if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_PROXY, "");
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTPS | (rules->is_http_allowed ? CURLPROTO_HTTP : 0)));
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, rules->milliseconds);
    curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, rules->milliseconds);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, rules->take);
    curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, rules->open_socket);
    return code;
}

/* A POST; it lives as long as the call that prepares it. */
struct CLibCurl_Post {
    const char *url;
    const void *body;
    long length;
    /* Belongs to the caller, and lives as long as the transfer, like the context. */
    struct curl_slist *headers;
    void *context;
};

/* Prepares a handle with rules for a transfer. */
static inline CURLcode CLibCurl_prepare(CURL *handle, const struct CLibCurl_Post *post) {
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, post->length);
    CURLcode code = curl_easy_setopt(handle, CURLOPT_COPYPOSTFIELDS, post->body);
    if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_URL, post->url);
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, post->headers);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, post->context);
    curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, post->context);
    return code;
}

/* The head of an answer; the seconds of Retry-After are 0 without one. */
static inline void CLibCurl_outcome(CURL *handle, long *status, curl_off_t *retry_after) {
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, status);
    curl_easy_getinfo(handle, CURLINFO_RETRY_AFTER, retry_after);
}

/* Limits how many idle connections a multi handle keeps. */
static inline CURLMcode CLibCurl_keep(CURLM *multi, long connections) {
    return curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, connections);
}

static inline CURLcode CLibCurl_initialize(void) {
    return curl_global_init(CURL_GLOBAL_DEFAULT);
}
