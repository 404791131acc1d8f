/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Chains of error records: copying, shrinking, encoding. Hosts are little-endian. */
#include "wire/eerr.h"
#include "wire/eerr_internal.h"

#include <string.h>

/* ---- copying ---- */

static size_t text_units(const uint16_t *text)
{
    size_t units = 0;

    while (text[units++])
        ;
    return units;
}

static size_t param_size(const struct eerr_param *param)
{
    if (!eerr_has_data(param->type))
        return 0;
    return param->type == EERR_UNICODE ? 2 * (size_t)param->length : param->length;
}

/* Where the next piece of a record's allocation goes: an even address. */
static void *take(uint8_t **end, size_t size)
{
    void *piece = *end;

    *end += (size + 1) & ~(size_t)1;
    return piece;
}

struct eerr_record *eerr_copy(const struct wire_allocator *allocator,
                              const struct eerr_record *record)
{
    size_t computer = record->computer ? 2 * text_units(record->computer) : 0;
    size_t size = sizeof(*record) + computer;
    struct eerr_record *copy;
    uint8_t *end;

    for (unsigned i = 0; i < record->param_count; i++)
        size += param_size(&record->params[i]) + 1;
    copy = allocator->allocate(allocator->context, size);
    if (!copy)
        return NULL;
    *copy = *record;
    copy->next = NULL;
    end = (uint8_t *)(copy + 1);
    if (record->computer)
        copy->computer = memcpy(take(&end, computer), record->computer, computer);
    for (unsigned i = 0; i < record->param_count; i++) {
        size = param_size(&record->params[i]);
        if (eerr_has_data(record->params[i].type)) {
            void *piece = take(&end, size);

            if (size)
                memcpy(piece, record->params[i].data, size);
            copy->params[i].data = piece;
        }
    }
    return copy;
}

struct eerr_record *eerr_copy_chain(const struct wire_allocator *allocator,
                                    const struct eerr_record *head)
{
    struct eerr_record *first = NULL, **end = &first;

    for (; head; head = head->next) {
        *end = eerr_copy(allocator, head);
        if (!*end) {
            eerr_free_chain(allocator, first);
            return NULL;
        }
        end = &(*end)->next;
    }
    return first;
}

void eerr_free_chain(const struct wire_allocator *allocator, struct eerr_record *head)
{
    while (head) {
        struct eerr_record *next = head->next;

        allocator->release(allocator->context, head);
        head = next;
    }
}

unsigned eerr_count(const struct eerr_record *head)
{
    unsigned count = 0;

    for (; head; head = head->next)
        count++;
    return count;
}

/* ---- shrinking ---- */

static bool drop_texts(struct eerr_record *head)
{
    bool dropped = false;

    for (; head; head = head->next) {
        dropped |= head->computer != NULL;
        head->computer = NULL;
        for (unsigned i = 0; i < head->param_count; i++) {
            if (eerr_has_data(head->params[i].type)) {
                head->params[i].type = EERR_NONE;
                dropped = true;
            }
        }
    }
    return dropped;
}

bool eerr_drop_some(const struct wire_allocator *allocator, struct eerr_record *head)
{
    struct eerr_record *before = head, *victim;

    if (eerr_count(head) <= 2)
        return drop_texts(head);
    while (before->next->next->next)
        before = before->next;
    victim = before->next;
    before->next = victim->next;
    before->flags |= EERR_NEXT_MISSING;
    before->next->flags |= EERR_PREVIOUS_MISSING;
    allocator->release(allocator->context, victim);
    return true;
}

/* ---- encoding ---- */

/* Counts everything; writes it if there is a buffer. */
struct writer {
    uint8_t *data; /* after the headers */
    size_t length;
    uint32_t referent;
};

static void align(struct writer *w, size_t alignment)
{
    while (w->length & (alignment - 1)) {
        if (w->data)
            w->data[w->length] = 0;
        w->length++;
    }
}

static void put(struct writer *w, const void *data, size_t size)
{
    if (w->data && size)
        memcpy(w->data + w->length, data, size);
    w->length += size;
}

static void put_u16(struct writer *w, uint16_t value)
{
    align(w, 2);
    put(w, &value, sizeof(value));
}

