/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The NDR engine alone, compiled natively: the objects of bench_ndr.idl in NDR 2.0 and in NDR64, beside a memcpy of as
 * many bytes. It needs no Wine, so that valgrind can count its instructions (docs/ndr-performance.md):
 *
 *   bench_walk [OBJECT SYNTAX [ROUNDS]]     OBJECT: bytes records tree; SYNTAX: ndr20 ndr64
 *
 * Prints "object syntax size_us marshal_us unmarshal_us free_us bytes memcpy_us", the least of all rounds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ndr/engine.h"
#include "ndr/format64.h"
#include "unit/ndr_format.h"

#define ARRAY_SIZE_BYTES (1 << 20)
#define RECORDS 100000
#define NODES 100000
#define ROUNDS 31

struct record {
    int64_t id;
    double weight;
    int32_t count, colour;
    int16_t kind;
    uint16_t *name;
    char *comment;
};

struct node {
    int32_t key, value;
    struct node *left, *right;
};

/* The stack of procedures that take an array: the count is their second parameter. */
struct arguments {
    void *binding;
    int32_t count;
};

/* ---- NDR 2.0, as widl describes the types for 64 bits ---- */

enum { BYTES_AT = 0, RECORDS_AT = 36, TREE_AT = 76 };

static const unsigned char format20[] = {
    /* 0: byte[] */
    0x1b, 0, S(1), 0x28, 0, S(8), 0x01, 0x5b,
    /* 10: record, and 28: its pointers */
    0x1a, 7, S(48), S(0), S(12), 0x0b, 0x0c, 0x08, 0x0d, 0x06, 0x39, 0x36, 0x36, 0x5c, 0x5b,
    0x12, 8, 0x25, 0x5c, 0x12, 8, 0x22, 0x5c,
    /* 36: record[] */
    0x21, 7, S(0), 0x28, 0, S(8), L(0xffffffff), 0x4c, 0, S(-40), 0x5c, 0x5b,
    /* 54: node, and 68: its pointers */
    0x1a, 3, S(24), S(0), S(8), 0x08, 0x08, 0x36, 0x36, 0x5c, 0x5b,
    0x12, 0, S(-16), 0x12, 0, S(-20),
    /* 76: node * */
    0x12, 0, S(-24),
};

/* ---- NDR64, as MIDL does ---- */

static const struct {
    uint32_t flags;
    struct ndr64_var var;
} count64 = { NDR64_EXPRESSION_EARLY, { NDR64_TOKEN_VAR, FC64_INT32, 0, 8 } };
static const struct ndr64_conf_array bytes64 = { FC64_CONF_ARRAY, 0, 0, 0, 1, &count64 };
static const struct ndr64_string wide64 = { FC64_CONF_WCHAR_STRING, 0, 2 };
static const struct ndr64_string narrow64 = { FC64_CONF_CHAR_STRING, 0, 1 };
static const struct ndr64_pointer strings64[] = { { FC64_UP, 0, 0, &wide64 }, { FC64_UP, 0, 0, &narrow64 } };
static const struct {
    struct ndr64_bogus_struct header;
    struct ndr64_member members[9];
} record64 = {
    { { FC64_FORCED_BOGUS_STRUCT, 7, 3, 0, sizeof(struct record) }, NULL, NULL, strings64 },
    { { FC64_INT64, 0, 0, 0 }, { FC64_FLOAT64, 0, 0, 0 }, { FC64_INT32, 0, 0, 0 }, { FC64_INT32, 0, 0, 0 },
      { FC64_INT16, 0, 0, 0 }, { FC64_STRUCTPADN, 0, 6, 0 }, { FC64_POINTER, 0, 0, 0 }, { FC64_POINTER, 0, 0, 0 },
      { FC64_END, 0, 0, 0 } },
};
static const struct ndr64_conf_var_bogus_array records64 = {
    { FC64_FORCED_BOGUS_ARRAY, 7, 2, 1, 0, &record64 }, &count64, NULL, NULL,
};
#define NODE_POINTER(offset) { { FC64_NO_REPEAT, 0, 0, 0 }, { (offset), 0 }, { FC64_UP, 0, 0, &node64 } }
static const struct node_format {
    struct ndr64_struct header;
    struct {
        struct ndr64_no_repeat no_repeat;
        struct ndr64_pointer_instance at;
        struct ndr64_pointer pointer;
    } pointers[2];
    uint8_t end;
} node64 = {
    { FC64_PSTRUCT, 7, NDR64_STRUCT_HAS_POINTER_INFO, 0, sizeof(struct node) },
    { NODE_POINTER(8), NODE_POINTER(16) },
    FC64_END,
};
static const struct ndr64_pointer tree64 = { FC64_UP, 0, 0, &node64 };

/* ---- the application's memory, as in bench_ndr.c ---- */

static unsigned char arena[32 << 20];
static size_t arena_used;

static void *allocate(size_t size)
{
    void *block = arena + arena_used;

    size = (size + 15) & ~(size_t)15;
    if (size > sizeof(arena) - arena_used)
        return NULL;
    arena_used += size;
    return block;
}

static void release(void *memory)
{
}

/* ---- objects ---- */

static void *bytes(void)
{
    unsigned char *array = malloc(ARRAY_SIZE_BYTES);

    for (int i = 0; i < ARRAY_SIZE_BYTES; i++)
        array[i] = (unsigned char)(i * 7 + (i >> 8));
    return array;
}

