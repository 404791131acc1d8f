/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Extended error information: the chain of error records of the calling thread, newest first, which
 * the runtime and the program add to and RpcErrorStartEnumeration shows (Windows SDK, "Obtaining
 * Extended RPC Error Information"). It is a best effort: without memory, records are missing.
 *
 * Each thread touches its own chain only, with no lock. What one thread gathers for another one (a
 * fault that arrives on a worker) travels as an encoded chain. */
#ifndef RPCRT4_CALL_ERROR_INFO_H
#define RPCRT4_CALL_ERROR_INFO_H

#include "platform/base.h"
#include "wire/eerr.h"

/* Who generated an error: Windows SDK, "Understanding Extended Error Information". */
enum error_component {
    ERROR_BY_APPLICATION = 1,
    ERROR_BY_RUNTIME,
    ERROR_BY_SECURITY,
    ERROR_BY_NPFS,
    ERROR_BY_RDR,
    ERROR_BY_NMP,
    ERROR_BY_IO,
    ERROR_BY_WINSOCK,
    ERROR_BY_AUTHZ,
    ERROR_BY_LPC,
};

/* Where: those of Windows SDK, "Extended Error Information Detection Locations", that describe what
 * happens here, with their parameters. */
enum error_location {
    ERROR_AT_SERVER_MEMORY = 52,      /* for a security context */
    ERROR_AT_NO_CREDENTIALS = 60,     /* authentication service, level */
    ERROR_AT_ACCEPT = 73,             /* a client's first token */
    ERROR_AT_NO_TYPE = 170,           /* no manager of the object's type */
    ERROR_AT_UNREGISTERED = 171,      /* the interface is no longer registered */
    ERROR_AT_TOO_MANY_AUTO = 180,     /* calls of an auto-listen interface, their maximum */
    ERROR_AT_NOT_LISTENING = 181,
    ERROR_AT_TOO_MANY_CALLS = 182,
    ERROR_AT_NO_PROCEDURE = 183,
    ERROR_AT_PIPE_OPEN = 190,         /* path */
    ERROR_AT_PIPE_BUSY = 191,         /* path */
    ERROR_AT_SEND = 230,
    ERROR_AT_RECEIVE = 260,
    ERROR_AT_CONNECT = 311,           /* port */
    ERROR_AT_CONNECT_TIMEOUT = 314,   /* time-out, ms */
    ERROR_AT_RESOLVE_NAME = 320,      /* name */
    ERROR_AT_NO_MORE_ADDRESSES = 323,
    ERROR_AT_CALL_TIMEOUT = 350,      /* 0, time-out in ms */
    ERROR_AT_RECEIVE_REPLY = 370,
    ERROR_AT_ENDPOINTS_END = 500,     /* protocol sequence, network address */
    ERROR_AT_ENDPOINT_MAPPER = 501,   /* protocol sequence, network address */
    ERROR_AT_BIND_REFUSED = 701,      /* the server's reason, failures so far */
};

static inline struct eerr_param error_param_long(uint32_t value)
{
    return (struct eerr_param){.type = EERR_LONG, .value = (uint64_t)(int32_t)value};
}

/* s: NULL, or the caller's until error_info_add() returns. */
static inline struct eerr_param error_param_text(const WCHAR *s)
{
    size_t length = s ? lstrlenW(s) + 1 : 0;

    if (!length || length > EERR_MAX_LENGTH)
        return (struct eerr_param){.type = EERR_NONE};
    return (struct eerr_param){.type = EERR_UNICODE, .length = (uint16_t)length, .data = s};
}

/* Forgets the thread's records: before a manager routine runs, and before a call. */
void error_info_clear(void);

/* Adds a record in front, with this process and the time; params (count of them, at most
 * EERR_MAX_PARAMS) are copied. False when there was no memory. The thread's last error stays. */
bool error_info_add(enum error_component component, RPC_STATUS status, uint16_t location,
                    unsigned count, const struct eerr_param *params);

/* The thread's chain, still its own; NULL: there is none. */
const struct eerr_record *error_info_chain(void);

/* May records leave the process? Off until I_RpcTurnOnEEInfoPropagation ("Security and Extended
 * Error Information"). */
bool error_info_propagates(void);
void error_info_turn_on_propagation(void);

/* The thread's chain encoded for a fault or bind_nak PDU, with this computer's name, in at most
 * `limit` octets: records and texts are left out until it fits. rpc_free() it. NULL: there is
 * nothing to send, or it may not be sent. */
uint8_t *error_info_encode(size_t limit, size_t *length);

/* What a PDU carried becomes the cause of the thread's own records. Octets that are no error
 * information change nothing. */
void error_info_append(const uint8_t *data, size_t length);

#endif
