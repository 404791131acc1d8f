/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pipes of stubs that know NDR64, as MIDL's -protocol ndr64 and -protocol all describe them: through
 * NdrClientCall3 and Ndr64AsyncClientCall, into servers of either kind. 64-bit only.
 *
 *     LONG sum([in] LONG tag, [in] LONG_PIPE numbers, [out] hyper *sum, [out] LONG *tag_too);
 *     LONG negate([in, out] LONG_PIPE *numbers);
 *     LONG odd([in] ODD_PIPE *in, [out] ODD_PIPE *out);       comes back; structures of a hyper and a char
 *     LONG few([in] FEW_PIPE *numbers);                       elements [range(0, 100)], chunks [range(0, 3)]
 *     LONG source([in] LONG count, [out] LONG_PIPE *numbers); 0, 1 …
 *     [async] LONG async_negate([in, out] LONG_PIPE *numbers); */
#include "rpc_fixture.h"

#ifdef __x86_64__

#include <rpcndr.h>
#include <ndr64types.h>
#include "stub_raised.h"

typedef struct pipe {
    RPC_STATUS(__RPC_USER *pull)(char *state, void *buffer, ULONG max, ULONG *count);
    RPC_STATUS(__RPC_USER *push)(char *state, void *buffer, ULONG count);
    void(__RPC_USER *alloc)(char *state, ULONG size, void **buffer, ULONG *allocated);
    char *state;
} PIPE;

struct odd {
    hyper x;
    char y;
};

enum { P_SUM, P_NEGATE, P_ODD, P_FEW, P_SOURCE, P_ASYNC_NEGATE, PROCEDURES };
enum protocol { DCE, NDR64, ALL, PROTOCOLS };

#define NDR20_ID {{0x8a885d04, 0x1ceb, 0x11c9, {0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60}}, {2, 0}}
#define NDR64_ID {{0x71710533, 0xbeba, 0x4937, {0x83, 0x19, 0xb5, 0xdb, 0xef, 0x9c, 0xcc, 0x36}}, {1, 0}}

/* ---- NDR 2.0 ---- */

#define SHORT(value) (unsigned char)((value) & 0xff), (unsigned char)((value) >> 8)
#define SLOT(n) SHORT((n) * 8)
enum { OUT_BASE = 0x2150, RESULT = 0x70, IN_BASE = 0x48, IN_PIPE = 0x10c, IN_PIPE_BY_VALUE = 0x8c, OUT_PIPE = 0x114,
       IN_OUT_PIPE = 0x11c };
enum { LONG_FC = 0x08, HYPER_FC = 0x0b };
enum { LONG_PIPE = 4, ODD_PIPE = 26, FEW_PIPE = 46 };
static const unsigned char types20[] = {
    0, 0,
    /* 2 */ LONG_FC, 0x5c,
    /* 4 */ 0xb5, 3, SHORT(0xfffc), SHORT(4), SHORT(4),
    /* 12 */ 0x1a, 7, SHORT(16), SHORT(0), SHORT(0), HYPER_FC, 0x02, 0x43, 0x5b, 0x5c, 0x5c,
    /* 26 */ 0xb5, 7, SHORT(0xfff0), SHORT(16), SHORT(9),
    /* 34 */ 0xb7, LONG_FC, 0, 0, 0, 0, 100, 0, 0, 0, 0x5c, 0x5c,
    /* 46 */ 0xb5, 0x23, SHORT(0xfff2), SHORT(4), SHORT(4), 0, 0, 0, 0, 3, 0, 0, 0,
};
#define HEADER(number, slots, handle_slot, flags, params) \
    0, 0x48, 0, 0, 0, 0, SHORT(number), SLOT(slots), 0x32, 0, SLOT(handle_slot), SHORT(8), SHORT(32), 0x4c | (flags), \
        params, 10, 1, SHORT(0), SHORT(0), SHORT(0), SHORT(0)
