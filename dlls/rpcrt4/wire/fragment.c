/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cutting stub data into fragments, reassembling it, and framing a byte stream. */
#include "wire/fragment.h"

#include <string.h>

#define REASSEMBLY_AHEAD   4     /* what alloc_hint may get: so many times what has arrived … */
#define REASSEMBLY_SLACK   65536 /* … and this */
#define REASSEMBLY_MINIMUM 16

static uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* ---- cutting ---- */

bool fragmenter_init(struct fragmenter *f, uint32_t total, uint16_t max_xmit_frag,
                     unsigned header_length, const struct pdu_auth_room *auth)
{
    size_t overhead = (size_t)header_length + pdu_auth_length(auth, 0);
    uint32_t unit = auth ? 16 : 8;

    f->total = total;
    f->offset = 0;
    f->done = false;
    if (max_xmit_frag < overhead + unit)
        return false;
    f->max_stub = (uint32_t)(max_xmit_frag - overhead) & ~(unit - 1);
    return true;
}

bool fragmenter_next(struct fragmenter *f, struct fragment *fragment)
{
    uint32_t left = f->total - f->offset;

    if (f->done)
        return false;
    fragment->offset = f->offset;
    fragment->length = left < f->max_stub ? left : f->max_stub;
    fragment->first = !f->offset;
    fragment->last = fragment->length == left;
    f->offset += fragment->length;
    f->done = fragment->last;
    return true;
}

/* ---- reassembly ---- */

void reassembly_init(struct reassembly *r, const struct wire_allocator *allocator, uint32_t limit)
{
    memset(r, 0, sizeof(*r));
    r->allocator = allocator;
    r->limit = limit;
}

/* How much to allocate for `needed` octets: all that alloc_hint announces, or else twice as
 * much, but within the bound that struct reassembly promises for those that have arrived. */
static size_t choose_capacity(const struct reassembly *r, size_t needed, size_t arrived, uint32_t alloc_hint,
                              bool last)
{
    uint64_t bound = (uint64_t)arrived * REASSEMBLY_AHEAD + REASSEMBLY_SLACK;
    uint64_t announced = (uint64_t)r->length + alloc_hint;
    uint64_t capacity = needed;

    if (!last)
        capacity = max_u64(needed, min_u64(announced > needed ? announced : (uint64_t)needed * 2, bound));
    return (size_t)max_u64(min_u64(capacity, r->limit), REASSEMBLY_MINIMUM);
}

/* Memory that is there anyway and fits all that alloc_hint announces, or what may be allocated. */
static uint8_t *allocate(const struct reassembly *r, size_t needed, size_t arrived, uint32_t alloc_hint, bool last,
                         size_t *capacity)
{
    uint64_t announced = (uint64_t)r->length + alloc_hint;
    uint8_t *buffer = NULL;

    *capacity = (size_t)announced;
    if (r->allocator->reuse && !last && announced >= needed && announced <= r->limit)
        buffer = r->allocator->reuse(r->allocator->context, *capacity);
    if (buffer)
        return buffer;
    *capacity = choose_capacity(r, needed, arrived, alloc_hint, last);
    return r->allocator->allocate(r->allocator->context, *capacity);
}

static bool make_room(struct reassembly *r, size_t needed, size_t arrived, uint32_t alloc_hint, bool last)
{
    size_t capacity;
    uint8_t *buffer;

    if (r->buffer && needed <= r->capacity)
        return true;
    buffer = allocate(r, needed, arrived, alloc_hint, last, &capacity);
    if (!buffer)
        return false;
    if (r->buffer) {
        memcpy(buffer, r->buffer, r->length);
        r->allocator->release(r->allocator->context, r->buffer);
    }
    r->buffer = buffer;
    r->capacity = capacity;
    return true;
}

/* REASSEMBLY_MORE: the fragment may come now. */
static enum reassembly_result check(const struct reassembly *r, const struct pdu_header *header, uint32_t length)
{
    bool first = header->flags & PFC_FIRST_FRAG;

