#pragma once

#include <curl/curl.h>

/* curl_easy_setopt and curl_easy_getinfo are variadic, which Swift cannot call. */

/* What a request is told; it lives as long as the call. Without a body it is a GET, with one a POST of JSON. */
struct CLibCurl_Request {
    const char *url;
    long milliseconds;
    const void *body;
    long length;
    void *context;
    size_t (*take)(char *bytes, size_t size, size_t count, void *context);
};

/* Makes a request with a handle, whose connections are kept; sets the status. */
static inline CURLcode CLibCurl_send(CURL *handle, const struct CLibCurl_Request *request, long *status) {
    struct curl_slist *headers = NULL;
    if (request->body) {
        headers = curl_slist_append(NULL, "Content-Type: application/json");
        if (!headers) return CURLE_OUT_OF_MEMORY;
        curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request->body);
        curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, request->length);
    } else {
        curl_easy_setopt(handle, CURLOPT_HTTPGET, 1L);
    }
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(handle, CURLOPT_URL, request->url);
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
    /* Signals would be the process's; without them a name is not looked up for longer than the rest of the time. */
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, request->milliseconds);
    curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, request->milliseconds);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, request->take);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, request->context);
    CURLcode code = curl_easy_perform(handle);
    if (code == CURLE_OK) curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, status);
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);
    return code;
}

static inline CURLcode CLibCurl_initialize(void) {
    return curl_global_init(CURL_GLOBAL_DEFAULT);
}