#define BASE(attributes, slot, fc) SHORT(attributes), SLOT(slot), fc, 0
#define PARAM(attributes, slot, type) SHORT(attributes), SLOT(slot), SHORT(type)
#define HEADER_SIZE 30
static const unsigned char procedures20[] = {
    /* 0 */ HEADER(P_SUM, 6, 0, 0, 5), BASE(IN_BASE, 1, LONG_FC), PARAM(IN_PIPE_BY_VALUE, 2, LONG_PIPE),
    BASE(OUT_BASE, 3, HYPER_FC), BASE(OUT_BASE, 4, LONG_FC), BASE(RESULT, 5, LONG_FC),
    /* 60 */ HEADER(P_NEGATE, 3, 0, 0, 2), PARAM(IN_OUT_PIPE, 1, LONG_PIPE), BASE(RESULT, 2, LONG_FC),
    /* 102 */ HEADER(P_ODD, 4, 0, 0, 3), PARAM(IN_PIPE, 1, ODD_PIPE), PARAM(OUT_PIPE, 2, ODD_PIPE),
    BASE(RESULT, 3, LONG_FC),
    /* 150 */ HEADER(P_FEW, 3, 0, 0, 2), PARAM(IN_PIPE, 1, FEW_PIPE), BASE(RESULT, 2, LONG_FC),
    /* 192 */ HEADER(P_SOURCE, 4, 0, 0, 3), BASE(IN_BASE, 1, LONG_FC), PARAM(OUT_PIPE, 2, LONG_PIPE),
    BASE(RESULT, 3, LONG_FC),
    /* 240 */ HEADER(P_ASYNC_NEGATE, 4, 1, 0x80, 2), PARAM(IN_OUT_PIPE, 2, LONG_PIPE), BASE(RESULT, 3, LONG_FC),
};
static const unsigned short offsets20[PROCEDURES] = {0, 60, 102, 150, 192, 240};
_Static_assert(sizeof(procedures20) == 240 + HEADER_SIZE + 12, "offsets20");

/* ---- NDR64 ---- */

struct param64 { /* NDR64_PARAM_FORMAT, with its flags as a number */
    const void *type;
    uint16_t attributes, reserved;
    uint32_t stack_offset;
};
#define PROCEDURE64(name, count) \
    static const struct { \
        NDR64_PROC_FORMAT header; \
        NDR64_BIND_AND_NOTIFY_EXTENSION extension; \
        struct param64 params[count]; \
    } name
enum { RETURNS_AND_USES_PIPES = 0x1080040 | 0x4000 };
#define HEADER64(slots, request, reply, params) {RETURNS_AND_USES_PIPES, (slots) * 8, request, reply, 0, 0, params, 8}
#define PRIMITIVE64(slot) {{0x72, 0, (slot) * 8, 0, 0}, 0}
#define PARAM64(type, attributes, slot) {type, attributes, 0, (slot) * 8}
enum { IN64 = 0xc8, OUT64 = 0x8150, RESULT64 = 0xf0 };

/* NDR64_PIPE_FORMAT and NDR64_RANGE_PIPE_FORMAT */
struct pipe64 {
    NDR64_UINT8 code, flags, alignment, reserved;
    const void *type;
    NDR64_UINT32 memory_size, wire_size, least, most;
};
static const uint8_t int32_64 = 0x05, int64_64 = 0x07;
static const struct {
    NDR64_STRUCTURE_HEADER_FORMAT header;
    const void *layouts[3];
    NDR64_UINT64 members[4];
} odd64 = {{0x35, 7, {0}, 0, 16}, {NULL, NULL, NULL}, {0x07, 0x10, 0x90 | 7 << 16, 0x93}};
static const NDR64_RANGE_FORMAT range64 = {0xa4, 0x05, 0, 0, 100};
static const struct pipe64 long_pipe64 = {0xa3, 0x40, 3, 0, &int32_64, 4, 4, 0, 0};
static const struct pipe64 odd_pipe64 = {0xa3, 0, 7, 0, &odd64, 16, 16, 0, 0};
static const struct pipe64 few_pipe64 = {0xa3, 0x20, 3, 0, &range64, 4, 4, 0, 3};

PROCEDURE64(sum64, 5) = {
    HEADER64(6, 8, 32, 5), PRIMITIVE64(0),
    {PARAM64(&int32_64, IN64, 1), PARAM64(&long_pipe64, IN_PIPE_BY_VALUE, 2), PARAM64(&int64_64, OUT64, 3),
     PARAM64(&int32_64, OUT64, 4), PARAM64(&int32_64, RESULT64, 5)}};
