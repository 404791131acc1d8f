/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Format strings, fragments and the server: see ndr64_stubs.h. */
#ifdef __x86_64__

#include "ndr64_stubs.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <ndr64types.h>

volatile LONG ndr64_live_blocks, ndr64_rundowns;

void *__RPC_USER MIDL_user_allocate(size_t size)
{
    InterlockedIncrement(&ndr64_live_blocks);
    return malloc(size);
}

void __RPC_USER MIDL_user_free(void *ptr)
{
    InterlockedDecrement(&ndr64_live_blocks);
    free(ptr);
}

#define NDR20_ID \
    {{0x8a885d04, 0x1ceb, 0x11c9, {0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60}}, {2, 0}}
#define NDR64_ID \
    {{0x71710533, 0xbeba, 0x4937, {0x83, 0x19, 0xb5, 0xdb, 0xef, 0x9c, 0xcc, 0x36}}, {1, 0}}

/* ---- NDR 2.0 ---- */

#define SHORT(value) (unsigned char)((value) & 0xff), (unsigned char)((value) >> 8)
#define SLOT(n) SHORT((n) * 8)
#define HEADER(number, slots, handle_slot) \
    0, 0x48, 0, 0, 0, 0, SHORT(number), SLOT(slots), 0x32, 0, SLOT(handle_slot)
#define CONTEXT_HEADER(number, slots, flags) \
    0, 0x48, 0, 0, 0, 0, SHORT(number), SLOT(slots), 0x30, flags, SLOT(0), 0, 0
#define SIZES(flags, params) \
    SHORT(64), SHORT(64), 0x44 | (flags), params, 10, 1, SHORT(0), SHORT(0), SHORT(0), SHORT(0)
#define BASE(attributes, slot, fc) SHORT(attributes), SLOT(slot), fc, 0
#define PARAM(attributes, slot, type) SHORT(attributes), SLOT(slot), SHORT(type)
enum {
    SMALL_FC = 0x03,
    SHORT_FC = 0x06,
    LONG_FC = 0x08,
    FLOAT_FC = 0x0a,
    HYPER_FC = 0x0b,
    DOUBLE_FC = 0x0c
};
enum { IN_BASE = 0x48, OUT_BASE = 0x2150, RESULT = 0x70 };
enum { MUST_SIZE_BOTH = 3, ASYNC = 0x80 };

enum {
    WSTRING = 2,
    UNIQUE_WSTRING = 4,
    OUT_WSTRING = 8,
    IN_ARRAY = 16,
    PAIR = 28,
    RANGE = 36,
    OUT_CONTEXT = 46,
    IN_CONTEXT = 50,
    IN_OUT_CONTEXT = 54,
};
static const unsigned char types20[] = {
    0, 0,
    /* 2 */ 0x25, 0x5c,
    /* 4 */ 0x12, 0x08, 0x25, 0x5c,
    /* 8 */ 0x11, 0x14, SHORT(2), 0x12, 0x08, 0x25, 0x5c,
    /* 16 */ 0x1b, 3, SHORT(4), 0x28, 0, SLOT(1), 1, 0, LONG_FC, 0x5b,
    /* 28 */ 0x15, 7, SHORT(16), HYPER_FC, LONG_FC, LONG_FC, 0x5b,
    /* 36 */ 0xb7, LONG_FC, 0, 0, 0, 0, 10, 0, 0, 0,
    /* 46 */ 0x30, 0xa0, 0, 0,
    /* 50 */ 0x30, 0x41, 0, 0,
    /* 54 */ 0x30, 0xe1, 0, 0,
};