static void *records(void)
{
    struct record *array = calloc(RECORDS, sizeof(*array));
    char text[48];

    for (int i = 0; i < RECORDS; i++) {
        int length = snprintf(text, sizeof(text), "the name of record %d", i);

        array[i].id = 1000000007LL * i;
        array[i].weight = i / 3.0;
        array[i].count = i;
        array[i].colour = i % 3;
        array[i].kind = (int16_t)i;
        array[i].name = malloc(32 * sizeof(uint16_t));
        for (int j = 0; j <= length; j++)
            array[i].name[j] = (unsigned char)text[j];
        if (i % 4) {
            array[i].comment = malloc(48);
            snprintf(array[i].comment, 48, "a comment of %d%.*s", i, i % 16, "................");
        }
    }
    return array;
}

static struct node *tree(int count)
{
    struct node *root;

    if (!count)
        return NULL;
    root = malloc(sizeof(*root));
    root->key = count;
    root->value = -count;
    root->left = tree(count / 2);
    root->right = tree(count - 1 - count / 2);
    return root;
}

static void *nodes(void)
{
    return tree(NODES);
}

/* ---- measuring ---- */

static const struct object {
    const char *name;
    void *(*make)(void);
    int32_t count;
    const unsigned char *formats[2];
} objects[] = {
    { "bytes", bytes, ARRAY_SIZE_BYTES, { format20 + BYTES_AT, (const unsigned char *)&bytes64 } },
    { "records", records, RECORDS, { format20 + RECORDS_AT, (const unsigned char *)&records64 } },
    { "tree", nodes, 0, { format20 + TREE_AT, (const unsigned char *)&tree64 } },
};
static const char *const syntaxes[] = { "ndr20", "ndr64" };

enum { SIZING, MARSHALLING, UNMARSHALLING, FREEING, COPYING, PHASES };

struct pass {
    struct ndr_message msg;
    struct ndr_rpc_message rpc;
    struct ndr_stub_desc desc;
    struct arguments args;
    const unsigned char *format;
    unsigned char *buffer, *copy;
    uint32_t length;
    bool is_ndr64;
    double least[PHASES];
};

static double microseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return 1e6 * (double)now.tv_sec + 1e-3 * (double)now.tv_nsec;
}

static void took(struct pass *pass, int phase, double since)
{
    double time = microseconds() - since;

    if (!pass->least[phase] || time < pass->least[phase])
        pass->least[phase] = time;
}

static void begin(struct pass *pass, bool client)
{
    memset(&pass->msg, 0, sizeof(pass->msg));
    pass->msg.RpcMsg = &pass->rpc;
    pass->msg.StubDesc = &pass->desc;
    pass->msg.IsClient = client;
    pass->msg.uFlags = pass->is_ndr64 ? NDR_MESSAGE_NDR64 : 0;
    pass->msg.StackTop = (unsigned char *)&pass->args;
    pass->msg.pfnAllocate = allocate;
    pass->msg.pfnFree = release;
}

static void give(struct pass *pass, unsigned char *memory)
{
    double start = microseconds();

    begin(pass, true);
    ndr_buffer_size(&pass->msg, memory, pass->format);
    took(pass, SIZING, start);
    if (!pass->buffer) {
        pass->buffer = malloc(pass->msg.BufferLength);
        pass->copy = malloc(pass->msg.BufferLength);
        memset(pass->copy, 0, pass->msg.BufferLength);
    }
    memset(pass->buffer, 0, pass->msg.BufferLength);
    pass->rpc.Buffer = pass->msg.Buffer = pass->buffer;
    pass->rpc.BufferLength = pass->msg.BufferLength;
    start = microseconds();
    ndr_marshal(&pass->msg, memory, pass->format);
    took(pass, MARSHALLING, start);
    pass->length = (uint32_t)(pass->msg.Buffer - pass->buffer);
}

static void take(struct pass *pass)
{
    unsigned char *memory = NULL;
    double start = microseconds();

    begin(pass, false);
    arena_used = 0;
    pass->msg.Buffer = pass->msg.BufferStart = pass->buffer;
    pass->msg.BufferEnd = pass->buffer + pass->length;
    ndr_unmarshal(&pass->msg, &memory, pass->format, 0);
    ndr_accept_allocations(&pass->msg);
    took(pass, UNMARSHALLING, start);
    start = microseconds();
    ndr_free(&pass->msg, memory, pass->format);
    took(pass, FREEING, start);
}

static void measure(const struct object *object, int syntax, int rounds)
{
    struct pass pass = { .format = object->formats[syntax], .is_ndr64 = syntax, .args.count = object->count };
    unsigned char *memory = object->make();
    double start;

    for (int round = 0; round < rounds; round++) {
        give(&pass, memory);
        start = microseconds();
        memcpy(pass.copy, pass.buffer, pass.length);
        took(&pass, COPYING, start);
        take(&pass);
    }
    printf("%s %s %.1f %.1f %.1f %.1f %u %.1f\n", object->name, syntaxes[syntax], pass.least[SIZING],
           pass.least[MARSHALLING], pass.least[UNMARSHALLING], pass.least[FREEING], pass.length, pass.least[COPYING]);
}

int main(int argc, char **argv)
{
    int rounds = argc > 3 ? atoi(argv[3]) : ROUNDS;

    for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++)
        for (int syntax = 0; syntax < 2; syntax++)
            if (argc < 3 || (!strcmp(argv[1], objects[i].name) && !strcmp(argv[2], syntaxes[syntax])))
                measure(&objects[i], syntax, rounds);
    return 0;
}
