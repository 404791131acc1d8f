/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a client of the soak program does: each operation makes one call, or some at once, and checks
 * how each of them ends. */
#include "soak_program.h"

#define CALL_TIMEOUT_MS 3000 /* of calls to servers that are killed: a socket may outlive its process */

/* ---- statuses ---- */

/* How a call may end when its server has been killed, before or meanwhile. */
static bool is_loss(RPC_STATUS status)
{
    switch (status) {
    case RPC_S_SERVER_UNAVAILABLE:
    case RPC_S_CALL_FAILED:
    case RPC_S_CALL_FAILED_DNE:
    case RPC_S_COMM_FAILURE:
    case RPC_S_CALL_CANCELLED:        /* by its time-out */
    case RPC_X_SS_CONTEXT_MISMATCH:   /* another process has taken its endpoint */
    case RPC_X_PIPE_CLOSED:
        return true;
    default:
        return false;
    }
}

/* Ends the process if a call that nobody cancelled has ended otherwise than it should. */
static bool judge(struct soak_worker *worker, RPC_STATUS status, RPC_STATUS expected)
{
    if (status == expected)
        return true;
    if (!worker->target->mortal || !is_loss(status))
        soak_violation(worker, "WRONG status %ld instead of %ld", status, expected);
    return false;
}

/* How many calls have been dispatched on immortal servers. */
static void account(struct soak_worker *worker, RPC_STATUS status, bool surely)
{
    if (status == RPC_S_OK)
        worker->succeeded++;
    else if (status == RPC_S_CALL_CANCELLED)
        worker->cancelled++;
    else
        worker->failed++;
    if (!worker->target->mortal)
        InterlockedIncrement(surely ? &soak_must : &soak_may);
}

/* ---- data ---- */

static LONG some_size(struct soak_worker *worker)
{
    switch (soak_random(worker, 20)) {
    case 0:
        return soak_random(worker, BIGGEST + 1);
    case 1: case 2: case 3:
        return soak_random(worker, 70000);
    case 4: case 5: case 6: case 7: case 8: case 9: case 10:
        return soak_random(worker, 6000);
    default:
        return soak_random(worker, 64);
    }
}

static void fill(byte *buffer, LONG size, LONG seed)
{
    for (LONG i = 0; i < size; i++)
        buffer[i] = (byte)(seed + i * 7 + (i >> 8));
}

static void check_turned(struct soak_worker *worker, const byte *buffer, LONG size, LONG seed)
{
    for (LONG i = 0; i < size; i++) {
        if (buffer[i] != (byte)((byte)(seed + i * 7 + (i >> 8)) ^ 0x5a))
            soak_violation(worker, "WRONG octet %ld of %ld", i, size);
    }
}

/* ---- synchronous calls ---- */

static RPC_STATUS echo(struct soak_worker *worker)
{
    LONG size = some_size(worker), seed = soak_random(worker, 256);
    RPC_STATUS status;

    fill(worker->buffer, size, seed);
    status = SOAK_CAUGHT(soak_echo(worker->binding, soak_client_number, size, worker->buffer));
    account(worker, status, status == RPC_S_OK);
    if (judge(worker, status, RPC_S_OK))
        check_turned(worker, worker->buffer, size, seed);
    return status;
}

static RPC_STATUS contexts(struct soak_worker *worker)
{
    LONG start = soak_random(worker, 1000), uses = soak_random(worker, 5);
    soak_context context = NULL;
    volatile LONG count = 0;
    RPC_STATUS status;

    status = SOAK_CAUGHT(soak_open(worker->binding, soak_client_number, start, &context));
    account(worker, status, status == RPC_S_OK);
    if (!judge(worker, status, RPC_S_OK))
        return status;
    for (LONG i = 1; i <= uses && !status; i++) {
        worker->step = i;
        status = SOAK_CAUGHT(count = soak_count(context));
        if (judge(worker, status, RPC_S_OK) && count != start + i)
            soak_violation(worker, "WRONG count %ld instead of %ld", count, start + i);
    }
    worker->step = uses + 1;
    if (!status) {
        status = SOAK_CAUGHT(soak_close(&context));
        judge(worker, status, RPC_S_OK);
    }
    if (context)
        RpcSsDestroyClientContext(&context);
    return status;
}

