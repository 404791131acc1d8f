/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A process of the soak test (soak.py drives them):
 *
 *   soak_main serve PROTSEQ ENDPOINT …
 *   soak_main call NUMBER SEED THREADS [mortal|immortal PROTSEQ ENDPOINT] …
 *
 * A client works until a line "pause" comes in; then it drops all that it holds, prints "paused" and
 * what it has done; at "measure" it prints its own state and those of the immortal servers; "go"
 * goes on, "target N ENDPOINT" tells where a server has come back, and the end of the input ends it. */
#include "soak_program.h"

#define THREADS_MAX 64

SRWLOCK soak_lock = SRWLOCK_INIT;
struct soak_target soak_targets[TARGETS_MAX];
LONG soak_target_count, soak_client_number;
volatile LONG soak_must, soak_may;

static struct soak_worker workers[THREADS_MAX];
static LONG worker_count;
static uint64_t seed;
static volatile LONG pausing;

/* ---- for workers ---- */

/* xorshift64* */
uint32_t soak_random(struct soak_worker *worker, uint32_t below)
{
    worker->random ^= worker->random >> 12;
    worker->random ^= worker->random << 25;
    worker->random ^= worker->random >> 27;
    return (uint32_t)((worker->random * 0x2545f4914f6cdd1dull) >> 33) % below;
}

RPC_BINDING_HANDLE soak_bind(struct soak_target *target, LONG *generation)
{
    WCHAR endpoint[64];

    AcquireSRWLockShared(&soak_lock);
    wcscpy(endpoint, target->endpoint);
    *generation = target->generation;
    ReleaseSRWLockShared(&soak_lock);
    return rpc_fixture_bind(target->protseq, endpoint);
}

static void print_log(const struct soak_worker *worker)
{
    ULONGLONG now = GetTickCount64();

    for (LONG i = max(0, worker->operations - LOG_LENGTH); i < worker->operations; i++) {
        const struct soak_log *log = &worker->log[i % LOG_LENGTH];

        printf("  thread %ld, operation %ld: %s to %ls %ls, begun %lu ms ago, ", worker->number, i, log->what,
               soak_targets[log->target].protseq, soak_targets[log->target].endpoint, (ULONG)(now - log->start));
        if (log->end)
            printf("took %lu ms, status %ld\n", (ULONG)(log->end - log->start), log->status);
        else
            printf("not over\n");
    }
}

void soak_violation(struct soak_worker *worker, const char *format, ...)
{
    static LONG once;
    va_list args;

    if (InterlockedExchange(&once, 1))
        Sleep(INFINITE);
    printf("VIOLATION in client %ld", soak_client_number);
    if (worker)
        printf(", thread %ld, operation %ld, %s %ls, step %ld", worker->number, worker->operations - 1,
               worker->log[(worker->operations - 1) % LOG_LENGTH].what, worker->target->protseq, worker->step);
    printf(": ");
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    printf("\n");
    for (LONG i = 0; i < worker_count; i++)
        print_log(&workers[i]);
    fflush(stdout);
    TerminateProcess(GetCurrentProcess(), 1);
    abort();
}

/* ---- working ---- */

static DWORD WINAPI work(void *arg)
{
    struct soak_worker *worker = arg;

    while (!pausing)
        soak_operation(worker);
    for (LONG i = 0; i < TARGETS_MAX; i++) {
        if (worker->kept[i])
            RpcBindingFree(&worker->kept[i]);
    }
    return 0;
}

static void start_workers(void)
{
    pausing = false;
    for (LONG i = 0; i < worker_count; i++)
        workers[i].thread = CreateThread(NULL, 0, work, &workers[i], 0, NULL);
}

static void pause_workers(void)
{
    LONG operations = 0, succeeded = 0, cancelled = 0, failed = 0;

    pausing = true;
    for (LONG i = 0; i < worker_count; i++) {
        if (WaitForSingleObject(workers[i].thread, LOST_MS + 5000))
            soak_violation(&workers[i], "LOST: the operation does not end");
        CloseHandle(workers[i].thread);
        operations += workers[i].operations;
        succeeded += workers[i].succeeded;
        cancelled += workers[i].cancelled;
        failed += workers[i].failed;
    }
    printf("paused operations %ld succeeded %ld cancelled %ld failed %ld\n", operations, succeeded, cancelled, failed);
}

/* ---- what is left ---- */

/* Of the immortal server. */
static LONG tcp_port(void)
{
    for (LONG i = 0; i < soak_target_count; i++) {
        if (!soak_targets[i].mortal && !wcscmp(soak_targets[i].protseq, L"ncacn_ip_tcp"))
            return _wtoi(soak_targets[i].endpoint);
    }
    return 0;
}

/* The server's state once all that clients have left behind has ended. (A killed client's socket may
 * stay open in Wine, and what it had, too: soak.py counts them.) */