static const unsigned char add20[] = {
    HEADER(P_ADD, 5, 0), SIZES(0, 4),
    BASE(IN_BASE, 1, LONG_FC), BASE(IN_BASE, 2, LONG_FC), BASE(OUT_BASE, 3, LONG_FC),
    BASE(RESULT, 4, LONG_FC),
};
static const unsigned char length20[] = {
    HEADER(P_LENGTH, 5, 0), SIZES(MUST_SIZE_BOTH, 4),
    PARAM(0x10b, 1, WSTRING), BASE(IN_BASE, 2, HYPER_FC), BASE(OUT_BASE, 3, HYPER_FC),
    BASE(RESULT, 4, LONG_FC),
};
static const unsigned char scale20[] = {
    HEADER(P_SCALE, 4, 0), SIZES(0, 3),
    BASE(IN_BASE, 1, FLOAT_FC), BASE(IN_BASE, 2, DOUBLE_FC), BASE(RESULT, 3, DOUBLE_FC),
};
static const unsigned char reverse20[] = {
    HEADER(P_REVERSE, 5, 0), SIZES(MUST_SIZE_BOTH, 4),
    BASE(IN_BASE, 1, LONG_FC), PARAM(0x10b, 2, IN_ARRAY), PARAM(0x113, 3, IN_ARRAY),
    BASE(RESULT, 4, LONG_FC),
};
static const unsigned char answer20[] = {
    HEADER(P_ANSWER, 4, 0), SIZES(MUST_SIZE_BOTH, 3),
    PARAM(0x0b, 1, UNIQUE_WSTRING), PARAM(0x2013, 2, OUT_WSTRING), BASE(RESULT, 3, LONG_FC),
};
static const unsigned char swap20[] = {
    HEADER(P_SWAP, 3, 0), SIZES(0, 2), PARAM(0x11a, 1, PAIR), BASE(RESULT, 2, LONG_FC),
};
static const unsigned char small20[] = {
    HEADER(P_SMALL, 5, 0), SIZES(0, 4),
    BASE(IN_BASE, 1, SMALL_FC), BASE(IN_BASE, 2, SHORT_FC), PARAM(0x88, 3, RANGE),
    BASE(RESULT, 4, LONG_FC),
};
static const unsigned char open20[] = {
    HEADER(P_OPEN, 4, 0), SIZES(0, 3),
    BASE(IN_BASE, 1, LONG_FC), PARAM(0x110, 2, OUT_CONTEXT), BASE(RESULT, 3, LONG_FC),
};
static const unsigned char get20[] = {
    CONTEXT_HEADER(P_GET, 2, 0x40), SIZES(0, 2),
    PARAM(0x08, 0, IN_CONTEXT), BASE(RESULT, 1, LONG_FC),
};
static const unsigned char close20[] = {
    CONTEXT_HEADER(P_CLOSE, 2, 0xe0), SIZES(0, 2),
    PARAM(0x118, 0, IN_OUT_CONTEXT), BASE(RESULT, 1, LONG_FC),
};
static const unsigned char raise20[] = {
    HEADER(P_RAISE, 3, 0), SIZES(0, 2), BASE(IN_BASE, 1, LONG_FC), BASE(RESULT, 2, LONG_FC),
};
static const unsigned char last20[] = {
    HEADER(P_LAST, 4, 0), SIZES(0, 3),
    BASE(OUT_BASE, 1, LONG_FC), BASE(OUT_BASE, 2, LONG_FC), BASE(RESULT, 3, LONG_FC),
};
static const unsigned char slow20[] = {
    HEADER(P_SLOW, 5, 1), SIZES(ASYNC, 3),
    BASE(IN_BASE, 2, LONG_FC), BASE(OUT_BASE, 3, LONG_FC), BASE(RESULT, 4, LONG_FC),
};

static unsigned char procedures20[1024];
static unsigned short offsets20[PROCEDURES];

/* MIDL writes all procedures into one string. */
static void join_procedures(void)
{
    static const struct {
        const unsigned char *format;
        size_t size;
    } all[PROCEDURES] = {
        {add20, sizeof(add20)},       {length20, sizeof(length20)}, {scale20, sizeof(scale20)},
        {reverse20, sizeof(reverse20)}, {answer20, sizeof(answer20)}, {swap20, sizeof(swap20)},
        {small20, sizeof(small20)},   {open20, sizeof(open20)},     {get20, sizeof(get20)},
        {close20, sizeof(close20)},   {raise20, sizeof(raise20)},   {last20, sizeof(last20)},
        {slow20, sizeof(slow20)},
    };
    unsigned short at = 0;

    for (int i = 0; i < PROCEDURES; i++) {
        memcpy(procedures20 + at, all[i].format, all[i].size);
        offsets20[i] = at;
        at += (unsigned short)all[i].size;
    }
}

/* ---- NDR64 ---- */

