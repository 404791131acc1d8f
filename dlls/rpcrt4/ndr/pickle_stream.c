/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Streams of serialized objects: see pickle_stream.h. */
#include "ndr/pickle_stream.h"

#include <string.h>

static bool is_aligned(const void *p, uint32_t unit)
{
    return !((uintptr_t)p & (unit - 1));
}

static uint32_t round_up(uint32_t length, uint32_t unit)
{
    return (length + unit - 1) & ~(unit - 1);
}

/* ---- what streams are made of ---- */

static bool is_action(enum pickle_action action)
{
    return action == PICKLE_ENCODE || action == PICKLE_DECODE || action == PICKLE_ENCODE_NDR64;
}

static void rewind_stream(struct pickle_stream *s, enum pickle_style style,
                          enum pickle_action action)
{
    memset(&s->at, 0, sizeof(s->at));
    s->style = style;
    s->action = action;
    s->reserved = NULL;
}

uint32_t pickle_set_incremental(struct pickle_stream *s, enum pickle_action action, void *state,
                                pickle_alloc_routine alloc, pickle_write_routine write,
                                pickle_read_routine read)
{
    if (!is_action(action) || (action == PICKLE_DECODE ? !read : !alloc || !write))
        return PICKLE_STATUS_INVALID_ARG;
    rewind_stream(s, PICKLE_INCREMENTAL, action);
    s->state = state;
    s->alloc = alloc;
    s->write = write;
    s->read = read;
    return 0;
}

uint32_t pickle_set_buffer(struct pickle_stream *s, enum pickle_style style,
                           enum pickle_action action, char **buffer, uint32_t size,
                           uint32_t *encoded_size)
{
    bool decode = action == PICKLE_DECODE, own = !decode && style == PICKLE_DYNAMIC_BUFFER;

    if (!is_action(action) || (style != PICKLE_FIXED_BUFFER && style != PICKLE_DYNAMIC_BUFFER))
        return PICKLE_STATUS_INVALID_ARG;
    if (!buffer || (!own && !*buffer))
        return PICKLE_STATUS_INVALID_ARG;
    if (!own && !is_aligned(*buffer, action == PICKLE_ENCODE_NDR64 ? 16 : 8))
        return PICKLE_STATUS_INVALID_BUFFER;
    if (!decode && (!encoded_size || (!own && !size)))
        return PICKLE_STATUS_INVALID_ARG;
    rewind_stream(s, style, action);
    s->buffer = own ? NULL : (unsigned char *)*buffer;
    s->size = own ? 0 : size;
    s->result = own ? buffer : NULL;
    s->encoded_size = decode ? NULL : encoded_size;
    return 0;
}

/* ---- encoding ---- */

uint32_t pickle_headers_size(const struct pickle_stream *s, bool primitive)
{
    uint8_t version = pickle_version(s);
    uint32_t common = pickle_encodes(s) && s->at.begun ? 0 : pickle_common_length(version);

    return common + (primitive && version == 1 ? 0 : pickle_private_length(version));
}

uint32_t pickle_object_size(const struct pickle_stream *s, uint32_t length, bool primitive)
{
    if (length > PICKLE_MAX_LENGTH - PICKLE_MAX_HEADER - PICKLE_PRIVATE_V2_LENGTH)
        return 0;
    return pickle_headers_size(s, primitive) + round_up(length, pickle_unit(pickle_version(s)));
}

void pickle_put_headers(const struct pickle_stream *s, uint8_t *p, uint32_t length, bool primitive,
                        const struct wire_syntax *interface_id)
{
    struct pickle_common common = {
        .version = pickle_version(s),
        .transfer_syntax = wire_syntax_ndr64,
        .interface_id = *interface_id,
    };

    if (!s->at.begun) {
        pickle_put_common(p, &common);
        p += pickle_common_length(common.version);
    }
    if (!primitive || common.version != 1)
        pickle_put_private(p, common.version, round_up(length, pickle_unit(common.version)));
}

