/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reference-counted objects, and the opaque handles by which callers name them.
 *
 * What the runtime hands out (binding handles, the calls behind an RPC_ASYNC_STATE) is never a
 * pointer but a table index with a generation: a handle that was freed, forged or never made is
 * told from a live one without touching the memory it might point at, and a look-up takes a
 * reference, so that an object that another thread frees meanwhile stays valid until the look-up's
 * user is done. */
#ifndef RPCRT4_PLATFORM_HANDLE_H
#define RPCRT4_PLATFORM_HANDLE_H

#include "platform/base.h"

enum object_kind {
    OBJECT_BINDING = 1,     /* client/binding.h */
    OBJECT_SERVER_CALL = 2, /* server/call.h */
    OBJECT_CLIENT_CALL = 4, /* client/call.h */
    OBJECT_ENUMERATION = 8, /* an inquiry context (management interface, endpoint map) */
    OBJECT_CLIENT_CONTEXT = 16, /* stub/context_client.c */
    OBJECT_PICKLING = 32, /* stub/pickling.h */
    OBJECT_PIPE = 64,           /* stub/pipe.h */
};

struct object {
    LONG refs;
    enum object_kind kind;
    void *handle; /* NULL while it has none */
    void (*destroy)(struct object *object);
};

/* The creator holds the first reference. */
void object_init(struct object *object, enum object_kind kind, void (*destroy)(struct object *));
void object_addref(struct object *object);
/* The last one destroys, on the releasing thread. */
void object_release(struct object *object);

/* Gives the object a handle (stored in object->handle). False when there is no memory. The handle
 * holds no reference. */
bool handle_open(struct object *object);
/* The object behind a handle of one of `kinds` (a mask), with a reference for the caller; NULL if
 * it is no such handle. */
struct object *handle_ref(const void *handle, unsigned kinds);
/* Ends the handle. False when somebody else has ended it already: exactly one of several threads
 * succeeds. */
bool handle_close(struct object *object);

#endif
