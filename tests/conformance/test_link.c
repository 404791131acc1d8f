/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Links from inside (call/link.h): what becomes of messages when a link fails while its peer does not
 * read, and of those that are stopped at that time. */
#include "call/link.h"
#include "platform/thread.h"
#include "transport/internal.h"
#include "transport_fixture.h"

#define BIG (8u << 20) /* more than a connection takes without its peer */

struct sent {
    struct link_message message;
    volatile LONG done;
    RPC_STATUS status;
};

struct fixture {
    struct link link;
    struct pair pair;
    uint8_t *data;
    struct sent big, second, third;
    HANDLE destroyed;
    unsigned closed;
    enum link_message_phase second_phase; /* when the link had failed */
    LONG second_done;
};

static struct fixture *fixture_of(struct link *link)
{
    return (struct fixture *)((char *)link - offsetof(struct fixture, link));
}

static bool on_pdu(struct link *link, const struct pdu_header *header, const uint8_t *fragment)
{
    return true;
}

static void on_closed(struct link *link, RPC_STATUS status)
{
    struct fixture *fixture = fixture_of(link);

    fixture->closed++;
    fixture->second_phase = fixture->second.message.phase;
    fixture->second_done = fixture->second.done;
}

static void on_destroy(struct link *link)
{
    SetEvent(fixture_of(link)->destroyed);
}

static const struct link_ops ops = {.pdu = on_pdu, .closed = on_closed, .destroy = on_destroy};

static void message_done(struct link_message *message, RPC_STATUS status)
{
    struct sent *sent = (struct sent *)message;

    sent->status = status;
    InterlockedIncrement(&sent->done);
}

static void make_message(struct fixture *fixture, struct sent *sent, uint32_t length)
{
    memset(sent, 0, sizeof(*sent));
    sent->message.kind = LINK_REQUEST;
    sent->message.header.request.call_id = 1;
    sent->message.data = fixture->data;
    sent->message.length = length;
    sent->message.done = message_done;
}

/* A link with a message half of which is under way, and two behind it. */
static struct fixture *fixture_new(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    fixture->data = calloc(1, BIG);
    fixture->destroyed = CreateEventW(NULL, FALSE, FALSE, NULL);
    pair_open(&fixture->pair, transport_of(state));
    link_init(&fixture->link, &ops);
    link_attach(&fixture->link, fixture->pair.client);
    fixture->pair.client = NULL; /* the link's */
    make_message(fixture, &fixture->big, BIG);
    make_message(fixture, &fixture->second, 8);
    make_message(fixture, &fixture->third, 8);
    assert_true(link_post(&fixture->link, &fixture->big.message, false));
    assert_true(link_post(&fixture->link, &fixture->second.message, false));
    assert_true(link_post(&fixture->link, &fixture->third.message, false));
    assert_int_equal(fixture->big.message.phase, LINK_STARTED);
    return fixture;
}

/* Waits for what is outstanding. */
static void fixture_free(struct fixture *fixture)
{
    link_release(&fixture->link);
    assert_int_equal(WaitForSingleObject(fixture->destroyed, WAIT_MS), WAIT_OBJECT_0);
    assert_int_equal(fixture->closed, 1);
    assert_int_equal(fixture->big.done, 1);
    pair_close(&fixture->pair);
    CloseHandle(fixture->destroyed);
    free(fixture->data);
    free(fixture);
}

/* The owner of a message that never went can use it again as soon as he learns of the failure: it is
 * not the link's any more, although a send is outstanding. */
static void test_unsent_is_given_back(void **state)
{
    struct fixture *fixture = fixture_new(state);

    link_fail(&fixture->link, RPC_S_CALL_FAILED);
    assert_int_equal(fixture->second_phase, LINK_UNSENT);
    assert_int_equal(fixture->second_done, 1);
    assert_int_equal(fixture->second.status, RPC_S_CALL_FAILED);
    assert_int_equal(fixture->third.done, 1);
    memset(&fixture->second.message, 0xee, sizeof(fixture->second.message));
    fixture_free(fixture);
}

