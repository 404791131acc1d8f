/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A TCP server that answers by script: see the header. */
#include "fake_server.h"

static const uint8_t ndr64_syntax[20] = {0x33, 0x05, 0x71, 0x71, 0xba, 0xbe, 0x37, 0x49, 0x83, 0x19,
                                         0xb5, 0xdb, 0xef, 0x9c, 0xcc, 0x36, 0x01, 0x00, 0x00, 0x00};
static const uint8_t ndr_syntax[20] = {0x04, 0x5d, 0x88, 0x8a, 0xeb, 0x1c, 0xc9, 0x11, 0x9f, 0xe8,
                                       0x08, 0x00, 0x2b, 0x10, 0x48, 0x60, 0x02, 0x00, 0x00, 0x00};

/* ---- octets ---- */

static void put16(uint8_t *p, uint16_t value)
{
    p[0] = (uint8_t)value;
    p[1] = value >> 8;
}

static void put32(uint8_t *p, uint32_t value)
{
    put16(p, (uint16_t)value);
    put16(p + 2, value >> 16);
}

static bool recv_all(SOCKET s, uint8_t *p, unsigned length)
{
    while (length) {
        int got = recv(s, (char *)p, length, 0);

        if (got <= 0)
            return false;
        p += got;
        length -= got;
    }
    return true;
}

bool fake_send(SOCKET s, const void *bytes, unsigned length)
{
    const char *p = bytes;

    while (length) {
        int sent = send(s, p, length, 0);

        if (sent <= 0)
            return false;
        p += sent;
        length -= sent;
    }
    return true;
}

/* ---- receiving ---- */

bool fake_recv(SOCKET s, struct fake_pdu *pdu)
{
    if (!recv_all(s, pdu->bytes, 16))
        return false;
    pdu->type = pdu->bytes[2];
    pdu->flags = pdu->bytes[3];
    pdu->length = pdu->bytes[8] | pdu->bytes[9] << 8;
    memcpy(&pdu->call_id, pdu->bytes + 12, 4);
    return pdu->length >= 16 && recv_all(s, pdu->bytes + 16, pdu->length - 16);
}

bool fake_recv_request(SOCKET s, struct fake_pdu *pdu)
{
    while (fake_recv(s, pdu))
        if (pdu->type == FAKE_REQUEST && (pdu->flags & FAKE_LAST))
            return true;
    return false;
}

void fake_drain(SOCKET s)
{
    char junk[4096];

    while (recv(s, junk, sizeof(junk), 0) > 0)
        ;
}

/* ---- sending ---- */

unsigned fake_build(uint8_t *out, unsigned type, unsigned flags, uint32_t call_id, uint8_t drep,
                    const void *body, unsigned length)
{
    memset(out, 0, 16);
    out[0] = 5;
    out[2] = (uint8_t)type;
    out[3] = (uint8_t)flags;
    out[4] = drep;
    put16(out + 8, (uint16_t)(16 + length));
    put32(out + 12, call_id);
    if (!drep) {
        out[8] = (16 + length) >> 8;
        out[9] = (uint8_t)(16 + length);
        for (unsigned i = 0; i < 4; i++)
            out[12 + i] = (uint8_t)(call_id >> (24 - 8 * i));
    }
    memcpy(out + 16, body, length);
    return 16 + length;
}

unsigned fake_response(uint8_t *out, unsigned flags, uint32_t call_id, uint32_t alloc_hint,
                       const void *stub, unsigned length)
{
    uint8_t body[65536] = {0};

    put32(body, alloc_hint);
    memcpy(body + 8, stub, length);
    return fake_build(out, FAKE_RESPONSE, flags, call_id, 0x10, body, 8 + length);
}

unsigned fake_fault(uint8_t *out, unsigned flags, uint32_t call_id, uint32_t status)
{
    uint8_t body[16] = {0};

    put32(body + 8, status);
    return fake_build(out, FAKE_FAULT, FAKE_FIRST | FAKE_LAST | flags, call_id, 0x10, body,
                      sizeof(body));
}

/* Does context element `at` of the bind offer NDR 2.0? Moves `at` to the next. */
static bool offers_ndr(const struct fake_pdu *bind, unsigned *at)
{
    unsigned count = bind->bytes[*at + 2];
    bool yes = false;

    *at += 24;
    for (unsigned i = 0; i < count; i++, *at += 20)
        yes = yes || !memcmp(bind->bytes + *at, ndr_syntax, 20);
    return yes;
}

unsigned fake_bind_ack(uint8_t *out, const struct fake_pdu *bind)
{
    uint8_t body[1024] = {0};
    unsigned contexts = bind->bytes[24], at = 28, length = 16;

    put16(body, 4280);
    put16(body + 2, 4280);
    put32(body + 4, 0x12345);
    put16(body + 8, 5); /* secondary address "1234", then padding to 4 */
    memcpy(body + 10, "1234", 5);
    body[length] = (uint8_t)contexts;
    length += 4;
    for (unsigned i = 0; i < contexts && i < 16; i++, length += 24) {
        if (offers_ndr(bind, &at))
            memcpy(body + length + 4, ndr_syntax, 20);
        else
            memcpy(body + length, "\2\0\2\0",
                   4); /* provider_rejection, proposed_transfer_syntaxes_not_supported */
    }
    return fake_build(out, FAKE_BIND_ACK, FAKE_FIRST | FAKE_LAST | (bind->flags & FAKE_CONC_MPX),
                      bind->call_id, 0x10, body, length);
}

