/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The frame of the test programs that make remote calls: see the header. */
#include "rpc_fixture.h"

#include <process.h>

/* A test that takes longer than this hangs. */
#define TEST_LIMIT_MS 60000

struct test_case {
    struct rpc_target *target;
    char name[96];
};

/* What a child tells its parent, in an inherited section. */
struct child_report {
    RPC_STATUS status;
    WCHAR endpoint[64];
};

static struct rpc_target targets[] = {
    {.protseq = L"ncacn_ip_tcp", .name = "ncacn_ip_tcp"},
    {.protseq = L"ncalrpc", .name = "ncalrpc"},
    {.protseq = L"ncacn_np", .name = "ncacn_np"},
    {.protseq = L"ncacn_ip_tcp", .name = "ncacn_ip_tcp, child", .in_child = true},
    {.protseq = L"ncalrpc", .name = "ncalrpc, child", .in_child = true},
    {.protseq = L"ncacn_np", .name = "ncacn_np, child", .in_child = true},
};
#define TARGETS ARRAYSIZE(targets)

static const struct rpc_suite *the_suite;
static HANDLE watchdog_kick;
static const char *volatile running_test;

/* ---- listening ---- */

/* The port that a dynamic TCP endpoint was given. */
static RPC_STATUS find_tcp_endpoint(WCHAR *endpoint, size_t chars)
{
    RPC_BINDING_VECTOR *vector;
    RPC_STATUS status = RpcServerInqBindings(&vector);

    if (status != RPC_S_OK)
        return status;
    status = RPC_S_NO_BINDINGS;
    for (unsigned long i = 0; i < vector->Count && status != RPC_S_OK; i++) {
        RPC_WSTR string, protseq, port;

        if (RpcBindingToStringBindingW(vector->BindingH[i], &string) != RPC_S_OK)
            continue;
        if (RpcStringBindingParseW(string, NULL, &protseq, NULL, &port, NULL) == RPC_S_OK) {
            if (!wcscmp((WCHAR *)protseq, L"ncacn_ip_tcp") && wcslen((WCHAR *)port) < chars) {
                wcscpy(endpoint, (WCHAR *)port);
                status = RPC_S_OK;
            }
            RpcStringFreeW(&protseq);
            RpcStringFreeW(&port);
        }
        RpcStringFreeW(&string);
    }
    RpcBindingVectorFree(&vector);
    return status;
}

/* Listens on an endpoint that no other process uses: the number of this one is part of its name,
 * and TCP ports are the system's choice. */
static RPC_STATUS start_listening(const WCHAR *protseq, WCHAR *endpoint, size_t chars)
{
    static LONG serial;

    if (!wcscmp(protseq, L"ncacn_ip_tcp")) {
        RPC_STATUS status =
            RpcServerUseProtseqW((RPC_WSTR)protseq, RPC_C_PROTSEQ_MAX_REQS_DEFAULT, NULL);

        return status == RPC_S_OK ? find_tcp_endpoint(endpoint, chars) : status;
    }
    _snwprintf(endpoint, chars, L"%lsrpcrt4-test-%lx-%lx",
               wcscmp(protseq, L"ncacn_np") ? L"" : L"\\pipe\\", GetCurrentProcessId(),
               InterlockedIncrement(&serial));
    return RpcServerUseProtseqEpW((RPC_WSTR)protseq, RPC_C_PROTSEQ_MAX_REQS_DEFAULT,
                                  (RPC_WSTR)endpoint, NULL);
}

void rpc_fixture_listen(const WCHAR *protseq, WCHAR *endpoint, size_t chars)
{
    static bool registered;
    RPC_STATUS status;

    if (!registered)
        the_suite->register_server();
    registered = true;
    status = start_listening(protseq, endpoint, chars);
    if (status != RPC_S_OK)
        fail_msg("no endpoint on %ls: status %ld", protseq, status);
}

/* ---- the child ---- */

static HANDLE handle_argument(const char *text)
{
    return (HANDLE)(ULONG_PTR)strtoul(text, NULL, 16);
}

/* server PROTSEQ SECTION READY STOP PARENT, the last four as inherited handles. Ends when told to,
 * or with its parent. */
static int child_main(char **argv)
{
    HANDLE section = handle_argument(argv[3]), ready = handle_argument(argv[4]);
    HANDLE ends[2] = {handle_argument(argv[5]), handle_argument(argv[6])};
    struct child_report *report = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, sizeof(*report));
    WCHAR protseq[32];

    if (!report)
        return 2;
    mbstowcs(protseq, argv[2], 32);
    the_suite->register_server();
    report->status = start_listening(protseq, report->endpoint, 64);
    SetEvent(ready);
    WaitForMultipleObjects(2, ends, FALSE, INFINITE);
    ExitProcess(0);
}

