/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A link: what client and server connections have in common. It sends messages (control PDUs, or
 * stub data that it cuts into fragments) in order and without ever waiting, finds PDUs in what
 * arrives, and fails once.
 *
 * Threads: link_post(), link_stop() and link_fail() may be called from any thread. Whoever holds
 * the *receive role* receives, and calls ops->pdu, so that PDUs of a link are handled by one thread
 * at a time: either the pool (once link_recv_start() has been called) or one thread that waits for
 * its own call (link_recv_try_hold()). No lock is held in any callback. Lock order: a lock of the
 * layer above may be held when calling link_enqueue(), link_stop() and the recv role functions,
 * which take only the link's own.
 *
 * Ownership: a link is reference-counted; outstanding operations hold references. A message stays
 * its owner's; once enqueued it is not touched by the owner until its `done` has been called,
 * exactly once. */
#ifndef RPCRT4_CALL_LINK_H
#define RPCRT4_CALL_LINK_H

#include "platform/base.h"
#include "platform/list.h"
#include "security/context.h"
#include "transport/transport.h"
#include "wire/fragment.h"
#include "wire/pdu.h"

#define LINK_BATCH_PDUS 32
#define LINK_BATCH_BYTES (256u << 10)
#define LINK_BATCH_BYTES_DEAR (1u << 20) /* where sending is dear, and nothing has to be copied for it */
#define LINK_MAX_FRAGMENT 65528 /* offered to peers: the largest multiple of 8 that frag_length holds */

struct link;

enum link_message_kind {
    LINK_PDU,      /* data is one complete PDU */
    LINK_REQUEST,  /* data is stub data, to be cut and sent under request headers */
    LINK_RESPONSE,
};

enum link_message_phase {
    LINK_QUEUED,
    LINK_STARTED, /* a part of it has been given to the transport */
    LINK_LEAVING, /* all of it has */
    LINK_DONE,
    LINK_UNSENT,  /* nothing of it has, and nothing will: the link has failed */
};

struct link_message {
    enum link_message_kind kind;
    union {
        struct pdu_request_args request; /* flags and alloc_hint are set per fragment */
        struct pdu_response_args response;
    } header;
    uint8_t flags; /* PFC_* that every fragment carries */
    /* Stub data that is sent as several messages (call/outflow.h): this one is not the first of
     * them, not the last. One that is not the last has a length that is a multiple of 16. */
    bool continues, more;
    const uint8_t *data;
    uint32_t length;
    /* RPC_S_OK: the transport has taken all of it. RPC_S_CALL_CANCELLED: stopped. Else: the link failed. */
    void (*done)(struct link_message *message, RPC_STATUS status);

    /* the link's own */
    struct list entry;
    struct fragmenter fragmenter;
    enum link_message_phase phase;
    bool stop;
    struct link_message *follower; /* goes behind its first fragment, link_enqueue_behind(); or NULL */
};

/* Work that a PDU handler leaves to be done on the same thread once receiving goes on without it:
 * running user code. */
struct link_work {
    struct list entry;
    void (*run)(struct link_work *work);
};

/* A message's stub data, while a fragment of it is received straight into its place. */
struct link_lending {
    struct reassembly data;
    uint8_t *to;           /* where the fragment's stub data goes, in data.buffer … */
    struct pdu_stub stub;  /* … and what is expected of it, from there on where it begins now */
};

struct link_ops {
    /* A complete fragment, valid during the call. False: the peer broke the protocol, the link fails. */
    bool (*pdu)(struct link *link, const struct pdu_header *header, const uint8_t *fragment);
    /* A request or response that its security context does not vouch for has come. True: the link
     * does not fail until an answer has been sent (link_post_last_pdu()). May be NULL. */
    bool (*refused)(struct link *link, const struct pdu_header *header, RPC_STATUS status);
    /* A large fragment has begun: its headers are there, of its stub data only a part. True: what it
     * continues has been lent, with room reserved, and all of `lending` is set. May be NULL. */
    bool (*lend)(struct link *link, const struct pdu_header *header, const uint8_t *headers,
                 struct link_lending *lending);
    /* That fragment's stub data is where it goes. What nobody waits for any more is left in `lending`,
     * to be discarded. False: as for pdu. */
    bool (*take_back)(struct link *link, const struct pdu_header *header, struct link_lending *lending);
    /* Once: nothing will be sent or received any more. */
    void (*closed)(struct link *link, RPC_STATUS status);
    void (*destroy)(struct link *link);
};

enum link_role {
    LINK_ROLE_FREE,
    LINK_ROLE_POOL,
    LINK_ROLE_HELD,
};

struct link {
    const struct link_ops *ops;
    struct transport_conn *conn; /* NULL until link_attach() */
    LONG refs;
    uint16_t max_xmit_frag; /* negotiated; what a bind may use before */
    /* What protects requests and responses, owned; NULL: nothing does. Set by the thread that
     * receives, before the first of them is sent. */
    struct security_context *security;

    SRWLOCK lock; /* guards all below up to the role */
    struct list queue;   /* messages not yet taken entirely by the transport */
    struct list leaving; /* messages whose last octet is in the outstanding send */
    bool sending;
    bool corked;
    unsigned cork_ticks; /* the monitor's until it takes the cork out (call/link_cork.c) */
    LONG held;           /* messages since it is corked, where link_hold() counts them */
    struct list cork;    /* of the corked ones */
    bool closed;
    RPC_STATUS close_status;
    enum link_role role;
    int pauses;  /* reasons not to receive (for a moment perhaps negative: a pause that is over comes late) */
    bool parked; /* the pool would receive, but for `pauses`; the role's reference waits, too */

