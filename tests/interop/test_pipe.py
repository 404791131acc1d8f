# SPDX-License-Identifier: LGPL-2.1-or-later
"""Pipes of our server, called by raw_client.py and by impacket: chunks as C706 14.3.10 describes them."""
import contextlib
import struct
import subprocess
import sys

from impacket.dcerpc.v5 import transport
from impacket.uuid import uuidtup_to_bin

import peers
import raw_client as raw
import tap

INTERFACE = ('6e0d3b52-71c4-4f8a-9d26-58a1f04b7c93', 1, 0)
(SUM, SOURCE, NEGATE, SEVERAL, ODD, MISUSE, BEHIND, MEMORY, RUNNING,
 ASYNC_SUM, ASYNC_SOURCE, ASYNC_NEGATE) = range(12)
BY_EVENT = 1 << 8  # tests/conformance/pipe_server.h: NEGATE_NOTIFIED(RpcNotificationTypeEvent)
BAD_STUB_DATA, DISCIPLINE_ERROR = 1783, 1917
ORDERS = '<>'
PORT = None


@contextlib.contextmanager
def server(arch):
    where = peers.endpoints()
    program = tap.BUILDDIR / f'tests/interop/{arch}-windows/pipe_peer.exe'
    with subprocess.Popen([peers.WINE, program, 'serve', 'ncacn_ip_tcp', where['ncacn_ip_tcp']],
                          env=peers.environment('n'), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          text=True) as process:
        try:
            tap.equal(process.stdout.readline().strip(), 'ready')
            yield where['ncacn_ip_tcp']
        finally:
            process.kill()


def connect(**more):
    return raw.Connection(PORT, INTERFACE, **more)


def put_pipe(stub, kind, *chunks):
    for chunk in (*chunks, ()):
        stub.put('I', len(chunk)).put(kind * len(chunk), *chunk)
    return stub


def get_pipe(reader, kind):
    chunks = []
    while count := reader.get('I'):
        chunks.append([reader.get(kind) for _ in range(count)])
    return chunks


def expect_fault(conn, status, opnum, stub, **more):
    try:
        answer = conn.call(opnum, stub, **more)
    except raw.Fault as fault:
        tap.equal(fault.status, status)
    else:
        raise AssertionError(f'an answer, {answer.octets.hex()}, where fault {status} was expected')


def expect_alive(conn=None):
    with contextlib.ExitStack() as stack:
        conn = conn or stack.enter_context(connect())
        answer = conn.call(SUM, put_pipe(conn.stub().put('i', 5), 'i', (1, 2), (3,)))
        tap.equal(answer.get('qii'), [6, 5, 3])
        answer.end()


# ---- what goes well ----

def test_in():
    for order in ORDERS:
        with connect(order=order) as conn:
            stub = put_pipe(conn.stub().put('i', 4711), 'i', (1, -2, 300), (4,), (50000, 6))
            answer = conn.call(SUM, stub)
            tap.equal(answer.get('qii'), [50309, 4711, 6])
            answer.end()
            answer = conn.call(SUM, put_pipe(conn.stub().put('i', 1), 'i'))
            tap.equal(answer.get('qii'), [0, 1, 0])
            answer = conn.call(ASYNC_SUM, put_pipe(conn.stub(), 'i', (1, -2, 300), (4,)))
            tap.equal(answer.get('qi'), [303, 4])
            answer.end()


def test_out():
    expected = struct.pack('<I4iI4iI2iI', 4, 7, 8, 9, 10, 4, 11, 12, 13, 14, 2, 15, 16, 0)
    for order in ORDERS:
        with connect(order=order) as conn:
            answer = conn.call(SOURCE, conn.stub().put('iii', 7, 10, 4))
            tap.equal(answer.octets, expected + b'e\0\0\0' + struct.pack('<i', 10))
            answer = conn.call(ASYNC_SOURCE, conn.stub().put('iii', 7, 10, 4))
            tap.equal(answer.octets, expected + struct.pack('<i', 10))