    if (r->finished || r->lent || first == r->started)
        return REASSEMBLY_PROTOCOL_ERROR;
    if (r->started && (header->call_id != r->call_id || header->drep != r->drep))
        return REASSEMBLY_PROTOCOL_ERROR;
    return length > r->limit - r->length ? REASSEMBLY_TOO_LONG : REASSEMBLY_MORE;
}

enum reassembly_result reassembly_append(struct reassembly *r, const struct pdu_header *header,
                                         uint32_t alloc_hint, const struct pdu_stub *stub)
{
    enum reassembly_result result = check(r, header, stub->length);
    size_t needed = r->length + stub->length;

    if (result != REASSEMBLY_MORE)
        return result;
    if (!make_room(r, needed, needed + r->behind, alloc_hint, header->flags & PFC_LAST_FRAG))
        return REASSEMBLY_NO_MEMORY;
    memcpy(r->buffer + r->length, stub->data, stub->length);
    return reassembly_commit(r, header, stub->length);
}

uint8_t *reassembly_reserve(struct reassembly *r, const struct pdu_header *header, uint32_t alloc_hint,
                            uint32_t length)
{
    if (check(r, header, length) != REASSEMBLY_MORE ||
        !make_room(r, r->length + length, r->length, alloc_hint, header->flags & PFC_LAST_FRAG))
        return NULL;
    return r->buffer + r->length;
}

enum reassembly_result reassembly_commit(struct reassembly *r, const struct pdu_header *header, uint32_t length)
{
    r->length += length;
    r->call_id = header->call_id;
    r->drep = header->drep;
    r->started = true;
    r->finished = header->flags & PFC_LAST_FRAG;
    return r->finished ? REASSEMBLY_DONE : REASSEMBLY_MORE;
}

void reassembly_lend(struct reassembly *r, struct reassembly *to)
{
    *to = *r;
    r->buffer = NULL;
    r->length = r->capacity = 0;
    r->lent = true;
}

bool reassembly_return(struct reassembly *r, struct reassembly *from)
{
    if (!r->lent)
        return false;
    *r = *from;
    from->buffer = NULL;
    from->length = from->capacity = 0;
    return true;
}

uint8_t *reassembly_take(struct reassembly *r, uint32_t *length)
{
    uint8_t *buffer = r->buffer;

    *length = (uint32_t)r->length;
    r->buffer = NULL;
    r->length = r->capacity = 0;
    return buffer;
}

void reassembly_discard(struct reassembly *r)
{
    if (r->buffer)
        r->allocator->release(r->allocator->context, r->buffer);
    r->buffer = NULL;
    r->length = r->capacity = 0;
}

/* ---- framing ---- */

void pdu_stream_init(struct pdu_stream *s, const struct wire_allocator *allocator, size_t initial,
                     size_t max_fragment)
{
    memset(s, 0, sizeof(*s));
    s->allocator = allocator;
    s->initial = s->large = initial;
    s->max_fragment = max_fragment;
}

void pdu_stream_free(struct pdu_stream *s)
{
    if (s->buffer)
        s->allocator->release(s->allocator->context, s->buffer);
    s->buffer = NULL;
    s->capacity = s->start = s->end = 0;
}

/* pdu_peek() at what has been received, and what it lacks. */
static enum pdu_result peek(const struct pdu_stream *s, struct pdu_header *header, size_t *wanted)
{
    size_t have = s->end - s->start;
    enum pdu_result result = PDU_NEED_MORE;

    *wanted = have < PDU_HEADER_LENGTH ? PDU_HEADER_LENGTH - have : 0;
    if (!*wanted)
        result = pdu_peek(s->buffer + s->start, have, s->max_fragment, header);
    if (result == PDU_OK && have < header->frag_length) {
        *wanted = header->frag_length - have;
        result = PDU_NEED_MORE;
    }
    return result;
}

size_t pdu_stream_wanted(const struct pdu_stream *s)
{
    struct pdu_header header;
    size_t wanted;

    peek(s, &header, &wanted);
    return wanted;
}

