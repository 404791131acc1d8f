/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Synchronous pipes: the stub's loops on the client, pull and push in the server, their order and
 * their errors. Sources: the SDK's "Pipes (RPC)", MIDL's "pipe". */
#include "pipe_server.h"
#include "stub_raised.h"

/* ---- the client's ends ---- */

/* The state of a client's pipe: what it gives, and what it gets. */
struct ends {
    LONG next, give;        /* numbers to be given */
    ULONG per_pull;         /* at most, in one pull */
    ULONG pulls, pushes, allocs;
    LONG got, wrong, ended; /* numbers that came, those that were not expected, last pushes */
    LONG expected, sign;
    ULONG capacity;         /* of the buffer that alloc gives, in octets; 0: none */
    LONG raise_after;       /* pull or push number; 0: never */
    LONG buffer[20000];
};

static struct ends *ends_of(char *state)
{
    return (struct ends *)state;
}

static void raise_if_due(const struct ends *ends, ULONG number)
{
    if (ends->raise_after && number == (ULONG)ends->raise_after)
        RpcRaiseException(MISUSE_CODE + 1);
}

static void __RPC_USER pull_longs(char *state, LONG *buffer, ULONG max, ULONG *count)
{
    struct ends *ends = ends_of(state);

    raise_if_due(ends, ++ends->pulls);
    *count = min((ULONG)ends->give, min(max, ends->per_pull));
    for (ULONG i = 0; i < *count; i++)
        buffer[i] = ends->next++;
    ends->give -= *count;
}

static void __RPC_USER push_longs(char *state, LONG *buffer, ULONG count)
{
    struct ends *ends = ends_of(state);

    raise_if_due(ends, ++ends->pushes);
    ends->ended += !count;
    for (ULONG i = 0; i < count; i++, ends->got++)
        ends->wrong += buffer[i] != ends->sign * ends->expected++;
}

static void __RPC_USER alloc_longs(char *state, ULONG size, LONG **buffer, ULONG *allocated)
{
    struct ends *ends = ends_of(state);

    ends->allocs++;
    *buffer = ends->capacity ? ends->buffer : NULL;
    *allocated = min(size, ends->capacity);
}

static struct ends *ends_new(LONG give)
{
    struct ends *ends = calloc(1, sizeof(*ends));

    ends->next = ends->expected = 1;
    ends->give = give;
    ends->per_pull = 1000;
    ends->sign = 1;
    ends->capacity = sizeof(ends->buffer);
    return ends;
}

static LONG_PIPE longs(struct ends *ends)
{
    return (LONG_PIPE){pull_longs, push_longs, alloc_longs, (char *)ends};
}

/* ---- [in] ---- */

static hyper sum_to(hyper count)
{
    return count * (count + 1) / 2;
}

static void test_in(void **state)
{
    static const struct {
        LONG count;
        ULONG per_pull, capacity;
    } cases[] = {{0, 1, 4}, {1, 1, 4}, {10, 3, 4}, {1000, 7, 39}, {2000, 1, 65536}, {1000000, 20000, 80000}};
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));

    for (unsigned i = 0; i < ARRAYSIZE(cases); i++) {
        struct ends *ends = ends_new(cases[i].count);
        hyper sum = 0;
        LONG tag = 0;

        ends->per_pull = cases[i].per_pull;
        ends->capacity = cases[i].capacity;
        assert_int_equal(pipe_sum(binding, 4711, longs(ends), &sum, &tag), cases[i].count);
        assert_true(sum == sum_to(cases[i].count));
        assert_int_equal(tag, 4711);
        assert_int_equal(ends->pulls, ends->allocs);
        assert_int_equal(ends->give, 0);
        free(ends);
    }
    rpc_fixture_unbind(&binding);
}

/* ---- [out] ---- */

