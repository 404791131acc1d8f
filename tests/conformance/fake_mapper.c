/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An endpoint mapper for tests: see the header. */
#include "fake_mapper.h"

#define NDR_SYNTAX                                                                                 \
    {                                                                                              \
        {0x8a885d04, 0x1ceb, 0x11c9, {0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60}},            \
        {                                                                                          \
            2, 0                                                                                   \
        }                                                                                          \
    }
#define NDR64_SYNTAX                                                                               \
    {                                                                                              \
        {0x71710533, 0xbeba, 0x4937, {0x83, 0x19, 0xb5, 0xdb, 0xef, 0x9c, 0xcc, 0x36}},            \
        {                                                                                          \
            1, 0                                                                                   \
        }                                                                                          \
    }
#define CANT_PERFORM_OP 0x16c9a0cd /* ept_s_cant_perform_op */

struct twr {
    ULONG length;
    unsigned char octets[1];
};

RPC_STATUS WINAPI TowerConstruct(const RPC_SYNTAX_IDENTIFIER *iface,
                                 const RPC_SYNTAX_IDENTIFIER *transfer, const char *protseq,
                                 const char *endpoint, const char *address, struct twr **tower);
RPC_STATUS WINAPI TowerExplode(const struct twr *tower, RPC_SYNTAX_IDENTIFIER *iface,
                               RPC_SYNTAX_IDENTIFIER *transfer, char **protseq, char **endpoint,
                               char **address);

struct fake_mapper fake_mapper;
static enum fake_answer answer;

RPC_STATUS fake_mapper_expected(enum fake_answer which)
{
    switch (which) {
    case FAKE_ELEMENTS:
    case FAKE_SYNTAXES:
        return RPC_S_OK;
    case FAKE_NOTHING:
    case FAKE_ENDLESS:
        return RPC_X_NO_MORE_ENTRIES;
    case FAKE_STATUS:
    case FAKE_DCE_STATUS:
        return EPT_S_CANT_PERFORM_OP;
    case FAKE_FAULT:
        return 0x20001234;
    default:
        return RPC_X_BAD_STUB_DATA;
    }
}

void fake_mapper_reset(enum fake_answer which)
{
    memset(&fake_mapper, 0, sizeof(fake_mapper));
    answer = which;
}

/* ---- answers ---- */

struct out {
    unsigned char octets[1024];
    unsigned length;
};

static void put(struct out *out, const void *data, unsigned length)
{
    memcpy(out->octets + out->length, data, length);
    out->length += length;
}

static void put32(struct out *out, ULONG value)
{
    out->length = (out->length + 3) & ~3u;
    put(out, &value, sizeof(value));
}

static void put_uuid(struct out *out, ULONG data1)
{
    UUID uuid = {.Data1 = data1};

    put32(out, 0);
    out->length -= 4;
    put(out, &uuid, sizeof(uuid));
}

static const RPC_SYNTAX_IDENTIFIER ndr20 = NDR_SYNTAX, ndr64 = NDR64_SYNTAX;

static void put_tower(struct out *out, ULONG number, const RPC_SYNTAX_IDENTIFIER *syntax,
                      const char *protseq, const char *endpoint)
{
    RPC_SYNTAX_IDENTIFIER iface = {{.Data1 = FAKE_ELEMENT_ID + number}, {4, 5}};
    struct twr *tower;

    TowerConstruct(&iface, syntax, protseq, endpoint, "10.0.0.1", &tower);
    put32(out, tower->length);
    put32(out, tower->length);
    put(out, tower->octets, tower->length);
    I_RpcFree(tower);
}

static void put_port_tower(struct out *out, ULONG number, const RPC_SYNTAX_IDENTIFIER *syntax,
                           const char *protseq)
{
    char port[16];

    _snprintf(port, 16, "%lu", FAKE_PORT + number);
    put_tower(out, number, syntax, protseq, port);
}

static void send_out(RPC_MESSAGE *message, const struct out *out)
{
    message->BufferLength = out->length;
    if (I_RpcGetBuffer(message) == RPC_S_OK)
        memcpy(message->Buffer, out->octets, out->length);
}

static void send_status(RPC_MESSAGE *message, ULONG status)
{
    struct out out = {.length = 0};

    put32(&out, status);
    send_out(message, &out);
}

/* Context handle, number of items, header of a conformant varying array. */
static void put_header(struct out *out, ULONG handle, ULONG room, ULONG count)
{
    put32(out, 0);
    put_uuid(out, handle);
    put32(out, count);
    put32(out, room);
    put32(out, 0);
    put32(out, count);
}

static void put_wrong(struct out *out)
{
    switch (answer) {
    case FAKE_FAULT:
        RpcRaiseException(0x20001234);
        break;
    case FAKE_SHORT:
        put32(out, 0);
        break;
    case FAKE_TOO_MANY:
        put_header(out, 0, 0xffffffff, 0x40000000);
        put32(out, 0);
        break;
    default:
        put_header(out, answer == FAKE_ENDLESS ? 1 : 0, 64, 0);
        put32(out, answer == FAKE_STATUS       ? EPT_S_CANT_PERFORM_OP
                   : answer == FAKE_DCE_STATUS ? CANT_PERFORM_OP
                                               : RPC_S_OK);
    }
}

/* ---- procedures ---- */

static void put_entry(struct out *out, ULONG number)
{
    char annotation[64];
    ULONG length = _snprintf(annotation, 64, "element %lu", number) + 1;

    put_uuid(out, FAKE_OBJECT + number);
    put32(out, 0x20000 + number);
    put32(out, 0);
    put32(out, length);
    put(out, annotation, length);
}

