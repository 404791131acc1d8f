/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Extended error information from strangers: what can be decoded is encoded again, and that is
 * decoded to the same; then everything that can be dropped is. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/native_platform.h"
#include "wire/eerr.h"

#define REQUIRE(condition)                                                 \
    do {                                                                   \
        if (!(condition)) {                                                \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                       \
        }                                                                  \
    } while (0)

static uint8_t *encode(const struct eerr_record *head, size_t *length)
{
    uint8_t *data;

    *length = eerr_encoded_length(head);
    data = malloc(*length);
    eerr_encode(head, data);
    return data;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct eerr_record *head, *again;
    size_t length, length_again;
    uint8_t *encoded, *encoded_again;

    if (eerr_decode(&native_allocator, data, size, &head) != EERR_OK)
        return 0;
    REQUIRE(native_memory.in_use <= 16 * size);
    encoded = encode(head, &length);
    REQUIRE(eerr_decode(&native_allocator, encoded, length, &again) == EERR_OK);
    encoded_again = encode(again, &length_again);
    REQUIRE(length == length_again && !memcmp(encoded, encoded_again, length));
    free(encoded);
    free(encoded_again);
    eerr_free_chain(&native_allocator, again);
    while (eerr_drop_some(&native_allocator, head))
        REQUIRE(eerr_encoded_length(head) <= length);
    eerr_free_chain(&native_allocator, head);
    REQUIRE(!native_memory.in_use);
    return 0;
}
