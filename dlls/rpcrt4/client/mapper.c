/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Endpoint mappers: see mapper.h. */
#include "client/mapper.h"
#include "platform/imports.h"
#include "platform/thread.h"
#include "platform/trace.h"
#include "wire/epm.h"

#define MAPPER_SERVICE L"RpcSs"
#define START_LIMIT_MS 30000
#define START_POLL_MS 10

/* ept_s_*: C706 appendix E. */
#define EPT_CANT_PERFORM_OP 0x16c9a0cd
#define EPT_NO_MEMORY 0x16c9a0ce
#define EPT_INVALID_ENTRY 0x16c9a0d3
#define EPT_NOT_REGISTERED 0x16c9a0d6

RPC_STATUS mapper_status(uint32_t status)
{
    switch (status) {
    case EPT_CANT_PERFORM_OP:
        return EPT_S_CANT_PERFORM_OP;
    case EPT_NO_MEMORY:
        return RPC_S_SERVER_OUT_OF_MEMORY;
    case EPT_INVALID_ENTRY:
        return EPT_S_INVALID_ENTRY;
    case EPT_NOT_REGISTERED:
        return EPT_S_NOT_REGISTERED;
    default:
        return (RPC_STATUS)status;
    }
}

/* ---- starting this machine's ---- */

static bool is_running(const struct imports_advapi32 *advapi32, SC_HANDLE service)
{
    SERVICE_STATUS status = {.dwCurrentState = SERVICE_START_PENDING};
    ULONGLONG limit = GetTickCount64() + START_LIMIT_MS;

    while (advapi32->QueryServiceStatus(service, &status) &&
           status.dwCurrentState == SERVICE_START_PENDING && GetTickCount64() < limit)
        Sleep(START_POLL_MS);
    return status.dwCurrentState == SERVICE_RUNNING;
}

static bool start_service(void)
{
    const struct imports_advapi32 *advapi32 = imports_advapi32();
    SC_HANDLE manager, service;
    bool running = false;

    if (!advapi32 || !(manager = advapi32->OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT)))
        return false;
    service = advapi32->OpenServiceW(manager, MAPPER_SERVICE, SERVICE_START | SERVICE_QUERY_STATUS);
    if (service) {
        if (advapi32->StartServiceW(service, 0, NULL) ||
            GetLastError() == ERROR_SERVICE_ALREADY_RUNNING)
            running = is_running(advapi32, service);
        advapi32->CloseServiceHandle(service);
    }
    advapi32->CloseServiceHandle(manager);
    TRACE("%s", running ? "the endpoint mapper runs" : "the endpoint mapper cannot be started");
    return running;
}

/* The service functions make remote calls of their own on this thread: one that needs the mapper
 * must do without. */
static bool start_mapper(void)
{
    struct thread_state *thread = thread_get();
    bool started;

    if (!thread || thread->starting_mapper)
        return false;
    thread->starting_mapper = true;
    started = start_service();
    thread->starting_mapper = false;
    return started;
}

/* ---- one to talk to ---- */

/* The mapper's well-known endpoint on a protocol sequence: C706 appendix H, [MS-RPCE] 2.1. */
static const WCHAR *mapper_endpoint(const struct transport *transport)
{
    static const struct {
        const WCHAR *protseq, *endpoint;
    } endpoints[] = {
        {L"ncalrpc", L"epmapper"},
        {L"ncacn_np", L"\\pipe\\epmapper"},
        {L"ncacn_ip_tcp", L"135"},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(endpoints); i++) {
        if (!wcscmp(transport->protseq, endpoints[i].protseq))
            return endpoints[i].endpoint;
    }
    return NULL;
}

RPC_STATUS mapper_open(struct binding *where, struct mapper *mapper)
{
    const struct transport *transport = where ? where->transport : transport_find(L"ncalrpc");
    const WCHAR *endpoint = mapper_endpoint(transport);
    RPC_STATUS status;

    if (!endpoint)
        return RPC_S_PROTSEQ_NOT_SUPPORTED;
    /* A binding's address never changes. */
    status = binding_create(transport->protseq, where ? where->network_addr : NULL, endpoint, NULL,
                            NULL, &mapper->binding);
    if (status)
        return status;
    if (where)
        mapper->binding->com_timeout = where->com_timeout;
    mapper->is_local = transport->is_local;
    return RPC_S_OK;
}

void mapper_close(struct mapper *mapper)
{
    handle_close(&mapper->binding->object);
    binding_release(mapper->binding);
}

RPC_STATUS mapper_call(const struct mapper *mapper, unsigned opnum, stub_encode_fn encode,
                       const void *args, struct own_reply *reply)
{
    const struct own_call call = {&epm_syntax, opnum, encode, args};
    RPC_STATUS status = own_call(mapper->binding, &call, reply);

    if (status == RPC_S_SERVER_UNAVAILABLE && mapper->is_local && start_mapper())
        status = own_call(mapper->binding, &call, reply);
    return status;
}