PROCEDURE64(negate64, 2) = {
    HEADER64(3, 0, 8, 2), PRIMITIVE64(0), {PARAM64(&long_pipe64, IN_OUT_PIPE, 1), PARAM64(&int32_64, RESULT64, 2)}};
PROCEDURE64(odd_echo64, 3) = {
    HEADER64(4, 0, 8, 3), PRIMITIVE64(0),
    {PARAM64(&odd_pipe64, IN_PIPE, 1), PARAM64(&odd_pipe64, OUT_PIPE, 2), PARAM64(&int32_64, RESULT64, 3)}};
PROCEDURE64(few64, 2) = {
    HEADER64(3, 0, 8, 2), PRIMITIVE64(0), {PARAM64(&few_pipe64, IN_PIPE, 1), PARAM64(&int32_64, RESULT64, 2)}};
PROCEDURE64(source64, 3) = {
    HEADER64(4, 8, 8, 3), PRIMITIVE64(0),
    {PARAM64(&int32_64, IN64, 1), PARAM64(&long_pipe64, OUT_PIPE, 2), PARAM64(&int32_64, RESULT64, 3)}};
PROCEDURE64(async_negate64, 2) = {
    HEADER64(4, 0, 8, 2), PRIMITIVE64(1), {PARAM64(&long_pipe64, IN_OUT_PIPE, 2), PARAM64(&int32_64, RESULT64, 3)}};
static const FormatInfoRef procedures64[PROCEDURES] = {&sum64, &negate64, &odd_echo64, &few64, &source64, &async_negate64};

/* ---- the server ---- */

static volatile LONG last_syntax;

void *__RPC_USER MIDL_user_allocate(size_t size)
{
    return malloc(size);
}

void __RPC_USER MIDL_user_free(void *memory)
{
    free(memory);
}

static LONG __cdecl server_sum(handle_t handle, LONG tag, PIPE numbers, hyper *sum, LONG *tag_too)
{
    LONG buffer[1000], total = 0;
    ULONG count;

    *sum = 0;
    do {
        numbers.pull(numbers.state, buffer, ARRAYSIZE(buffer), &count);
        for (ULONG i = 0; i < count; i++)
            *sum += buffer[i];
        total += count;
    } while (count);
    *tag_too = tag;
    return total;
}

#define NEGATE_MOST 20000

static LONG __cdecl server_negate(handle_t handle, PIPE *numbers)
{
    LONG *buffer = malloc((NEGATE_MOST + 1) * sizeof(*buffer)), total = 0;
    ULONG count;

    do {
        numbers->pull(numbers->state, buffer + total, NEGATE_MOST + 1 - total, &count);
        total += count;
    } while (count);
    for (LONG i = 0; i < total; i++)
        buffer[i] = -buffer[i];
    if (total)
        numbers->push(numbers->state, buffer, total);
    numbers->push(numbers->state, buffer, 0);
    free(buffer);
    return total;
}

static LONG __cdecl server_odd(handle_t handle, PIPE *in, PIPE *out)
{
    struct odd buffer[500];
    ULONG count, total = 0;

    do {
        in->pull(in->state, buffer + total, ARRAYSIZE(buffer) - total, &count);
        total += count;
    } while (count);
    for (ULONG i = 0; i < total; i += 7)
        out->push(out->state, buffer + i, min(7, total - i));
    out->push(out->state, buffer, 0);
    return total;
}

static LONG __cdecl server_few(handle_t handle, PIPE *numbers)
{
    LONG buffer[10], total = 0;
    ULONG count;

    do {
        numbers->pull(numbers->state, buffer, ARRAYSIZE(buffer), &count);
        total += count;
    } while (count);
    return total;
}

static LONG __cdecl server_source(handle_t handle, LONG count, PIPE *numbers)
{
    LONG buffer[4096];

    for (LONG done = 0, part; done < count; done += part) {
        part = min(count - done, (LONG)ARRAYSIZE(buffer));
        for (LONG i = 0; i < part; i++)
            buffer[i] = done + i;
        numbers->push(numbers->state, buffer, part);
    }
    numbers->push(numbers->state, buffer, 0);
    return count;
}

struct served {
    PRPC_ASYNC_STATE async;
    HANDLE event;
    PIPE *numbers;
};

