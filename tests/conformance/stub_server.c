/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The manager routines of stub_calls.idl, and the allocator of its stubs, which counts. */
#include "rpc_fixture.h"
#include "stub_calls.h"
#include "stub_server.h"

static volatile LONG live_blocks, live_contexts, rundowns;

void *__RPC_USER MIDL_user_allocate(size_t size)
{
    InterlockedIncrement(&live_blocks);
    return HeapAlloc(GetProcessHeap(), 0, size);
}

void __RPC_USER MIDL_user_free(void *ptr)
{
    if (ptr)
        InterlockedDecrement(&live_blocks);
    HeapFree(GetProcessHeap(), 0, ptr);
}

/* widl takes [context_handle_noserialize] without effect. Its flag goes into the type's format
 * string, which there is for each of the two procedures that take a shared_t: FC_BIND_CONTEXT,
 * flags (in, not null), number of the rundown routine. */
static void make_shared_t_shared(void)
{
    static const unsigned char described[] = {0x30, 0x41, 0x01};
    const RPC_SERVER_INTERFACE *server = server_stub_calls_v1_0_s_ifspec;
    unsigned char *p = (unsigned char *)((const MIDL_SERVER_INFO *)server->InterpreterInfo)
                           ->pStubDesc->pFormatTypes;
    static int found;
    DWORD protection;

    for (; found < 2; p++) {
        if (memcmp(p, described, sizeof(described)))
            continue;
        VirtualProtect(p, sizeof(described), PAGE_READWRITE, &protection);
        p[1] |= 0x04;
        VirtualProtect(p, sizeof(described), protection, &protection);
        found++;
    }
}

LONG stub_server_live_blocks(void)
{
    return live_blocks;
}

void stub_server_register(void)
{
    RPC_STATUS status =
        RpcServerRegisterIfEx(server_stub_calls_v1_0_s_ifspec, NULL, NULL, RPC_IF_AUTOLISTEN,
                              RPC_C_LISTEN_MAX_CALLS_DEFAULT, NULL);

    make_shared_t_shared();
    if (status != RPC_S_OK) {
        printf("RpcServerRegisterIfEx: %ld\n", status);
        ExitProcess(2);
    }
}

static LONG *new_long(LONG value)
{
    LONG *p = MIDL_user_allocate(sizeof(*p));

    *p = value;
    return p;
}

static char *new_string(const char *s)
{
    char *copy = MIDL_user_allocate(strlen(s) + 1);

    return strcpy(copy, s);
}

/* ---- arguments ---- */

LONG __cdecl server_do_mix(handle_t binding, short a, double b, float c, hyper d, signed char e,
                           float f, LONG g, double h, double *sum)
{
    if (binding != I_RpcGetCurrentCallHandle())
        return -1;
    *sum = a + b + c + (double)d + e + f + g + h;
    return a * 1000 + g;
}

LONG __cdecl server_do_many(handle_t binding, LONG a, LONG b, LONG c, LONG d, LONG e, LONG f,
                            LONG g, LONG h, LONG i, LONG j)
{
    return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h + 9 * i + 10 * j;
}

hyper __cdecl server_do_wide(handle_t binding, hyper a)
{
    return a * 3;
}

double __cdecl server_do_half(handle_t binding, double a)
{
    return a / 2;
}

float __cdecl server_do_third(handle_t binding, float a)
{
    return a / 3;
}

boolean __cdecl server_do_both(handle_t binding, boolean a, boolean b)
{
    return a && b;
}

void __cdecl server_do_nothing(handle_t binding)
{
}

/* ---- structures ---- */

LONG __cdecl server_do_by_value(handle_t binding, small_t s, big_t b)
{
    return s.a * 10000 + s.b * 100 + b.a * 10 + (LONG)b.b + (LONG)b.c;
}