/* ---- pipes ---- */

struct stream {
    struct soak_worker *worker;
    LONG next, left, wrong, got;
    bool ended;
    LONG buffer[PIPE_CHUNK];
};

static void __RPC_USER stream_alloc(char *state, ULONG wanted, LONG **buffer, ULONG *size)
{
    *buffer = ((struct stream *)state)->buffer;
    *size = min(wanted, sizeof(((struct stream *)state)->buffer));
}

static void __RPC_USER stream_pull(char *state, LONG *buffer, ULONG size, ULONG *count)
{
    struct stream *stream = (struct stream *)state;

    *count = min(size, (ULONG)stream->left);
    for (ULONG i = 0; i < *count; i++)
        buffer[i] = stream->next++;
    stream->left -= *count;
}

static void take_numbers(struct stream *stream, const LONG *buffer, ULONG count)
{
    for (ULONG i = 0; i < count; i++)
        stream->wrong += buffer[i] != stream->next++;
    stream->got += count;
    stream->ended = stream->ended || !count;
}

static void __RPC_USER stream_push(char *state, LONG *buffer, ULONG count)
{
    take_numbers((struct stream *)state, buffer, count);
}

static struct stream *stream_new(struct soak_worker *worker, LONG first, LONG count)
{
    struct stream *stream = calloc(1, sizeof(*stream));

    stream->worker = worker;
    stream->next = first;
    stream->left = count;
    return stream;
}

static void check_stream(const struct stream *stream, LONG count)
{
    if (stream->wrong || !stream->ended || stream->got != count)
        soak_violation(stream->worker, "WRONG stream: %ld of %ld numbers, %ld wrong, %s", stream->got, count,
                       stream->wrong, stream->ended ? "ended" : "without an end");
}

static RPC_STATUS pipe_in(struct soak_worker *worker)
{
    LONG first = soak_random(worker, 1000), count = soak_random(worker, 60000);
    struct stream *stream = stream_new(worker, first, count);
    soak_pipe pipe = {.pull = stream_pull, .push = stream_push, .alloc = stream_alloc, .state = (char *)stream};
    hyper sum = 0;
    RPC_STATUS status;

    status = SOAK_CAUGHT(soak_sum(worker->binding, soak_client_number, pipe, &sum));
    account(worker, status, status == RPC_S_OK);
    if (judge(worker, status, RPC_S_OK) && sum != (hyper)count * first + (hyper)count * (count - 1) / 2)
        soak_violation(worker, "WRONG sum of %ld numbers", count);
    free(stream);
    return status;
}

static RPC_STATUS pipe_out(struct soak_worker *worker)
{
    LONG first = soak_random(worker, 1000), count = soak_random(worker, 60000);
    struct stream *stream = stream_new(worker, first, 0);
    soak_pipe pipe = {.pull = stream_pull, .push = stream_push, .alloc = stream_alloc, .state = (char *)stream};
    RPC_STATUS status;

    status = SOAK_CAUGHT(soak_source(worker->binding, soak_client_number, first, count, &pipe));
    account(worker, status, status == RPC_S_OK);
    if (judge(worker, status, RPC_S_OK))
        check_stream(stream, count);
    free(stream);
    return status;
}

/* An asynchronous pipe, whose call may be cancelled while data are coming. */
struct pull {
    RPC_ASYNC_STATE state;
    volatile LONG completions;
    HANDLE event, completed; /* the latter is the last thing that a callback touches */
    ASYNC_soak_pipe pipe;
};