/* This program again, with these arguments; it inherits the handles that are made for it, if
 * `inherit`. */
static HANDLE start_process(const WCHAR *arguments, BOOL inherit)
{
    WCHAR path[MAX_PATH], command[MAX_PATH + 256];
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION info;

    GetModuleFileNameW(NULL, path, MAX_PATH);
    _snwprintf(command, MAX_PATH + 256, L"\"%ls\" %ls", path, arguments);
    if (!CreateProcessW(path, command, NULL, NULL, inherit, 0, NULL, NULL, &startup, &info))
        fail_msg("CreateProcess: error %lu", GetLastError());
    CloseHandle(info.hThread);
    return info.hProcess;
}

void rpc_child_start(struct rpc_child *child, const WCHAR *protseq)
{
    SECURITY_ATTRIBUTES inherit = {sizeof(inherit), NULL, TRUE};
    HANDLE section =
        CreateFileMappingW(INVALID_HANDLE_VALUE, &inherit, PAGE_READWRITE, 0, 4096, NULL);
    HANDLE ready = CreateEventW(&inherit, TRUE, FALSE, NULL), self;
    struct child_report *report = MapViewOfFile(section, FILE_MAP_READ, 0, 0, sizeof(*report));
    WCHAR arguments[128];
    HANDLE waits[2];

    child->stop = CreateEventW(&inherit, TRUE, FALSE, NULL);
    assert_true(DuplicateHandle(GetCurrentProcess(), GetCurrentProcess(), GetCurrentProcess(),
                                &self, SYNCHRONIZE, TRUE, 0));
    _snwprintf(arguments, 128, L"server %ls %lx %lx %lx %lx", protseq, (ULONG)(ULONG_PTR)section,
               (ULONG)(ULONG_PTR)ready, (ULONG)(ULONG_PTR)child->stop, (ULONG)(ULONG_PTR)self);
    child->process = start_process(arguments, TRUE);
    waits[0] = ready;
    waits[1] = child->process;
    assert_int_equal(WaitForMultipleObjects(2, waits, FALSE, WAIT_MS), WAIT_OBJECT_0);
    if (report->status != RPC_S_OK)
        fail_msg("the child has no endpoint on %ls: status %ld", protseq, report->status);
    wcscpy(child->endpoint, report->endpoint);
    UnmapViewOfFile(report);
    CloseHandle(section);
    CloseHandle(ready);
    CloseHandle(self);
}

/* Wine 8: a process that is killed within WSARecv leaves its socket open in the wineserver, and the
 * peer never learns of it. Nothing tells when the last receive has been posted; a moment after the
 * last reply it has. */
static void let_receives_be_posted(void)
{
    Sleep(20);
}

static void end_child(struct rpc_child *child)
{
    WaitForSingleObject(child->process, WAIT_MS);
    CloseHandle(child->process);
    CloseHandle(child->stop);
    memset(child, 0, sizeof(*child));
}

void rpc_child_kill(struct rpc_child *child)
{
    let_receives_be_posted();
    TerminateProcess(child->process, 1);
    end_child(child);
}

/* By which a client says that it is ready. */
static HANDLE client_event(const WCHAR *endpoint, LONG argument)
{
    WCHAR name[128];

    _snwprintf(name, 128, L"rpcrt4-test-client-%ls-%ld", endpoint, argument);
    for (WCHAR *p = name; *p; p++)
        if (*p == '\\')
            *p = '/';
    return CreateEventW(NULL, FALSE, FALSE, name);
}

HANDLE rpc_client_start(const struct rpc_target *target, LONG argument)
{
    HANDLE waits[2];
    WCHAR arguments[128];

    _snwprintf(arguments, 128, L"client %ls %ls %ld", target->protseq, target->endpoint, argument);
    waits[0] = client_event(target->endpoint, argument);
    waits[1] = start_process(arguments, FALSE);
    assert_int_equal(WaitForMultipleObjects(2, waits, FALSE, WAIT_MS), WAIT_OBJECT_0);
    CloseHandle(waits[0]);
    return waits[1];
}

void rpc_client_kill(HANDLE client)
{
    let_receives_be_posted();
    TerminateProcess(client, 1);
    assert_int_equal(WaitForSingleObject(client, WAIT_MS), WAIT_OBJECT_0);
    CloseHandle(client);
}

/* client PROTSEQ ENDPOINT ARGUMENT: makes its call, and waits to be killed. */
static int client_main(char **argv)
{
    LONG argument = atol(argv[4]);
    WCHAR protseq[32], endpoint[64];

    mbstowcs(protseq, argv[2], 32);
    mbstowcs(endpoint, argv[3], 64);
    if (!the_suite->client(rpc_fixture_bind(protseq, endpoint), argument))
        return 3;
    SetEvent(client_event(endpoint, argument));
    Sleep(2 * WAIT_MS);
    return 4;
}

