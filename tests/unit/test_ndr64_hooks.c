/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NDR64 types that other routines marshal: context handles, [wire_marshal], [transmit_as],
 * interface pointers; and that NDR64 and NDR 2.0 never take each other's types for theirs. */
#include "unit/ndr64_test.h"

#include "ndr/hook_format.h"
#include "ndr/user_marshal.h"

static const uint8_t int32_code = FC64_INT32;

static void begin(struct ndr_test *t, bool client)
{
    ndr_test_is_ndr64 = true;
    ndr_test_begin(t, client);
    ndr_test_is_ndr64 = false;
}

/* ---- context handles: the walkers find the routines, the routines read the fragment ---- */

static uint8_t context_flags;

static void context_size(struct ndr_message *msg, unsigned char *memory, const unsigned char *type)
{
    msg->BufferLength = ((msg->BufferLength + 3) & ~3u) + 20;
}

static void context_marshal(struct ndr_message *msg, unsigned char *memory,
                            const unsigned char *type)
{
    context_flags = type[1];
    memset(msg->Buffer, *memory, 20);
    msg->Buffer += 20;
}

static void context_handle(void **state)
{
    static const struct ndr_hooks hooks = { .buffer_size = context_size,
                                            .marshal = context_marshal };
    static const struct ndr64_context_handle handle = { FC64_BIND_CONTEXT, 0xa8, 0, 1 };
    static const struct ndr64_pointer pointer = { FC64_RP, NDR_ALLOCED_ON_STACK, 0, &handle };
    static const struct ndr64_supplement strict = { FC64_SUPPLEMENT, FC64_BIND_CONTEXT, 0, &handle,
                                                    0, 0 };
    unsigned char context[sizeof(void *)] = { 0x33 };
    struct ndr_test t;

    begin(&t, true);
    assert_int_equal(raised_size(&t, context, FORMAT(pointer)), NDR_STATUS_CANNOT_SUPPORT);
    ndr_set_hooks(NDR_FC_BIND_CONTEXT, &hooks);
    ndr_test_send(&t, context, FORMAT(pointer));
    assert_int_equal(ndr_test_used(&t), 20);
    assert_int_equal(context_flags, 0xa8);
    context_flags = 0;
    free(t.rpc.Buffer);
    t.msg.BufferLength = 0;
    ndr_test_send(&t, context, FORMAT(strict));
    assert_int_equal(context_flags, 0xa8);
    ndr_set_hooks(NDR_FC_BIND_CONTEXT, NULL);
    ndr_test_end(&t);
}

/* ---- wire_marshal: a long on the wire, a pointer to one in the application; and, behind a pointer
 * on the wire, a hyper that only the routines know ---- */

static uint32_t NDR_CALLBACK number_size(uint32_t *flags, uint32_t size, void *object)
{
    fail(); /* the format says how large it is */
    return size;
}

static unsigned char *NDR_CALLBACK number_marshal(uint32_t *flags, unsigned char *buffer,
                                                  void *object)
{
    memcpy(buffer, *(int32_t **)object, 4);
    return buffer + 4;
}

static unsigned char *NDR_CALLBACK number_unmarshal(uint32_t *flags, unsigned char *buffer,
                                                    void *object)
{
    const struct ndr_user_call *call = (const struct ndr_user_call *)flags;
    int32_t *number = ndr_test_allocate(4);

    assert_ptr_equal(call->pTypeFormat, &int32_code);
    memcpy(number, buffer, 4);
    *(int32_t **)object = number;
    return buffer + 4;
}

static void NDR_CALLBACK number_free(uint32_t *flags, void *object)
{
    ndr_test_free(*(void **)object);
}

static uint32_t NDR_CALLBACK hyper_size(uint32_t *flags, uint32_t size, void *object)
{
    return ((size + 7) & ~7u) + 8;
}

static unsigned char *NDR_CALLBACK hyper_marshal(uint32_t *flags, unsigned char *buffer,
                                                 void *object)
{
    assert_int_equal((uintptr_t)buffer & 7, 0);
    memcpy(buffer, object, 8);
    return buffer + 8;
}

static unsigned char *NDR_CALLBACK hyper_unmarshal(uint32_t *flags, unsigned char *buffer,
                                                   void *object)
{
    const struct ndr_user_call *call = (const struct ndr_user_call *)flags;

    if (call->pStubMsg->BufferEnd - buffer < 8)
        ndr_raise(NDR_STATUS_BAD_STUB_DATA);
    memcpy(object, buffer, 8);
    return buffer + 8;
}

