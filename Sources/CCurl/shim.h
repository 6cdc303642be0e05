#ifndef UNDERSTUDY_CCURL_SHIM_H
#define UNDERSTUDY_CCURL_SHIM_H

// Swift cannot call variadic C functions, so each kind of argument that libcurl's three variadic functions take has a
// wrapper of its own. The header's type-checking macros look at literal options only, which the wrappers do not have.
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

// The shape of CURLOPT_WRITEFUNCTION and CURLOPT_HEADERFUNCTION, named so that Swift sees one type for both.
typedef size_t (*ccurl_data_callback)(char *bytes, size_t size, size_t count, void *context);

// The flag is a macro made of macros, which Swift's importer does not evaluate.
static inline CURLcode ccurl_global_init(void) { return curl_global_init(CURL_GLOBAL_DEFAULT); }

// Variadic: curl_easy_setopt for options that take a long (numbers, switches, bit masks).
static inline CURLcode ccurl_setopt_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}

// Variadic: curl_easy_setopt for options that take a curl_off_t (sizes that may pass 2 GiB).
static inline CURLcode ccurl_setopt_offset(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}

// Variadic: curl_easy_setopt for options that take a C string, which libcurl copies; NULL unsets the option.
static inline CURLcode ccurl_setopt_string(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}

// Variadic: curl_easy_setopt for options that take a pointer libcurl keeps or, for CURLOPT_COPYPOSTFIELDS, copies.
static inline CURLcode ccurl_setopt_pointer(CURL *easy, CURLoption option, const void *value) {
    return curl_easy_setopt(easy, option, value);
}

// Variadic: curl_easy_setopt for CURLOPT_HTTPHEADER, which keeps the list and does not copy it.
static inline CURLcode ccurl_setopt_headers(CURL *easy, struct curl_slist *list) {
    return curl_easy_setopt(easy, CURLOPT_HTTPHEADER, list);
}

// Variadic: curl_easy_setopt for the two options that take a function receiving bytes.
static inline CURLcode ccurl_setopt_data_callback(CURL *easy, CURLoption option, ccurl_data_callback callback) {
    return curl_easy_setopt(easy, option, callback);
}

// Variadic: curl_easy_setopt for the function that is called each time a request is about to go out on a connection.
static inline CURLcode ccurl_setopt_prereq_callback(CURL *easy, curl_prereq_callback callback) {
    return curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, callback);
}

// Variadic: curl_easy_setopt for the function that is called for each new socket.
static inline CURLcode ccurl_setopt_socket_callback(CURL *easy, curl_sockopt_callback callback) {
    return curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, callback);
}

// Variadic: curl_easy_getinfo for values that are a long.
static inline CURLcode ccurl_getinfo_long(CURL *easy, CURLINFO info, long *value) {
    return curl_easy_getinfo(easy, info, value);
}

// Variadic: curl_easy_getinfo for values that are a curl_off_t.
static inline CURLcode ccurl_getinfo_offset(CURL *easy, CURLINFO info, curl_off_t *value) {
    return curl_easy_getinfo(easy, info, value);
}

// Variadic: curl_easy_getinfo for CURLINFO_PRIVATE, the pointer that came with the handle.
static inline CURLcode ccurl_getinfo_private(CURL *easy, void **value) {
    return curl_easy_getinfo(easy, CURLINFO_PRIVATE, value);
}

// Variadic: curl_multi_setopt for options that take a long.
static inline CURLMcode ccurl_multi_setopt_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

#endif