static void await_rest(struct soak_target *target, soak_state *state)
{
    ULONGLONG end = GetTickCount64() + LOST_MS, stuck = GetTickCount64() + 3000;
    LONG own = !wcscmp(target->protseq, L"ncacn_ip_tcp"), generation;
    RPC_BINDING_HANDLE binding = soak_bind(target, &generation);
    RPC_STATUS status;

    for (;; Sleep(20)) {
        status = SOAK_CAUGHT(soak_get_state(binding, soak_client_number, tcp_port(), state));
        if (status != RPC_S_OK)
            soak_violation(NULL, "WRONG status %ld of soak_get_state", status);
        state->connections -= own;
        if ((!state->outstanding && !state->contexts) || (state->connections > 0 && GetTickCount64() > stuck))
            break;
        if (GetTickCount64() > end)
            soak_violation(NULL, "LOST on the server: %ld calls and %ld contexts are left", state->outstanding,
                           state->contexts);
    }
    rpc_fixture_unbind(&binding);
}

static void measure(void)
{
    LONG must = soak_must, all = must + soak_may, entered = 0;
    soak_state state = {0};

    for (LONG i = 0; i < soak_target_count; i++) {
        if (soak_targets[i].mortal)
            continue;
        await_rest(&soak_targets[i], &state);
        entered = max(entered, state.entered);
        printf("server %ld outstanding %ld contexts %ld connections %ld handles %ld threads %ld blocks %ld\n", i,
               state.outstanding, state.contexts, state.connections, state.handles, state.threads, state.blocks);
    }
    if (state.twice)
        soak_violation(NULL, "TWICE: %ld answers of the server were refused", state.twice);
    if (entered < must || entered > all)
        soak_violation(NULL, "%s: %ld calls were dispatched, of %ld to %ld", entered < must ? "LOST" : "TWICE", entered,
                       must, all);
    printf("client handles %u threads %u blocks %u\n", count_handles(), count_threads(), count_heap_blocks());
    printf("measured\n");
}

/* ---- a client ---- */

static void move_target(const char *arguments)
{
    LONG number;
    char endpoint[64];

    if (sscanf(arguments, "%ld %63s", &number, endpoint) != 2)
        return;
    AcquireSRWLockExclusive(&soak_lock);
    mbstowcs(soak_targets[number].endpoint, endpoint, 64);
    soak_targets[number].generation++;
    ReleaseSRWLockExclusive(&soak_lock);
}

static void obey(void)
{
    char line[128];

    while (fgets(line, sizeof(line), stdin)) {
        if (!strncmp(line, "pause", 5))
            pause_workers();
        else if (!strncmp(line, "measure", 7))
            measure();
        else if (!strncmp(line, "go", 2))
            start_workers();
        else if (!strncmp(line, "target ", 7))
            move_target(line + 7);
        fflush(stdout);
    }
}

static int client(int argc, char **argv)
{
    soak_client_number = atol(argv[2]);
    seed = strtoull(argv[3], NULL, 10);
    worker_count = min(atol(argv[4]), THREADS_MAX);
    for (int i = 5; i + 2 < argc; i += 3) {
        struct soak_target *target = &soak_targets[soak_target_count++];

        target->mortal = !strcmp(argv[i], "mortal");
        mbstowcs(target->protseq, argv[i + 1], 32);
        mbstowcs(target->endpoint, argv[i + 2], 64);
    }
    for (LONG i = 0; i < worker_count; i++) {
        workers[i].number = i;
        workers[i].random = (seed * 1000003 + soak_client_number * 1009 + i) * 0x9e3779b97f4a7c15ull | 1;
        workers[i].buffer = malloc(BIGGEST + 1);
    }
    start_workers();
    obey();
    return 0;
}

/* ---- a server ---- */

static int server(int argc, char **argv)
{
    char line[16];

    soak_server_register();
    for (int i = 2; i + 1 < argc; i += 2) {
        RPC_STATUS status = RpcServerUseProtseqEpA((RPC_CSTR)argv[i], RPC_C_PROTSEQ_MAX_REQS_DEFAULT,
                                                   (RPC_CSTR)argv[i + 1], NULL);

        if (status != RPC_S_OK) {
            printf("%s %s: status %ld\n", argv[i], argv[i + 1], status);
            return 2;
        }
    }
    puts("ready");
    fflush(stdout);
    while (fgets(line, sizeof(line), stdin))
        ;
    return 0;
}

int main(int argc, char **argv)
{
    WSADATA winsock;

    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX);
    if (WSAStartup(MAKEWORD(2, 2), &winsock))
        return 2;
    if (argc > 3 && !strcmp(argv[1], "serve"))
        return server(argc, argv);
    if (argc > 7 && !strcmp(argv[1], "call"))
        return client(argc, argv);
    fprintf(stderr, "see the comment in soak_main.c\n");
    return 2;
}
