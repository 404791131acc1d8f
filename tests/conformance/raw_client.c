/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A client of PDUs: see the header. */
#include "raw_client.h"

#define REQUEST_MAX 4096

/* ---- octets ---- */

static void open_socket(struct raw_client *client, const WCHAR *endpoint, ULONG own)
{
    struct sockaddr_in self = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(own)};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                  .sin_port = htons((u_short)wcstoul(endpoint, NULL, 10))};
    DWORD limit = WAIT_MS;

    client->s = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(client->s, (struct sockaddr *)&self, sizeof(self)), 0);
    assert_int_equal(connect(client->s, (struct sockaddr *)&address, sizeof(address)), 0);
    setsockopt(client->s, SOL_SOCKET, SO_RCVTIMEO, (char *)&limit, sizeof(limit));
}

static void open_pipe(struct raw_client *client, const WCHAR *protseq, const WCHAR *endpoint)
{
    WCHAR path[128];

    _snwprintf(path, 128, wcscmp(protseq, L"ncacn_np") ? L"\\\\.\\pipe\\lrpc\\%ls" : L"\\\\.%ls", endpoint);
    client->event = CreateEventW(NULL, TRUE, FALSE, NULL);
    do
        client->pipe = CreateFileW(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, FILE_FLAG_OVERLAPPED, NULL);
    while (client->pipe == INVALID_HANDLE_VALUE && GetLastError() == ERROR_PIPE_BUSY && WaitNamedPipeW(path, WAIT_MS));
    if (client->pipe == INVALID_HANDLE_VALUE)
        fail_msg("%ls: error %lu", path, GetLastError());
}

void raw_open_from(struct raw_client *client, const WCHAR *endpoint, ULONG own)
{
    *client = (struct raw_client){0};
    open_socket(client, endpoint, own);
}

void raw_open(struct raw_client *client, const WCHAR *protseq, const WCHAR *endpoint)
{
    if (!wcscmp(protseq, L"ncacn_ip_tcp")) {
        raw_open_from(client, endpoint, INADDR_LOOPBACK);
        return;
    }
    *client = (struct raw_client){.s = INVALID_SOCKET};
    open_pipe(client, protseq, endpoint);
}

void raw_close(struct raw_client *client)
{
    if (client->s != INVALID_SOCKET) {
        closesocket(client->s);
        return;
    }
    CloseHandle(client->pipe);
    CloseHandle(client->event);
}

/* The result of a pipe's operation. */
static DWORD pipe_wait(struct raw_client *client, BOOL started, OVERLAPPED *overlapped)
{
    DWORD bytes = 0;

    if (!started && GetLastError() != ERROR_IO_PENDING)
        return 0;
    if (!started && WaitForSingleObject(client->event, WAIT_MS)) {
        CancelIoEx(client->pipe, overlapped);
        fail_msg("a pipe's operation does not end");
    }
    GetOverlappedResult(client->pipe, overlapped, &bytes, TRUE);
    return bytes;
}

void raw_send(struct raw_client *client, const void *pdu, unsigned length)
{
    OVERLAPPED overlapped = {.hEvent = client->event};

    if (client->s != INVALID_SOCKET)
        fake_send(client->s, pdu, length);
    else
        pipe_wait(client, WriteFile(client->pipe, pdu, length, NULL, &overlapped), &overlapped);
}

bool raw_try_send(struct raw_client *client, const void *pdu, unsigned length, DWORD timeout_ms)
{
    OVERLAPPED overlapped = {.hEvent = client->event};
    DWORD bytes;

    if (client->s != INVALID_SOCKET) {
        setsockopt(client->s, SOL_SOCKET, SO_SNDTIMEO, (char *)&timeout_ms, sizeof(timeout_ms));
        return fake_send(client->s, pdu, length);
    }
    if (!WriteFile(client->pipe, pdu, length, NULL, &overlapped) &&
        (GetLastError() != ERROR_IO_PENDING || WaitForSingleObject(client->event, timeout_ms)))
        CancelIoEx(client->pipe, &overlapped);
    return GetOverlappedResult(client->pipe, &overlapped, &bytes, TRUE) && bytes == length;
}

