/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The server of auth.idl, under several registrations, each for objects of its own; and that of
 * async.idl. */
#ifndef RPCRT4_TESTS_AUTH_SERVER_H
#define RPCRT4_TESTS_AUTH_SERVER_H

#include "rpc_fixture.h"

#define SERVER_NAME L"the tests' server"

/* Which registration a call reaches: by its object. The first is for calls without one. */
enum auth_object {
    AUTH_OPEN,
    AUTH_SECURE_ONLY,    /* RPC_IF_ALLOW_SECURE_ONLY */
    AUTH_CALLBACK,       /* a callback that lets everybody in but "mallory" */
    AUTH_CALLBACK_ALWAYS, /* the same, RPC_IF_ALLOW_CALLBACKS_WITH_NO_AUTH and not remembered */
    AUTH_FOR_USERS,      /* a security descriptor: authenticated users */
    AUTH_FOR_NOBODY,     /* one that lets nobody in */
    AUTH_OBJECTS
};

void auth_object_uuid(enum auth_object object, UUID *uuid);
void auth_server_register(void);

#endif
