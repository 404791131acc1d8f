/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Encoding and decoding of protocol towers. */
#include "wire/tower.h"

#include <string.h>

/* Protocol identifiers: C706 appendix I; 0x0c, 0x0f, 0x10, 0x11 and 0x1f are Microsoft's. */
enum {
    FLOOR_UDP = 0x08,
    FLOOR_IP = 0x09,
    FLOOR_RPC_CL = 0x0a,
    FLOOR_RPC_CO = 0x0b,
    FLOOR_RPC_LOCAL = 0x0c,
    FLOOR_TCP = 0x07,
    FLOOR_UUID = 0x0d,
    FLOOR_NAMED_PIPE = 0x0f,
    FLOOR_LOCAL_PIPE = 0x10,
    FLOOR_NETBIOS = 0x11,
    FLOOR_HTTP = 0x1f,
    FLOOR_NONE = 0
};

static const struct protocol {
    const char *name;
    uint8_t rpc;
    uint8_t endpoint;
    uint8_t host; /* FLOOR_IP: addresses and big-endian ports; otherwise texts */
} protocols[TOWER_PROTSEQ_COUNT] = {
    [TOWER_NCACN_IP_TCP] = { "ncacn_ip_tcp", FLOOR_RPC_CO, FLOOR_TCP, FLOOR_IP },
    [TOWER_NCACN_NP] = { "ncacn_np", FLOOR_RPC_CO, FLOOR_NAMED_PIPE, FLOOR_NETBIOS },
    [TOWER_NCALRPC] = { "ncalrpc", FLOOR_RPC_LOCAL, FLOOR_LOCAL_PIPE, FLOOR_NONE },
    [TOWER_NCACN_HTTP] = { "ncacn_http", FLOOR_RPC_CO, FLOOR_HTTP, FLOOR_IP },
    [TOWER_NCADG_IP_UDP] = { "ncadg_ip_udp", FLOOR_RPC_CL, FLOOR_UDP, FLOOR_IP },
};

const char *tower_protseq_name(enum tower_protseq protseq)
{
    return protocols[protseq].name;
}

static bool equal_without_case(const char *a, const char *b)
{
    for (; *a && *b; a++, b++) {
        char c = *a >= 'A' && *a <= 'Z' ? (char)(*a + 'a' - 'A') : *a;

        if (c != *b)
            return false;
    }
    return *a == *b;
}

bool tower_protseq_find(const char *name, enum tower_protseq *protseq)
{
    for (unsigned i = 0; i < TOWER_PROTSEQ_COUNT; i++) {
        if (equal_without_case(name, protocols[i].name)) {
            *protseq = (enum tower_protseq)i;
            return true;
        }
    }
    return false;
}

/* Decimal, at most 65535; digits only. Returns the end, NULL if there is no such number. */
static const char *parse_decimal(const char *p, unsigned maximum, unsigned *value)
{
    *value = 0;
    if (*p < '0' || *p > '9')
        return NULL;
    for (; *p >= '0' && *p <= '9'; p++) {
        *value = *value * 10 + (unsigned)(*p - '0');
        if (*value > maximum)
            return NULL;
    }
    return p;
}

static char *format_decimal(char *p, unsigned value)
{
    char digits[5];
    unsigned count = 0;

    do
        digits[count++] = (char)('0' + value % 10);
    while (value /= 10);
    while (count)
        *p++ = digits[--count];
    return p;
}

static bool parse_dotted_quad(const char *p, uint8_t address[4])
{
    for (unsigned i = 0; i < 4; i++) {
        unsigned octet;

        p = parse_decimal(p, 255, &octet);
        if (!p || *p != (i < 3 ? '.' : 0))
            return false;
        address[i] = (uint8_t)octet;
        p++;
    }
    return true;
}

static void format_dotted_quad(char *p, const uint8_t address[4])
{
    for (unsigned i = 0; i < 4; i++) {
        p = format_decimal(p, address[i]);
        *p++ = i < 3 ? '.' : 0;
    }
}