static void test_out(void **state)
{
    static const struct {
        LONG count, per_push;
        ULONG capacity;
    } cases[] = {{0, 1, 4}, {1, 1, 4}, {10, 3, 8}, {2000, 1, 65536}, {1000000, 70000, 80000}, {300000, 300000, 100}};
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));

    for (unsigned i = 0; i < ARRAYSIZE(cases); i++) {
        struct ends *ends = ends_new(0);
        LONG_PIPE pipe = longs(ends);
        char end = 0;

        ends->capacity = cases[i].capacity;
        assert_int_equal(pipe_source(binding, 1, cases[i].count, cases[i].per_push, &pipe, &end), cases[i].count);
        assert_int_equal(end, 'e');
        assert_int_equal(ends->got, cases[i].count);
        assert_int_equal(ends->wrong, 0);
        assert_int_equal(ends->ended, 1);
        assert_int_equal(ends->pushes, ends->allocs);
        free(ends);
    }
    rpc_fixture_unbind(&binding);
}

/* ---- both ---- */

static void test_in_out(void **state)
{
    static const LONG counts[] = {0, 1, 9999, 10000};
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));

    for (unsigned i = 0; i < ARRAYSIZE(counts); i++) {
        struct ends *ends = ends_new(counts[i]);
        LONG_PIPE pipe = longs(ends);

        ends->sign = -1;
        assert_int_equal(pipe_negate(binding, &pipe), counts[i]);
        assert_int_equal(ends->got, counts[i]);
        assert_int_equal(ends->wrong, 0);
        assert_int_equal(ends->ended, 1);
        free(ends);
    }
    rpc_fixture_unbind(&binding);
}

/* Elements of other types, several pipes; what they are in memory is in `objects`. */
struct objects {
    size_t size;
    unsigned char data[8192];
    ULONG given, got, ended, total;
    unsigned char buffer[512];
};

static void __RPC_USER pull_objects(char *state, void *buffer, ULONG max, ULONG *count)
{
    struct objects *objects = (struct objects *)state;

    *count = min(max, objects->total - objects->given);
    memcpy(buffer, objects->data + objects->given * objects->size, *count * objects->size);
    objects->given += *count;
}

static void __RPC_USER push_objects(char *state, void *buffer, ULONG count)
{
    struct objects *objects = (struct objects *)state;

    memcpy(objects->data + objects->got * objects->size, buffer, count * objects->size);
    objects->got += count;
    objects->ended += !count;
}

static void __RPC_USER alloc_objects(char *state, ULONG size, void **buffer, ULONG *allocated)
{
    struct objects *objects = (struct objects *)state;

    *buffer = objects->buffer;
    *allocated = sizeof(objects->buffer);
}

#define OBJECTS(type, objects) \
    (type){(void *)pull_objects, (void *)push_objects, (void *)alloc_objects, (char *)(objects)}

static void test_several(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));

    for (ULONG n = 0; n < 1000; n = n * 3 + 1) {
        struct objects octets = {.size = 1, .total = n}, points = {.size = sizeof(PIPE_POINT), .total = n};
        struct objects odd = {.size = sizeof(PIPE_ODD)};
        BYTE_PIPE octet_pipe = OBJECTS(BYTE_PIPE, &octets);
        POINT_PIPE point_pipe = OBJECTS(POINT_PIPE, &points);
        ODD_PIPE odd_pipe = OBJECTS(ODD_PIPE, &odd);
        PIPE_POINT *mirrored = (PIPE_POINT *)points.data;
        PIPE_ODD *result = (PIPE_ODD *)odd.data;
        hyper sum = 0, wrong = 0;

        for (ULONG i = 0; i < n; i++) {
            octets.data[i] = (unsigned char)(i * 3);
            sum += octets.data[i];
            mirrored[i] = (PIPE_POINT){i, (short)(i + 1), (short)(i + 2)};
        }
        pipe_several(binding, 'k', &octet_pipe, &point_pipe, &odd_pipe, &wrong);
        assert_true(wrong == sum);
        assert_int_equal(points.got, n);
        for (ULONG i = 0; i < n; i++) {
            assert_int_equal(mirrored[i].x, -(LONG)i);
            assert_int_equal(mirrored[i].y, (short)(i + 2));
            assert_int_equal(mirrored[i].z, (short)(i + 1));
        }
        assert_int_equal(points.ended, 1);
        assert_int_equal(odd.got, 2);
        assert_true(result[0].x == n && result[0].y == 'k');
        assert_true(result[1].x == sum && result[1].y == 'l');
    }
    rpc_fixture_unbind(&binding);
}

