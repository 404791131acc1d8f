/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading an encoded chain of error records, in two passes, because what a record points at comes
 * long after it, the last record's first: the first pass finds where each record begins, the second
 * goes through them from last to first and reads what each points at. */
#include "wire/eerr.h"
#include "wire/eerr_internal.h"

/* Reads past the end give 0 and set `failed`. */
struct reader {
    const uint8_t *data; /* after the headers */
    size_t length;
    size_t at;
    bool big_endian;
    bool failed;
};

/* A text or blob in the data. */
struct piece {
    bool present;
    uint16_t length;     /* elements */
    const uint8_t *data;
};

/* A record, and what it points at as it is in the data. */
struct raw_record {
    struct eerr_record record;
    bool has_next;
    struct piece computer;
    struct piece params[EERR_MAX_PARAMS];
};

static const uint8_t *take(struct reader *r, size_t size, size_t alignment)
{
    static const uint8_t zero[8];
    size_t at = (r->at + alignment - 1) & ~(alignment - 1);

    if (r->failed || at > r->length || size > r->length - at) {
        r->failed = true;
        return zero;
    }
    r->at = at + size;
    return r->data + at;
}

static uint16_t get_u16(struct reader *r)
{
    return wire_get_u16(take(r, 2, 2), r->big_endian);
}

static uint32_t get_u32(struct reader *r)
{
    return wire_get_u32(take(r, 4, 4), r->big_endian);
}

static uint64_t get_u64(struct reader *r)
{
    const uint8_t *p = take(r, 8, 8);
    uint64_t first = wire_get_u32(p, r->big_endian), second = wire_get_u32(p + 4, r->big_endian);

    return r->big_endian ? first << 32 | second : second << 32 | first;
}

static void require(struct reader *r, bool condition)
{
    if (!condition)
        r->failed = true;
}

/* A discriminant: the member that it is, then the union's own copy. */
static uint16_t get_type(struct reader *r)
{
    uint16_t type = get_u16(r);

    require(r, get_u16(r) == type);
    return type;
}

static void get_counted(struct reader *r, struct piece *piece)
{
    take(r, 0, 4);
    piece->length = get_u16(r);
    piece->present = get_u32(r) != 0;
    require(r, piece->length <= EERR_MAX_LENGTH);
}

static void get_param(struct reader *r, struct eerr_param *param, struct piece *piece)
{
    take(r, 0, 8);
    param->type = get_type(r);
    *piece = (struct piece){ 0 };
    switch (param->type) {
    case EERR_ANSI:
    case EERR_UNICODE:
    case EERR_BINARY:
        get_counted(r, piece);
        break;
    case EERR_LONG:
        param->value = (uint64_t)(int32_t)get_u32(r);
        break;
    case EERR_SHORT:
        param->value = (uint64_t)(int16_t)get_u16(r);
        break;
    case EERR_POINTER:
        param->value = get_u64(r);
        break;
    case EERR_NONE:
        param->value = 0;
        break;
    default:
        r->failed = true;
    }
}

static void get_record(struct reader *r, struct raw_record *raw)
{
    struct eerr_record *record = &raw->record;
    uint32_t max_count = get_u32(r);
    uint16_t name_type;

    take(r, 0, 8);
    record->next = NULL;
    record->computer = NULL;
    raw->has_next = get_u32(r) != 0;
    raw->computer = (struct piece){ 0 };
    name_type = get_type(r);
    if (name_type == EERR_COMPUTER_PRESENT)
        get_counted(r, &raw->computer);
    else
        require(r, name_type == EERR_COMPUTER_NOT_PRESENT);
    record->process_id = get_u32(r);
    record->time = get_u64(r);
    record->component = get_u32(r);
    record->status = get_u32(r);
    record->location = get_u16(r);
    record->flags = get_u16(r);
    record->param_count = get_u16(r);
    require(r, record->param_count <= EERR_MAX_PARAMS && max_count == record->param_count);
    for (unsigned i = 0; i < record->param_count && !r->failed; i++)
        get_param(r, &record->params[i], &raw->params[i]);
}

static void get_piece(struct reader *r, struct piece *piece, size_t element)
{
    if (!piece->present) {
        piece->length = 0;
        return;
    }
    require(r, get_u32(r) == piece->length);
    piece->data = take(r, piece->length * element, element);
}

/* What the record points at, and from there on the next one that is due. */
static void get_referents(struct reader *r, struct raw_record *raw)
{
    get_piece(r, &raw->computer, 2);
    for (unsigned i = 0; i < raw->record.param_count; i++) {
        enum eerr_type type = raw->record.params[i].type;

        if (eerr_has_data(type))
            get_piece(r, &raw->params[i], type == EERR_UNICODE ? 2 : 1);
    }
}

/* ---- building records ---- */

static uint16_t element_of(const struct piece *piece, size_t i, bool wide, bool big_endian)
{
    return wide ? wire_get_u16(piece->data + 2 * i, big_endian) : piece->data[i];
}