/* NDR64_PARAM_FORMAT, with its flags as a number. */
struct param64 {
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
enum { RETURNS64 = 0x1080040, CLIENT_SIZES64 = 0x40000, SERVER_SIZES64 = 0x20000,
       CLIENT_CORRELATION64 = 0x400000, SERVER_CORRELATION64 = 0x200000 };
#define HEADER64(flags, slots, request, reply, params) \
    {RETURNS64 | (flags), (slots) * 8, request, reply, 0, 0, params, 8}
#define PRIMITIVE64(slot) {{0x72, 0, (slot) * 8, 0, 0}, 0}
#define CONTEXT64(flags) {{0x70, flags, 0, 0, 0}, 0}
#define PARAM64(type, attributes, slot) {type, attributes, 0, (slot) * 8}
enum { IN64 = 0xc8, OUT64 = 0x8150, RESULT64 = 0xf0 };

static const uint8_t int8_64 = 0x02, int16_64 = 0x04, int32_64 = 0x05, int64_64 = 0x07,
                     float_64 = 0x0b, double_64 = 0x0c;
static const NDR64_CONFORMANT_STRING_FORMAT wstring64 = {{0x64, {0}, 2}};
static const NDR64_POINTER_FORMAT unique_wstring64 = {0x21, 0, 0, &wstring64};
static const NDR64_POINTER_FORMAT out_wstring64 = {0x20, 0x14, 0, &unique_wstring64};
static const struct {
    NDR64_UINT32 flags;
    NDR64_EXPR_VAR variable;
} count64 = {0, {0x03, 0x05, 0, 8}};
static const struct {
    NDR64_CONF_ARRAY_HEADER_FORMAT header;
    NDR64_ARRAY_ELEMENT_INFO element;
} array64 = {{0x41, 3, {0}, 0, 4, &count64}, {4, &int32_64}};
static const NDR64_STRUCTURE_HEADER_FORMAT pair64 = {0x30, 7, {0}, 0, 16};
static const NDR64_RANGE_FORMAT range64 = {0xa4, 0x05, 0, 0, 10};
static const NDR64_CONTEXT_HANDLE_FORMAT out_context64 = {0x70, 0xa0, 0, 0};
static const NDR64_CONTEXT_HANDLE_FORMAT in_context64 = {0x70, 0x41, 0, 0};
static const NDR64_CONTEXT_HANDLE_FORMAT in_out_context64 = {0x70, 0xe1, 0, 0};

PROCEDURE64(add64, 4) = {
    HEADER64(0, 5, 16, 16, 4), PRIMITIVE64(0),
    {PARAM64(&int32_64, IN64, 1), PARAM64(&int32_64, IN64, 2), PARAM64(&int32_64, OUT64, 3),
     PARAM64(&int32_64, RESULT64, 4)}};
PROCEDURE64(length64, 4) = {
    HEADER64(CLIENT_SIZES64, 5, 16, 24, 4), PRIMITIVE64(0),
    {PARAM64(&wstring64, 0x10b, 1), PARAM64(&int64_64, IN64, 2), PARAM64(&int64_64, OUT64, 3),
     PARAM64(&int32_64, RESULT64, 4)}};
PROCEDURE64(scale64, 3) = {
    HEADER64(0, 4, 24, 16, 3), PRIMITIVE64(0),
    {PARAM64(&float_64, IN64, 1), PARAM64(&double_64, IN64, 2), PARAM64(&double_64, RESULT64, 3)}};
PROCEDURE64(reverse64, 4) = {
    HEADER64(CLIENT_SIZES64 | SERVER_SIZES64 | CLIENT_CORRELATION64 | SERVER_CORRELATION64, 5, 8,
             8, 4),
    PRIMITIVE64(0),
    {PARAM64(&int32_64, IN64, 1), PARAM64(&array64, 0x10b, 2), PARAM64(&array64, 0x113, 3),
     PARAM64(&int32_64, RESULT64, 4)}};
PROCEDURE64(answer64, 3) = {
    HEADER64(CLIENT_SIZES64 | SERVER_SIZES64, 4, 0, 8, 3), PRIMITIVE64(0),
    {PARAM64(&unique_wstring64, 0x0b, 1), PARAM64(&out_wstring64, 0x8013, 2),
     PARAM64(&int32_64, RESULT64, 3)}};
PROCEDURE64(swap64, 2) = {
    HEADER64(0, 3, 32, 40, 2), PRIMITIVE64(0),
    {PARAM64(&pair64, 0x11a, 1), PARAM64(&int32_64, RESULT64, 2)}};
PROCEDURE64(small64, 4) = {
    HEADER64(0, 5, 24, 8, 4), PRIMITIVE64(0),
    {PARAM64(&int8_64, IN64, 1), PARAM64(&int16_64, IN64, 2), PARAM64(&range64, 0x88, 3),
     PARAM64(&int32_64, RESULT64, 4)}};
PROCEDURE64(open64, 3) = {
    HEADER64(0, 4, 8, 32, 3), PRIMITIVE64(0),
    {PARAM64(&int32_64, IN64, 1), PARAM64(&out_context64, 0x110, 2),
     PARAM64(&int32_64, RESULT64, 3)}};
PROCEDURE64(get64, 2) = {
    HEADER64(0, 2, 36, 8, 2), CONTEXT64(0x40),
    {PARAM64(&in_context64, 0x08, 0), PARAM64(&int32_64, RESULT64, 1)}};
PROCEDURE64(close64, 2) = {
    HEADER64(0, 2, 36, 36, 2), CONTEXT64(0xe0),
    {PARAM64(&in_out_context64, 0x118, 0), PARAM64(&int32_64, RESULT64, 1)}};
PROCEDURE64(raise64, 2) = {
    HEADER64(0, 3, 8, 8, 2), PRIMITIVE64(0),
    {PARAM64(&int32_64, IN64, 1), PARAM64(&int32_64, RESULT64, 2)}};
PROCEDURE64(last64, 3) = {
    HEADER64(0, 4, 0, 24, 3), PRIMITIVE64(0),
    {PARAM64(&int32_64, OUT64, 1), PARAM64(&int32_64, OUT64, 2), PARAM64(&int32_64, RESULT64, 3)}};
/* MIDL marks an [async] procedure in no other way than by its stack. */
PROCEDURE64(slow64, 3) = {
    HEADER64(0, 5, 8, 16, 3), PRIMITIVE64(1),
    {PARAM64(&int32_64, IN64, 2), PARAM64(&int32_64, OUT64, 3), PARAM64(&int32_64, RESULT64, 4)}};

static const FormatInfoRef procedures64[PROCEDURES] = {
    &add64, &length64, &scale64, &reverse64, &answer64, &swap64, &small64,
    &open64, &get64, &close64, &raise64, &last64, &slow64,
};

/* ---- the server ---- */

static volatile LONG last_syntax, last_length;

static LONG __cdecl server_add(handle_t handle, LONG a, LONG b, LONG *sum)
{
    return *sum = a + b;
}

static LONG __cdecl server_length(handle_t handle, const wchar_t *s, hyper big, hyper *twice)
{
    *twice = 2 * big;
    return (LONG)wcslen(s);
}

static double __cdecl server_scale(handle_t handle, float f, double d)
{
    return f * d;
}

static LONG __cdecl server_reverse(handle_t handle, LONG n, LONG *v, LONG *w)
{
    LONG sum = 0;

    for (LONG i = 0; i < n; i++)
        sum += w[n - 1 - i] = v[i];
    return sum;
}

static LONG __cdecl server_answer(handle_t handle, const wchar_t *s, wchar_t **copy)
{
    *copy = NULL;
    if (!s)
        return 0;
    *copy = MIDL_user_allocate((wcslen(s) + 1) * sizeof(*s));
    wcscpy(*copy, s);
    return 1;
}

static LONG __cdecl server_swap(handle_t handle, struct pair *pair)
{
    LONG a = pair->a;

    pair->a = pair->b;
    pair->b = a;
    pair->big = -pair->big;
    return 0;
}

static LONG __cdecl server_small(handle_t handle, signed char a, short b, LONG c)
{
    return a + b + c;
}

static LONG __cdecl server_open(handle_t handle, LONG value, void **context)
{
    *context = MIDL_user_allocate(sizeof(value));
    *(LONG *)*context = value;
    return 0;
}

static LONG __cdecl server_get(void *context)
{
    return *(LONG *)context;
}

static LONG __cdecl server_close(void **context)
{
    LONG value = *(LONG *)*context;

    MIDL_user_free(*context);
    *context = NULL;
    return value;
}

static void __RPC_USER rundown(void *context)
{
    MIDL_user_free(context);
    InterlockedIncrement(&ndr64_rundowns);
}

static LONG __cdecl server_raise(handle_t handle, LONG code)
{
    RpcRaiseException(code);
    return 0;
}

static LONG __cdecl server_last(handle_t handle, LONG *syntax, LONG *length)
{
    *syntax = last_syntax;
    *length = last_length;
    return 0;
}

static void __cdecl server_slow(PRPC_ASYNC_STATE async, handle_t handle, LONG value, LONG *twice)
{
    LONG reply = -value;

    *twice = 2 * value;
    RpcAsyncCompleteCall(async, &reply);
}

static const SERVER_ROUTINE managers[PROCEDURES] = {
    (SERVER_ROUTINE)server_add,   (SERVER_ROUTINE)server_length,
    (SERVER_ROUTINE)(void *)server_scale,
    (SERVER_ROUTINE)server_reverse, (SERVER_ROUTINE)server_answer, (SERVER_ROUTINE)server_swap,
    (SERVER_ROUTINE)server_small, (SERVER_ROUTINE)server_open,   (SERVER_ROUTINE)server_get,
    (SERVER_ROUTINE)server_close, (SERVER_ROUTINE)server_raise,  (SERVER_ROUTINE)server_last,
    (SERVER_ROUTINE)(void *)server_slow,
};

/* Wine's built-in DLL, which knows one syntax, does not say which. */
static void note(const RPC_MESSAGE *msg)
{
    static const RPC_SYNTAX_IDENTIFIER ndr64 = NDR64_ID;
    const RPC_SYNTAX_IDENTIFIER *syntax = msg->TransferSyntax;

    if ((msg->ProcNum & 0xffff) == P_LAST)
        return;
    last_syntax = syntax && !memcmp(syntax, &ndr64, sizeof(ndr64)) ? 64 : 20;
    last_length = msg->BufferLength;
}

static void __RPC_STUB serve20(RPC_MESSAGE *msg)
{
    note(msg);
    if (msg->ProcNum == P_SLOW)
        NdrAsyncServerCall(msg);
    else
        NdrServerCall2(msg);
}

static void __RPC_STUB serve64(RPC_MESSAGE *msg)
{
    note(msg);
    if (msg->ProcNum == P_SLOW)
        Ndr64AsyncServerCall64(msg);
    else
        NdrServerCallNdr64(msg);
}

static void __RPC_STUB serve_all(RPC_MESSAGE *msg)
{
    note(msg);
    if (msg->ProcNum == P_SLOW)
        Ndr64AsyncServerCallAll(msg);
    else
        NdrServerCallAll(msg);
}

#define TABLE(name, function) \
    static RPC_DISPATCH_FUNCTION name##_functions[PROCEDURES + 1] = { \
        function, function, function, function, function, function, function, \
        function, function, function, function, function, function}; \
    static RPC_DISPATCH_TABLE name = {PROCEDURES, name##_functions, 0}
TABLE(table20, serve20);
TABLE(table64, serve64);
TABLE(table_all, serve_all);

/* ---- both ends: a description for each protocol ---- */

static MIDL_SYNTAX_INFO syntaxes[] = {
    {.TransferSyntax = NDR20_ID,
     .DispatchTable = &table20,
     .ProcString = procedures20,
     .FmtStringOffset = offsets20,
     .TypeString = types20},
    {.TransferSyntax = NDR64_ID,
     .DispatchTable = &table_all,
     .FmtStringOffset = (const unsigned short *)procedures64},
};
static MIDL_SYNTAX_INFO syntax64 = {.TransferSyntax = NDR64_ID,
                                    .DispatchTable = &table64,
                                    .FmtStringOffset = (const unsigned short *)procedures64};

static RPC_SYNTAX_IDENTIFIER transfer_syntax(enum ndr64_protocol protocol)
{
    static const RPC_SYNTAX_IDENTIFIER ndr20 = NDR20_ID, ndr64 = NDR64_ID;

    return protocol == NDR64 ? ndr64 : ndr20;
}

static RPC_SYNTAX_IDENTIFIER interface_id(enum ndr64_protocol server)
{
    RPC_SYNTAX_IDENTIFIER id = {
        {0x7d0e52a4, 0x19c3, 0x4b8e, {0x8a, 0x27, 0x41, 0x5c, 0x93, 0x0b, 0xee, 0x00}}, {1, 0}};

    id.SyntaxGUID.Data4[7] = (unsigned char)server;
    return id;
}

static void fill_desc(MIDL_STUB_DESC *desc, void *iface)
{
    static const NDR_RUNDOWN rundowns[] = {rundown};

    *desc = (MIDL_STUB_DESC){
        .RpcInterfaceInformation = iface,
        .pfnAllocate = MIDL_user_allocate,
        .pfnFree = MIDL_user_free,
        .apfnNdrRundownRoutines = rundowns,
        .pFormatTypes = types20,
        .fCheckBounds = 1,
        .Version = 0x60001,
        .MIDLVersion = 0x8010274,
    };
}

void ndr64_register_server(void)
{
    static RPC_DISPATCH_TABLE *const tables[PROTOCOLS] = {&table20, &table64, &table20};
    static RPC_SERVER_INTERFACE interfaces[PROTOCOLS];
    static MIDL_SERVER_INFO infos[PROTOCOLS];
    static MIDL_STUB_DESC descs[PROTOCOLS];

    join_procedures();
    for (int i = 0; i < PROTOCOLS; i++) {
        fill_desc(&descs[i], &interfaces[i]);
        infos[i] = (MIDL_SERVER_INFO){
            &descs[i], managers, i == NDR64 ? NULL : procedures20,
            i == NDR64 ? NULL : offsets20, NULL, NULL, i == ALL ? 2 : i == NDR64, i == ALL ? syntaxes : i == NDR64 ? &syntax64 : NULL};
        interfaces[i] = (RPC_SERVER_INTERFACE){
            .Length = sizeof(RPC_SERVER_INTERFACE),
            .InterfaceId = interface_id(i),
            .TransferSyntax = transfer_syntax(i),
            .DispatchTable = tables[i],
            .InterpreterInfo = &infos[i],
            .Flags = i == DCE ? 0 : RPCFLG_HAS_MULTI_SYNTAXES,
        };
        if (RpcServerRegisterIfEx(&interfaces[i], NULL, NULL, RPC_IF_AUTOLISTEN,
                                  RPC_C_LISTEN_MAX_CALLS_DEFAULT, NULL) != RPC_S_OK)
            ExitProcess(2);
    }
}

struct client {
    RPC_CLIENT_INTERFACE iface;
    MIDL_STUB_DESC desc;
    MIDL_STUBLESS_PROXY_INFO info;
};

static struct client *client_of(enum ndr64_protocol client, enum ndr64_protocol server)
{
    static struct client clients[PROTOCOLS][PROTOCOLS];
    struct client *self = &clients[client][server];

    if (self->iface.Length)
        return self;
    join_procedures();
    fill_desc(&self->desc, &self->iface);
    self->info = (MIDL_STUBLESS_PROXY_INFO){
        &self->desc, client == NDR64 ? NULL : procedures20,
        client == NDR64 ? NULL : offsets20, NULL,
        client == ALL ? 2 : client == NDR64,
        client == ALL ? syntaxes : client == NDR64 ? &syntax64 : NULL};
    self->iface = (RPC_CLIENT_INTERFACE){
        .Length = sizeof(RPC_CLIENT_INTERFACE),
        .InterfaceId = interface_id(server),
        .TransferSyntax = transfer_syntax(client),
        .InterpreterInfo = &self->info,
        .Flags = client == DCE ? 0 : RPCFLG_HAS_MULTI_SYNTAXES,
    };
    return self;
}

MIDL_STUBLESS_PROXY_INFO *ndr64_client(enum ndr64_protocol client, enum ndr64_protocol server)
{
    return &client_of(client, server)->info;
}

RPC_CLIENT_INTERFACE *ndr64_client_interface(enum ndr64_protocol client, enum ndr64_protocol server)
{
    return &client_of(client, server)->iface;
}

#endif