static void test_odd_elements(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    struct objects odd = {.size = sizeof(PIPE_ODD), .total = 300};
    ODD_PIPE pipe = OBJECTS(ODD_PIPE, &odd);
    hyper sum = 0, expected = 0;

    for (unsigned i = 0; i < odd.total; i++) {
        ((PIPE_ODD *)odd.data)[i] = (PIPE_ODD){i * 1000000007ll, (char)i};
        expected += i * 1000000007ll * (char)i;
    }
    assert_int_equal(pipe_odd(binding, &pipe, &sum), odd.total);
    assert_true(sum == expected);
    rpc_fixture_unbind(&binding);
}

/* Parameters that are no pipes, in more than one fragment. */
static void test_behind_large_parameters(void **state)
{
    static const LONG sizes[] = {0, 1, 7, 65490, 65500, 200000, 1000001};
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    unsigned char *octets = malloc(1000001);

    memset(octets, 1, 1000001);
    for (unsigned i = 0; i < ARRAYSIZE(sizes); i++) {
        struct objects more = {.size = 1, .total = 8000};
        BYTE_PIPE pipe = OBJECTS(BYTE_PIPE, &more);

        memset(more.data, 1, sizeof(more.data));
        assert_int_equal(pipe_behind(binding, sizes[i], octets, pipe), 2 * sizes[i] + 8000);
    }
    free(octets);
    rpc_fixture_unbind(&binding);
}

/* ---- what goes wrong ---- */

static RPC_STATUS misuse(RPC_BINDING_HANDLE binding, LONG what, struct ends *in, struct ends *out, LONG *seen)
{
    volatile RPC_STATUS status = RPC_S_OK;
    LONG_PIPE out_pipe = longs(out);

    RpcTryExcept
    {
        pipe_misuse(binding, what, longs(in), &out_pipe, seen);
    }
    RpcExcept(1)
    {
        status = RpcExceptionCode();
    }
    RpcEndExcept
    return status;
}

static void test_server_errors(void **state)
{
    static const struct {
        enum misuse what;
        LONG give;
        RPC_STATUS status;
        LONG seen;
    } cases[] = {
        {MISUSE_NOTHING, 1000, RPC_S_OK, 0},
        {MISUSE_LEAVE_IN, 10, RPC_X_PIPE_DISCIPLINE_ERROR, 0},
        {MISUSE_LEAVE_IN, 4000000, RPC_X_PIPE_DISCIPLINE_ERROR, 0},
        {MISUSE_LEAVE_OUT, 10, RPC_X_PIPE_DISCIPLINE_ERROR, 0},
        {MISUSE_PUSH_EARLY, 10, RPC_S_OK, RPC_X_WRONG_PIPE_ORDER},
        {MISUSE_PULL_EMPTY, 10, RPC_S_OK, RPC_X_PIPE_EMPTY},
        {MISUSE_PUSH_CLOSED, 10, RPC_S_OK, RPC_X_PIPE_CLOSED},
        {MISUSE_PULL_OUT, 10, RPC_S_OK, RPC_X_WRONG_PIPE_ORDER},
        {MISUSE_RAISE, 10, MISUSE_CODE, 0},
        {MISUSE_RAISE, 4000000, MISUSE_CODE, 0},
        {MISUSE_RAISE_OUT, 10, MISUSE_CODE, 0},
        {MISUSE_NOTHING, 3, RPC_S_OK, 0},
    };
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));

    for (unsigned i = 0; i < ARRAYSIZE(cases); i++) {
        struct ends *in = ends_new(cases[i].give), *out = ends_new(0);
        LONG seen = -1;

        out->expected = 7;
        in->per_pull = 16384;
        assert_int_equal(misuse(binding, cases[i].what, in, out, &seen), cases[i].status);
        if (!cases[i].status) {
            assert_int_equal(seen, cases[i].seen);
            assert_int_equal(out->got, 1);
            assert_int_equal(out->wrong, 0);
        }
        free(in);
        free(out);
    }
    rpc_fixture_unbind(&binding);
}