static void put_u32(struct writer *w, uint32_t value)
{
    align(w, 4);
    put(w, &value, sizeof(value));
}

static void put_u64(struct writer *w, uint64_t value)
{
    align(w, 8);
    put(w, &value, sizeof(value));
}

/* A unique pointer; its referent comes later. */
static void put_pointer(struct writer *w, bool present)
{
    put_u32(w, present ? w->referent : 0);
    w->referent += 4;
}

/* EEAString, EEUString, BinaryEEInfo: a struct of a short and a pointer. */
static void put_counted(struct writer *w, size_t length, const void *data)
{
    align(w, 4);
    put_u16(w, (uint16_t)length);
    put_pointer(w, data != NULL);
}

static void put_param(struct writer *w, const struct eerr_param *param)
{
    align(w, 8); /* the largest alignment of the union's arms */
    put_u16(w, (uint16_t)param->type);
    put_u16(w, (uint16_t)param->type);
    if (eerr_has_data(param->type))
        put_counted(w, param->length, param->data);
    else if (param->type == EERR_LONG)
        put_u32(w, (uint32_t)param->value);
    else if (param->type == EERR_SHORT)
        put_u16(w, (uint16_t)param->value);
    else if (param->type == EERR_POINTER)
        put_u64(w, param->value);
}

static void put_record(struct writer *w, const struct eerr_record *record, bool is_last)
{
    put_u32(w, record->param_count);
    align(w, 8);
    put_pointer(w, !is_last);
    put_u16(w, record->computer ? EERR_COMPUTER_PRESENT : EERR_COMPUTER_NOT_PRESENT);
    put_u16(w, record->computer ? EERR_COMPUTER_PRESENT : EERR_COMPUTER_NOT_PRESENT);
    if (record->computer)
        put_counted(w, text_units(record->computer), record->computer);
    put_u32(w, record->process_id);
    put_u64(w, record->time);
    put_u32(w, record->component);
    put_u32(w, record->status);
    put_u16(w, record->location);
    put_u16(w, record->flags);
    put_u16(w, record->param_count);
    for (unsigned i = 0; i < record->param_count; i++)
        put_param(w, &record->params[i]);
}

static void put_referents(struct writer *w, const struct eerr_record *record)
{
    if (record->computer) {
        put_u32(w, (uint32_t)text_units(record->computer));
        put(w, record->computer, 2 * text_units(record->computer));
    }
    for (unsigned i = 0; i < record->param_count; i++) {
        const struct eerr_param *param = &record->params[i];

        if (eerr_has_data(param->type) && param->data) {
            put_u32(w, param->length);
            put(w, param->data, param_size(param));
        }
    }
}

/* What a record points at follows the record, its next record first: so all records come in their
 * order, then what they point at, the last one's first. */
static void put_chain(struct writer *w, const struct eerr_record *head)
{
    const struct eerr_record *records[EERR_MAX_RECORDS];
    unsigned count = 0;

    for (; head && count < EERR_MAX_RECORDS; head = head->next)
        records[count++] = head;
    put_pointer(w, count);
    for (unsigned i = 0; i < count; i++)
        put_record(w, records[i], i == count - 1);
    while (count)
        put_referents(w, records[--count]);
    align(w, 8);
}

size_t eerr_encoded_length(const struct eerr_record *head)
{
    struct writer w = { NULL, 0, EERR_FIRST_REFERENT };

    put_chain(&w, head);
    return EERR_HEADERS_LENGTH + w.length;
}

void eerr_encode(const struct eerr_record *head, uint8_t *buffer)
{
    struct writer w = { buffer + EERR_HEADERS_LENGTH, 0, EERR_FIRST_REFERENT };

    put_chain(&w, head);
    buffer[0] = EERR_SERIALIZATION_VERSION;
    buffer[1] = EERR_LITTLE_ENDIAN;
    wire_put_u16(buffer + 2, EERR_COMMON_HEADER_LENGTH, false);
    wire_put_u32(buffer + 4, 0xcccccccc, false);
    wire_put_u32(buffer + 8, (uint32_t)w.length, false);
    wire_put_u32(buffer + 12, 0, false);
}