static uint32_t reserve_dynamic(struct pickle_stream *s, uint32_t size,
                                const struct pickle_memory *memory)
{
    if (size > PICKLE_MAX_LENGTH - s->at.used)
        return PICKLE_STATUS_OUT_OF_MEMORY;
    s->reserved = memory->allocate(s->at.used + size);
    if (!s->reserved)
        return PICKLE_STATUS_OUT_OF_MEMORY;
    if (!is_aligned(s->reserved, pickle_unit(pickle_version(s)))) {
        pickle_abandon(s, memory);
        return PICKLE_STATUS_INVALID_BUFFER;
    }
    if (s->at.used)
        memcpy(s->reserved, s->buffer, s->at.used);
    return 0;
}

static uint32_t reserve_incremental(struct pickle_stream *s, uint32_t size)
{
    unsigned int got = size;
    char *buffer = NULL;

    s->alloc(s->state, &buffer, &got);
    if (!buffer)
        return PICKLE_STATUS_OUT_OF_MEMORY;
    if (got < size || !is_aligned(buffer, pickle_unit(pickle_version(s))))
        return PICKLE_STATUS_INVALID_BUFFER;
    s->reserved = (unsigned char *)buffer;
    return 0;
}

uint32_t pickle_reserve(struct pickle_stream *s, uint32_t size, const struct pickle_memory *memory,
                        unsigned char **start)
{
    uint32_t status = 0;

    switch (s->style) {
    case PICKLE_INCREMENTAL:
        status = reserve_incremental(s, size);
        *start = s->reserved;
        break;
    case PICKLE_DYNAMIC_BUFFER:
        status = reserve_dynamic(s, size, memory);
        *start = s->reserved + s->at.used;
        break;
    case PICKLE_FIXED_BUFFER:
        if (size > s->size - s->at.used)
            status = PICKLE_STATUS_INVALID_BUFFER;
        *start = s->buffer + s->at.used;
        break;
    }
    return status;
}

void pickle_commit(struct pickle_stream *s, uint32_t size, const struct pickle_memory *memory)
{
    unsigned char *reserved = s->reserved, *former = s->buffer;

    s->reserved = NULL;
    if (s->style == PICKLE_INCREMENTAL)
        s->write(s->state, (char *)reserved, size);
    s->at.begun = true;
    if (s->style == PICKLE_INCREMENTAL)
        return;
    s->at.used += size;
    *s->encoded_size = s->at.used;
    if (s->style == PICKLE_DYNAMIC_BUFFER) {
        s->buffer = reserved;
        *s->result = (char *)reserved;
        if (former)
            memory->release(former);
    }
}

void pickle_abandon(struct pickle_stream *s, const struct pickle_memory *memory)
{
    unsigned char *reserved = s->reserved;

    s->reserved = NULL;
    if (reserved && s->style == PICKLE_DYNAMIC_BUFFER)
        memory->release(reserved);
}

/* ---- decoding ---- */

/* At least `least` octets, `wanted` of them if there are so many. */
static uint32_t take(struct pickle_stream *s, uint32_t least, uint32_t wanted, uint32_t unit,
                     unsigned char **start, uint32_t *length)
{
    static uint64_t nothing[2] __attribute__((aligned(16)));
    unsigned int got = wanted;
    char *buffer = (char *)nothing;

    if (s->style != PICKLE_INCREMENTAL) {
        buffer = (char *)s->buffer + s->at.used;
        got = s->size - s->at.used;
    } else if (wanted) {
        buffer = NULL;
        s->read(s->state, &buffer, &got);
    }
    if (got < least || !buffer || !is_aligned(buffer, unit))
        return PICKLE_STATUS_INVALID_BUFFER;
    *start = (unsigned char *)buffer;
    *length = got < wanted ? got : wanted;
    s->at.used += s->style == PICKLE_INCREMENTAL ? 0 : *length;
    return 0;
}