static void NDR_CALLBACK hyper_free(uint32_t *flags, void *object)
{
}

static const struct ndr_user_routines routines[] = {
    { number_size, number_marshal, number_unmarshal, number_free },
    { hyper_size, hyper_marshal, hyper_unmarshal, hyper_free },
};

static const uint8_t int64_code = FC64_INT64;
static const struct ndr64_pointer hyper_pointer = { FC64_UP, NDR_SIMPLE_POINTER, 0, &int64_code };
static const struct ndr64_user_type number_format = {
    FC64_USER_MARSHAL, 0, 0, 3, 8, 8, 4, &int32_code,
};
static const struct ndr64_user_type hyper_format = {
    FC64_USER_MARSHAL, NDR_USER_MARSHAL_UNIQUE, 1, 7, 8, 8, 0, &hyper_pointer,
};

/* struct { number; hyper; } */
struct holder {
    int32_t *number;
    int64_t hyper;
};

static const struct {
    struct ndr64_bogus_struct header;
    struct ndr64_embedded number, hyper;
    struct ndr64_member end;
} holder_format = {
    { { FC64_BOGUS_STRUCT, 7, 2, 0, sizeof(struct holder) }, NULL, NULL, NULL },
    { FC64_EMBEDDED_COMPLEX, 0, 0, &number_format },
    { FC64_EMBEDDED_COMPLEX, 0, 0, &hyper_format },
    { FC64_END, 0, 0, 0 },
};

static const char holder_wire[] = "\7\0\0\0\0\0\0\0" ID0 Q5;

static void wire_marshal(void **state)
{
    int32_t seven = 7;
    struct holder object = { &seven, 5 };
    size_t length;
    struct ndr_test t;

    begin(&t, true);
    t.desc.aUserMarshalQuadruple = routines;
    ndr_test_send(&t, &object, FORMAT(holder_format));
    assert_int_equal(ndr_test_used(&t), sizeof(holder_wire) - 1);
    assert_memory_equal(t.rpc.Buffer, holder_wire, sizeof(holder_wire) - 1);
    for (length = 0; length < sizeof(holder_wire); length++) {
        struct holder received = { NULL, 0 };
        unsigned char *memory = (unsigned char *)&received;
        uint32_t status;

        ndr_test_receive(&t, holder_wire, length);
        status = raised_unmarshal(&t, &memory, FORMAT(holder_format));
        if (length < sizeof(holder_wire) - 1) {
            assert_int_equal(status, NDR_STATUS_BAD_STUB_DATA);
        } else {
            assert_int_equal(status, 0);
            assert_int_equal(*received.number, 7);
            assert_int_equal(received.hyper, 5);
        }
        if (received.number)
            ndr_test_free(received.number);
        ndr_release_allocations(&t.msg);
        assert_int_equal(ndr_test_blocks, 0);
    }
    ndr_test_receive(&t, holder_wire, sizeof(holder_wire) - 1);
    t.msg.MemorySize = 0;
    ndr_memory_size(&t.msg, FORMAT(holder_format));
    assert_int_equal(ndr_test_used(&t), sizeof(holder_wire) - 1);
    ndr_test_end(&t);
}

/* ---- transmit_as: twice the number is sent, as a long ---- */

static void NDR_CALLBACK to_xmit(struct ndr_message *msg)
{
    int32_t *twice = ndr_test_allocate(4);

    *twice = 2 * *(const int16_t *)msg->pPresentedType;
    msg->pTransmitType = (unsigned char *)twice;
}

static void NDR_CALLBACK from_xmit(struct ndr_message *msg)
{
    *(int16_t *)msg->pPresentedType = (int16_t)(*(const int32_t *)msg->pTransmitType / 2);
}

static void NDR_CALLBACK free_xmit(struct ndr_message *msg)
{
    ndr_test_free(msg->pTransmitType);
}

static void NDR_CALLBACK free_inst(struct ndr_message *msg)
{
}

static const struct ndr_transmit_routines transmit_routines[] = {
    { to_xmit, from_xmit, free_xmit, free_inst },
};