/* Elements of a text before its NUL, which need not be there. */
static uint16_t text_length(const struct piece *piece, bool wide)
{
    uint16_t length = 0;

    while (length < piece->length && length < EERR_MAX_LENGTH - 1 &&
           element_of(piece, length, wide, false))
        length++;
    return length;
}

/* Writes a NUL-terminated text; returns its end. */
static uint8_t *put_text(uint8_t *to, const struct piece *piece, bool wide, bool big_endian)
{
    uint16_t length = text_length(piece, wide);

    for (uint16_t i = 0; i < length; i++) {
        uint16_t c = element_of(piece, i, wide, big_endian);

        if (wide)
            ((uint16_t *)to)[i] = c;
        else
            to[i] = (uint8_t)c;
    }
    if (wide)
        ((uint16_t *)to)[length] = 0;
    else
        to[length] = 0;
    return to + (length + 1) * (wide ? 2 : 1);
}

/* Octets that a piece needs, with a NUL and up to an even address. */
static size_t room(const struct piece *piece, size_t element)
{
    return (element * (piece->length + 1u) + 1) & ~(size_t)1;
}

static uint8_t *put_param(uint8_t *to, struct eerr_param *param, const struct piece *piece,
                          bool big_endian)
{
    uint8_t *end = to;

    param->data = to;
    if (param->type == EERR_BINARY) {
        for (uint16_t i = 0; i < piece->length; i++)
            *end++ = piece->data[i];
        param->length = piece->length;
    } else {
        bool wide = param->type == EERR_UNICODE;

        end = put_text(to, piece, wide, big_endian);
        param->length = text_length(piece, wide) + 1;
    }
    return end + ((end - to) & 1);
}

static struct eerr_record *build(const struct wire_allocator *allocator,
                                 const struct raw_record *raw, bool big_endian)
{
    size_t size = sizeof(struct eerr_record) + room(&raw->computer, 2);
    struct eerr_record *record;
    uint8_t *to;

    for (unsigned i = 0; i < raw->record.param_count; i++)
        size += room(&raw->params[i], raw->record.params[i].type == EERR_UNICODE ? 2 : 1);
    record = allocator->allocate(allocator->context, size);
    if (!record)
        return NULL;
    *record = raw->record;
    to = (uint8_t *)(record + 1);
    if (raw->computer.present) {
        record->computer = (const uint16_t *)to;
        to = put_text(to, &raw->computer, true, big_endian);
    }
    for (unsigned i = 0; i < record->param_count; i++) {
        if (eerr_has_data(record->params[i].type))
            to = put_param(to, &record->params[i], &raw->params[i], big_endian);
    }
    return record;
}

/* ---- decoding ---- */

static bool get_headers(struct reader *r, const uint8_t *data, size_t length)
{
    if (length < EERR_HEADERS_LENGTH || data[0] != EERR_SERIALIZATION_VERSION)
        return false;
    if (data[1] != EERR_LITTLE_ENDIAN && data[1] != EERR_BIG_ENDIAN)
        return false;
    r->big_endian = data[1] == EERR_BIG_ENDIAN;
    r->data = data + EERR_HEADERS_LENGTH;
    r->length = wire_get_u32(data + 8, r->big_endian);
    r->at = 0;
    r->failed = false;
    return wire_get_u16(data + 2, r->big_endian) == EERR_COMMON_HEADER_LENGTH &&
           r->length <= length - EERR_HEADERS_LENGTH;
}

/* Where each record begins. More of them than a chain may have are an error. */
static unsigned find_records(struct reader *r, size_t starts[EERR_MAX_RECORDS])
{
    struct raw_record raw;
    unsigned count = 0;
    bool more = get_u32(r) != 0;

    while (more && !r->failed) {
        if (count == EERR_MAX_RECORDS) {
            r->failed = true;
            break;
        }
        starts[count++] = r->at;
        get_record(r, &raw);
        more = raw.has_next;
    }
    return count;
}

enum eerr_result eerr_decode(const struct wire_allocator *allocator, const uint8_t *data,
                             size_t length, struct eerr_record **head)
{
    size_t starts[EERR_MAX_RECORDS];
    struct eerr_record *chain = NULL;
    struct raw_record raw;
    struct reader r;
    unsigned count;

    *head = NULL;
    if (!get_headers(&r, data, length))
        return EERR_INVALID;
    count = find_records(&r, starts);
    while (count && !r.failed) {
        struct reader record_reader = r;
        struct eerr_record *record;

        record_reader.at = starts[--count];
        get_record(&record_reader, &raw);
        get_referents(&r, &raw);
        if (r.failed)
            break;
        record = build(allocator, &raw, r.big_endian);
        if (!record) {
            eerr_free_chain(allocator, chain);
            return EERR_NO_MEMORY;
        }
        record->next = chain;
        chain = record;
    }
    if (r.failed) {
        eerr_free_chain(allocator, chain);
        return EERR_INVALID;
    }
    *head = chain;
    return EERR_OK;
}
