/* The least that posts to a server: libcurl's multi interface with nothing around it, not even a signature.
 * usage: peer URL REQUESTS CONCURRENCY BODY; prints the requests per second */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static size_t discard(char *bytes, size_t size, size_t count, void *context) {
    (void)bytes;
    (void)context;
    return size * count;
}

int main(int count, char **arguments) {
    if (count != 5) return 64;
    long requests = atol(arguments[2]), concurrency = atol(arguments[3]), begun = 0, ended = 0, refused = 0;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    CURLM *multi = curl_multi_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (; begun < concurrency && begun < requests; begun++) {
        CURL *handle = curl_easy_init();
        curl_easy_setopt(handle, CURLOPT_URL, arguments[1]);
        curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
        curl_easy_setopt(handle, CURLOPT_POSTFIELDS, arguments[4]);
        curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, discard);
        curl_multi_add_handle(multi, handle);
    }
    while (ended < requests) {
        int running, left;
        CURLMsg *message;
        curl_multi_perform(multi, &running);
        while ((message = curl_multi_info_read(multi, &left))) {
            if (message->msg != CURLMSG_DONE) continue;
            CURL *handle = message->easy_handle;
            long status = 0;
            curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
            refused += status != 204;
            ended++;
            curl_multi_remove_handle(multi, handle);
            if (begun < requests) {
                begun++;
                curl_multi_add_handle(multi, handle);
            } else {
                curl_easy_cleanup(handle);
            }
        }
        if (ended < requests) curl_multi_poll(multi, NULL, 0, 1000, NULL);
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    double seconds = (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
    printf("%.0f\n", (double)requests / seconds);
    curl_slist_free_all(headers);
    curl_multi_cleanup(multi);
    return refused != 0;
}
