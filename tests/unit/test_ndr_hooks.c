/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Types that are marshalled by other routines: hooks, and [user_marshal]. */
#include "unit/ndr_test.h"

#include "ndr/user_marshal.h"

/* ---- [wire_marshal(long)] long *: a pointer in the application, a long on the wire ---- */

static uint32_t last_flags;
static int bad_results; /* bytes that a routine claims to have read beyond its own */

static uint32_t NDR_CALLBACK number_size(uint32_t *flags, uint32_t size, void *object)
{
    fail(); /* the format string says how large it is */
    return size;
}

static unsigned char *NDR_CALLBACK number_marshal(uint32_t *flags, unsigned char *buffer,
                                                  void *object)
{
    last_flags = *flags;
    memcpy(buffer, *(int32_t **)object, 4);
    return buffer + 4;
}

static unsigned char *NDR_CALLBACK number_unmarshal(uint32_t *flags, unsigned char *buffer,
                                                    void *object)
{
    struct ndr_user_call *call = (struct ndr_user_call *)flags;
    uint32_t value;
    int32_t **pointer = object;

    last_flags = *flags;
    assert_int_equal(call->CBType, NDR_USER_UNMARSHAL);
    assert_int_equal(call->Signature, NDR_USER_CALL_SIGNATURE);
    assert_ptr_equal(call->pStubMsg->Buffer, buffer);
    memcpy(&value, buffer, 4);
    if (!(*flags >> 16 & 0x10))
        value = __builtin_bswap32(value);
    *pointer = ndr_test_allocate(4);
    **pointer = (int32_t)value;
    return buffer + 4 + bad_results;
}

static void NDR_CALLBACK number_free(uint32_t *flags, void *object)
{
    ndr_test_free(*(void **)object);
}

/* ---- [wire_marshal([unique] …)]: a pointer on the wire, whose referent is a counted string of
 * bytes ---- */

struct text {
    char *characters;
};

static uint32_t NDR_CALLBACK text_size(uint32_t *flags, uint32_t size, void *object)
{
    return ((size + 3) & ~3u) + 4 + (uint32_t)strlen(((struct text *)object)->characters);
}

static unsigned char *NDR_CALLBACK text_marshal(uint32_t *flags, unsigned char *buffer,
                                                void *object)
{
    struct text *text = object;
    uint32_t length = (uint32_t)strlen(text->characters);

    while ((uintptr_t)buffer & 3)
        *buffer++ = 0;
    memcpy(buffer, &length, 4);
    memcpy(buffer + 4, text->characters, length);
    return buffer + 4 + length;
}

static unsigned char *NDR_CALLBACK text_unmarshal(uint32_t *flags, unsigned char *buffer,
                                                  void *object)
{
    struct ndr_message *msg = ((struct ndr_user_call *)flags)->pStubMsg;
    struct text *text = object;
    uint32_t length;

    buffer = (unsigned char *)(((uintptr_t)buffer + 3) & ~(uintptr_t)3);
    if (buffer > msg->BufferEnd || msg->BufferEnd - buffer < 4)
        ndr_raise(NDR_STATUS_BAD_STUB_DATA);
    memcpy(&length, buffer, 4);
    if (!(*flags >> 16 & 0x10))
        length = __builtin_bswap32(length);
    if ((size_t)(msg->BufferEnd - buffer) - 4 < length)
        ndr_raise(NDR_STATUS_BAD_STUB_DATA);
    text->characters = ndr_test_allocate(length + 1);
    memcpy(text->characters, buffer + 4, length);
    text->characters[length] = 0;
    return buffer + 4 + length;
}

static void NDR_CALLBACK text_free(uint32_t *flags, void *object)
{
    struct text *text = object;

    if (text->characters)
        ndr_test_free(text->characters);
}

static const struct ndr_user_routines routines[] = {
    { number_size, number_marshal, number_unmarshal, number_free },
    { text_size, text_marshal, text_unmarshal, text_free },
};

/* struct { number; text; short; } */
struct holder {
    int32_t *number;
    struct text text;
    int16_t last;
};