/* False: the end. */
static bool pipe_read(struct raw_client *client, uint8_t *to, unsigned length)
{
    while (length) {
        OVERLAPPED overlapped = {.hEvent = client->event};
        DWORD got = pipe_wait(client, ReadFile(client->pipe, to, length, NULL, &overlapped), &overlapped);

        if (!got)
            return false;
        to += got;
        length -= got;
    }
    return true;
}

bool raw_recv(struct raw_client *client, struct fake_pdu *pdu)
{
    if (client->s != INVALID_SOCKET) {
        if (fake_recv(client->s, pdu))
            return true;
        assert_int_not_equal(WSAGetLastError(), WSAETIMEDOUT);
        return false;
    }
    if (!pipe_read(client, pdu->bytes, 16))
        return false;
    pdu->type = pdu->bytes[2];
    pdu->flags = pdu->bytes[3];
    pdu->length = pdu->bytes[8] | pdu->bytes[9] << 8;
    memcpy(&pdu->call_id, pdu->bytes + 12, 4);
    return pdu->length >= 16 && pipe_read(client, pdu->bytes + 16, pdu->length - 16);
}

static bool has_data_now(struct raw_client *client)
{
    DWORD bytes = 0;

    if (client->s != INVALID_SOCKET)
        return !ioctlsocket(client->s, FIONREAD, &bytes) && bytes;
    return PeekNamedPipe(client->pipe, NULL, 0, NULL, &bytes, NULL) && bytes;
}

bool raw_has_data(struct raw_client *client, DWORD timeout_ms)
{
    ULONGLONG end = GetTickCount64() + timeout_ms;

    while (!has_data_now(client)) {
        if (GetTickCount64() >= end)
            return false;
        Sleep(1);
    }
    return true;
}

/* ---- PDUs ---- */

unsigned raw_build_bind(uint8_t *pdu)
{
    const RPC_CLIENT_INTERFACE *spec = async_test_v1_0_c_ifspec;
    uint8_t body[56] = {0xf8, 0xff, 0xf8, 0xff}; /* fragments of 65528 octets */

    body[8] = 1;  /* presentation contexts */
    body[14] = 1; /* transfer syntaxes */
    memcpy(body + 16, &spec->InterfaceId, 20);
    memcpy(body + 36, &spec->TransferSyntax, 20);
    return fake_build(pdu, FAKE_BIND, FAKE_FIRST | FAKE_LAST | FAKE_CONC_MPX, 1, 0x10, body, sizeof(body));
}

uint32_t raw_bind_to_group(struct raw_client *client, uint32_t group)
{
    struct fake_pdu answer;
    unsigned length;
    uint8_t pdu[128];

    length = raw_build_bind(pdu);
    memcpy(pdu + 20, &group, 4);
    raw_send(client, pdu, length);
    assert_true(raw_recv(client, &answer));
    assert_int_equal(answer.type, FAKE_BIND_ACK);
    memcpy(&group, answer.bytes + 20, 4);
    return group;
}

void raw_bind(struct raw_client *client)
{
    raw_bind_to_group(client, 0);
}

void raw_request(struct raw_client *client, uint32_t call_id, uint16_t opnum, const void *stub, unsigned length)
{
    uint8_t pdu[16 + 8 + REQUEST_MAX], body[8 + REQUEST_MAX] = {0};

    memcpy(body, &length, 4);
    memcpy(body + 6, &opnum, 2);
    memcpy(body + 8, stub, length);
    raw_send(client, pdu, fake_build(pdu, FAKE_REQUEST, FAKE_FIRST | FAKE_LAST, call_id, 0x10, body, 8 + length));
}

void raw_about(struct raw_client *client, unsigned type, uint32_t call_id)
{
    uint8_t pdu[16];

    raw_send(client, pdu, fake_build(pdu, type, FAKE_FIRST | FAKE_LAST, call_id, 0x10, NULL, 0));
}