/* An alloc that has no memory, and functions that raise: the call ends with that, and the server's
 * manager routine with it. */
static void test_client_errors(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    LONG seen;

    for (unsigned round = 0; round < 4; round++) {
        struct ends *in = ends_new(100), *out = ends_new(0);

        in->per_pull = 10;
        out->expected = 7;
        if (round == 0)
            in->capacity = 3;
        else if (round == 1)
            out->capacity = 0;
        else if (round == 2)
            in->raise_after = 5;
        else
            out->raise_after = 1;
        assert_int_equal(misuse(binding, MISUSE_NOTHING, in, out, &seen),
                         round < 2 ? RPC_X_PIPE_APP_MEMORY : MISUSE_CODE + 1);
        free(in);
        free(out);
    }
    rpc_fixture_unbind(&binding);
}

static void test_null_pipe(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));

    assert_int_equal(RAISED(pipe_negate(binding, NULL)), RPC_X_NULL_REF_POINTER);
    rpc_fixture_unbind(&binding);
}

/* ---- cancelling, time-outs ---- */

struct canceller {
    HANDLE thread;  /* of the call */
    HANDLE started; /* its first pull or push has come */
    LONG timeout;
};

static DWORD WINAPI cancel_call(void *arg)
{
    struct canceller *self = arg;

    WaitForSingleObject(self->started, WAIT_MS);
    return RpcCancelThreadEx(self->thread, self->timeout);
}

static HANDLE signalled_by_ends;

static void __RPC_USER pull_and_tell(char *state, LONG *buffer, ULONG max, ULONG *count)
{
    pull_longs(state, buffer, max, count);
    if (!ends_of(state)->give)
        SetEvent(signalled_by_ends);
}

static void __RPC_USER pull_and_tell_first(char *state, LONG *buffer, ULONG max, ULONG *count)
{
    pull_longs(state, buffer, max, count);
    SetEvent(signalled_by_ends);
}

/* What a call of pipe_misuse is raised with, that gives so many numbers and is cancelled then, or (first) after the
 * first of them. */
static RPC_STATUS cancelled(RPC_BINDING_HANDLE binding, LONG what, LONG give, bool first, LONG timeout)
{
    struct canceller canceller = {.timeout = timeout, .started = CreateEventW(NULL, FALSE, FALSE, NULL)};
    struct ends *in = ends_new(give), *out = ends_new(0);
    LONG_PIPE in_pipe = longs(in), out_pipe = longs(out);
    RPC_STATUS status;
    HANDLE thread;
    LONG seen;

    signalled_by_ends = canceller.started;
    in->per_pull = 16384;
    in_pipe.pull = first ? pull_and_tell_first : pull_and_tell;
    assert_true(DuplicateHandle(GetCurrentProcess(), GetCurrentThread(), GetCurrentProcess(), &canceller.thread, 0,
                                FALSE, DUPLICATE_SAME_ACCESS));
    thread = CreateThread(NULL, 0, cancel_call, &canceller, 0, NULL);
    status = RAISED(pipe_misuse(binding, what, in_pipe, &out_pipe, &seen));
    assert_int_equal(WaitForSingleObject(thread, WAIT_MS), WAIT_OBJECT_0);
    CloseHandle(thread);
    CloseHandle(canceller.thread);
    CloseHandle(canceller.started);
    free(in);
    free(out);
    return status;
}

/* While the caller waits for data of the server's, or for room, or has no connection yet: the server is told, and
 * decides where the caller waits for that; where it does not, the call ends. */
