/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Interface pointers (FC_IP) in the engine: where their referents are, who releases what, and which
 * IID. COM's part is played by routines that send an object's number and its IID. */
#include "unit/ndr_test.h"

struct object {
    int references;
    uint32_t number;
};

static struct object received = { .number = 0 };
static const void *last_iid; /* that was asked for */

static struct object *load(const unsigned char *memory)
{
    struct object *object;

    memcpy(&object, memory, sizeof(object));
    return object;
}

static void store(unsigned char *memory, struct object *object)
{
    memcpy(memory, &object, sizeof(object));
}

static void note_iid(struct ndr_message *msg, unsigned char *memory, const unsigned char *format)
{
    last_iid = format[1] == NDR_FC_CONSTANT_IID ? format + 2
                                                : ndr_correlated_pointer(msg, memory, format + 2);
}

static int is_null(struct ndr_message *msg, unsigned char *memory, const unsigned char *format)
{
    return !load(memory);
}

static void size(struct ndr_message *msg, unsigned char *memory, const unsigned char *format)
{
    msg->BufferLength = ((msg->BufferLength + 3) & ~3u) + 4;
}

static void marshal(struct ndr_message *msg, unsigned char *memory, const unsigned char *format)
{
    note_iid(msg, memory, format);
    while ((uintptr_t)msg->Buffer & 3)
        *msg->Buffer++ = 0;
    memcpy(msg->Buffer, &load(memory)->number, 4);
    msg->Buffer += 4;
}

static void release(struct object *old)
{
    if (old)
        old->references--;
}

static void unmarshal(struct ndr_message *msg, unsigned char **memory, const unsigned char *format,
                      unsigned char must_alloc)
{
    struct object *old = msg->IsClient ? load(*memory) : NULL;

    note_iid(msg, *memory, format);
    msg->Buffer += -(uintptr_t)msg->Buffer & 3;
    if (msg->Buffer + 4 > msg->BufferEnd)
        ndr_raise(NDR_STATUS_BAD_STUB_DATA);
    memcpy(&received.number, msg->Buffer, 4);
    msg->Buffer += 4;
    received.references++;
    store(*memory, &received);
    release(old);
}

static void unmarshal_null(struct ndr_message *msg, unsigned char *memory,
                           const unsigned char *format)
{
    struct object *old = msg->IsClient ? load(memory) : NULL;

    store(memory, NULL);
    release(old);
}

static void memory_size(struct ndr_message *msg, const unsigned char *format)
{
    msg->Buffer += 4;
}

static void free_pointer(struct ndr_message *msg, unsigned char *memory,
                         const unsigned char *format)
{
    release(load(memory));
}

static const struct ndr_hooks hooks = {
    .buffer_size = size,
    .marshal = marshal,
    .unmarshal = unmarshal,
    .memory_size = memory_size,
    .free = free_pointer,
    .is_null = is_null,
    .unmarshal_null = unmarshal_null,
};

static int install(void **state)
{
    ndr_set_hooks(NDR_FC_IP, &hooks);
    memset(&received, 0, sizeof(received));
    last_iid = NULL;
    return 0;
}

static int remove_hooks(void **state)
{
    ndr_set_hooks(NDR_FC_IP, NULL);
    return 0;
}

#define IID_BYTES 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16

static const unsigned char constant[] = { NDR_FC_IP, NDR_FC_CONSTANT_IID, IID_BYTES };

/* A parameter is the pointer itself: an id, and the referent. */
static void parameter(void **state)
{
    static const unsigned char wire[] = { 0, 0, 2, 0, 7, 0, 0, 0 };
    struct object object = { 1, 7 }, *pointer = NULL;
    unsigned char *memory;
    struct ndr_test t;

    ndr_test_begin(&t, true);
    ndr_test_send(&t, &object, constant);
    assert_int_equal(ndr_test_used(&t), sizeof(wire));
    assert_memory_equal(t.rpc.Buffer, wire, sizeof(wire));
    assert_ptr_equal(last_iid, constant + 2);
    ndr_test_receive(&t, wire, sizeof(wire));
    assert_int_equal(ndr_memory_size(&t.msg, constant), sizeof(void *));
    assert_int_equal(ndr_test_used(&t), sizeof(wire));
    t.msg.Buffer = t.msg.BufferStart;
    ndr_unmarshal(&t.msg, (unsigned char **)&pointer, constant, 0);
    assert_ptr_equal(pointer, &received);
    assert_int_equal(received.number, 7);
    ndr_free(&t.msg, (unsigned char *)pointer, constant);
    assert_int_equal(received.references, 0);
    memory = NULL;
    ndr_test_end(&t);
    ndr_test_begin(&t, true);
    ndr_test_send(&t, memory, constant);
    assert_int_equal(ndr_test_used(&t), 4);
    assert_memory_equal(t.rpc.Buffer, "\0\0\0\0", 4);
    ndr_test_end(&t);
}

/* The client's old pointer is released, by whatever it is replaced; the server's memory is new and
 * holds none. */