size_t pdu_stream_behind(const struct pdu_stream *s)
{
    return s->end - s->start;
}

/* Moves what has not been taken to the front, of a larger buffer where that is needed. */
static bool compact(struct pdu_stream *s, size_t capacity)
{
    size_t have = s->end - s->start;
    uint8_t *buffer = s->buffer;

    if (capacity > s->capacity) {
        buffer = s->allocator->allocate(s->allocator->context, capacity);
        if (!buffer)
            return false;
    }
    if (have)
        memmove(buffer, s->buffer + s->start, have);
    if (buffer != s->buffer) {
        if (s->buffer)
            s->allocator->release(s->allocator->context, s->buffer);
        s->buffer = buffer;
        s->capacity = capacity;
    }
    s->start = 0;
    s->end = have;
    return true;
}

/* A receive costs far more than moving some octets: do not receive into a nearly full buffer that
 * could be emptied. */
static bool is_roomy(const struct pdu_stream *s, size_t have, size_t wanted)
{
    size_t room = s->capacity - s->end;

    if (!s->buffer || room < wanted)
        return false;
    return !s->start || (have && room >= s->capacity / 2);
}

/* How large the buffer is to be within a message, after a receive that has filled it, or not. */
static size_t room_ahead(const struct pdu_stream *s, bool filled)
{
    size_t least = s->max_fragment * PDU_STREAM_AHEAD, most = s->max_fragment * PDU_STREAM_AHEAD_MOST;

    if (s->capacity < least)
        return least;
    return filled && s->initial > s->large && s->capacity < most ? most : s->capacity;
}

uint8_t *pdu_stream_reserve(struct pdu_stream *s, size_t *room)
{
    size_t wanted = pdu_stream_wanted(s), have = s->end - s->start;
    size_t capacity = (size_t)max_u64(s->initial, have + wanted);
    bool filled = s->buffer && s->end == s->capacity;

    if (s->in_message)
        capacity = (size_t)max_u64(capacity, room_ahead(s, filled));
    else if (!have && s->capacity > capacity)
        pdu_stream_free(s); /* for an idle connection it is too large */
    if ((s->in_message || !have) && s->capacity < capacity && !compact(s, capacity))
        return NULL;
    if (!is_roomy(s, have, wanted) && !compact(s, capacity))
        return NULL;
    *room = s->capacity - s->end;
    return s->buffer + s->end;
}

void pdu_stream_trim(struct pdu_stream *s)
{
    if (s->end == s->start && s->capacity > s->large)
        pdu_stream_free(s);
}

void pdu_stream_commit(struct pdu_stream *s, size_t length)
{
    s->end += length;
}

size_t pdu_stream_feed(struct pdu_stream *s, const void *data, size_t length)
{
    size_t room;
    uint8_t *to = pdu_stream_reserve(s, &room);

    if (!to)
        return 0;
    if (length > room)
        length = room;
    memcpy(to, data, length);
    pdu_stream_commit(s, length);
    return length;
}

enum pdu_result pdu_stream_next(struct pdu_stream *s, struct pdu_header *header, uint8_t **fragment)
{
    size_t wanted;
    enum pdu_result result = peek(s, header, &wanted);

    if (result != PDU_OK)
        return result;
    *fragment = s->buffer + s->start;
    s->start += header->frag_length;
    s->in_message = !s->prompt && !(header->flags & PFC_LAST_FRAG) && header->frag_length > s->large;
    return PDU_OK;
}

const uint8_t *pdu_stream_partial(const struct pdu_stream *s, struct pdu_header *header, size_t *have)
{
    size_t wanted;

    *have = s->end - s->start;
    if (*have < PDU_HEADER_LENGTH || peek(s, header, &wanted) != PDU_NEED_MORE)
        return NULL;
    return s->buffer + s->start;
}

void pdu_stream_take_partial(struct pdu_stream *s)
{
    s->start = s->end;
    s->in_message = false;
}