/* ---- decoding ---- */

struct floor {
    const uint8_t *lhs; /* protocol identifier and what belongs to it */
    const uint8_t *rhs;
    uint16_t lhs_length; /* > 0 */
    uint16_t rhs_length;
};

struct floors {
    const uint8_t *p;
    const uint8_t *end;
    unsigned count;
};

static bool next_part(struct floors *f, const uint8_t **data, uint16_t *length)
{
    if (f->end - f->p < 2)
        return false;
    *length = wire_get_u16(f->p, false);
    *data = f->p + 2;
    if (f->end - *data < *length)
        return false;
    f->p = *data + *length;
    return true;
}

static bool next_floor(struct floors *f, struct floor *floor)
{
    if (!f->count)
        return false;
    f->count--;
    return next_part(f, &floor->lhs, &floor->lhs_length) && floor->lhs_length &&
           next_part(f, &floor->rhs, &floor->rhs_length);
}

/* Identifier, UUID and major version on the left, minor version on the right; always
 * little-endian. */
static bool next_syntax(struct floors *f, struct wire_syntax *syntax)
{
    struct floor floor;

    if (!next_floor(f, &floor) || floor.lhs[0] != FLOOR_UUID || floor.lhs_length != 19 ||
        floor.rhs_length != 2)
        return false;
    wire_get_uuid(floor.lhs + 1, false, &syntax->uuid);
    syntax->major = wire_get_u16(floor.lhs + 17, false);
    syntax->minor = wire_get_u16(floor.rhs, false);
    return true;
}

static enum tower_result get_text(const struct floor *floor, char *text)
{
    if (!floor->rhs_length || memchr(floor->rhs, 0, floor->rhs_length) !=
                                  floor->rhs + floor->rhs_length - 1)
        return TOWER_MALFORMED;
    if (floor->rhs_length > TOWER_TEXT_MAX)
        return TOWER_TOO_LONG;
    memcpy(text, floor->rhs, floor->rhs_length);
    return TOWER_OK;
}

static enum tower_result get_ip_floors(const struct floor *port, const struct floor *host,
                                       struct tower *tower)
{
    if (port->rhs_length != 2 || host->rhs_length != 4)
        return TOWER_MALFORMED;
    *format_decimal(tower->endpoint, wire_get_u16(port->rhs, true)) = 0;
    format_dotted_quad(tower->address, host->rhs);
    return TOWER_OK;
}

static enum tower_result get_text_floors(const struct floor *endpoint, const struct floor *host,
                                         struct tower *tower)
{
    enum tower_result result = get_text(endpoint, tower->endpoint);

    tower->address[0] = 0;
    if (result != TOWER_OK || !host)
        return result;
    return get_text(host, tower->address);
}

enum tower_result tower_decode(const uint8_t *data, size_t length, struct tower *tower)
{
    struct floors floors;
    struct floor rpc, endpoint, host;
    unsigned i;

    if (length < 2)
        return TOWER_MALFORMED;
    floors = (struct floors){ data + 2, data + length, wire_get_u16(data, false) };
    if (!next_syntax(&floors, &tower->iface) || !next_syntax(&floors, &tower->transfer) ||
        !next_floor(&floors, &rpc) || !next_floor(&floors, &endpoint))
        return TOWER_MALFORMED;

    for (i = 0; i < TOWER_PROTSEQ_COUNT; i++)
        if (rpc.lhs[0] == protocols[i].rpc && endpoint.lhs[0] == protocols[i].endpoint)
            break;
    if (i == TOWER_PROTSEQ_COUNT)
        return TOWER_UNKNOWN_PROTOCOL;
    tower->protseq = (enum tower_protseq)i;

    if (protocols[i].host == FLOOR_NONE)
        return get_text_floors(&endpoint, NULL, tower);
    if (!next_floor(&floors, &host) || host.lhs[0] != protocols[i].host)
        return TOWER_MALFORMED;
    if (protocols[i].host == FLOOR_IP)
        return get_ip_floors(&endpoint, &host, tower);
    return get_text_floors(&endpoint, &host, tower);
}