void __cdecl server_do_change(handle_t binding, big_t *b, small_t *s)
{
    s->a = (short)b->a;
    s->b = (short)b->b;
    b->a = -b->a;
    b->b *= 2;
    b->c += 1;
}

void __cdecl server_do_grow(handle_t binding, tree_t *t, tree_t *copy)
{
    copy->n = t->n + 1;
    copy->name = t->name ? new_string(t->name) : NULL;
    copy->value = t->value ? new_long(*t->value * 2) : NULL;
}

LONG __cdecl server_do_sum_counted(handle_t binding, counted_t *c)
{
    LONG sum = 0;

    for (LONG i = 0; i < c->n; i++)
        sum += c->v[i];
    return sum;
}

void __cdecl server_do_make_counted(handle_t binding, LONG n, counted_t **c)
{
    *c = MIDL_user_allocate(FIELD_OFFSET(counted_t, v) + n * sizeof(LONG));
    (*c)->n = n;
    for (LONG i = 0; i < n; i++)
        (*c)->v[i] = i * i;
}

/* ---- arrays and strings ---- */

LONG __cdecl server_do_sum_array(handle_t binding, LONG n, LONG *v)
{
    LONG sum = 0;

    for (LONG i = 0; i < n; i++)
        sum += v[i];
    return sum;
}

LONG __cdecl server_do_sum_array_first(handle_t binding, LONG *v, LONG n)
{
    return server_do_sum_array(binding, n, v);
}

void __cdecl server_do_fill(handle_t binding, LONG n, LONG *v)
{
    for (LONG i = 0; i < n; i++)
        v[i] = v[i] ? -1 : i + 1; /* it comes zeroed */
}

void __cdecl server_do_reverse(handle_t binding, LONG n, LONG *v)
{
    for (LONG i = 0; i < n / 2; i++) {
        LONG swap = v[i];

        v[i] = v[n - 1 - i];
        v[n - 1 - i] = swap;
    }
}

void __cdecl server_do_make_array(handle_t binding, LONG *n, LONG **v)
{
    *n *= 2;
    *v = MIDL_user_allocate(*n * sizeof(LONG));
    for (LONG i = 0; i < *n; i++)
        (*v)[i] = 100 + i;
}

void __cdecl server_do_fill_trees(handle_t binding, LONG n, tree_t *v)
{
    for (LONG i = 0; i < n; i++) {
        v[i].n = i;
        v[i].name = i % 2 ? new_string("odd") : NULL;
        v[i].value = new_long(i * 10);
    }
}

void __cdecl server_do_fixed(handle_t binding, short v[4], LONG w[4])
{
    for (int i = 0; i < 4; i++)
        w[i] = v[i] * 1000;
}

void __cdecl server_do_varying(handle_t binding, LONG n, LONG *v, LONG *used)
{
    *used = n / 2;
    for (LONG i = 0; i < *used; i++)
        v[i] = i + 5;
}

LONG __cdecl server_do_length(handle_t binding, const WCHAR *s)
{
    return (LONG)wcslen(s);
}

void __cdecl server_do_greet(handle_t binding, const char *name, greeting_t *greeting)
{
    char text[256];

    snprintf(text, sizeof(text), "hello, %s", name);
    greeting->text = new_string(text);
}

void __cdecl server_do_name(handle_t binding, LONG size, char *s)
{
    snprintf(s, size, "a name");
}

string_t __cdecl server_do_returned_string(handle_t binding, LONG n)
{
    char text[32];

    if (!n)
        return NULL;
    snprintf(text, sizeof(text), "string %ld", n);
    return new_string(text);
}

/* ---- pointers ---- */

LONG __cdecl server_do_is_null(handle_t binding, LONG *p)
{
    return p ? *p : -1;
}

void __cdecl server_do_toggle(handle_t binding, LONG *p)
{
    if (p)
        *p = !*p;
}

/* What came in is the stub's: it may lie in the request. */
void __cdecl server_do_replace(handle_t binding, LONG **p)
{
    *p = *p ? NULL : new_long(77);
}