static const unsigned char format[] = {
    /* 0 */ NDR_FC_LONG, NDR_FC_PAD,
    /* 2 */ NDR_FC_USER_MARSHAL, 3, S(0), S(8), S(4), S(-10),
    /* 12: a pointer to something that only the routines know */ NDR_FC_UP, NDR_SIMPLE_POINTER,
    NDR_FC_LONG, NDR_FC_PAD,
    /* 16 */ NDR_FC_USER_MARSHAL, NDR_USER_MARSHAL_UNIQUE | 3, S(1), S(8), S(0), S(-12),
    /* 26 */ NDR_FC_BOGUS_STRUCT, 3, S(24), S(0), S(0), NDR_FC_EMBEDDED_COMPLEX, 0, S(-34),
    NDR_FC_EMBEDDED_COMPLEX, 0, S(-24), NDR_FC_SHORT, NDR_FC_STRUCTPAD1 + 5, NDR_FC_PAD, NDR_FC_END,
};

static const unsigned char wire[] = "\7\0\0\0\0\0\2\0\5\0\0\0\3\0\0\0abc";

static void begin(struct ndr_test *t, bool client)
{
    ndr_test_begin(t, client);
    t->desc.aUserMarshalQuadruple = routines;
    t->msg.dwDestContext = 2;
}

static void user_marshal(void **state)
{
    static const char *const images[] = {
        (const char *)wire, "\0\0\0\7\0\2\0\0\0\5\0\0\0\0\0\3abc",
    };
    int32_t seven = 7;
    struct holder object = { &seven, { (char *)"abc" }, 5 }, received;
    unsigned char *memory;
    struct ndr_test t;
    int big;

    begin(&t, true);
    ndr_test_send(&t, &object, format + 26);
    assert_int_equal(ndr_test_used(&t), sizeof(wire) - 1);
    assert_memory_equal(t.rpc.Buffer, wire, sizeof(wire) - 1);
    assert_int_equal(last_flags, 0x00100002);
    for (big = 0; big < 2; big++) {
        memset(&received, 0, sizeof(received));
        memory = (unsigned char *)&received;
        ndr_set_representation(&t.msg, big ? 0 : NDR_REPRESENTATION_LOCAL);
        ndr_test_receive(&t, images[big], sizeof(wire) - 1);
        ndr_unmarshal(&t.msg, &memory, format + 26, 0);
        assert_int_equal(ndr_test_used(&t), sizeof(wire) - 1);
        assert_int_equal(last_flags, 0x00100002); /* the engine converts */
        assert_int_equal(*received.number, 7);
        assert_string_equal(received.text.characters, "abc");
        assert_int_equal(received.last, 5);
        ndr_free(&t.msg, memory, format + 26);
        assert_int_equal(ndr_test_blocks, 0);
    }
    ndr_test_end(&t);
}

static void null_referent(void **state)
{
    struct holder received = { 0 };
    unsigned char *memory = (unsigned char *)&received;
    struct ndr_test t;

    begin(&t, true);
    ndr_test_receive(&t, "\7\0\0\0\0\0\0\0\5\0", 10);
    ndr_unmarshal(&t.msg, &memory, format + 26, 0);
    assert_int_equal(ndr_test_used(&t), 10);
    assert_null(received.text.characters);
    ndr_free(&t.msg, memory, format + 26);
    ndr_test_end(&t);
    assert_int_equal(ndr_test_blocks, 0);
}

static void truncated(void **state)
{
    struct ndr_test t;
    size_t length;

    for (length = 0; length < sizeof(wire) - 1; length++) {
        struct holder received = { 0 };
        unsigned char *memory = (unsigned char *)&received;

        begin(&t, true);
        ndr_test_receive(&t, wire, length);
        assert_int_equal(raised_unmarshal(&t, &memory, format + 26), NDR_STATUS_BAD_STUB_DATA);
        ndr_free(&t.msg, (unsigned char *)&received.text, format + 16);
        if (received.number)
            ndr_test_free(received.number);
        ndr_test_end(&t);
        assert_int_equal(ndr_test_blocks, 0);
    }
}

