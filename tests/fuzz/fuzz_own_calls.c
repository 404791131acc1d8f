/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What strangers answer to the runtime's own calls, and ask of its management interface. The first
 * octet chooses the byte order and the kind, the rest is the stub data. What can be read is written
 * again, and that reads as the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/epm.h"
#include "wire/mgmt.h"
#include "wire/tower.h"

#define REQUIRE(condition)                                                 \
    do {                                                                   \
        if (!(condition)) {                                                \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                       \
        }                                                                  \
    } while (0)

/* The encoded form, in a block of exactly its size; *r reads it. */
static uint8_t *encode(stub_encode_fn function, const void *args, struct stub_reader *r)
{
    size_t length = function(args, NULL, 0);
    uint8_t *buffer = malloc(length + !length);

    REQUIRE(function(args, buffer, length) == length);
    *r = (struct stub_reader){.data = buffer, .length = length};
    return buffer;
}

/* ---- the management interface ---- */

static void fuzz_requests(struct stub_reader *r)
{
    struct mgmt_princ_name_request request;
    struct stub_reader again = *r;
    uint32_t room;

    mgmt_decode_stats_request(&again, &room);
    mgmt_decode_princ_name_request(r, &request);
}

static void fuzz_if_ids(struct stub_reader *r)
{
    struct stub_reader second = *r, again;
    struct wire_syntax *ids, *back;
    uint32_t count, count_back, status, status_back;
    struct mgmt_if_ids args;
    uint8_t *encoded;

    if (!mgmt_decode_if_ids(r, NULL, 0, &count, &status))
        return;
    REQUIRE((size_t)count * WIRE_SYNTAX_LENGTH <= r->length);
    ids = calloc(count + 1, sizeof(*ids));
    back = calloc(count + 1, sizeof(*back));
    REQUIRE(mgmt_decode_if_ids(&second, ids, count, &count_back, &status_back));
    args = (struct mgmt_if_ids){ids, count, status};
    encoded = encode(mgmt_encode_if_ids, &args, &again);
    REQUIRE(mgmt_decode_if_ids(&again, back, count, &count_back, &status_back));
    REQUIRE(count == count_back && status == status_back);
    REQUIRE(!memcmp(ids, back, count * sizeof(*ids)));
    free(encoded);
    free(ids);
    free(back);
}

static void fuzz_stats(struct stub_reader *r)
{
    struct mgmt_stats stats, back;
    struct stub_reader again;
    uint8_t *encoded;

    if (!mgmt_decode_stats(r, &stats))
        return;
    REQUIRE(stats.count <= MGMT_STATISTICS);
    encoded = encode(mgmt_encode_stats, &stats, &again);
    REQUIRE(mgmt_decode_stats(&again, &back) && back.count == stats.count);
    REQUIRE(!memcmp(stats.values, back.values, stats.count * sizeof(stats.values[0])));
    free(encoded);
}

static void fuzz_princ_name(struct stub_reader *r)
{
    struct mgmt_princ_name args;
    struct stub_reader again;
    uint32_t status;
    const char *name, *back;
    size_t length, length_back;
    uint8_t *encoded;

    if (!mgmt_decode_princ_name(r, &name, &length, &status))
        return;
    REQUIRE(strlen(name) == length);
    args = (struct mgmt_princ_name){name, (uint32_t)length + 1, status};
    encoded = encode(mgmt_encode_princ_name, &args, &again);
    REQUIRE(mgmt_decode_princ_name(&again, &back, &length_back, &status));
    REQUIRE(length == length_back && !strcmp(name, back));
    free(encoded);
}

/* ---- the endpoint mapper ---- */

static void look_at_tower(const struct epm_tower *octets)
{
    struct tower tower;

    if (octets->octets)
        tower_decode(octets->octets, octets->length, &tower);
}

static void fuzz_map(struct stub_reader *r)
{
    struct epm_tower tower;
    struct epm_items items;
    uint32_t count, n = 0;

    if (!epm_decode_map(r, &items))
        return;
    for (count = items.count; epm_next_tower(&items, &tower); n++)
        look_at_tower(&tower);
    REQUIRE(n == count && !items.fixed.failed && !items.deferred.failed);
}

static void fuzz_lookup(struct stub_reader *r)
{
    struct epm_entry entry;
    struct epm_items items;
    uint32_t count, n = 0;

    if (!epm_decode_lookup(r, &items))
        return;
    for (count = items.count; epm_next_entry(&items, &entry); n++) {
        REQUIRE(strlen(entry.annotation) == entry.annotation_length);
        look_at_tower(&entry.tower);
    }
    REQUIRE(n == count && !items.fixed.failed && !items.deferred.failed);
}

static void fuzz_statuses(struct stub_reader *r)
{
    struct mgmt_listening listening;
    struct stub_reader again = *r;
    struct epm_handle handle;
    uint32_t status;

    mgmt_decode_listening(&again, &listening);
    epm_decode_handle_free(r, &handle, &status);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const kinds[])(struct stub_reader *) = {
        fuzz_requests, fuzz_if_ids, fuzz_stats, fuzz_princ_name,
        fuzz_map,      fuzz_lookup, fuzz_statuses,
    };
    struct stub_reader r;

    if (!size)
        return 0;
    r = (struct stub_reader){
        .data = data + 1, .length = size - 1, .big_endian = (data[0] & 0x80) != 0};
    kinds[(data[0] & 0x7f) % (sizeof(kinds) / sizeof(kinds[0]))](&r);
    return 0;
}