static void RPC_ENTRY pull_notified(PRPC_ASYNC_STATE state, void *context, RPC_ASYNC_EVENT event)
{
    struct pull *pull = state->UserInfo;

    SetEvent(pull->event);
    if (event == RpcCallComplete) {
        InterlockedIncrement(&pull->completions);
        SetEvent(pull->completed);
    }
}

static struct pull *pull_new(void)
{
    struct pull *pull = calloc(1, sizeof(*pull));

    RpcAsyncInitializeHandle(&pull->state, sizeof(pull->state));
    pull->event = CreateEventW(NULL, FALSE, FALSE, NULL);
    pull->completed = CreateEventW(NULL, FALSE, FALSE, NULL);
    pull->state.UserInfo = pull;
    pull->state.NotificationType = RpcNotificationTypeCallback;
    pull->state.u.NotificationRoutine = pull_notified;
    return pull;
}

static void pull_free(struct pull *pull)
{
    CloseHandle(pull->event);
    CloseHandle(pull->completed);
    free(pull);
}

static void pull_wait(struct soak_worker *worker, HANDLE event)
{
    if (WaitForSingleObject(event, LOST_MS) != WAIT_OBJECT_0)
        soak_violation(worker, "LOST: an asynchronous pipe goes on no more");
}

/* Pulls until the end, or as often as told, and cancels then. */
static RPC_STATUS pull_all(struct soak_worker *worker, struct pull *pull, struct stream *stream, LONG cancel_after)
{
    RPC_STATUS status = RPC_S_OK;
    ULONG count = 0;

    while (!status && !stream->ended && cancel_after--) {
        while ((status = pull->pipe.pull(pull->pipe.state, stream->buffer, PIPE_CHUNK, &count)) ==
               RPC_S_ASYNC_CALL_PENDING)
            pull_wait(worker, pull->event);
        if (!status)
            take_numbers(stream, stream->buffer, count);
    }
    if (!stream->ended)
        RpcAsyncCancelCall(&pull->state, TRUE);
    while ((status = RpcAsyncCompleteCall(&pull->state, NULL)) == RPC_S_ASYNC_CALL_PENDING)
        pull_wait(worker, pull->event);
    /* The callback may come after the call has been completed. */
    pull_wait(worker, pull->completed);
    if (pull->completions != 1)
        soak_violation(worker, "TWICE: RpcCallComplete of an asynchronous pipe");
    return status;
}

static RPC_STATUS pipe_async(struct soak_worker *worker)
{
    LONG first = soak_random(worker, 1000), count = soak_random(worker, 100000);
    LONG cancel_after = soak_random(worker, 3) ? -1 : (LONG)soak_random(worker, 5);
    struct stream *stream = stream_new(worker, first, 0);
    struct pull *pull = pull_new();
    RPC_STATUS status;

    status = SOAK_CAUGHT(soak_async_source(&pull->state, worker->binding, soak_client_number, first, count,
                                           &pull->pipe));
    if (status == RPC_S_OK)
        status = pull_all(worker, pull, stream, cancel_after);
    account(worker, status, status == RPC_S_OK);
    if (cancel_after < 0 || status != RPC_S_CALL_CANCELLED)
        judge(worker, status, RPC_S_OK);
    if (status == RPC_S_OK)
        check_stream(stream, count);
    pull_free(pull);
    free(stream);
    return status;
}

/* ---- asynchronous calls ---- */

enum cancel { NO_CANCEL, CANCEL_ABORTIVELY, CANCEL_POLITELY };

struct one {
    struct async_call *call;
    LONG answer, size, seed;
    enum cancel cancel;
    bool submitted;
    byte *buffer;
};

/* Of an operation that runs for so long that it ends by its cancel, or its time-out. */
#define FOREVER 3600000

