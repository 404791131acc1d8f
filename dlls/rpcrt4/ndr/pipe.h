/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pipes as stub data: chunks of elements, from whatever pieces it arrives in, and into pieces.
 *
 * NDR 2.0 (C706 14.3.10): each chunk is an unsigned long count and so many elements; a count of 0
 * ends the pipe. NDR64 ([MS-RPCE] 2.2.5.3.4.5): counts have 64 bits, at most 2^31 - 1, and behind each
 * chunk's elements, and behind the last count, is the count's negative. Everything is aligned from the
 * beginning of the stub data on.
 *
 * One `ndr_pipes` for the pipes of a call, used by one thread at a time. Functions return a status or
 * raise one: NDR_STATUS_BAD_STUB_DATA, _INVALID_BOUND (a chunk beyond the pipe's [range]; an element's
 * own), and what the engine raises for elements. */
#ifndef RPCRT4_NDR_PIPE_H
#define RPCRT4_NDR_PIPE_H

#include <stdbool.h>

#include "ndr/stubmsg.h"

/* The type of a pipe's elements. */
struct ndr_pipe_type {
    const unsigned char *element; /* format */
    uint32_t memory_size, wire_size, wire_align;
    bool is_image;                /* the same octets in memory and on the wire */
    bool has_range;
    uint64_t most;                /* elements of a chunk, if it has a range */
};

/* Reads an FC_PIPE, or with NDR64 an NDR64_PIPE_FORMAT. Raises NDR_STATUS_WRONG_PIPE_VERSION for a
 * format that is none. */
void ndr_pipe_type_decode(struct ndr_pipe_type *type, struct ndr_message *msg, const unsigned char *format);

/* One pipe. Begins as zeros, but for its type. */
struct ndr_pipe {
    struct ndr_pipe_type type;
    uint64_t chunk, left; /* elements of the current chunk, and those of it not yet taken */
    bool ended;           /* the last chunk has been found … */
    bool drained;         /* … and whoever reads has been told */
    bool written;         /* the last chunk has been written */
};

enum ndr_pipe_part {
    NDR_PIPE_MORE,  /* more is sent at once */
    NDR_PIPE_CHUNK, /* a chunk ends here */
    NDR_PIPE_LAST,  /* … and so does the stub data */
};

struct ndr_pipes {
    struct ndr_message msg; /* of elements */
    struct ndr_rpc_message rpc;

    /* reading: [base, end) is what is there, `pos` is next; base is at a multiple of 8 of the stub data */
    const unsigned char *base, *pos, *end;
    /* Makes so many more octets than [pos, end) be there, of which those from ndr_pipes_kept() on stay.
     * arm: whoever reads has nothing yet, and wants to be told when there is more. A status that is not
     * 0 is the caller's: NDR_STATUS_BAD_STUB_DATA where nothing follows. */
    uint32_t (*more)(struct ndr_pipes *pipes, uint32_t missing, bool arm);

    /* writing */
    uint32_t phase; /* octets written so far, modulo 8 */
    unsigned char *scratch; /* ndr_pipe_scratch_size() of them, or more */
    uint32_t scratch_size;
    uint32_t (*send)(struct ndr_pipes *pipes, const void *data, uint32_t length, enum ndr_pipe_part part);
};

/* For the pipes of the call of that message. */
void ndr_pipes_init(struct ndr_pipes *pipes, const struct ndr_message *call);
/* Frees what reading has allocated; `scratch` is the caller's. */
void ndr_pipes_end(struct ndr_pipes *pipes);
/* What is read from now on is in that representation (RPC_MESSAGE.DataRepresentation). Raises. */
void ndr_pipes_set_representation(struct ndr_pipes *pipes, uint32_t representation);
/* How many octets before `pos` still count: back to the last multiple of 8. */
uint32_t ndr_pipes_kept(const struct ndr_pipes *pipes);

/* Takes up to `max` elements: all, or (whole false) what is there and at least one, or none at the
 * end. What `more` returns, if there is nothing. */
uint32_t ndr_pipe_read(struct ndr_pipes *pipes, struct ndr_pipe *pipe, unsigned char *buffer, uint32_t max, bool whole,
                       uint32_t *count);

/* How much `scratch` writing elements of that type needs; 0 for one that needs none. */
uint32_t ndr_pipe_scratch_size(const struct ndr_pipe_type *type);
/* Writes elements as a chunk, or several; count 0: the last one of this pipe. last: and of the stub
 * data, too. What `send` returns. */
uint32_t ndr_pipe_write(struct ndr_pipes *pipes, struct ndr_pipe *pipe, unsigned char *buffer, uint32_t count, bool last);

#endif