/* Stopped after that, it is not given back a second time. */
static void test_stop_after_failure(void **state)
{
    struct fixture *fixture = fixture_new(state);

    link_fail(&fixture->link, RPC_S_CALL_FAILED);
    assert_int_equal(link_stop(&fixture->link, &fixture->second.message), LINK_STOP_SENT);
    assert_int_equal(fixture->second.done, 1);
    fixture_free(fixture);
}

/* A failed link takes no message, and then there is nothing to stop. */
static void test_stop_of_refused(void **state)
{
    struct fixture *fixture = fixture_new(state);
    struct sent late;

    link_fail(&fixture->link, RPC_S_CALL_FAILED);
    make_message(fixture, &late, 8);
    assert_false(link_enqueue(&fixture->link, &late.message, false));
    assert_int_equal(late.message.phase, LINK_UNSENT);
    assert_int_equal(link_stop(&fixture->link, &late.message), LINK_STOP_SENT);
    assert_int_equal(late.done, 0);
    fixture_free(fixture);
}

/* While the link works: what has not begun is its owner's again, what has is cut short. */
static void test_stop(void **state)
{
    struct fixture *fixture = fixture_new(state);

    assert_int_equal(link_stop(&fixture->link, &fixture->second.message), LINK_STOP_UNSENT);
    assert_int_equal(fixture->second.done, 0);
    assert_int_equal(link_stop(&fixture->link, &fixture->big.message), LINK_STOP_PARTIAL);
    link_fail(&fixture->link, RPC_S_CALL_FAILED);
    assert_int_equal(fixture->second.done, 0);
    assert_int_equal(fixture->third.done, 1);
    fixture_free(fixture);
}

/* What goes behind the first fragment of a message goes the way of that: nothing of it is left. */
static void test_follower(void **state)
{
    static const uint8_t pdu[16];
    unsigned before = 0;

    for (unsigned round = 0; round < 30; round++) {
        struct fixture *fixture = fixture_new(state);

        assert_true(link_enqueue_behind(&fixture->link, &fixture->second.message, pdu, sizeof(pdu)));
        assert_true(link_enqueue_behind(&fixture->link, &fixture->third.message, pdu, sizeof(pdu)));
        assert_true(link_enqueue_behind(&fixture->link, &fixture->big.message, pdu, sizeof(pdu)));
        assert_int_equal(link_stop(&fixture->link, &fixture->second.message), LINK_STOP_UNSENT);
        link_fail(&fixture->link, RPC_S_CALL_FAILED);
        assert_false(link_enqueue_behind(&fixture->link, &fixture->third.message, pdu, sizeof(pdu)));
        assert_int_equal(fixture->second.done, 0);
        assert_int_equal(fixture->third.done, 1);
        fixture_free(fixture);
        if (round == 3)
            before = count_heap_blocks();
    }
    assert_in_range(count_heap_blocks(), 0, before + 20);
}

/* ---- messages that are held ---- */

enum { HELD = 10, PDU = PDU_REQUEST_HEADER_LENGTH + 8 };

static void open_link(struct fixture *fixture, void **state)
{
    memset(fixture, 0, sizeof(*fixture));
    fixture->data = calloc(1, 8);
    fixture->destroyed = CreateEventW(NULL, FALSE, FALSE, NULL);
    pair_open(&fixture->pair, transport_of(state));
    link_init(&fixture->link, &ops);
    link_attach(&fixture->link, fixture->pair.client);
    fixture->pair.client = NULL;
}

static void close_link(struct fixture *fixture)
{
    link_fail(&fixture->link, RPC_S_CALL_FAILED);
    link_release(&fixture->link);
    assert_int_equal(WaitForSingleObject(fixture->destroyed, WAIT_MS), WAIT_OBJECT_0);
    pair_close(&fixture->pair);
    CloseHandle(fixture->destroyed);
    free(fixture->data);
}