void __cdecl server_do_refill(handle_t binding, LONG **p)
{
    *p = new_long(88);
}

LONG __cdecl server_do_are_aliases(handle_t binding, LONG *a, LONG *b)
{
    return a && a == b ? *a : 0;
}

void __cdecl server_do_colours(handle_t binding, colour_t in, colour_t *out)
{
    *out = in == COLOUR_RED ? COLOUR_BLUE : COLOUR_RED;
}

LONG __cdecl server_do_ranged(handle_t binding, LONG n)
{
    return n;
}

void __cdecl server_do_fail(handle_t binding, ULONG code, LONG **p)
{
    *p = new_long(1);
    RpcRaiseException(code);
}

/* ---- context handles ---- */

static LONG *new_context(LONG value)
{
    LONG *context = malloc(sizeof(*context));

    InterlockedIncrement(&live_contexts);
    *context = value;
    return context;
}

static void free_context(void *context)
{
    InterlockedDecrement(&live_contexts);
    free(context);
}

void __RPC_USER context_t_rundown(context_t context)
{
    InterlockedIncrement(&rundowns);
    free_context(context);
}

void __RPC_USER shared_t_rundown(shared_t context)
{
    context_t_rundown(context);
}

void __cdecl server_do_open(handle_t binding, LONG value, context_t *c)
{
    *c = value ? new_context(value) : NULL;
}

context_t __cdecl server_do_open_returned(handle_t binding, LONG value)
{
    return new_context(value);
}

LONG __cdecl server_do_use(context_t c)
{
    return c ? *(LONG *)c : -1;
}

void __cdecl server_do_move(context_t *c, LONG value)
{
    free_context(*c);
    *c = new_context(value);
}

void __cdecl server_do_close(context_t *c)
{
    if (*c)
        free_context(*c);
    *c = NULL;
}

static volatile LONG inside, most_inside;

LONG __cdecl server_do_busy(context_t c, LONG rounds)
{
    for (LONG i = 0; i < rounds; i++) {
        LONG now = InterlockedIncrement(&inside);

        if (now > most_inside)
            most_inside = now;
        SwitchToThread();
        InterlockedDecrement(&inside);
    }
    return most_inside;
}

LONG __cdecl server_do_busy_upgraded(shared_t c, LONG rounds)
{
    RPC_STATUS status = RpcSsContextLockExclusive(NULL, c);

    return status ? status : server_do_busy(c, rounds);
}

static SRWLOCK meeting_lock = SRWLOCK_INIT;
static CONDITION_VARIABLE meeting_changed = CONDITION_VARIABLE_INIT;
static volatile LONG meeting; /* calls that came to meet, so far */

LONG __cdecl server_do_meet(shared_t c)
{
    LONG met, number;

    AcquireSRWLockExclusive(&meeting_lock);
    number = meeting++;
    WakeAllConditionVariable(&meeting_changed);
    while (meeting / 2 == number / 2) {
        if (!SleepConditionVariableSRW(&meeting_changed, &meeting_lock, WAIT_MS, 0))
            break;
    }
    met = meeting / 2 != number / 2;
    ReleaseSRWLockExclusive(&meeting_lock);
    return met;
}

LONG __cdecl server_do_meet_downgraded(context_t c)
{
    return RpcSsContextLockShared(NULL, c) == RPC_S_OK && server_do_meet(c);
}

void __cdecl server_do_open_and_fail(handle_t binding, context_t *c)
{
    RpcRaiseException(ERROR_NOT_READY);
}

LONG __cdecl server_do_inquire(handle_t binding, LONG what)
{
    switch (what) {
    case LIVE_BLOCKS:
        return live_blocks;
    case LIVE_CONTEXTS:
        return live_contexts;
    case RUNDOWNS:
        return rundowns;
    case WAITING_TO_MEET:
        return meeting % 2;
    }
    return -1;
}
