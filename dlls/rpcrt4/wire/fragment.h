/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between a call's stub data and a connection's bytes: cutting stub data into fragments, putting
 * fragments together again, and finding fragments in a stream of bytes. None of these objects
 * locks: the connection's or call's owner does. */
#ifndef RPCRT4_WIRE_FRAGMENT_H
#define RPCRT4_WIRE_FRAGMENT_H

#include "wire/pdu.h"

/* ---- cutting ---- */

struct fragmenter {
    uint32_t total;
    uint32_t offset;
    uint32_t max_stub; /* octets per fragment */
    bool done;
};

struct fragment {
    uint32_t offset;
    uint32_t length;
    bool first;
    bool last;
};

/* Cuts `total` octets of stub data for fragments of at most max_xmit_frag octets that carry a
 * header of header_length (PDU_REQUEST_HEADER_LENGTH, plus PDU_OBJECT_LENGTH with an object
 * UUID; PDU_RESPONSE_HEADER_LENGTH) and, unless it is NULL, `auth`. All but the last carry a
 * multiple of 8 octets (C706 12.6.2), of 16 with auth, so that only the last is padded. false:
 * max_xmit_frag is too small for even that. */
bool fragmenter_init(struct fragmenter *f, uint32_t total, uint16_t max_xmit_frag,
                     unsigned header_length, const struct pdu_auth_room *auth);
/* false at the end. No stub data at all is one fragment of length 0. */
bool fragmenter_next(struct fragmenter *f, struct fragment *fragment);

/* ---- reassembly ---- */

enum reassembly_result {
    REASSEMBLY_MORE,           /* taken; more fragments follow */
    REASSEMBLY_DONE,           /* taken; it was the last one: reassembly_take() */
    REASSEMBLY_PROTOCOL_ERROR, /* first fragment missing or repeated; another call or byte order */
    REASSEMBLY_TOO_LONG,       /* more than the limit */
    REASSEMBLY_NO_MEMORY,
};

/* One call's incoming stub data. Never holds more than four times what has arrived plus 64 KiB,
 * whatever alloc_hint said; but for memory that is there anyway (struct wire_allocator's reuse). */
struct reassembly {
    const struct wire_allocator *allocator;
    uint8_t *buffer;
    size_t length;
    size_t capacity;
    size_t limit;
    size_t behind; /* the owner's: octets that have arrived behind the fragment, and count as well */
    uint32_t call_id;
    uint32_t drep;
    bool started;
    bool finished;
    bool lent;
};

/* limit: the most octets of stub data to accept (RpcServerRegisterIf2's MaxRpcSize). Allocates
 * nothing. */
void reassembly_init(struct reassembly *r, const struct wire_allocator *allocator, uint32_t limit);
/* header: of the fragment that `stub` came in. After an error the only thing to do is
 * reassembly_discard(). */
enum reassembly_result reassembly_append(struct reassembly *r, const struct pdu_header *header,
                                         uint32_t alloc_hint, const struct pdu_stub *stub);
/* The same in two steps, for stub data that is received straight into its place: where `length` octets
 * are to be put, and then, when they are there. NULL: reassembly_append() would fail, too. */
uint8_t *reassembly_reserve(struct reassembly *r, const struct pdu_header *header, uint32_t alloc_hint,
                            uint32_t length);
enum reassembly_result reassembly_commit(struct reassembly *r, const struct pdu_header *header, uint32_t length);
/* What is held becomes `to`'s, whose user sees to it until it is given back (false: nobody waits for it
 * any more, it stays `from`'s). Meanwhile nothing can be appended, and there is nothing to discard. */
void reassembly_lend(struct reassembly *r, struct reassembly *to);
bool reassembly_return(struct reassembly *r, struct reassembly *from);
/* After REASSEMBLY_DONE: gives the buffer away (never NULL, even for no data), to be freed with
 * the allocator's release(). Its alignment is the allocator's. */
uint8_t *reassembly_take(struct reassembly *r, uint32_t *length);
/* Frees what is held; any state, any number of times. */
void reassembly_discard(struct reassembly *r);

/* ---- framing ---- */

/* Within a message of large fragments there is room for so many of the largest, and for more where a receive
 * has filled that and the owner wants much at once: a receive costs far more than the octets that it
 * brings. */
#define PDU_STREAM_AHEAD 4
#define PDU_STREAM_AHEAD_MOST 16

/* A connection's receive buffer. Either feed it (pdu_stream_feed) or receive straight into it
 * (reserve, commit); then take fragments with pdu_stream_next() until it needs more. Holds at
 * most the announced fragment, or what was received with it; within a message that has begun with
 * a large fragment PDU_STREAM_AHEAD of them, or four times what one receive has brought. */
struct pdu_stream {
    const struct wire_allocator *allocator;
    uint8_t *buffer;
    size_t capacity;
    size_t start; /* of the first octet not yet taken */
    size_t end;   /* of what has been received */
    size_t initial; /* the owner's, who may set it: of a buffer in which nothing is */
    size_t large;   /* what it was at first; a fragment is large that has more octets */
    size_t max_fragment;
    bool in_message; /* more large fragments follow the one that was taken last */
    bool prompt;       /* a receive costs little: nothing is to be received ahead */
};

/* initial: octets of the first allocation, made when the first is reserved; it pays if several
 * fragments fit. max_fragment: at most PDU_MAX_FRAGMENT. Allocates nothing. */
void pdu_stream_init(struct pdu_stream *s, const struct wire_allocator *allocator, size_t initial,
                     size_t max_fragment);
void pdu_stream_free(struct pdu_stream *s);
/* How many more octets complete the common header, or then the fragment, that comes next; 0 if
 * one can be taken. For a header that pdu_stream_next() refuses: 0 too. */
size_t pdu_stream_wanted(const struct pdu_stream *s);
/* How much has been received behind the fragments taken so far. */
size_t pdu_stream_behind(const struct pdu_stream *s);
/* Room to receive into, at least pdu_stream_wanted() octets; *room is how much there is, 0 only
 * if a fragment can be taken. NULL: no memory. Invalidates the fragments taken so far. */
uint8_t *pdu_stream_reserve(struct pdu_stream *s, size_t *room);
/* Frees a buffer larger than at first in which nothing is. */
void pdu_stream_trim(struct pdu_stream *s);
/* `length` octets have been received into the reserved room. */
void pdu_stream_commit(struct pdu_stream *s, size_t length);
/* Copies in as much as there is room for, and returns how much that was: take the fragments,
 * then feed the rest. 0: no memory, or a fragment waits to be taken. Invalidates the fragments
 * taken so far. */
size_t pdu_stream_feed(struct pdu_stream *s, const void *data, size_t length);
/* PDU_OK: *fragment is a complete fragment of header->frag_length octets, in place and writable,
 * valid until the next reserve or feed. PDU_NEED_MORE: receive more. Anything else: pdu_peek()'s
 * verdict; nothing is taken, the connection is lost. */
enum pdu_result pdu_stream_next(struct pdu_stream *s, struct pdu_header *header,
                                uint8_t **fragment);

/* The fragment that comes next, of which header->frag_length octets have not yet all been received, but
 * `*have` of them, a common header at least; NULL if there is none. */
const uint8_t *pdu_stream_partial(const struct pdu_stream *s, struct pdu_header *header, size_t *have);
/* Takes those. The rest of that fragment must not come this way. */
void pdu_stream_take_partial(struct pdu_stream *s);

#endif