/* The peer receives, and has gone to sleep over it. */
static DWORD begin_receive(struct fixture *fixture, struct completion *c, uint8_t *buffer, DWORD size)
{
    DWORD bytes, started;

    completion_init(c);
    started = transport_recv(fixture->pair.peer, buffer, size, &c->op, &bytes);
    assert_int_equal(started, ERROR_IO_PENDING);
    for (uint64_t end = GetTickCount64() + WAIT_MS;
         pairs_share && !transport_must_wake(fixture->link.conn) && GetTickCount64() < end;)
        Sleep(1);
    assert_int_equal(transport_must_wake(fixture->link.conn), pairs_share);
    return started;
}

static bool enqueue_and_hold(struct fixture *fixture, struct sent *sent, LONG behind)
{
    make_message(fixture, sent, 8);
    assert_true(link_enqueue(&fixture->link, &sent->message, false));
    return link_hold(&fixture->link, behind);
}

/* One that is held leaves by itself; where nobody need be woken, none is. */
static void test_held_leaves(void **state)
{
    struct fixture fixture;
    struct completion c;
    struct sent sent;
    uint8_t buffer[PDU];
    DWORD bytes, started;

    open_link(&fixture, state);
    started = begin_receive(&fixture, &c, buffer, PDU);
    assert_int_equal(enqueue_and_hold(&fixture, &sent, 100), pairs_share);
    if (!pairs_share)
        link_pump(&fixture.link);
    assert_int_equal(completion_wait(&c, started, &bytes), ERROR_SUCCESS);
    assert_int_equal(bytes, PDU);
    while (!sent.done)
        Sleep(1);
    assert_int_equal(sent.status, RPC_S_OK);
    completion_free(&c);
    close_link(&fixture);
}

/* Not more than half of what there is to do meanwhile; they leave in their order. */
static void test_held_leave_together(void **state)
{
    uint8_t buffer[HELD * PDU];
    struct fixture fixture;
    struct sent sent[HELD];
    struct completion c;
    DWORD bytes, started;
    unsigned held = 0;

    open_link(&fixture, state);
    started = begin_receive(&fixture, &c, buffer, PDU);
    for (unsigned i = 0; i < HELD; i++) {
        fixture.data[0] = i;
        make_message(&fixture, &sent[i], 8);
        sent[i].message.header.request.call_id = i;
        assert_true(link_enqueue(&fixture.link, &sent[i].message, false));
        if (link_hold(&fixture.link, HELD)) {
            held++;
            continue;
        }
        link_uncork(&fixture.link);
        link_pump(&fixture.link);
    }
    assert_in_range(held, 0, pairs_share ? HELD - HELD / 5 : 0);
    assert_int_equal(completion_wait(&c, started, &bytes), ERROR_SUCCESS);
    assert_int_equal(recv_bytes(fixture.pair.peer, buffer + bytes, sizeof(buffer) - bytes), sizeof(buffer) - bytes);
    for (unsigned i = 0; i < HELD; i++)
        assert_int_equal(buffer[i * PDU + 12], i); /* call_id */
    completion_free(&c);
    close_link(&fixture);
}

/* The link fails meanwhile: they are given back, once, and it goes. */
static void test_held_on_failing_link(void **state)
{
    struct fixture fixture;
    struct sent sent[HELD];
    struct completion c;
    uint8_t buffer[HELD * PDU];
    DWORD bytes, started;

    open_link(&fixture, state);
    started = begin_receive(&fixture, &c, buffer, sizeof(buffer));
    for (unsigned i = 0; i < HELD; i++)
        enqueue_and_hold(&fixture, &sent[i], 1000);
    close_link(&fixture);
    completion_wait(&c, started, &bytes);
    for (unsigned i = 0; i < HELD; i++)
        assert_int_equal(sent[i].done, 1);
    completion_free(&c);
}

/* ---- corked links ---- */

enum { CORKED = 4, CORK_ROUNDS = 100 };

static const struct conn_ops *counted_ops;
static unsigned sends;

