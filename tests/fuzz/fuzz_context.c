/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Context handles as clients send them, to a server with two clients and several types: the input is
 * what happens, one after another, among it handles that are altered, stale, another client's or of
 * another type. Checked against a model: only the client's own open handle of the same type is taken,
 * what the client or the manager routine closed is never run down, everything else once; nothing is
 * left. */
#include "fuzz/context_shim.h"

#include "stub/context_server.c"

enum { CLIENTS = 2, OBJECTS = 64, TYPES = 6, IN_CALL = 8 };

static struct {
    void *slot;
    SRWLOCK lock;
} clients[CLIENTS];

/* What manager routines made, by number; a user's value is its address. */
struct object {
    bool opened, open, closed_by_user;
    int client, type, rundowns, due;
    NDR_SCONTEXT handle; /* while a call has it */
    unsigned char wire[cbNDRContext];
};

static struct object objects[OBJECTS];
static int object_count;

static struct {
    bool active;
    int client, count;
    struct context_holds holds;
    struct object *held[IN_CALL];
    bool created[IN_CALL];
} call;

static const uint8_t *input, *input_end;

static unsigned next(void)
{
    return input < input_end ? *input++ : 0;
}

void **server_call_context_slot(RPC_BINDING_HANDLE handle, SRWLOCK **lock)
{
    int client = (int)(intptr_t)handle - 1;

    *lock = &clients[client].lock;
    return &clients[client].slot;
}

static void (*end_client)(void *slot);

void server_association_set_rundown(void (*rundown)(void *slot))
{
    end_client = rundown;
}

void server_call_set_release_contexts(void (*release)(bool raised))
{
}

static void count_rundown(void *user)
{
    struct object *object = user;

    REQUIRE(object >= objects && object < objects + OBJECTS);
    REQUIRE(!object->closed_by_user);
    object->rundowns++;
}

static const char owners[2];

/* Plain; of an interface; of that and a type; of another interface. */
static struct context_type type_of(int number, unsigned flags)
{
    static const struct context_type types[TYPES] = {
        { .owner = &owners[0] },
        { .owner = &owners[0], .guard = &owners[0] },
        { .owner = &owners[0], .guard = &owners[0], .type_id = 1 },
        { .owner = &owners[0], .guard = &owners[0], .type_id = 2 },
        { .owner = &owners[1], .guard = &owners[1] },
        { .owner = &owners[1] },
    };
    struct context_type type = types[number];

    type.shared = flags & 1;
    type.not_null = flags & 2;
    return type;
}

static bool same_type(int a, int b)
{
    struct context_type one = type_of(a, 0), other = type_of(b, 0);

    return one.guard == other.guard && one.type_id == other.type_id;
}

static RPC_BINDING_HANDLE handle_of(int client)
{
    return (void *)(intptr_t)(client + 1);
}

static void add_to_call(struct object *object, NDR_SCONTEXT handle, bool created)
{
    object->handle = handle;
    call.created[call.count] = created;
    call.held[call.count++] = object;
}

static void make_object(NDR_SCONTEXT handle, int type)
{
    struct object *object = &objects[object_count++];

    memset(object, 0, sizeof(*object));
    object->client = call.client;
    object->type = type;
    handle->userContext = object;
    context_set_rundown(handle, count_rundown);
    add_to_call(object, handle, true);
}

/* The object whose handle these octets are, if it may be had in this call. */
static struct object *find(const unsigned char *wire, int type)
{
    for (int i = 0; i < object_count; i++)
        if (objects[i].open && objects[i].client == call.client && same_type(objects[i].type, type) &&
            !memcmp(objects[i].wire + 4, wire + 4, 16))
            return &objects[i];
    return NULL;
}

static bool is_nil(const unsigned char *wire)
{
    static const unsigned char nil[16];

    return !memcmp(wire + 4, nil, sizeof(nil));
}

/* The uuid's integers in the other byte order. */
static void turn(unsigned char *wire)
{
    static const unsigned char order[] = { 3, 2, 1, 0, 7, 6, 5, 4, 9, 8, 11, 10 };
    unsigned char old[12];

    memcpy(old, wire, sizeof(old));
    for (size_t i = 0; i < sizeof(order); i++)
        wire[i] = old[order[i]];
}