def test_much_out():
    with connect() as conn:
        answer = conn.call(SOURCE, conn.stub().put('iii', 0, 100000, 30000))
        chunks = get_pipe(answer, 'i')
        tap.equal([len(chunk) for chunk in chunks], [30000, 30000, 30000, 10000])
        tap.equal(sum(chunks, []), list(range(100000)))
        tap.equal(answer.get('Bi'), [ord('e'), 100000])
        answer.end()


def test_in_out():
    for order in ORDERS:
        with connect(order=order) as conn:
            for opnum, head in ((NEGATE, ''), (ASYNC_NEGATE, 'i')):
                answer = conn.call(opnum, put_pipe(conn.stub().put(head, *[BY_EVENT] * len(head)), 'i', (1, 2), (-3, 4)))
                tap.equal(sum(get_pipe(answer, 'i'), []), [-1, -2, 3, -4])
                tap.equal(answer.get('i'), 4)
                answer.end()


def test_several():
    for order in ORDERS:
        with connect(order=order) as conn:
            stub = put_pipe(conn.stub().put('b', 65), 'B', (1, 2, 250), (7,))
            stub.put('IihhI', 1, 10, 2, 3, 0)
            answer = conn.call(SEVERAL, stub)
            # the points, then the odd ones, two chunks of one each: their gaps are not sent at their ends
            expected = struct.pack('<IihhI', 1, -10, 3, 2, 0)
            expected += struct.pack('<I', 1) + bytes(4) + struct.pack('<qb', 4, 65) + bytes(3)
            expected += struct.pack('<I', 1) + struct.pack('<qb', 260, 66) + bytes(3) + struct.pack('<I', 0)
            expected += bytes(-len(expected) % 8) + struct.pack('<q', 260)
            tap.equal(answer.octets.hex(), expected.hex())


def test_structures_with_gaps():
    for order in ORDERS:
        with connect(order=order) as conn:
            stub = conn.stub().put('I', 2).put('qb', 1 << 40, 3).put('qb', 5, -1).put('I', 1).put('qb', 7, 2).put('I', 0)
            answer = conn.call(ODD, stub)
            tap.equal(answer.get('qi'), [(3 << 40) + 9, 3])
            answer.end()


def test_other_parameters_in_several_fragments():
    with connect() as conn:
        stub = conn.stub().put('iI', 9001, 9001).raw(b'\1' * 9001)
        answer = conn.call(BEHIND, put_pipe(stub, 'B', (1,) * 77), piece=4000)
        tap.equal(answer.get('i'), 2 * 9001 + 77)


def test_chunks_split_anywhere():
    for order in ORDERS:
        with connect(order=order) as conn:
            for piece in (1, 3, 5, 8, 13, 16, 40):
                stub = put_pipe(conn.stub().put('i', 1), 'i', (1, 2, 3), (4, 5, 6, 7), (8,))
                tap.equal(conn.call(SUM, stub.octets, piece=piece).get('qii'), [36, 1, 8])
                stub = put_pipe(conn.stub(), 'i', (1, 2, 3), (4, 5, 6, 7), (8,))
                tap.equal(conn.call(ASYNC_SUM, stub.octets, piece=piece).get('qi'), [36, 8])
                stub = conn.stub().put('I', 2).put('qb', 1 << 40, 3).put('qb', 5, -1).put('I', 0)
                tap.equal(conn.call(ODD, stub.octets, piece=piece).get('qi'), [(3 << 40) - 5, 2])


def test_slow_fragments():
    """Each fragment by itself: what is there is taken, and the rest waited for; other calls go on meanwhile."""
    with connect() as conn, connect() as other:
        octets = put_pipe(conn.stub(), 'i', (1, 2, 3), (4,)).octets
        fragments = conn.fragments(ASYNC_SUM, octets, 77, piece=7)
        for fragment in fragments:
            conn.send(fragment)
            expect_alive(other)
        tap.equal(conn.response(77).get('qi'), [10, 4])