static RPC_STATUS submit(struct soak_worker *worker, struct one *one, LONG size_limit, LONG delay)
{
    RPC_STATUS status;

    one->size = min(some_size(worker), size_limit);
    one->seed = soak_random(worker, 256);
    one->buffer = malloc(one->size + 1);
    fill(one->buffer, one->size, one->seed);
    one->call = call_new((RPC_NOTIFICATION_TYPES)soak_random(worker, 6));
    status = SOAK_CAUGHT(soak_async_echo(&one->call->state, worker->binding, soak_client_number, one->answer, delay,
                                         one->size, one->buffer));
    one->submitted = status == RPC_S_OK;
    if (!one->submitted) {
        account(worker, status, false);
        judge(worker, status, RPC_S_OK);
        if (call_notified(one->call))
            soak_violation(worker, "TWICE: a notification (%s) of what has raised", notification_name(one->call->type));
    }
    return status;
}

static void cancel(struct soak_worker *worker, struct one *one)
{
    RPC_STATUS status;

    if (!one->submitted || one->cancel == NO_CANCEL)
        return;
    status = RpcAsyncCancelCall(&one->call->state, one->cancel == CANCEL_ABORTIVELY);
    if (status != RPC_S_OK)
        soak_violation(worker, "WRONG status %ld of RpcAsyncCancelCall", status);
}

static bool aborts(const struct one *one)
{
    return one->answer == ANSWER_ABORT || one->answer == ANSWER_ABORT_LATER || one->answer == ANSWER_RAISE;
}

/* Waits for the end of the call, and checks it. */
static RPC_STATUS finish(struct soak_worker *worker, struct one *one)
{
    struct async_call *call = one->call;
    RPC_STATUS status = RPC_S_OK;

    if (one->submitted) {
        if (!call_wait(call, LOST_MS))
            soak_violation(worker, "LOST: no notification (%s), answer %ld, cancel %d, status %ld",
                           notification_name(call->type), one->answer, one->cancel,
                           RpcAsyncGetCallStatus(&call->state));
        status = RpcAsyncCompleteCall(&call->state, NULL);
        if (status == RPC_S_ASYNC_CALL_PENDING)
            soak_violation(worker, "LOST: pending after the notification (%s)", notification_name(call->type));
        if (call_notified(call) != call_expected(call) || call->wrong)
            soak_violation(worker, "TWICE: %ld notifications (%s), %ld wrong", call->count,
                           notification_name(call->type), call->wrong);
        /* A server that sees a cancel answers with ABORT_CODE. */
        account(worker, status, status == RPC_S_OK || status == ABORT_CODE);
        if (one->cancel == NO_CANCEL)
            judge(worker, status, aborts(one) ? ABORT_CODE : RPC_S_OK);
        else if (status != RPC_S_CALL_CANCELLED && status != ABORT_CODE)
            judge(worker, status, RPC_S_OK);
        if (status == RPC_S_OK)
            check_turned(worker, one->buffer, one->size, one->seed);
    }
    call_free(call);
    free(one->buffer);
    return status;
}

static RPC_STATUS async_one(struct soak_worker *worker)
{
    struct one one = {.answer = soak_random(worker, ANSWERS)};

    submit(worker, &one, BIGGEST, soak_random(worker, 30));
    return finish(worker, &one);
}

/* Cancelled at any moment of its life. */
static RPC_STATUS async_cancelled(struct soak_worker *worker)
{
    bool for_long = !soak_random(worker, 2);
    struct one one = {.answer = for_long ? ANSWER_LATER : (LONG)soak_random(worker, ANSWERS),
                      .cancel = soak_random(worker, 2) ? CANCEL_ABORTIVELY : CANCEL_POLITELY};

    submit(worker, &one, BIGGEST, for_long ? FOREVER : soak_random(worker, 30));
    if (soak_random(worker, 2))
        Sleep(soak_random(worker, 20));
    cancel(worker, &one);
    return finish(worker, &one);
}

