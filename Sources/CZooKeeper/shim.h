#ifndef UNDERSTUDY_CZOOKEEPER_SHIM_H
#define UNDERSTUDY_CZOOKEEPER_SHIM_H

// The library with threads of its own: without this, the header leaves out what only that one has.
#define THREADED
#include <zookeeper/zookeeper.h>

// Variables in C, which Swift takes for something that any thread might change; nobody does.
static inline const struct ACL_vector *czookeeper_open_acl(void) { return &ZOO_OPEN_ACL_UNSAFE; }
static inline const struct ACL_vector *czookeeper_creator_acl(void) { return &ZOO_CREATOR_ALL_ACL; }

// The library logs to standard error unless it is told otherwise; what matters of it we hear as codes and states.
static inline void czookeeper_drop_log(const char *message) { (void)message; }

static inline zhandle_t *czookeeper_connect(const char *hosts, watcher_fn watcher, int timeout, void *context) {
    return zookeeper_init2(hosts, watcher, timeout, NULL, context, 0, czookeeper_drop_log);
}

#endif