static void put_syntaxes(struct out *out)
{
    put_header(out, 0, 64, 3);
    put_entry(out, 0);
    put_entry(out, 0);
    put_entry(out, 2);
    put_port_tower(out, 0, &ndr20, "ncacn_ip_tcp");
    put_port_tower(out, 0, &ndr64, "ncacn_ip_tcp");
    put_port_tower(out, 2, &ndr64, "ncacn_ip_tcp");
    put32(out, RPC_S_OK);
}

/* Two elements, then one; the context handle tells which portion. */
static void __RPC_STUB ept_lookup(PRPC_MESSAGE message)
{
    const unsigned char *request = message->Buffer;
    struct out out = {.length = 0};
    ULONG portion, first, count;

    InterlockedIncrement(&fake_mapper.lookups);
    memcpy(&fake_mapper.inquiry_type, request, 4);
    memcpy(&fake_mapper.object, request + 8, 16);
    memcpy(&fake_mapper.iface, request + 28, 20);
    memcpy(&fake_mapper.vers_option, request + 48, 4);
    memcpy(&portion, request + 56, 4);
    first = portion ? 2 : 0;
    count = portion ? FAKE_ELEMENT_COUNT - 2 : 2;
    if (answer == FAKE_ELEMENTS) {
        put_header(&out, portion ? 0 : 77, 64, count);
        for (ULONG i = first; i < first + count; i++)
            put_entry(&out, i);
        for (ULONG i = first; i < first + count; i++)
            put_port_tower(&out, i, &ndr20,
                           i == FAKE_ELEMENT_UNKNOWN ? "ncadg_ip_udp" : "ncacn_ip_tcp");
        put32(&out, RPC_S_OK);
    } else if (answer == FAKE_SYNTAXES) {
        put_syntaxes(&out);
    } else {
        put_wrong(&out);
    }
    send_out(message, &out);
}

/* The last entry that has been inserted, or element 0. */
static void __RPC_STUB ept_map(PRPC_MESSAGE message)
{
    struct out out = {.length = 0};

    memcpy(&fake_mapper.object, (char *)message->Buffer + 4, 16);
    if (answer == FAKE_ELEMENTS) {
        put_header(&out, 0, 4, 1);
        put32(&out, 3);
        if (fake_mapper.endpoint[0])
            put_tower(&out, 0, &ndr20, "ncalrpc", fake_mapper.endpoint);
        else
            put_port_tower(&out, 0, &ndr20, "ncacn_ip_tcp");
        put32(&out, RPC_S_OK);
    } else {
        put_wrong(&out);
    }
    send_out(message, &out);
}

static void __RPC_STUB ept_lookup_handle_free(PRPC_MESSAGE message)
{
    struct out out = {.length = 0};

    InterlockedIncrement(&fake_mapper.frees);
    put32(&out, 0);
    put_uuid(&out, 0);
    put32(&out, RPC_S_OK);
    send_out(message, &out);
}

/* Entries: object, pointer, annotation with offset and length; then the towers. */
static void __RPC_STUB ept_update(PRPC_MESSAGE message)
{
    const unsigned char *p = (unsigned char *)message->Buffer + 8;
    ULONG offset, length;
    char *endpoint;

    memcpy(&fake_mapper.entries, message->Buffer, 4);
    for (ULONG i = 0; i < fake_mapper.entries; i++) {
        memcpy(&fake_mapper.object, p, 16);
        memcpy(&offset, p + 20, 4);
        memcpy(&length, p + 24, 4);
        if (offset || length > 64)
            RpcRaiseException(RPC_X_BAD_STUB_DATA);
        memcpy(fake_mapper.annotation, p + 28, length);
        p += 28 + ((length + 3) & ~3u);
    }
    for (ULONG i = 0; i < fake_mapper.entries; i++) {
        memcpy(&length, p, 4);
        if (TowerExplode((const struct twr *)(p + 4), NULL, NULL, NULL, &endpoint, NULL))
            RpcRaiseException(RPC_X_BAD_STUB_DATA);
        strncpy(fake_mapper.endpoint, endpoint, 63);
        I_RpcFree(endpoint);
        p += 8 + ((length + 3) & ~3u);
    }
    send_status(message, RPC_S_OK);
}

static void __RPC_STUB ept_inq_object(PRPC_MESSAGE message)
{
    RpcRaiseException(EPT_S_CANT_PERFORM_OP);
}

static void __RPC_STUB ept_mgmt_delete(PRPC_MESSAGE message)
{
    InterlockedIncrement(&fake_mapper.removals);
    memcpy(&fake_mapper.object, (char *)message->Buffer + 8, 16);
    send_status(message, EPT_S_NOT_REGISTERED);
}

/* ---- offering it ---- */

static RPC_DISPATCH_FUNCTION procs[] = {
    ept_update,     ept_update,     ept_lookup, ept_map, ept_lookup_handle_free,
    ept_inq_object, ept_mgmt_delete};
static RPC_DISPATCH_TABLE table = {ARRAYSIZE(procs), procs, 0};
static RPC_SERVER_INTERFACE spec = {
    .Length = sizeof(spec),
    .InterfaceId = {{0xe1af8308, 0x5d1f, 0x11c9, {0x91, 0xa4, 0x08, 0x00, 0x2b, 0x14, 0xa0, 0xfa}},
                    {3, 0}},
    .TransferSyntax = NDR_SYNTAX,
    .DispatchTable = &table,
};

bool fake_mapper_open(const WCHAR *protseq, const WCHAR *endpoint)
{
    static bool opened;

    if (opened)
        return true;
    if (RpcServerUseProtseqEpW((RPC_WSTR)protseq, 10, (RPC_WSTR)endpoint, NULL) ||
        RpcServerRegisterIfEx(&spec, NULL, NULL, RPC_IF_AUTOLISTEN, 100, NULL))
        return false;
    opened = true;
    return true;
}