/* ---- encoding ---- */

/* Counts everything, writes what fits. */
struct writer {
    uint8_t *buffer;
    size_t capacity;
    size_t length;
};

static void put_bytes(struct writer *w, const void *data, size_t length)
{
    if (w->length <= w->capacity && length <= w->capacity - w->length)
        memcpy(w->buffer + w->length, data, length);
    w->length += length;
}

static void put_part(struct writer *w, const void *data, size_t length)
{
    uint8_t prefix[2];

    wire_put_u16(prefix, (uint16_t)length, false);
    put_bytes(w, prefix, sizeof(prefix));
    put_bytes(w, data, length);
}

static void put_floor(struct writer *w, uint8_t protocol, const void *rhs, size_t rhs_length)
{
    put_part(w, &protocol, 1);
    put_part(w, rhs, rhs_length);
}

static void put_syntax(struct writer *w, const struct wire_syntax *syntax)
{
    uint8_t lhs[19], rhs[2];

    lhs[0] = FLOOR_UUID;
    wire_put_uuid(lhs + 1, &syntax->uuid, false);
    wire_put_u16(lhs + 17, syntax->major, false);
    wire_put_u16(rhs, syntax->minor, false);
    put_part(w, lhs, sizeof(lhs));
    put_part(w, rhs, sizeof(rhs));
}

static enum tower_result put_ip_floors(struct writer *w, const struct protocol *protocol,
                                       const char *endpoint, const char *address)
{
    uint8_t port_octets[2], host[4] = { 0 };
    unsigned port = 0;

    if (*endpoint) {
        const char *end = parse_decimal(endpoint, 65535, &port);

        if (!end || *end)
            return TOWER_BAD_ENDPOINT;
    }
    if (!parse_dotted_quad(address, host))
        memset(host, 0, sizeof(host));
    wire_put_u16(port_octets, (uint16_t)port, true);
    put_floor(w, protocol->endpoint, port_octets, sizeof(port_octets));
    put_floor(w, FLOOR_IP, host, sizeof(host));
    return TOWER_OK;
}

static enum tower_result put_text_floors(struct writer *w, const struct protocol *protocol,
                                         const char *endpoint, const char *address)
{
    size_t endpoint_length = strlen(endpoint) + 1, address_length = strlen(address) + 1;

    if (endpoint_length > TOWER_TEXT_MAX || address_length > TOWER_TEXT_MAX)
        return TOWER_TOO_LONG;
    put_floor(w, protocol->endpoint, endpoint, endpoint_length);
    if (protocol->host != FLOOR_NONE)
        put_floor(w, protocol->host, address, address_length);
    return TOWER_OK;
}

enum tower_result tower_encode(const struct wire_syntax *iface, const struct wire_syntax *transfer,
                               enum tower_protseq protseq, const char *endpoint,
                               const char *address, uint8_t *buffer, size_t capacity,
                               size_t *length)
{
    static const uint8_t minor_version[2] = { 0, 0 };
    const struct protocol *protocol = &protocols[protseq];
    struct writer w = { buffer, capacity, 0 };
    uint8_t count[2];
    enum tower_result result;

    wire_put_u16(count, protocol->host == FLOOR_NONE ? 4 : 5, false);
    put_bytes(&w, count, sizeof(count));
    put_syntax(&w, iface);
    put_syntax(&w, transfer);
    put_floor(&w, protocol->rpc, minor_version, sizeof(minor_version));
    if (protocol->host == FLOOR_IP)
        result = put_ip_floors(&w, protocol, endpoint ? endpoint : "", address ? address : "");
    else
        result = put_text_floors(&w, protocol, endpoint ? endpoint : "", address ? address : "");
    if (result != TOWER_OK)
        return result;
    *length = w.length;
    return buffer && w.length > capacity ? TOWER_NO_SPACE : TOWER_OK;
}