static void receive(unsigned char *wire, int type, unsigned flags, bool big_endian)
{
    struct object *expected = find(wire, type);
    struct context_type described = type_of(type, flags);
    bool nil = is_nil(wire), held = expected && expected->handle;
    NDR_SCONTEXT handle;
    jmp_buf place;

    native_raised = &place;
    if (setjmp(place)) {
        REQUIRE(!expected && (!nil || native_raised_status == RPC_X_SS_IN_NULL_CONTEXT));
        REQUIRE(nil ? described.not_null : native_raised_status == RPC_X_SS_CONTEXT_MISMATCH);
        return;
    }
    if (big_endian)
        turn(wire);
    handle = context_server_unmarshal(&call.holds, handle_of(call.client), wire, big_endian ? 0 : 0x10, &described);
    native_raised = NULL;
    if (nil) {
        REQUIRE(!described.not_null);
        make_object(handle, type);
        return;
    }
    REQUIRE(expected && (handle->userContext == expected || expected->closed_by_user));
    REQUIRE(!held || handle == expected->handle);
    if (!held)
        add_to_call(expected, handle, false);
}

static void receive_some(void)
{
    unsigned char wire[cbNDRContext] = { 0 };
    unsigned which = next(), how = next();

    if (which < (unsigned)object_count)
        memcpy(wire, objects[which].wire, sizeof(wire));
    if (how & 1)
        wire[next() % cbNDRContext] ^= (unsigned char)next();
    receive(wire, (int)(next() % TYPES), how >> 1 & 3, how & 8);
}

static void send(struct object *object)
{
    unsigned char wire[cbNDRContext];

    context_server_marshal(&call.holds, handle_of(call.client), object->handle, wire, count_rundown);
    if (object->closed_by_user) {
        REQUIRE(is_nil(wire));
        object->open = false;
        return;
    }
    REQUIRE(!is_nil(wire));
    if (!object->opened)
        object->opened = object->open = object->due = true;
    memcpy(object->wire, wire, sizeof(wire));
}

static void end_call(enum context_outcome outcome)
{
    if (!call.active)
        return;
    for (int i = 0; i < call.count; i++) {
        struct object *object = call.held[i];

        if (object->closed_by_user || (call.created[i] && outcome != CONTEXT_CALL_DONE))
            object->open = false;
        if (!object->opened && outcome == CONTEXT_MARSHAL_FAILED)
            object->due = true;
        object->handle = NULL;
    }
    context_holds_release(&call.holds, outcome);
    call.active = false;
}

static void begin_call(int client)
{
    end_call(CONTEXT_CALL_DONE);
    call.active = true;
    call.client = client;
    call.count = 0;
    context_holds_init(&call.holds);
    context_holds_enter(&call.holds);
}

static void close_interface(const void *owner)
{
    context_rundown_interface(owner);
    for (int i = 0; i < object_count; i++)
        if (type_of(objects[i].type, 0).owner == owner)
            objects[i].open = false;
}

static void lose_client(int client)
{
    if (call.active && call.client == client)
        end_call(CONTEXT_CALL_DONE);
    if (clients[client].slot)
        end_client(clients[client].slot);
    clients[client].slot = NULL;
    for (int i = 0; i < object_count; i++)
        if (objects[i].client == client)
            objects[i].open = false;
}

static void use(struct object *object)
{
    switch (next() % 4) {
    case 0:
        send(object);
        break;
    case 1:
        object->handle->userContext = NULL;
        object->closed_by_user = true;
        break;
    case 2:
        REQUIRE(context_lock_exclusive(&object->handle->userContext) == RPC_S_OK);
        break;
    default:
        REQUIRE(context_lock_shared(&object->handle->userContext) == RPC_S_OK);
    }
}

static void step(void)
{
    bool room = call.active && call.count < IN_CALL && object_count < OBJECTS;
    unsigned what = next();

    switch (what % 8) {
    case 0:
        begin_call((int)(what >> 3) % CLIENTS);
        break;
    case 1:
    case 2:
        if (room)
            receive_some();
        break;
    case 3:
    case 4:
    case 5:
        if (call.active && call.count)
            use(call.held[next() % (unsigned)call.count]);
        break;
    case 6:
        end_call((what >> 3) % 3);
        break;
    default:
        if (what & 0x80)
            lose_client((int)(what >> 3) % CLIENTS);
        else if (what & 0x40)
            close_interface(&owners[(what >> 3) & 1]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    context_init();
    object_count = 0;
    input = data;
    input_end = data + size;
    while (input < input_end)
        step();
    end_call(CONTEXT_CALL_DONE);
    for (int i = 0; i < CLIENTS; i++)
        lose_client(i);
    REQUIRE(list_is_empty(&all_lists));
    for (int i = 0; i < object_count; i++)
        REQUIRE(objects[i].rundowns == (objects[i].due && !objects[i].closed_by_user));
    return 0;
}
