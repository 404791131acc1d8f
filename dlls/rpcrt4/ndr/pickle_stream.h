/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The octet stream behind a serialization handle: where encoded objects go and come from, in the
 * three styles of the SDK's "Serialization Handles", and which headers stand before them
 * (wire/pickle.h).
 *
 * Encoding is pickle_reserve(), then filling, then pickle_commit(); until that nothing has changed
 * but what pickle_abandon() undoes. Decoding is pickle_next_object() or pickle_next_procedure();
 * pickle_position says where, and may be put back. Functions return 0 or a status; a user's routine
 * may raise an exception through all of them except pickle_abandon(), and nothing is lost then. One
 * thread at a time, no lock. */
#ifndef RPCRT4_NDR_PICKLE_STREAM_H
#define RPCRT4_NDR_PICKLE_STREAM_H

#include "ndr/stubmsg.h"
#include "wire/pickle.h"

#define PICKLE_STATUS_OUT_OF_MEMORY         14   /* RPC_S_OUT_OF_MEMORY */
#define PICKLE_STATUS_INVALID_ARG           87   /* RPC_S_INVALID_ARG */
#define PICKLE_STATUS_UNSUPPORTED_TRANS_SYN 1730 /* RPC_S_UNSUPPORTED_TRANS_SYN */
#define PICKLE_STATUS_INVALID_BUFFER        1784 /* RPC_X_INVALID_BUFFER: too small, misaligned */
#define PICKLE_STATUS_INVALID_ES_ACTION     1827 /* RPC_X_INVALID_ES_ACTION */
#define PICKLE_STATUS_WRONG_ES_VERSION      1828 /* RPC_X_WRONG_ES_VERSION: no such header */

/* Values of MIDL_ES_HANDLE_STYLE and MIDL_ES_CODE. */
enum pickle_style {
    PICKLE_INCREMENTAL,
    PICKLE_FIXED_BUFFER,
    PICKLE_DYNAMIC_BUFFER,
};

enum pickle_action {
    PICKLE_ENCODE,
    PICKLE_DECODE,
    PICKLE_ENCODE_NDR64,
};

/* MIDL_ES_ALLOC, MIDL_ES_WRITE, MIDL_ES_READ */
typedef void(NDR_CALLBACK *pickle_alloc_routine)(void *state, char **buffer, unsigned int *size);
typedef void(NDR_CALLBACK *pickle_write_routine)(void *state, char *buffer, unsigned int size);
typedef void(NDR_CALLBACK *pickle_read_routine)(void *state, char **buffer, unsigned int *size);

/* What dynamic buffers are made of. */
struct pickle_memory {
    ndr_allocate_routine allocate;
    ndr_free_routine release;
};

struct pickle_position {
    uint32_t used;               /* octets of the buffer that have been written or read */
    bool begun;                  /* the common header has been written or read */
    bool ahead;                  /* `procedure` is of the next one: its header has been read */
    struct pickle_common common; /* decoding, once begun */
    struct pickle_proc procedure; /* the last one that was encoded, or as `ahead` says */
    bool named;                   /* a procedure has been encoded */
};

struct pickle_stream {
    enum pickle_style style;
    enum pickle_action action;
    struct pickle_position at;

    /* incremental */
    void *state;
    pickle_alloc_routine alloc;
    pickle_write_routine write;
    pickle_read_routine read;

    /* fixed and dynamic buffers */
    unsigned char *buffer;
    uint32_t size;
    char **result;          /* dynamic: gets the buffer */
    uint32_t *encoded_size; /* gets at.used */

    unsigned char *reserved; /* dynamic: the buffer to be; incremental: what `alloc` gave */
};

/* A stream from its beginning. PICKLE_STATUS_INVALID_ARG for missing routines or places, an action
 * that is none; PICKLE_STATUS_INVALID_BUFFER for a buffer that is not aligned to 8 (NDR64: 16). The
 * stream is unchanged then. */
uint32_t pickle_set_incremental(struct pickle_stream *s, enum pickle_action action, void *state,
                                pickle_alloc_routine alloc, pickle_write_routine write,
                                pickle_read_routine read);
uint32_t pickle_set_buffer(struct pickle_stream *s, enum pickle_style style,
                           enum pickle_action action, char **buffer, uint32_t size,
                           uint32_t *encoded_size);

static inline bool pickle_encodes(const struct pickle_stream *s)
{
    return s->action != PICKLE_DECODE;
}

/* Of what is being encoded. */
static inline uint8_t pickle_version(const struct pickle_stream *s)
{
    return s->action == PICKLE_ENCODE_NDR64 ? 2 : 1;
}

/* What an object of `length` octets (in a multiple of units) takes in the stream, headers and
 * padding included; 0 if that is too much. */
uint32_t pickle_object_size(const struct pickle_stream *s, uint32_t length, bool primitive);
uint32_t pickle_headers_size(const struct pickle_stream *s, bool primitive);
/* Writes the headers of an object at p. */
void pickle_put_headers(const struct pickle_stream *s, uint8_t *p, uint32_t length, bool primitive,
                        const struct wire_syntax *interface_id);

/* Room for `size` octets. */
uint32_t pickle_reserve(struct pickle_stream *s, uint32_t size, const struct pickle_memory *memory,
                        unsigned char **start);
/* `size` of them have been filled: the stream is longer by so much. */
void pickle_commit(struct pickle_stream *s, uint32_t size, const struct pickle_memory *memory);
void pickle_abandon(struct pickle_stream *s, const struct pickle_memory *memory);

/* Octets of a decoding stream. */
struct pickle_data {
    unsigned char *start; /* aligned; read until the next use of the stream */
    uint32_t length;
    bool big_endian;
    bool ndr64;
};

/* The next object; a primitive one has `primitive` octets, 0: it is none. */
uint32_t pickle_next_object(struct pickle_stream *s, uint32_t primitive, struct pickle_data *data);
/* The header of the next procedure, which stays the next one: s->at.procedure. */
uint32_t pickle_peek_procedure(struct pickle_stream *s);
/* Its stub data. */
uint32_t pickle_next_procedure(struct pickle_stream *s, struct pickle_data *data);

#endif