static DWORD count_send(struct transport_conn *conn, const struct transport_buf *bufs, unsigned count, size_t offset,
                        OVERLAPPED *overlapped, DWORD *bytes)
{
    sends++;
    return counted_ops->send(conn, bufs, count, offset, overlapped, bytes);
}

/* What is sent while a link is corked leaves together, where a send is dear; the monitor may have taken out one cork or
 * the other before. */
static void test_corked_leave_together(void **state)
{
    struct fixture fixture;
    struct sent sent[CORKED];
    struct conn_ops counting;
    uint8_t buffer[CORKED * PDU];

    open_link(&fixture, state);
    counted_ops = fixture.link.conn->ops;
    counting = *counted_ops;
    counting.send = count_send;
    fixture.link.conn->ops = &counting;
    sends = 0;
    for (unsigned round = 0; round < CORK_ROUNDS; round++) {
        link_cork(&fixture.link);
        for (unsigned i = 0; i < CORKED; i++) {
            make_message(&fixture, &sent[i], 8);
            assert_true(link_post(&fixture.link, &sent[i].message, false));
        }
        link_uncork(&fixture.link);
        assert_int_equal(recv_bytes(fixture.pair.peer, buffer, sizeof(buffer)), sizeof(buffer));
        for (unsigned i = 0; i < CORKED; i++)
            assert_int_equal(sent[i].done, 1);
    }
    if (transport_sends_dearly(fixture.link.conn))
        assert_in_range(sends, CORK_ROUNDS, CORK_ROUNDS * CORKED / 2);
    fixture.link.conn->ops = counted_ops;
    close_link(&fixture);
}

/* Somebody may have been kept after corking it: it does not stay so. */
static void test_cork_goes_by_itself(void **state)
{
    struct fixture fixture;
    struct sent sent;
    uint8_t buffer[PDU];

    open_link(&fixture, state);
    for (unsigned round = 0; round < CORK_ROUNDS; round++) {
        link_cork(&fixture.link);
        make_message(&fixture, &sent, 8);
        assert_true(link_post(&fixture.link, &sent.message, false));
        assert_int_equal(recv_bytes(fixture.pair.peer, buffer, sizeof(buffer)), sizeof(buffer));
        while (!sent.done)
            Sleep(0);
    }
    close_link(&fixture);
}

static int test_all(const struct transport *t, const char *how)
{
    struct CMUnitTest tests[] = {
        {"test_unsent_is_given_back", test_unsent_is_given_back, NULL, NULL, (void *)t},
        {"test_stop_after_failure", test_stop_after_failure, NULL, NULL, (void *)t},
        {"test_stop_of_refused", test_stop_of_refused, NULL, NULL, (void *)t},
        {"test_stop", test_stop, NULL, NULL, (void *)t},
        {"test_follower", test_follower, NULL, NULL, (void *)t},
        {"test_held_leaves", test_held_leaves, NULL, NULL, (void *)t},
        {"test_held_leave_together", test_held_leave_together, NULL, NULL, (void *)t},
        {"test_held_on_failing_link", test_held_on_failing_link, NULL, NULL, (void *)t},
        {"test_corked_leave_together", test_corked_leave_together, NULL, NULL, (void *)t},
        {"test_cork_goes_by_itself", test_cork_goes_by_itself, NULL, NULL, (void *)t},
    };
    char name[64];

    snprintf(name, sizeof(name), "link over %ls%s", t->protseq, how);
    return cmocka_run_group_tests_name(name, tests, NULL, NULL);
}

int main(void)
{
    const struct transport *t;
    int failed = 0;

    setvbuf(stdout, NULL, _IONBF, 0);
    SetEnvironmentVariableW(L"RPCRT4_SHARED_MEMORY", L"1");
    watchdog_start(60);
    thread_init();
    for (unsigned i = 0; (t = transport_enum(i)); i++) {
        failed += test_all(t, "");
        pairs_share = t->is_local;
        if (pairs_share)
            failed += test_all(t, ", shared memory");
        pairs_share = false;
    }
    return failed;
}