static void transmit_as(void **state)
{
    static const struct ndr64_user_type sized = { FC64_TRANSMIT_AS, 0, 0, 3, 2, 2, 4, &int32_code };
    static const struct ndr64_user_type unsized = { FC64_REPRESENT_AS, 0, 0, 3, 2, 2, 0,
                                                    &int32_code };
    const struct ndr64_user_type *formats[] = { &sized, &unsized };
    size_t i;

    for (i = 0; i < 2; i++) {
        int16_t seven = 7, received = 0;
        unsigned char *memory = (unsigned char *)&received;
        struct ndr_test t;

        begin(&t, true);
        t.desc.aXmitQuintuple = transmit_routines;
        ndr_test_send(&t, &seven, FORMAT(*formats[i]));
        assert_int_equal(ndr_test_used(&t), 4);
        assert_memory_equal(t.rpc.Buffer, "\x0e\0\0\0", 4);
        ndr_test_receive(&t, "\x0e\0\0\0", 4);
        ndr_unmarshal(&t.msg, &memory, FORMAT(*formats[i]), 0);
        assert_int_equal(received, 7);
        ndr_test_end(&t);
        assert_int_equal(ndr_test_blocks, 0);
    }
}

/* ---- interface pointers: an object's number is sent ---- */

static const unsigned char *last_iid;

static int is_null(struct ndr_message *msg, unsigned char *memory, const unsigned char *format)
{
    return !*(uint32_t *const *)memory;
}

static void interface_size(struct ndr_message *msg, unsigned char *memory,
                           const unsigned char *format)
{
    msg->BufferLength = ((msg->BufferLength + 3) & ~3u) + 4;
}

static void interface_marshal(struct ndr_message *msg, unsigned char *memory,
                              const unsigned char *format)
{
    const unsigned char *descriptor = NULL;

    last_iid = ndr_interface_iid(msg, format, &descriptor);
    if (!last_iid)
        last_iid = ndr_correlated_pointer(msg, memory, descriptor);
    memcpy(msg->Buffer, *(uint32_t *const *)memory, 4);
    msg->Buffer += 4;
}

static int released;

static void interface_unmarshal(struct ndr_message *msg, unsigned char **memory,
                                const unsigned char *format, unsigned char must_alloc)
{
    static uint32_t number;
    uint32_t *old, *pointer = &number;

    if (msg->BufferEnd - msg->Buffer < 4)
        ndr_raise(NDR_STATUS_BAD_STUB_DATA);
    memcpy(&old, *memory, sizeof(old));
    released += old != NULL;
    memcpy(&number, msg->Buffer, 4);
    memcpy(*memory, &pointer, sizeof(pointer));
    msg->Buffer += 4;
}

static void interface_free(struct ndr_message *msg, unsigned char *memory,
                           const unsigned char *format)
{
    released++;
}

static const struct ndr_hooks interface_hooks = {
    .buffer_size = interface_size,
    .marshal = interface_marshal,
    .unmarshal = interface_unmarshal,
    .free = interface_free,
    .is_null = is_null,
};

struct reference {
    void *iid;
    uint32_t *object;
};

static const struct ndr64_constant_iid constant = { FC64_IP, NDR64_IID_CONSTANT, 0,
                                                    "0123456789abcde" };
static const struct ndr64_pointer constant_pointer = { FC64_IP, 0, 0, &constant };
static const struct expr_var iid_at_0 = EXPR_VAR(EARLY, FC64_POINTER, 0);
static const struct ndr64_iid correlated = { FC64_IP, 0, 0, &iid_at_0 };
/* The IID's pointer is no member on the wire here: bytes. An array of one pointer, which stays a
 * raw image with a map. */
static const struct {
    struct ndr64_struct header;
    struct ndr64_fixed_repeat repeat;
    struct ndr64_pointer_instance at;
    struct ndr64_pointer pointer;
    uint8_t end;
} reference_format = {
    { FC64_PSTRUCT, 7, NDR64_STRUCT_HAS_POINTER_INFO, 0, sizeof(struct reference) },
    { { FC64_FIXED_REPEAT, 0, 0, 8, 8, 1 }, 1, 0 },
    { 8, 0 },
    { FC64_IP, 0, 0, &correlated },
    FC64_END,
};