/* A routine that says it has read what is not there. */
static void routine_runs_over(void **state)
{
    struct holder received = { 0 };
    unsigned char *memory = (unsigned char *)&received;
    struct ndr_test t;

    begin(&t, true);
    ndr_test_receive(&t, wire, sizeof(wire) - 1);
    bad_results = 1000;
    assert_int_equal(raised_unmarshal(&t, &memory, format + 26), NDR_STATUS_BAD_STUB_DATA);
    bad_results = 0;
    ndr_test_free(received.number);
    ndr_test_end(&t);
    assert_int_equal(ndr_test_blocks, 0);
}

/* ---- hooks of another module: a context handle of twenty bytes ---- */

static void context_size(struct ndr_message *msg, unsigned char *memory, const unsigned char *type)
{
    msg->BufferLength = ((msg->BufferLength + 3) & ~3u) + 20;
}

static void context_marshal(struct ndr_message *msg, unsigned char *memory,
                            const unsigned char *type)
{
    msg->Buffer = (unsigned char *)(((uintptr_t)msg->Buffer + 3) & ~(uintptr_t)3);
    memset(msg->Buffer, *memory, 20);
    msg->Buffer += 20;
}

static void context_unmarshal(struct ndr_message *msg, unsigned char **memory,
                              const unsigned char *type, unsigned char must_alloc)
{
    **memory = *msg->Buffer;
    msg->Buffer += 20;
}

static void context_memory_size(struct ndr_message *msg, const unsigned char *type)
{
    msg->Buffer += 20;
    msg->MemorySize += sizeof(void *);
}

static void context_free(struct ndr_message *msg, unsigned char *memory, const unsigned char *type)
{
}

static void context_handle(void **state)
{
    static const struct ndr_hooks hooks = {
        .buffer_size = context_size,
        .marshal = context_marshal,
        .unmarshal = context_unmarshal,
        .memory_size = context_memory_size,
        .free = context_free,
    };
    static const unsigned char pointer[] = { NDR_FC_RP, 0, S(2), NDR_FC_BIND_CONTEXT, 0xa0, 0, 0 };
    unsigned char context[sizeof(void *)] = { 0x33 }, *memory = context;
    struct ndr_test t;

    ndr_test_begin(&t, true);
    assert_int_equal(raised_size(&t, context, pointer), NDR_STATUS_CANNOT_SUPPORT);
    ndr_set_hooks(NDR_FC_BIND_CONTEXT, &hooks);
    ndr_test_send(&t, context, pointer);
    assert_int_equal(ndr_test_used(&t), 20);
    ndr_test_receive(&t, t.rpc.Buffer, 20);
    context[0] = 0;
    ndr_unmarshal(&t.msg, &memory, pointer, 0);
    assert_int_equal(context[0], 0x33);
    ndr_test_receive(&t, t.rpc.Buffer, 19);
    assert_int_equal(raised_unmarshal(&t, &memory, pointer), NDR_STATUS_BAD_STUB_DATA);
    ndr_set_hooks(NDR_FC_BIND_CONTEXT, NULL);
    ndr_test_end(&t);
}

/* What routines have made is given back when the call fails later, and only then. */
static void failed_call(void **state)
{
    struct holder received = { 0 };
    unsigned char *memory = (unsigned char *)&received;
    struct ndr_test t;
    size_t length;

    for (length = 0; length <= sizeof(wire); length++) {
        begin(&t, false);
        ndr_correlation_begin(&t.msg, true);
        ndr_test_receive(&t, wire, length);
        if (raised_unmarshal(&t, &memory, format + 26)) {
            ndr_release_allocations(&t.msg);
            assert_int_equal(ndr_test_blocks, 0);
            assert_null(received.number);
        } else {
            assert_int_equal(ndr_test_blocks, 2);
            ndr_accept_allocations(&t.msg);
            ndr_release_allocations(&t.msg);
            assert_int_equal(ndr_test_blocks, 2);
            ndr_free(&t.msg, memory, format + 26);
            assert_int_equal(ndr_test_blocks, 0);
        }
        ndr_test_end(&t);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(user_marshal),
        cmocka_unit_test(null_referent),
        cmocka_unit_test(truncated),
        cmocka_unit_test(routine_runs_over),
        cmocka_unit_test(context_handle),
        cmocka_unit_test(failed_call),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