static DWORD WINAPI serve_async(void *arg)
{
    struct served *call = arg;
    LONG *buffer = malloc((NEGATE_MOST + 1) * sizeof(*buffer)), total = 0;
    PIPE *numbers = call->numbers;
    RPC_STATUS status;
    ULONG count = 0;

    do {
        status = numbers->pull(numbers->state, buffer + total, NEGATE_MOST + 1 - total, &count);
        if (status == RPC_S_ASYNC_CALL_PENDING)
            WaitForSingleObject(call->event, WAIT_MS);
        total += status ? 0 : count;
    } while (status == RPC_S_ASYNC_CALL_PENDING || (!status && count));
    for (LONG i = 0; i < total; i++)
        buffer[i] = -buffer[i];
    if (!status && total)
        status = numbers->push(numbers->state, buffer, total);
    if (!status)
        status = numbers->push(numbers->state, buffer, 0);
    if (status)
        RpcAsyncAbortCall(call->async, status);
    else
        RpcAsyncCompleteCall(call->async, &total);
    CloseHandle(call->event);
    free(call);
    free(buffer);
    return 0;
}

static void __cdecl server_async_negate(PRPC_ASYNC_STATE async, handle_t handle, PIPE *numbers)
{
    struct served *call = malloc(sizeof(*call));

    *call = (struct served){async, CreateEventW(NULL, FALSE, FALSE, NULL), numbers};
    async->NotificationType = RpcNotificationTypeEvent;
    async->u.hEvent = call->event;
    CloseHandle(CreateThread(NULL, 0, serve_async, call, 0, NULL));
}

static const SERVER_ROUTINE managers[PROCEDURES] = {
    (SERVER_ROUTINE)(void *)server_sum, (SERVER_ROUTINE)server_negate, (SERVER_ROUTINE)server_odd,
    (SERVER_ROUTINE)server_few,         (SERVER_ROUTINE)server_source, (SERVER_ROUTINE)(void *)server_async_negate,
};

static void serve(RPC_MESSAGE *msg, void (WINAPI *sync)(RPC_MESSAGE *), void (WINAPI *async)(RPC_MESSAGE *))
{
    static const RPC_SYNTAX_IDENTIFIER ndr64 = NDR64_ID;

    last_syntax = memcmp(msg->TransferSyntax, &ndr64, sizeof(ndr64)) ? 20 : 64;
    if ((msg->ProcNum & 0xffff) == P_ASYNC_NEGATE)
        async(msg);
    else
        sync(msg);
}

static void __RPC_STUB serve20(RPC_MESSAGE *msg)
{
    serve(msg, (void *)NdrServerCall2, (void *)NdrAsyncServerCall);
}

static void __RPC_STUB serve64(RPC_MESSAGE *msg)
{
    serve(msg, (void *)NdrServerCallNdr64, (void *)Ndr64AsyncServerCall64);
}

static void __RPC_STUB serve_all(RPC_MESSAGE *msg)
{
    serve(msg, (void *)NdrServerCallAll, (void *)Ndr64AsyncServerCallAll);
}