static void replaced(void **state)
{
    static const unsigned char wire[] = { 0, 0, 2, 0, 7, 0, 0, 0 };
    struct object old = { 2, 1 }, *pointer = &old;
    struct ndr_test t;

    ndr_test_begin(&t, true);
    ndr_test_receive(&t, wire, sizeof(wire));
    ndr_unmarshal(&t.msg, (unsigned char **)&pointer, constant, 0);
    assert_ptr_equal(pointer, &received);
    assert_int_equal(old.references, 1);
    pointer = &old;
    ndr_test_receive(&t, "\0\0\0\0", 4);
    ndr_unmarshal(&t.msg, (unsigned char **)&pointer, constant, 0);
    assert_null(pointer);
    assert_int_equal(old.references, 0);
    t.msg.IsClient = false;
    pointer = &old;
    ndr_test_receive(&t, "\0\0\0\0", 4);
    ndr_unmarshal(&t.msg, (unsigned char **)&pointer, constant, 0);
    assert_null(pointer);
    assert_int_equal(old.references, 0);
    ndr_test_end(&t);
}

/* struct { IID *iid; [iid_is(iid)] IUnknown *object; short last; } */
struct holder {
    const void *iid;
    struct object *object;
    int16_t last;
};

static const unsigned char format[] = {
    /* 0 */ NDR_FC_SMFARRAY, 0, S(16), NDR_FC_BYTE, NDR_FC_END,
    /* 6 */ NDR_FC_IP, NDR_FC_PAD, NDR_CORRELATION_POINTER | NDR_FC_HYPER, 0, S(0),
    /* 12 */ NDR_FC_BOGUS_STRUCT, 3, S(24), S(0), S(10), NDR_FC_POINTER, NDR_FC_EMBEDDED_COMPLEX, 0,
    S(-17), NDR_FC_SHORT, NDR_FC_STRUCTPAD1 + 5, NDR_FC_END,
    /* 28: pointer layout */ NDR_FC_UP, 0, S(-30),
};

/* Referents follow the structure; the IID is found in it. */
static void member(void **state)
{
    static const unsigned char wire[] = { 0, 0, 2, 0, 4, 0, 2, 0, 9, 0, IID_BYTES,
                                          0, 0, 7, 0, 0, 0 };
    static const unsigned char iid[] = { IID_BYTES };
    struct object object = { 1, 7 };
    struct holder holder = { iid, &object, 9 }, copy = { 0 };
    unsigned char *memory = (unsigned char *)&copy;
    struct ndr_test t;

    ndr_test_begin(&t, true);
    ndr_test_send(&t, &holder, format + 12);
    assert_int_equal(ndr_test_used(&t), sizeof(wire));
    assert_memory_equal(t.rpc.Buffer, wire, sizeof(wire));
    assert_ptr_equal(last_iid, iid);
    ndr_test_receive(&t, wire, sizeof(wire));
    ndr_unmarshal(&t.msg, &memory, format + 12, 0);
    assert_ptr_equal(copy.object, &received);
    assert_ptr_equal(last_iid, copy.iid);
    assert_memory_equal(copy.iid, iid, sizeof(iid));
    assert_int_equal(copy.last, 9);
    ndr_accept_allocations(&t.msg);
    ndr_free(&t.msg, memory, format + 12);
    assert_int_equal(received.references, 0);
    assert_int_equal(ndr_test_blocks, 0);
    ndr_test_end(&t);
}

static void NDR_CALLBACK iid_of_holder(struct ndr_message *msg)
{
    msg->MaxCount = (uintptr_t)((struct holder *)msg->StackTop)->iid;
}

/* Where an IID pointer may be: in a parameter, behind one, in what a routine returns, and in
 * MaxCount for -Os stubs. */
static void correlated_iid(void **state)
{
    static const ndr_expression_routine routines[] = { iid_of_holder };
    static const unsigned char direct[] = { NDR_CORRELATION_TOP_LEVEL | NDR_FC_HYPER, 0, S(8) };
    static const unsigned char behind[] = { NDR_CORRELATION_TOP_LEVEL | NDR_FC_HYPER,
                                            NDR_FC_DEREFERENCE, S(0) };
    static const unsigned char routine[] = { NDR_CORRELATION_POINTER, NDR_FC_CALLBACK, S(0) };
    static const unsigned char none[] = { 0xff, 0xff, 0xff, 0xff };
    int iid;
    void *indirect = &iid;
    void *stack[2] = { &indirect, &iid };
    struct holder holder = { &iid, NULL, 0 };
    struct ndr_test t;

    ndr_test_begin(&t, true);
    t.desc.apfnExprEval = routines;
    t.msg.StackTop = (unsigned char *)stack;
    t.msg.Memory = (unsigned char *)&holder;
    assert_ptr_equal(ndr_correlated_pointer(&t.msg, NULL, direct), &iid);
    assert_ptr_equal(ndr_correlated_pointer(&t.msg, NULL, behind), &iid);
    assert_ptr_equal(ndr_correlated_pointer(&t.msg, NULL, routine), &iid);
    t.msg.StackTop = NULL;
    t.msg.MaxCount = (uintptr_t)&holder;
    assert_ptr_equal(ndr_correlated_pointer(&t.msg, NULL, direct), &holder);
    assert_int_equal(RAISED(ndr_correlated_pointer(&t.msg, NULL, none)), NDR_STATUS_INTERNAL_ERROR);
    ndr_test_end(&t);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(parameter, install, remove_hooks),
        cmocka_unit_test_setup_teardown(replaced, install, remove_hooks),
        cmocka_unit_test_setup_teardown(member, install, remove_hooks),
        cmocka_unit_test_setup_teardown(correlated_iid, install, remove_hooks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