static void interface_pointers(void **state)
{
    static unsigned char iid[16];
    uint32_t five = 5, old = 1;
    struct reference object = { iid, &five };
    unsigned char *memory = (unsigned char *)&object;
    struct ndr_test t;

    ndr_set_hooks(NDR_FC_IP, &interface_hooks);
    begin(&t, true);
    ndr_test_send(&t, &five, FORMAT(constant_pointer));
    assert_int_equal(ndr_test_used(&t), 12);
    assert_memory_equal(t.rpc.Buffer, ID0 "\5\0\0\0", 12);
    assert_ptr_equal(last_iid, constant.Guid);
    free(t.rpc.Buffer);
    t.msg.BufferLength = t.msg.UniquePtrCount = 0;
    ndr_test_send(&t, &object, FORMAT(reference_format));
    assert_int_equal(ndr_test_used(&t), 20);
    assert_memory_equal((char *)t.rpc.Buffer + 8, ID0 "\5\0\0\0", 12);
    assert_ptr_equal(last_iid, iid);
    /* The client's old object is known to the routine, although the structure is copied at once. */
    object.object = &old;
    ndr_test_receive(&t, Q0 ID0 "\6\0\0\0", 20);
    ndr_unmarshal(&t.msg, &memory, FORMAT(reference_format), 0);
    assert_int_equal(*object.object, 6);
    assert_int_equal(released, 1);
    ndr_free(&t.msg, memory, FORMAT(reference_format));
    assert_int_equal(released, 2);
    ndr_set_hooks(NDR_FC_IP, NULL);
    ndr_test_end(&t);
}

/* ---- the same address in both transfer syntaxes ---- */

/* As NDR 2.0: 0x01 is a byte; as NDR64, 0x20 is a reference pointer, in NDR 2.0 a large varying
 * array. */
static void no_confusion(void **state)
{
    static const struct ndr64_pointer fragment = { FC64_RP, NDR_SIMPLE_POINTER, 0, &int32_code };
    static const unsigned char bytes[] = { NDR_FC_STRUCT, 3, 8, 0, NDR_FC_LONG, NDR_FC_LONG,
                                           NDR_FC_PAD, NDR_FC_END };
    static const int32_t object[2] = { 1, 2 };
    struct ndr_test t;
    int i;

    for (i = 0; i < 3; i++) {
        begin(&t, true);
        ndr_test_send(&t, object, FORMAT(fragment));
        assert_int_equal(ndr_test_used(&t), 4);
        /* 0x15 is no code of NDR64. */
        assert_int_equal(raised_size(&t, object, bytes), NDR_STATUS_CANNOT_SUPPORT);
        ndr_test_end(&t);
        ndr_test_begin(&t, true);
        ndr_test_send(&t, object, bytes);
        assert_int_equal(ndr_test_used(&t), 8);
        ndr_test_end(&t);
    }
}

/* A fragment that is replaced, and one that is replaced behind it. */
static void contents_change(void **state)
{
    static struct ndr64_struct inner = { FC64_STRUCT, 3, 0, 0, 4 };
    static const struct {
        struct ndr64_bogus_struct header;
        struct ndr64_embedded inner;
        struct ndr64_member end;
    } outer = {
        { { FC64_BOGUS_STRUCT, 3, 2, 0, 8 }, NULL, NULL, NULL },
        { FC64_EMBEDDED_COMPLEX, 0, 0, &inner },
        { FC64_END, 0, 0, 0 },
    };
    static const int32_t object[2] = { 1, 2 };
    struct ndr_test t;
    int i;

    for (i = 0; i < 6; i++) {
        inner.MemorySize = i & 1 ? 8 : 4;
        begin(&t, true);
        ndr_test_send(&t, object, FORMAT(outer));
        assert_int_equal(ndr_test_used(&t), inner.MemorySize);
        ndr_test_end(&t);
    }
}

/* The sizes of objects that are yet to be made. */
static void extents(void **state)
{
    static const struct expr_var first_parameter = EXPR_VAR(EARLY, FC64_INT32, 0);
    static const struct ndr64_conf_array array = { FC64_CONF_ARRAY, 3, 0, 0, 4, &first_parameter };
    int64_t stack[1] = { 3 };
    struct ndr_test t;

    begin(&t, true);
    t.msg.StackTop = (unsigned char *)stack;
    assert_int_equal(ndr_object_size(&t.msg, FORMAT(array)), 12);
    assert_int_equal(ndr_object_size(&t.msg, FORMAT(int64_code)), 8);
    assert_false(ndr_has_pointers(&t.msg, FORMAT(array)));
    assert_true(ndr_has_pointers(&t.msg, FORMAT(reference_format)));
    assert_false(ndr_has_fixed_size(&t.msg, FORMAT(array)));
    assert_true(ndr_has_fixed_size(&t.msg, FORMAT(int64_code)));
    ndr_test_end(&t);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(context_handle),
        cmocka_unit_test(wire_marshal),
        cmocka_unit_test(transmit_as),
        cmocka_unit_test(interface_pointers),
        cmocka_unit_test(no_confusion),
        cmocka_unit_test(contents_change),
        cmocka_unit_test(extents),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