#define TABLE(name, function) \
    static RPC_DISPATCH_FUNCTION name##_functions[PROCEDURES + 1] = {function, function, function, \
                                                                     function, function, function}; \
    static RPC_DISPATCH_TABLE name = {PROCEDURES, name##_functions, 0}
TABLE(table20, serve20);
TABLE(table64, serve64);
TABLE(table_all, serve_all);

/* ---- both ends ---- */

static MIDL_SYNTAX_INFO both[] = {
    {.TransferSyntax = NDR20_ID, .DispatchTable = &table20, .ProcString = procedures20, .FmtStringOffset = offsets20,
     .TypeString = types20},
    {.TransferSyntax = NDR64_ID, .DispatchTable = &table_all, .FmtStringOffset = (const unsigned short *)procedures64},
};
static MIDL_SYNTAX_INFO only64 = {.TransferSyntax = NDR64_ID, .DispatchTable = &table64,
                                  .FmtStringOffset = (const unsigned short *)procedures64};
static RPC_DISPATCH_TABLE *const tables[PROTOCOLS] = {&table20, &table64, &table20};
static const RPC_SYNTAX_IDENTIFIER syntaxes[PROTOCOLS] = {NDR20_ID, NDR64_ID, NDR20_ID};

static RPC_SYNTAX_IDENTIFIER interface_id(enum protocol server)
{
    return (RPC_SYNTAX_IDENTIFIER){
        {0x2b9a51f6, 0x0c7d, 0x4b43, {0x9d, 0x61, 0x5e, 0x13, 0xa8, 0x27, 0x40, (unsigned char)server}}, {1, 0}};
}

static MIDL_STUB_DESC stub_desc(void *iface)
{
    return (MIDL_STUB_DESC){
        .RpcInterfaceInformation = iface,
        .pfnAllocate = MIDL_user_allocate,
        .pfnFree = MIDL_user_free,
        .pFormatTypes = types20,
        .fCheckBounds = 1,
        .Version = 0x60001,
        .MIDLVersion = 0x8010274,
    };
}

static unsigned int interface_flags(enum protocol protocol)
{
    return RPC_INTERFACE_HAS_PIPES | (protocol == DCE ? 0 : RPCFLG_HAS_MULTI_SYNTAXES);
}

static void register_server(void)
{
    static RPC_SERVER_INTERFACE interfaces[PROTOCOLS];
    static MIDL_SERVER_INFO infos[PROTOCOLS];
    static MIDL_STUB_DESC descs[PROTOCOLS];

    for (int i = 0; i < PROTOCOLS; i++) {
        descs[i] = stub_desc(&interfaces[i]);
        infos[i] = (MIDL_SERVER_INFO){
            &descs[i], managers, i == NDR64 ? NULL : procedures20, i == NDR64 ? NULL : offsets20, NULL, NULL,
            i == ALL ? 2 : i == NDR64, i == ALL ? both : i == NDR64 ? &only64 : NULL};
        interfaces[i] = (RPC_SERVER_INTERFACE){
            .Length = sizeof(RPC_SERVER_INTERFACE),
            .InterfaceId = interface_id(i),
            .TransferSyntax = syntaxes[i],
            .DispatchTable = tables[i],
            .InterpreterInfo = &infos[i],
            .Flags = interface_flags(i),
        };
        if (RpcServerRegisterIfEx(&interfaces[i], NULL, NULL, RPC_IF_AUTOLISTEN, RPC_C_LISTEN_MAX_CALLS_DEFAULT, NULL))
            ExitProcess(2);
    }
}

static MIDL_STUBLESS_PROXY_INFO *client_of(enum protocol client, enum protocol server)
{
    static struct {
        RPC_CLIENT_INTERFACE iface;
        MIDL_STUB_DESC desc;
        MIDL_STUBLESS_PROXY_INFO info;
    } clients[PROTOCOLS][PROTOCOLS], *self;

    self = &clients[client][server];
    self->desc = stub_desc(&self->iface);
    self->info = (MIDL_STUBLESS_PROXY_INFO){
        &self->desc, client == NDR64 ? NULL : procedures20, client == NDR64 ? NULL : offsets20, NULL,
        client == ALL ? 2 : client == NDR64, client == ALL ? both : client == NDR64 ? &only64 : NULL};
    self->iface = (RPC_CLIENT_INTERFACE){
        .Length = sizeof(RPC_CLIENT_INTERFACE),
        .InterfaceId = interface_id(server),
        .TransferSyntax = syntaxes[client],
        .InterpreterInfo = &self->info,
        .Flags = interface_flags(client),
    };
    return &self->info;
}

static const struct {
    enum protocol client, server;
    LONG syntax;
} pairs[] = {
    {NDR64, NDR64, 64}, {NDR64, ALL, 64}, {ALL, ALL, 64}, {ALL, NDR64, 64}, {ALL, DCE, 20}, {DCE, ALL, 20}, {DCE, DCE, 20},
};
#define CALL(pair, number, ...) \
    ((LONG)NdrClientCall3(client_of(pairs[pair].client, pairs[pair].server), number, NULL, __VA_ARGS__).Simple)

/* ---- the client's ends ---- */

struct ends {
    LONG next, give, got, wrong, ended, sign;
    ULONG per_pull;
    LONG buffer[1000];
};

static RPC_STATUS __RPC_USER pull_longs(char *state, void *buffer, ULONG max, ULONG *count)
{
    struct ends *ends = (struct ends *)state;

    *count = min((ULONG)ends->give, min(max, ends->per_pull));
    for (ULONG i = 0; i < *count; i++)
        ((LONG *)buffer)[i] = ends->next++;
    ends->give -= *count;
    return RPC_S_OK;
}

static RPC_STATUS __RPC_USER push_longs(char *state, void *buffer, ULONG count)
{
    struct ends *ends = (struct ends *)state;

    ends->ended += !count;
    for (ULONG i = 0; i < count; i++)
        ends->wrong += ((LONG *)buffer)[i] != ends->sign * ends->got++;
    return RPC_S_OK;
}

static void __RPC_USER alloc_longs(char *state, ULONG size, void **buffer, ULONG *allocated)
{
    *buffer = ((struct ends *)state)->buffer;
    *allocated = sizeof(((struct ends *)state)->buffer);
}

static PIPE longs(struct ends *ends, LONG give, LONG sign)
{
    *ends = (struct ends){.give = give, .per_pull = 777, .sign = sign};
    return (PIPE){pull_longs, push_longs, alloc_longs, (char *)ends};
}

static const LONG counts[] = {0, 1, 2, 777, 20000};

static void test_longs(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    struct ends ends;

    for (unsigned p = 0; p < ARRAYSIZE(pairs); p++) {
        for (unsigned i = 0; i < ARRAYSIZE(counts); i++) {
            PIPE pipe = longs(&ends, counts[i], 1);
            LONG tag = 0;
            hyper sum = -1;

            assert_int_equal(CALL(p, P_SUM, binding, 4711, &pipe, &sum, &tag), counts[i]);
            assert_int_equal(tag, 4711);
            assert_true(sum == (hyper)counts[i] * (counts[i] - 1) / 2);
            pipe = longs(&ends, counts[i], -1);
            assert_int_equal(CALL(p, P_NEGATE, binding, &pipe), counts[i]);
            assert_int_equal(ends.got, counts[i]);
            assert_int_equal(ends.wrong, 0);
            assert_int_equal(ends.ended, 1);
        }
        if (!rpc_fixture_target(state)->in_child)
            assert_int_equal(last_syntax, pairs[p].syntax);
    }
    rpc_fixture_unbind(&binding);
}

static void test_much_out(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    struct ends ends;

    for (unsigned p = 0; p < ARRAYSIZE(pairs); p++) {
        PIPE pipe = longs(&ends, 0, 1);

        assert_int_equal(CALL(p, P_SOURCE, binding, 100000, &pipe), 100000);
        assert_int_equal(ends.got, 100000);
        assert_int_equal(ends.wrong, 0);
    }
    rpc_fixture_unbind(&binding);
}

struct odds {
    struct odd data[300];
    ULONG given, total, got, wrong;
    struct odd buffer[17];
};

static RPC_STATUS __RPC_USER pull_odd(char *state, void *buffer, ULONG max, ULONG *count)
{
    struct odds *odds = (struct odds *)state;

    *count = min(max, odds->total - odds->given);
    memcpy(buffer, odds->data + odds->given, *count * sizeof(struct odd));
    odds->given += *count;
    return RPC_S_OK;
}

static RPC_STATUS __RPC_USER push_odd(char *state, void *buffer, ULONG count)
{
    struct odds *odds = (struct odds *)state;
    struct odd *got = buffer;

    for (ULONG i = 0; i < count; i++, odds->got++)
        odds->wrong += got[i].x != odds->data[odds->got].x || got[i].y != odds->data[odds->got].y;
    return RPC_S_OK;
}

static void __RPC_USER alloc_odd(char *state, ULONG size, void **buffer, ULONG *allocated)
{
    *buffer = ((struct odds *)state)->buffer;
    *allocated = sizeof(((struct odds *)state)->buffer);
}

static void test_structures(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    struct odds *odds = calloc(1, sizeof(*odds));
    PIPE pipe = {pull_odd, push_odd, alloc_odd, (char *)odds}, too = pipe;

    for (ULONG i = 0; i < ARRAYSIZE(odds->data); i++)
        odds->data[i] = (struct odd){i * 1000000007ll, (char)i};
    for (unsigned p = 0; p < ARRAYSIZE(pairs); p++) {
        for (ULONG total = 0; total <= ARRAYSIZE(odds->data); total += 100) {
            odds->given = odds->got = 0;
            odds->total = total;
            assert_int_equal(CALL(p, P_ODD, binding, &pipe, &too), total);
            assert_int_equal(odds->got, total);
            assert_int_equal(odds->wrong, 0);
        }
    }
    free(odds);
    rpc_fixture_unbind(&binding);
}

/* [range] of chunks: more are sent as several; of elements: the server refuses what is beyond. */
static void test_ranges(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    struct ends ends;

    for (unsigned p = 0; p < ARRAYSIZE(pairs); p++) {
        PIPE pipe = longs(&ends, 101, 1);

        assert_int_equal(CALL(p, P_FEW, binding, &pipe), 101);
        pipe = longs(&ends, 102, 1);
        assert_int_equal(RAISED((void)CALL(p, P_FEW, binding, &pipe)), RPC_X_INVALID_BOUND);
    }
    rpc_fixture_unbind(&binding);
}

/* ---- asynchronous ---- */

static RPC_STATUS pull_async(PIPE *pipe, HANDLE event, LONG *buffer, ULONG max, ULONG *count)
{
    RPC_STATUS status;

    while ((status = pipe->pull(pipe->state, buffer, max, count)) == RPC_S_ASYNC_CALL_PENDING)
        assert_int_equal(WaitForSingleObject(event, WAIT_MS), WAIT_OBJECT_0);
    return status;
}

static void negate_async(MIDL_STUBLESS_PROXY_INFO *info, RPC_BINDING_HANDLE binding, LONG total)
{
    RPC_ASYNC_STATE async;
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);
    LONG buffer[1000], got = 0, wrong = 0, result = 0;
    RPC_STATUS status;
    PIPE pipe = {0};
    ULONG count;

    RpcAsyncInitializeHandle(&async, sizeof(async));
    async.NotificationType = RpcNotificationTypeEvent;
    async.u.hEvent = event;
    Ndr64AsyncClientCall(info, P_ASYNC_NEGATE, NULL, &async, binding, &pipe);
    for (LONG done = 0, part; done < total; done += part) {
        part = min(total - done, (LONG)ARRAYSIZE(buffer));
        for (LONG i = 0; i < part; i++)
            buffer[i] = done + i;
        assert_int_equal(pipe.push(pipe.state, buffer, part), RPC_S_OK);
    }
    assert_int_equal(pipe.push(pipe.state, buffer, 0), RPC_S_OK);
    do {
        assert_int_equal(pull_async(&pipe, event, buffer, ARRAYSIZE(buffer), &count), RPC_S_OK);
        for (ULONG i = 0; i < count; i++)
            wrong += buffer[i] != -got++;
    } while (count);
    assert_int_equal(pipe.pull(pipe.state, buffer, 1, &count), RPC_X_PIPE_EMPTY);
    while ((status = RpcAsyncCompleteCall(&async, &result)) == RPC_S_ASYNC_CALL_PENDING)
        assert_int_equal(WaitForSingleObject(event, WAIT_MS), WAIT_OBJECT_0);
    assert_int_equal(status, RPC_S_OK);
    assert_int_equal(result, total);
    assert_int_equal(got, total);
    assert_int_equal(wrong, 0);
    CloseHandle(event);
}

static void test_async(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));

    for (unsigned p = 0; p < ARRAYSIZE(pairs); p++) {
        if (pairs[p].client == DCE) /* has stubs for NdrAsyncClientCall */
            continue;
        for (unsigned i = 0; i < ARRAYSIZE(counts); i++)
            negate_async(client_of(pairs[p].client, pairs[p].server), binding, counts[i]);
    }
    rpc_fixture_unbind(&binding);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest each[] = {
        cmocka_unit_test(test_longs),
        cmocka_unit_test(test_much_out),
        cmocka_unit_test(test_structures),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_async),
    };
    static const struct rpc_suite suite = {
        .name = "test_pipe_ndr64",
        .register_server = register_server,
        .each = each,
        .each_count = ARRAYSIZE(each),
    };

    return rpc_fixture_main(argc, argv, &suite);
}

#else

static void test_only_on_64_bits(void **state)
{
    skip();
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(test_only_on_64_bits)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