/* The reader may give the same buffer each time: headers are copied. */
static uint32_t take_header(struct pickle_stream *s, uint8_t *copy, uint32_t length)
{
    unsigned char *start;
    uint32_t got, status = take(s, length, length, 8, &start, &got);

    if (!status)
        memcpy(copy, start, length);
    return status;
}

static uint32_t read_common(struct pickle_stream *s)
{
    uint8_t header[PICKLE_MAX_HEADER];
    uint32_t status = take_header(s, header, PICKLE_COMMON_V1_LENGTH), length;
    const struct wire_syntax *syntax = &s->at.common.transfer_syntax;

    if (status)
        return status;
    length = pickle_common_length_of(header);
    if (!length)
        return PICKLE_STATUS_WRONG_ES_VERSION;
    if (length > PICKLE_COMMON_V1_LENGTH)
        status = take_header(s, header + PICKLE_COMMON_V1_LENGTH, length - PICKLE_COMMON_V1_LENGTH);
    if (status)
        return status;
    pickle_get_common(header, &s->at.common);
    if (!wire_syntax_equal(syntax, &wire_syntax_ndr20) &&
        !wire_syntax_equal(syntax, &wire_syntax_ndr64))
        return PICKLE_STATUS_UNSUPPORTED_TRANS_SYN;
    s->at.begun = true;
    return 0;
}

/* Takes what is there of the padding: not everybody counts it, or sends it at the end. */
static uint32_t take_data(struct pickle_stream *s, uint32_t length, uint32_t unit,
                          struct pickle_data *data)
{
    if (length > PICKLE_MAX_LENGTH)
        return PICKLE_STATUS_INVALID_BUFFER;
    return take(s, length, round_up(length, unit), unit, &data->start, &data->length);
}

uint32_t pickle_next_object(struct pickle_stream *s, uint32_t primitive, struct pickle_data *data)
{
    uint8_t header[PICKLE_PRIVATE_V2_LENGTH];
    uint32_t status = s->at.begun ? 0 : read_common(s), length = primitive;
    const struct pickle_common *common = &s->at.common;

    if (status)
        return status;
    data->big_endian = common->big_endian;
    data->ndr64 = wire_syntax_equal(&common->transfer_syntax, &wire_syntax_ndr64);
    if (!primitive || common->version != 1) {
        status = take_header(s, header, pickle_private_length(common->version));
        if (status)
            return status;
        length = pickle_get_private(header, common->big_endian);
        if (length < primitive)
            return PICKLE_STATUS_INVALID_BUFFER;
    }
    return take_data(s, length, pickle_unit(common->version), data);
}

uint32_t pickle_peek_procedure(struct pickle_stream *s)
{
    uint8_t header[PICKLE_PROC_LENGTH];
    const struct wire_syntax *syntax = &s->at.procedure.transfer_syntax;
    uint32_t status;

    if (s->at.ahead)
        return 0;
    status = take_header(s, header, PICKLE_PROC_LENGTH);
    if (status)
        return status;
    if (!pickle_get_proc(header, &s->at.procedure))
        return PICKLE_STATUS_WRONG_ES_VERSION;
    if (!wire_syntax_equal(syntax, &wire_syntax_ndr20) &&
        !wire_syntax_equal(syntax, &wire_syntax_ndr64))
        return PICKLE_STATUS_UNSUPPORTED_TRANS_SYN;
    s->at.ahead = true;
    return 0;
}

uint32_t pickle_next_procedure(struct pickle_stream *s, struct pickle_data *data)
{
    uint32_t status = pickle_peek_procedure(s);

    if (status)
        return status;
    s->at.ahead = false;
    data->big_endian = s->at.procedure.big_endian;
    data->ndr64 = wire_syntax_equal(&s->at.procedure.transfer_syntax, &wire_syntax_ndr64);
    return take_data(s, s->at.procedure.length, 8, data);
}