static void test_cancel_thread(void **state)
{
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));

    assert_int_equal(RpcBindingSetOption(binding, RPC_C_OPT_UNIQUE_BINDING, TRUE), RPC_S_OK); /* no connection yet */
    assert_int_equal(cancelled(binding, MISUSE_HANG, 100, false, RPC_C_CANCEL_INFINITE_TIMEOUT), MISUSE_CODE);
    assert_int_equal(cancelled(binding, MISUSE_HANG_OUT, 100, false, RPC_C_CANCEL_INFINITE_TIMEOUT), MISUSE_CODE);
    assert_int_equal(cancelled(binding, MISUSE_HANG | MISUSE_SLOWLY, 100, false, 0), RPC_S_CALL_CANCELLED);
    assert_int_equal(cancelled(binding, MISUSE_HANG_OUT | MISUSE_SLOWLY, 100, false, 0), RPC_S_CALL_CANCELLED);
    assert_int_equal(cancelled(binding, MISUSE_HANG | MISUSE_SLOWLY, 10000000, true, 0), RPC_S_CALL_CANCELLED);
    RpcMgmtSetCancelTimeout(RPC_C_CANCEL_INFINITE_TIMEOUT);
    rpc_fixture_unbind(&binding);
}

/* RPC_C_OPT_CALL_TIMEOUT, in either direction. */
static void test_timeout(void **state)
{
    static const struct {
        enum misuse what;
        LONG give;
    } cases[] = {{MISUSE_HANG, 100}, {MISUSE_HANG_OUT, 100}, {MISUSE_HANG, 10000000}};
    RPC_BINDING_HANDLE binding = rpc_target_bind(rpc_fixture_target(state));
    LONG seen;

    assert_int_equal(RpcBindingSetOption(binding, RPC_C_OPT_CALL_TIMEOUT, 100), RPC_S_OK);
    for (unsigned i = 0; i < ARRAYSIZE(cases); i++) {
        struct ends *in = ends_new(cases[i].give), *out = ends_new(0);

        in->per_pull = 16384;
        assert_int_equal(misuse(binding, cases[i].what, in, out, &seen), RPC_S_CALL_CANCELLED);
        free(in);
        free(out);
    }
    rpc_fixture_unbind(&binding);
}

/* ---- the server dies ---- */

static struct rpc_child *to_be_killed;

/* After more than fits into the queues: the server has taken some. */
static void __RPC_USER pull_and_kill(char *state, LONG *buffer, ULONG max, ULONG *count)
{
    pull_longs(state, buffer, max, count);
    if (ends_of(state)->pulls == 20)
        rpc_child_kill(to_be_killed);
}

static void __RPC_USER push_and_kill(char *state, LONG *buffer, ULONG count)
{
    push_longs(state, buffer, count);
    if (ends_of(state)->pushes == 5)
        rpc_child_kill(to_be_killed);
}

/* While it receives, and while it sends: the latter not over TCP, where Wine 8 leaves the socket open of a process that
 * is killed within a send. */
static void test_server_dies(void **state)
{
    static const struct {
        const WCHAR *protseq;
        bool out;
    } cases[] = {
        {L"ncalrpc", false}, {L"ncalrpc", true}, {L"ncacn_np", false}, {L"ncacn_np", true}, {L"ncacn_ip_tcp", false},
    };

    for (unsigned i = 0; i < ARRAYSIZE(cases); i++) {
        struct ends *ends = ends_new(cases[i].out ? 0 : 10000000);
        LONG_PIPE pipe = longs(ends);
        struct rpc_child child;
        RPC_BINDING_HANDLE binding;
        RPC_STATUS status;
        hyper sum;
        LONG tag;
        char end;

        rpc_child_start(&child, cases[i].protseq);
        to_be_killed = &child;
        ends->per_pull = 16384;
        pipe.pull = pull_and_kill;
        pipe.push = push_and_kill;
        binding = rpc_fixture_bind(cases[i].protseq, child.endpoint);
        if (cases[i].out)
            status = RAISED(pipe_source(binding, 1, 10000000, 5000, &pipe, &end));
        else
            status = RAISED(pipe_sum(binding, 1, pipe, &sum, &tag));
        assert_int_equal(status, RPC_S_CALL_FAILED);
        assert_int_equal(ends->wrong, 0);
        rpc_fixture_unbind(&binding);
        free(ends);
    }
}

