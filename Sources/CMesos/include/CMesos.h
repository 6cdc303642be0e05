// The module's door: the generated messages, and what Swift cannot write for itself.

#ifndef CMESOS_H
#define CMESOS_H

#include <malloc.h>

#include "mesos_v1.pb-c.h"

// Swift reads a C constant by copying it, so the addresses of these tables have to be taken here.

static inline const ProtobufCEnumDescriptor *cmesos_task_states(void) { return &mesos__task_state__descriptor; }

static inline const ProtobufCEnumDescriptor *cmesos_sources(void) { return &mesos__task_status__source__descriptor; }

static inline const ProtobufCEnumDescriptor *cmesos_reasons(void) { return &mesos__task_status__reason__descriptor; }

// Gives free pages back to the system. Swift's Glibc module leaves <malloc.h> out; musl gives pages back by itself.
static inline void cmesos_trim(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

#endif