/* Many at once, of all kinds, which end in an order of their own. */
static RPC_STATUS async_many(struct soak_worker *worker)
{
    enum { MANY = 24 };
    LONG count = 2 + soak_random(worker, MANY - 1), offset = soak_random(worker, count);
    struct one ones[MANY] = {0};

    for (LONG i = 0; i < count; i++) {
        ones[i].answer = soak_random(worker, ANSWERS);
        ones[i].cancel = soak_random(worker, 5) ? NO_CANCEL : (enum cancel)soak_random(worker, 3);
        submit(worker, &ones[i], 9000, soak_random(worker, 30));
    }
    for (LONG i = 0; i < count; i++)
        cancel(worker, &ones[i]);
    for (LONG i = 0; i < count; i++)
        finish(worker, &ones[(i + offset) % count]);
    return RPC_S_OK;
}

/* A call that ends by its time-out. */
static RPC_STATUS async_timed_out(struct soak_worker *worker)
{
    struct one one = {.answer = ANSWER_LATER, .cancel = CANCEL_ABORTIVELY};
    RPC_BINDING_HANDLE binding = NULL, before = worker->binding;
    RPC_STATUS status = RpcBindingCopy(before, &binding);

    if (status != RPC_S_OK)
        soak_violation(worker, "WRONG status %ld of RpcBindingCopy", status);
    RpcBindingSetOption(binding, RPC_C_OPT_CALL_TIMEOUT, 10 + soak_random(worker, 50));
    worker->binding = binding;
    submit(worker, &one, 9000, FOREVER);
    status = finish(worker, &one);
    worker->binding = before;
    RpcBindingFree(&binding);
    return status;
}

/* ---- any ---- */

struct operation {
    const char *name;
    RPC_STATUS (*run)(struct soak_worker *worker);
    LONG weight;
};

static const struct operation *choose(struct soak_worker *worker)
{
    static const struct operation operations[] = {
        {"echo", echo, 30}, {"async_one", async_one, 30}, {"async_cancelled", async_cancelled, 15},
        {"async_many", async_many, 8}, {"async_timed_out", async_timed_out, 3}, {"pipe_in", pipe_in, 3},
        {"pipe_out", pipe_out, 3}, {"pipe_async", pipe_async, 4}, {"contexts", contexts, 8},
    };
    const struct operation *operation = operations;
    LONG sum = 0;

    for (size_t i = 0; i < ARRAYSIZE(operations); i++)
        sum += operations[i].weight;
    for (sum = soak_random(worker, sum); sum >= operation->weight; operation++)
        sum -= operation->weight;
    return operation;
}

/* The worker's binding to its target, which is mostly used again. */
static void prepare_binding(struct soak_worker *worker, LONG target)
{
    LONG generation;

    AcquireSRWLockShared(&soak_lock);
    generation = worker->target->generation;
    ReleaseSRWLockShared(&soak_lock);
    if (worker->kept[target] && (worker->kept_generation[target] != generation || !soak_random(worker, 20)))
        RpcBindingFree(&worker->kept[target]);
    if (!worker->kept[target])
        worker->kept[target] = soak_bind(worker->target, &worker->kept_generation[target]);
    if (worker->target->mortal)
        RpcBindingSetOption(worker->kept[target], RPC_C_OPT_CALL_TIMEOUT, CALL_TIMEOUT_MS);
    worker->binding = worker->kept[target];
}

void soak_operation(struct soak_worker *worker)
{
    LONG target = soak_random(worker, soak_target_count);
    struct soak_log *log = &worker->log[worker->operations++ % LOG_LENGTH];
    const struct operation *operation = choose(worker);

    worker->target = &soak_targets[target];
    worker->step = 0;
    *log = (struct soak_log){operation->name, target, -1, -1, GetTickCount64(), 0};
    prepare_binding(worker, target);
    log->status = operation->run(worker);
    log->end = GetTickCount64();
}