def test_a_call_beside_one_in_progress():
    with connect() as conn:
        octets = put_pipe(conn.stub(), 'i', (1, 2, 3)).octets
        fragments = conn.fragments(ASYNC_SUM, octets, 50, piece=8)
        conn.send(fragments[0])
        expect_alive(conn)
        conn.send(b''.join(fragments[1:]))
        tap.equal(conn.response(50).get('qi'), [6, 3])


def test_impacket():
    dce = transport.DCERPCTransportFactory(f'ncacn_ip_tcp:127.0.0.1[{PORT}]').get_dce_rpc()
    dce.connect()
    try:
        dce.bind(uuidtup_to_bin((INTERFACE[0], '1.0')))
        numbers = list(range(5000))
        for opnum, head in ((NEGATE, b''), (ASYNC_NEGATE, struct.pack('<i', BY_EVENT))):
            dce.call(opnum, head + struct.pack('<I5000iI3iI', 5000, *numbers, 3, 1, 2, 3, 0))
            answer = raw.Reader(dce.recv(), '<')
            tap.equal(sum(get_pipe(answer, 'i'), []), [-number for number in (*numbers, 1, 2, 3)])
            tap.equal(answer.get('i'), 5003)
            answer.end()
        dce.call(SOURCE, struct.pack('<iii', -3, 7, 7))
        tap.equal(dce.recv(), struct.pack('<I7iI', 7, *range(-3, 4), 0) + b'e\0\0\0' + struct.pack('<i', 7))
    finally:
        dce.disconnect()


# ---- what does not ----

def test_hostile_counts():
    for opnum, head in ((SUM, bytes(4)), (ASYNC_SUM, b''), (NEGATE, b''), (ASYNC_NEGATE, bytes(4)), (ODD, b'')):
        with connect() as conn:
            for count in (0xffffffff, 0x80000000, 0x40000000, 3):
                expect_fault(conn, BAD_STUB_DATA, opnum, head + struct.pack('<Iii', count, 1, 2))
            expect_alive(conn)


def test_cut_off():
    """No last chunk, and chunks that end within an element or a count."""
    whole = raw.Stub().put('i', 9).put('III', 2, 1, 2).put('II', 1, 3).put('I', 0).octets
    with connect() as conn:
        for length in range(len(whole)):
            expect_fault(conn, BAD_STUB_DATA, SUM, whole[:length])
            expect_fault(conn, BAD_STUB_DATA, ASYNC_SUM, whole[4:length])
        expect_alive(conn)


def test_more_than_the_pipe():
    with connect() as conn:
        stub = put_pipe(conn.stub().put('i', 1), 'i', (1, 2)).raw(b'and more')
        tap.equal(conn.call(SUM, stub).get('qii'), [3, 1, 2])
        expect_fault(conn, DISCIPLINE_ERROR, MISUSE, put_pipe(conn.stub().put('i', 1), 'i', (1, 2)))
        expect_alive(conn)


def test_the_client_goes():
    """In mid-stream: by closing, by an orphaned PDU, and by a fragment that is none."""
    for opnum, head in ((SUM, bytes(4)), (ASYNC_SUM, b'')):
        octets = head + struct.pack('<Iii', 1000, 1, 2)
        for end in (lambda conn: None, lambda conn: conn.send_pdu(raw.ORPHANED, call_id=9),
                    lambda conn: conn.send(b'\5\0\0\3' + bytes(20))):
            with connect() as conn:
                conn.send(conn.fragments(opnum, octets, 9, piece=8)[0])
                end(conn)
            expect_alive()


def test_orphaned_and_then_another():
    with connect() as conn:
        for _ in range(5):
            call_id = conn.last_id = conn.last_id + 1
            conn.send(conn.fragments(ASYNC_SUM, struct.pack('<Iiii', 1000, 1, 2, 3), call_id, piece=8)[0])
            conn.send_pdu(raw.ORPHANED, call_id=call_id)
            expect_alive(conn)


with server('x86_64') as PORT:
    RESULT = tap.main(globals())
sys.exit(RESULT)