/* ---- targets ---- */

static void start_target(struct rpc_target *target)
{
    if (target->in_child) {
        rpc_child_start(&target->child, target->protseq);
        wcscpy(target->endpoint, target->child.endpoint);
    } else {
        rpc_fixture_listen(target->protseq, target->endpoint, 64);
    }
    target->running = true;
}

struct rpc_target *rpc_fixture_target(void **state)
{
    return ((struct test_case *)*state)->target;
}

unsigned rpc_target_port(const struct rpc_target *target)
{
    return wcscmp(target->protseq, L"ncacn_ip_tcp") ? 0 : wcstoul(target->endpoint, NULL, 10);
}

RPC_BINDING_HANDLE rpc_fixture_bind(const WCHAR *protseq, const WCHAR *endpoint)
{
    WCHAR *address = wcscmp(protseq, L"ncacn_ip_tcp") ? NULL : L"127.0.0.1";
    RPC_BINDING_HANDLE binding = NULL;
    RPC_WSTR string;

    assert_int_equal(RpcStringBindingComposeW(NULL, (RPC_WSTR)protseq, (RPC_WSTR)address,
                                              (RPC_WSTR)endpoint, NULL, &string),
                     RPC_S_OK);
    assert_int_equal(RpcBindingFromStringBindingW(string, &binding), RPC_S_OK);
    RpcStringFreeW(&string);
    return binding;
}

RPC_BINDING_HANDLE rpc_target_bind(const struct rpc_target *target)
{
    return rpc_fixture_bind(target->protseq, target->endpoint);
}

void rpc_fixture_unbind(RPC_BINDING_HANDLE *binding)
{
    assert_int_equal(RpcBindingFree(binding), RPC_S_OK);
    assert_null(*binding);
}

/* ---- running ---- */

static DWORD WINAPI watchdog(void *arg)
{
    while (WaitForSingleObject(watchdog_kick, TEST_LIMIT_MS) == WAIT_OBJECT_0)
        ;
    printf("%s: hangs, the program is ended\n", running_test);
    fflush(stdout);
    TerminateProcess(GetCurrentProcess(), 124);
    return 0;
}

static int begin_test(void **state)
{
    struct test_case *test = *state;

    running_test = test->name;
    SetEvent(watchdog_kick);
    if (test->target && !test->target->running)
        start_target(test->target);
    return 0;
}

static void add_test(struct CMUnitTest *to, struct test_case *test, const struct CMUnitTest *from,
                     struct rpc_target *target)
{
    test->target = target;
    snprintf(test->name, sizeof(test->name), target ? "%s (%s)" : "%s", from->name,
             target ? target->name : "");
    *to = (struct CMUnitTest){test->name, from->test_func, begin_test, from->teardown_func, test};
}

static int run_suite(const struct rpc_suite *suite)
{
    size_t count = suite->each_count * TARGETS + suite->once_count, n = 0;
    struct CMUnitTest *tests = calloc(count, sizeof(*tests));
    struct test_case *cases = calloc(count, sizeof(*cases));
    int failed;

    for (size_t i = 0; i < suite->once_count; i++, n++)
        add_test(&tests[n], &cases[n], &suite->once[i], NULL);
    for (size_t t = 0; t < TARGETS; t++)
        for (size_t i = 0; i < suite->each_count; i++, n++)
            add_test(&tests[n], &cases[n], &suite->each[i], &targets[t]);
    failed = _cmocka_run_group_tests(suite->name, tests, count, NULL, NULL);
    running_test = "the end of the program";
    SetEvent(watchdog_kick);
    for (size_t t = 0; t < TARGETS; t++) {
        if (targets[t].in_child && targets[t].running) {
            SetEvent(targets[t].child.stop);
            end_child(&targets[t].child);
        }
    }
    free(tests);
    free(cases);
    return failed;
}

int rpc_fixture_main(int argc, char **argv, const struct rpc_suite *suite)
{
    WSADATA winsock;

    the_suite = suite;
    /* A crash ends the program at once; it starts no debugger. */
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX);
    if (WSAStartup(MAKEWORD(2, 2), &winsock))
        return 2;
    if (argc == 7 && !strcmp(argv[1], "server"))
        return child_main(argv);
    if (argc == 5 && !strcmp(argv[1], "client"))
        return client_main(argv);
    if (argc == 2)
        cmocka_set_test_filter(argv[1]);
    running_test = "the start of the program";
    watchdog_kick = CreateEventW(NULL, FALSE, FALSE, NULL);
    CloseHandle(CreateThread(NULL, 0, watchdog, NULL, 0, NULL));
    return run_suite(suite);
}