    /* of the thread that sends */
    struct pool_op send_op;
    struct pool_op pump_op;
    struct transport_buf bufs[2 * LINK_BATCH_PDUS];
    uint8_t headers[LINK_BATCH_PDUS][PDU_REQUEST_HEADER_LENGTH + PDU_OBJECT_LENGTH];
    uint8_t *protected_batch; /* the outstanding send's fragments, signed or sealed; NULL without security */

    /* of the thread that has the receive role */
    struct pool_op recv_op;
    struct pool_op resume_op;
    DWORD first_error, first_bytes; /* of a receive that ended at once, for another worker */
    struct pdu_stream stream;
    struct link_body *body; /* of the fragment that is received straight into its place, or NULL */
    bool body_follows;      /* it has been one, and was not its message's last */
    struct list deferred;
    LONG unhandled; /* about so many PDUs have been received, and are still to be handled */
};

extern const struct wire_allocator link_allocator; /* rpc_alloc, rpc_free */

void link_init(struct link *link, const struct link_ops *ops);
/* Gives the link its connection (it takes over the reference). Once, before anything is sent. */
void link_attach(struct link *link, struct transport_conn *conn);
void link_addref(struct link *link);
void link_release(struct link *link);

/* Puts the message at the end of the queue (urgent, for control PDUs: at its head, even between the
 * fragments of a message). False: the link has failed; the message is not taken and `done` is not
 * called. */
bool link_enqueue(struct link *link, struct link_message *message, bool urgent);
/* Gets the queue moving; call it without locks after link_enqueue(). */
void link_pump(struct link *link);
/* The same on a worker, where sending is dear: the calling thread is going to enqueue more. */
void link_pump_soon(struct link *link);
/* More is going to be enqueued at once: where sending is dear, link_pump() does nothing until
 * link_uncork(), or until that has been so for a moment. Any number of times. */
void link_cork(struct link *link);
void link_uncork(struct link *link);
/* The same where the peer would have to be woken, for a message of somebody who has `behind` answers to
 * see to before the one to it: true, it is held, for a part of that time. False: half as many have
 * been, or there is no reason to; link_uncork() and link_pump() are the caller's. */
bool link_hold(struct link *link, LONG behind);
/* link_enqueue() and link_pump() */
bool link_post(struct link *link, struct link_message *message, bool urgent);
/* The same for a control PDU, which is copied. False: failed link, or no memory. */
bool link_enqueue_pdu(struct link *link, const void *pdu, size_t length, bool urgent);
bool link_post_pdu(struct link *link, const void *pdu, size_t length, bool urgent);
/* A control PDU about a message that has been enqueued: it leaves as soon as the peer has got a part of
 * that, however much is left of it. Not sent where the message is not. Once for a message. */
bool link_enqueue_behind(struct link *link, struct link_message *message, const void *pdu, size_t length);

/* A control PDU after which the link ends with that status. False as above. */
bool link_post_last_pdu(struct link *link, const void *pdu, size_t length, RPC_STATUS status);

enum link_stop {
    LINK_STOP_UNSENT,  /* it was still queued: it is the owner's again, `done` is not called */
    LINK_STOP_PARTIAL, /* the peer has a part of it and will get no more; `done` is called */
    LINK_STOP_SENT,    /* too late: all of it is on its way */
};
enum link_stop link_stop(struct link *link, struct link_message *message);

/* The pool receives from now on, for good. False: the role is held. Handles no PDU itself, and so
 * never runs user code on the calling thread. */
bool link_recv_start(struct link *link);
/* Takes the role for the calling thread, if it is free. */
bool link_recv_try_hold(struct link *link);
/* Receives once on the calling thread, which holds the role, and handles the PDUs that are there.
 * ERROR_SUCCESS, ERROR_TIMEOUT, ERROR_CANCELLED; anything else: the link has failed. */
DWORD link_recv_once(struct link *link, DWORD timeout_ms, HANDLE cancel);
void link_recv_drop(struct link *link);
/* About how many PDUs have been received, and are still to be handled? Any thread. */
LONG link_unhandled(const struct link *link);
/* Where the pool receives: no more receives from now on, until link_recv_resume() has been called as
 * often as this. Meanwhile the peer is not heard, neither its data nor its leaving; what has been
 * received already is still handled. Both take only the link's lock. */
void link_recv_pause(struct link *link);
void link_recv_resume(struct link *link);
/* For a PDU handler: work to be run after receiving has been resumed. */
void link_defer(struct link *link, struct link_work *work);

/* Ends the link with that status. Only the first call has an effect. */
void link_fail(struct link *link, RPC_STATUS status);
bool link_is_closed(struct link *link);

/* ---- call/link_body.c: for call/link.c ---- */

/* If what has been received ends within a large fragment, the rest of which may go straight into its
 * place, begins that. */
void link_body_begin(struct link *link);
/* Where to receive the next octets to, on the thread that waits for them (`waiting`) or by the pool. NULL: no
 * memory. */
uint8_t *link_reserve(struct link *link, bool waiting, size_t *room);
/* `bytes` of the body have been received. False: the peer broke the protocol. */
bool link_body_commit(struct link *link, size_t bytes);
void link_body_free(struct link *link);

/* ---- call/link_security.c: for call/link.c ---- */

/* What fragments have to leave room for; NULL: nothing is signed. */
const struct pdu_auth_room *link_auth_room(const struct link *link);
/* Signs or seals the requests and responses of the batch in link->bufs, copies of which take its
 * place. RPC_S_OUT_OF_MEMORY, RPC_S_SEC_PKG_ERROR */
RPC_STATUS link_protect_batch(struct link *link, unsigned *count);
/* Verifies, and unseals in place, what has to be protected. security_context_unprotect()'s errors. */
RPC_STATUS link_unprotect(struct link *link, const struct pdu_header *header, uint8_t *fragment);

#endif