/* ---- much ---- */

#define BULK_OCTETS (256ll << 20)
#define BULK_BOUND (8 << 20) /* what either process may allocate meanwhile */

struct bulk {
    RPC_BINDING_HANDLE binding; /* asked now and then how much memory the server uses */
    hyper left, moved, ours, theirs;
    hyper our_most, their_most;
    ULONG turns;
    LONG buffer[16384];
};

static void sample(struct bulk *bulk)
{
    hyper ours, theirs;

    if (bulk->turns++ % 512)
        return;
    ours = server_pipe_memory(NULL);
    theirs = pipe_memory(bulk->binding);
    bulk->our_most = max(bulk->our_most, ours);
    bulk->their_most = max(bulk->their_most, theirs);
}

static void __RPC_USER pull_bulk(char *state, LONG *buffer, ULONG max, ULONG *count)
{
    struct bulk *bulk = (struct bulk *)state;

    sample(bulk);
    *count = bulk->left < (hyper)max ? (ULONG)bulk->left : max;
    bulk->left -= *count;
}

static void __RPC_USER push_bulk(char *state, LONG *buffer, ULONG count)
{
    struct bulk *bulk = (struct bulk *)state;

    sample(bulk);
    bulk->moved += count;
}

static void __RPC_USER alloc_bulk(char *state, ULONG size, LONG **buffer, ULONG *allocated)
{
    struct bulk *bulk = (struct bulk *)state;

    *buffer = bulk->buffer;
    *allocated = sizeof(bulk->buffer);
}

/* Hundreds of MiB in either direction, while neither process holds more than a few. */
static void test_bulk(void **state)
{
    struct bulk *bulk = calloc(1, sizeof(*bulk));
    LONG_PIPE pipe = {pull_bulk, push_bulk, alloc_bulk, (char *)bulk};
    struct rpc_child child;
    RPC_BINDING_HANDLE binding;
    LONG count = BULK_OCTETS / 2 / sizeof(LONG), tag;
    hyper sum;
    char end;

    rpc_child_start(&child, L"ncalrpc");
    binding = rpc_fixture_bind(L"ncalrpc", child.endpoint);
    bulk->binding = binding;
    bulk->theirs = pipe_memory(binding);
    bulk->ours = server_pipe_memory(NULL);
    bulk->left = count;
    assert_int_equal(pipe_sum(binding, 1, pipe, &sum, &tag), count);
    assert_int_equal(pipe_source(binding, 0, count, 16384, &pipe, &end), count);
    assert_int_equal(bulk->moved, count);
    assert_true(bulk->our_most - bulk->ours < BULK_BOUND);
    assert_true(bulk->their_most - bulk->theirs < BULK_BOUND);
    rpc_fixture_unbind(&binding);
    rpc_child_kill(&child);
    free(bulk);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest each[] = {
        cmocka_unit_test(test_in),
        cmocka_unit_test(test_out),
        cmocka_unit_test(test_in_out),
        cmocka_unit_test(test_several),
        cmocka_unit_test(test_odd_elements),
        cmocka_unit_test(test_behind_large_parameters),
        cmocka_unit_test(test_server_errors),
        cmocka_unit_test(test_client_errors),
        cmocka_unit_test(test_null_pipe),
        cmocka_unit_test(test_cancel_thread),
        cmocka_unit_test(test_timeout),
    };
    static const struct CMUnitTest once[] = {
        cmocka_unit_test(test_server_dies),
        cmocka_unit_test(test_bulk),
    };
    static const struct rpc_suite suite = {
        .name = "test_pipe",
        .register_server = pipe_server_register,
        .each = each,
        .each_count = ARRAYSIZE(each),
        .once = once,
        .once_count = ARRAYSIZE(once),
    };

    return rpc_fixture_main(argc, argv, &suite);
}