/* A bind's result for one context: accepted, or refused for its transfer syntax (C706 12.6.3.1). */
static unsigned put_result(uint8_t *p, bool accepted, const uint8_t *syntax)
{
    memset(p, 0, 24);
    if (accepted)
        memcpy(p + 4, syntax, 20);
    else
        p[0] = p[2] = 2; /* provider_rejection, proposed_transfer_syntaxes_not_supported */
    return 24;
}

bool fake_answer_bind(SOCKET s, const struct fake_pdu *bind, bool ndr20, bool ndr64)
{
    uint8_t body[512] = {0}, out[600];
    unsigned contexts = bind->bytes[24], at = 16;

    put16(body, 4280);
    put16(body + 2, 4280);
    put32(body + 4, 0x4711);
    put16(body + 8, 2); /* the secondary address "1" */
    body[10] = '1';
    body[12] = (uint8_t)contexts;
    for (unsigned i = 0; i < contexts && i < 8; i++) {
        const uint8_t *offered = bind->bytes + 28 + i * 44 + 24;

        if (!memcmp(offered, ndr_syntax, 20))
            at += put_result(body + at, ndr20, ndr_syntax);
        else
            at += put_result(body + at, ndr64 && !memcmp(offered, ndr64_syntax, 20), ndr64_syntax);
    }
    return fake_send(s, out, fake_build(out, FAKE_BIND_ACK, FAKE_FIRST | FAKE_LAST, bind->call_id,
                                        0x10, body, at));
}

bool fake_accept_bind(SOCKET s)
{
    struct fake_pdu bind;
    uint8_t ack[2048];

    return fake_recv(s, &bind) && bind.type == FAKE_BIND &&
           fake_send(s, ack, fake_bind_ack(ack, &bind));
}

/* ---- connections ---- */

struct connection {
    struct fake_server *server;
    SOCKET s;
};

static DWORD WINAPI run_script(void *arg)
{
    struct connection connection = *(struct connection *)arg;

    free(arg);
    connection.server->script(connection.server, connection.s);
    closesocket(connection.s);
    InterlockedDecrement(&connection.server->running);
    return 0;
}

static DWORD WINAPI accept_connections(void *arg)
{
    struct fake_server *server = arg;

    for (SOCKET s; (s = accept(server->listener, NULL, NULL)) != INVALID_SOCKET; ) {
        struct connection *connection;
        DWORD limit = WAIT_MS;

        if (WaitForSingleObject(server->stop, 0) == WAIT_OBJECT_0) {
            closesocket(s);
            break;
        }
        connection = malloc(sizeof(*connection));
        /* A script that reads what never comes ends after a while. */
        setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (char *)&limit, sizeof(limit));
        *connection = (struct connection){server, s};
        InterlockedIncrement(&server->connections);
        InterlockedIncrement(&server->running);
        CloseHandle(CreateThread(NULL, 0, run_script, connection, 0, NULL));
    }
    return 0;
}

void fake_start(struct fake_server *server, fake_script script, uintptr_t arg)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int size = sizeof(address);

    memset(server, 0, sizeof(*server));
    server->script = script;
    server->arg = arg;
    server->stop = CreateEventW(NULL, TRUE, FALSE, NULL);
    server->go = CreateEventW(NULL, FALSE, FALSE, NULL);
    server->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(server->listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(server->listener, 16), 0);
    assert_int_equal(getsockname(server->listener, (struct sockaddr *)&address, &size), 0);
    _snwprintf(server->endpoint, 8, L"%u", ntohs(address.sin_port));
    server->thread = CreateThread(NULL, 0, accept_connections, server, 0, NULL);
}

/* Makes accept() return. */
static void knock(struct fake_server *server)
{
    struct sockaddr_in address;
    int size = sizeof(address);
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);

    getsockname(server->listener, (struct sockaddr *)&address, &size);
    connect(s, (struct sockaddr *)&address, size);
    closesocket(s);
}

void fake_await_closed(struct fake_server *server)
{
    for (ULONGLONG end = GetTickCount64() + 2 * WAIT_MS; server->running && GetTickCount64() < end;)
        Sleep(1);
    assert_int_equal(server->running, 0);
}

void fake_stop(struct fake_server *server)
{
    SetEvent(server->stop);
    knock(server);
    assert_int_equal(WaitForSingleObject(server->thread, WAIT_MS), WAIT_OBJECT_0);
    closesocket(server->listener);
    fake_await_closed(server);
    CloseHandle(server->thread);
    CloseHandle(server->stop);
    CloseHandle(server->go);
}
