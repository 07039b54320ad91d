#pragma once

#include <curl/curl.h>

/* curl_easy_setopt and curl_easy_getinfo are variadic, which Swift cannot call. */

/* What a GET is told; it lives as long as the call. */
struct CLibCurl_Get {
    const char *url;
    long milliseconds;
    void *context;
    size_t (*take)(char *bytes, size_t size, size_t count, void *context);
};

/* Makes a GET with a handle, whose connections are kept; sets the status. */
static inline CURLcode CLibCurl_get(CURL *handle, const struct CLibCurl_Get *get, long *status) {
    curl_easy_setopt(handle, CURLOPT_URL, get->url);
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
    /* Signals would be the process's; without them a name is not looked up for longer than the rest of the time. */
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, get->milliseconds);
    curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, get->milliseconds);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, get->take);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, get->context);
    CURLcode code = curl_easy_perform(handle);
    if (code == CURLE_OK) curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, status);
    return code;
}

static inline CURLcode CLibCurl_initialize(void) {
    return curl_global_init(CURL_GLOBAL_DEFAULT);
}
