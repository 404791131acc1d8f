# SPDX-License-Identifier: LGPL-2.1-or-later
"""Independent clients call our server: impacket's, and raw_client.py, which sends what no well-behaved client does."""
import random
import socket
import struct
import sys

from impacket.dcerpc.v5 import dtypes, mgmt, ndr, rpcrt, transport
from impacket.uuid import uuidtup_to_bin

import peers
import raw_client as raw
import tap

INTEROP = ('6f1a4c10-52a7-4e6b-9d0b-2f6f1c7b5a30', 1, 0)
MANAGEMENT = ('afa8bd80-7d8a-11c9-bef4-08002b102989', 1, 0)
UNKNOWN = ('deadbeef-0000-4000-8000-0123456789ab', 1, 0)
OBJECT = '11223344-5566-7788-0102-030405060708'
NDR_3 = (raw.NDR[0], 3, 0)

(NOTHING, SUM, MIX, REVERSE, ECHO, RECORDS, PADDED, LIST, CHOOSE, RAISE, OPEN, COUNT, CLOSE, GET_OBJECT, STOP,
 PROCEDURES) = range(16)

CONTEXT_MISMATCH, INVALID_CONTEXT_ID, OP_RNG_ERROR = 0x1c00001a, 0x1c00001c, 0x1c010002
FP_OVERFLOW, IN_NULL_CONTEXT, BAD_STUB_DATA = 1771, 1775, 1783

PORT = None


def connect(**more):
    return raw.Connection(PORT, INTEROP, **more)


def expect_fault(status, function, *arguments, flags=None, **more):
    try:
        answer = function(*arguments, **more)
    except raw.Fault as fault:
        tap.equal(hex(fault.status), hex(status))
        if flags is not None:
            tap.equal(fault.flags & raw.DID_NOT_EXECUTE, flags)
    else:
        raise AssertionError(f'an answer, {answer.octets.hex()}, where a fault {status:#x} was expected')


# ---- calls of the test interface, each checking its answer ----

def call_sum(conn, values=(1, 2, 3, -10), **more):
    stub = conn.stub().put('iI', len(values), len(values)).put('i' * len(values), *values)
    answer = conn.call(SUM, stub, **more)
    tap.equal(answer.get('i'), sum(values))
    answer.end()


def call_mix(conn):
    stub = conn.stub().put('bhiqfd', -5, -1000, 100000, 0x123456789abc, 1.5, -2.25)
    answer = conn.call(MIX, stub)
    tap.equal(answer.get('dq'), [-3.375, -5 - 1000 + 100000 + 0x123456789abc])
    answer.end()


def call_reverse(conn, text='\u03b1\u03b2\u03b3 abc'):
    answer = conn.call(REVERSE, conn.stub().string(text, 'utf-16'))
    raw.check(answer.get('I'), 'a null string')
    tap.equal(answer.string('utf-16'), text[::-1])
    answer.end()


def echo_stub(conn, octets):
    return conn.stub().put('II', len(octets), len(octets)).raw(octets).octets


def check_echo(answer, octets):
    tap.equal(answer.get('I'), len(octets))
    raw.check(answer.raw(len(octets)) == bytes(octet ^ 0xff for octet in octets), 'other octets')
    answer.end()


def call_echo(conn, size, **more):
    octets = bytes((i * 31 + i // 251) & 0xff for i in range(size))
    check_echo(conn.call(ECHO, echo_stub(conn, octets), **more), octets)


def call_padded(conn):
    records = [(1, 1 << 40, 3, 1.5, 'first'), (2, -5, -4, -3.0, None), (7, -(1 << 62), 0x3fff, 1e300, 'x')]
    stub = conn.stub().put('iI', len(records), len(records))
    for number, big, small, real, name in records:
        stub.align(8).put('iqhdI', number, big, small, real, 0x20000 + number * 4 if name else 0)
    for record in records:
        if record[4]:
            stub.align(4).string(record[4])
    answer = conn.call(PADDED, stub)
    tap.equal(answer.get('I'), len(records))
    names = []
    for number, big, small, real, name in records:
        answer.align(8)
        *values, name_there = answer.get('iqhdI')
        tap.equal(values, [number + 1, -big, small * 2, real / 2])
        tap.equal(bool(name_there), bool(name))
        names += [name] if name else []
    tap.equal([answer.string() for _ in names], ['*' + name[1:] for name in names])
    answer.end()


def call_list(conn, values):
    stub = conn.stub().put('I', 0x20000 if values else 0)
    for i, value in enumerate(values):
        stub.put('iI', value, 0x20004 + 4 * i if i + 1 < len(values) else 0)
    answer = conn.call(LIST, stub)
    tap.equal(answer.get('i'), int(''.join(map(str, values)) or '0'))
    answer.end()


def call_choose(conn):
    tap.equal(conn.call(CHOOSE, conn.stub().put('ii', 1, 77)).get('i'), 77)
    text = conn.stub().put('iI', 2, 0x20000).string('four', 'utf-16')
    tap.equal(conn.call(CHOOSE, text).get('i'), 4)
    tap.equal(conn.call(CHOOSE, conn.stub().put('i', 9)).get('i'), -1)


def call_object(conn):
    for target in (OBJECT, raw.NIL[0]):
        answer = conn.call(GET_OBJECT, target=None if target == raw.NIL[0] else target)
        tap.equal(answer.uuid(), target)
        answer.end()


def read_counter(answer):
    return answer.get('I'), answer.uuid()


def counter_stub(conn, counter):
    return conn.stub().put('I', counter[0]).uuid(counter[1])


def open_counter(conn, start):
    answer = conn.call(OPEN, conn.stub().put('i', start))
    counter = read_counter(answer)
    answer.end()
    raw.check(counter[0] == 0 and counter[1] != raw.NIL[0], f'context handle {counter}')
    return counter


def count(conn, counter):
    return conn.call(COUNT, counter_stub(conn, counter)).get('i')


def close_counter(conn, counter):
    tap.equal(read_counter(conn.call(CLOSE, counter_stub(conn, counter))), (0, raw.NIL[0]))


def call_everything(conn):
    conn.call(NOTHING).end()
    call_sum(conn)
    call_sum(conn, ())
    call_mix(conn)
    call_reverse(conn)
    call_echo(conn, 1001)
    call_padded(conn)
    call_list(conn, [1, 2, 3])
    call_list(conn, [])
    call_choose(conn)
    call_object(conn)
    counter, other = open_counter(conn, 10), open_counter(conn, 100)
    tap.equal([count(conn, one) for one in (counter, other, counter)], [11, 101, 12])
    close_counter(conn, counter)
    close_counter(conn, other)


def still_serves():
    with connect() as conn:
        call_sum(conn)


# ---- impacket's own client ----

class LongArray(ndr.NDRUniConformantArray):
    item = '<l'


class Sum(ndr.NDRCALL):
    opnum = SUM
    structure = (('count', dtypes.LONG), ('values', LongArray))


class SumResponse(ndr.NDRCALL):
    structure = (('sum', dtypes.LONG),)


class Reverse(ndr.NDRCALL):
    opnum = REVERSE
    structure = (('text', dtypes.WSTR),)


class ReverseResponse(ndr.NDRCALL):
    structure = (('reversed', dtypes.LPWSTR),)


class Raise(ndr.NDRCALL):
    opnum = RAISE
    structure = (('code', dtypes.ULONG),)


def impacket_client():
    where = transport.DCERPCTransportFactory(f'ncacn_ip_tcp:127.0.0.1[{PORT}]')
    where.set_connect_timeout(raw.TIMEOUT)
    client = where.get_dce_rpc()
    client.connect()
    client.bind(uuidtup_to_bin((INTEROP[0], '1.0')))
    return client


def impacket_sum(client, values):
    call = Sum()
    call['count'] = len(values)
    call['values'] = list(values)
    tap.equal(client.request(call, checkError=False)['sum'], sum(values))


def test_impacket_calls():
    client = impacket_client()
    impacket_sum(client, [1, 2, 3, -70000])
    impacket_sum(client, [])
    call = Reverse()
    call['text'] = 'abc \u03b1\u03b2\0'
    tap.equal(client.request(call, checkError=False)['reversed'], '\u03b2\u03b1 cba\0')
    client.disconnect()


def test_impacket_fragments():
    for size in (-1, 1000, 64, 8, 5):
        client = impacket_client()
        client.set_max_fragment_size(size)
        impacket_sum(client, range(300 if size == 5 else 5000))
        client.disconnect()


def test_impacket_learns_of_exceptions():
    client = impacket_client()
    call = Raise()
    call['code'] = 5
    try:
        client.request(call)
    except rpcrt.DCERPCException as exception:
        tap.contains(str(exception), 'rpc_s_access_denied')
    else:
        raise AssertionError('no exception')
    impacket_sum(client, [4])
    client.disconnect()


def test_impacket_asks_the_management_interface():
    client = impacket_client()
    management = client.alter_ctx(mgmt.MSRPC_UUID_MGMT)
    identifiers = mgmt.hinq_if_ids(management)['if_id_vector']['if_id']
    found = [one['Data']['Uuid'] for one in identifiers]
    raw.check(uuidtup_to_bin((INTEROP[0], '1.0'))[:16] in found, f'{found}')
    tap.equal(management.request(mgmt.is_server_listening(), checkError=False)['status'], 0)
    impacket_sum(client, [5])
    client.disconnect()


# ---- binding ----

def results(ack):
    return [result[:2] for result in ack.results]


def test_bind_answers_what_is_known_and_what_not():
    offers = [(0, INTEROP, [raw.NDR]), (1, UNKNOWN, [raw.NDR]), (2, (INTEROP[0], 2, 0), [raw.NDR]),
              (3, (INTEROP[0], 1, 1), [raw.NDR]), (4, INTEROP, [UNKNOWN]), (5, INTEROP, [NDR_3]),
              (6, INTEROP, [UNKNOWN, raw.NDR]), (7, (INTEROP[0], 0, 0), [raw.NDR]), (0x1234, INTEROP, [raw.NDR])]
    refused = (raw.PROVIDER_REJECTION, raw.NO_ABSTRACT_SYNTAX)
    untransferable = (raw.PROVIDER_REJECTION, raw.NO_TRANSFER_SYNTAX)
    with raw.Connection(PORT) as conn:
        ack = conn.bind(offers)
        tap.equal(results(ack), [(0, 0), refused, refused, refused, untransferable, untransferable, (0, 0), refused,
                                 (0, 0)])
        tap.equal([result[2] for result in ack.results],
                  [raw.NDR if result[0] == raw.ACCEPTANCE else raw.NIL for result in ack.results])
        tap.equal(ack.address, str(PORT).encode() + b'\0')
        for context in (0, 6, 0x1234):
            call_sum(conn, context=context)
        for context in (1, 2, 3, 4, 5, 7, 8):
            expect_fault(INVALID_CONTEXT_ID, conn.call, NOTHING, context=context, flags=raw.DID_NOT_EXECUTE)
        call_sum(conn)


def test_bind_with_nothing_acceptable_is_acknowledged():
    with raw.Connection(PORT) as conn:
        tap.equal(results(conn.bind([(0, UNKNOWN, [raw.NDR])])), [(raw.PROVIDER_REJECTION, raw.NO_ABSTRACT_SYNTAX)])
        expect_fault(INVALID_CONTEXT_ID, conn.call, NOTHING, flags=raw.DID_NOT_EXECUTE)
        tap.equal(results(conn.bind([(0, INTEROP, [raw.NDR])], raw.ALTER_CONTEXT)), [(0, 0)])
        call_sum(conn)


def test_bind_negotiates_features():
    keep_on_orphan = 2
    with raw.Connection(PORT) as conn:
        offer = ('6cb71c2c-9812-4540-0300-000000000000', 1, 0)
        ack = conn.bind([(0, INTEROP, [raw.NDR]), (1, INTEROP, [offer])])
        tap.equal(ack.results[0], (raw.ACCEPTANCE, 0, raw.NDR))
        tap.equal(ack.results[1][0], raw.NEGOTIATE_ACK)
        raw.check(ack.results[1][1] & keep_on_orphan and not ack.results[1][1] & ~3, f'features {ack.results[1][1]}')
        call_sum(conn)
        expect_fault(INVALID_CONTEXT_ID, conn.call, NOTHING, context=1)


def test_bind_with_as_many_contexts_as_fit():
    offers = [(number, INTEROP, [raw.NDR]) for number in range(255)]
    with raw.Connection(PORT) as conn:
        got = results(conn.bind(offers, max_xmit=65528, max_recv=65528))
        accepted = got.count((raw.ACCEPTANCE, 0))
        raw.check(accepted >= 32, f'only {accepted} contexts')
        tap.equal(got, [(raw.ACCEPTANCE, 0)] * accepted +
                  [(raw.PROVIDER_REJECTION, raw.LOCAL_LIMIT)] * (255 - accepted))
        call_sum(conn, context=0)
        call_sum(conn, context=accepted - 1)


def test_bind_settles_fragment_sizes():
    for max_xmit, max_recv in ((4280, 4280), (1432, 5840), (5840, 1432), (65535, 65535), (2048, 512)):
        with connect(max_xmit=max_xmit, max_recv=max_recv) as conn:
            raw.check(conn.ack.max_xmit <= max_recv and conn.ack.max_recv <= max_xmit, f'{conn.ack}')
            call_echo(conn, 20000, piece=(conn.ack.max_recv - 24) // 8 * 8)


def test_bind_grants_multiplexing_only_when_asked():
    for asked in (0, raw.CONC_MPX):
        with connect(flags=raw.WHOLE | asked) as conn:
            tap.equal(conn.ack.flags & raw.CONC_MPX, asked)
            call_sum(conn)


def test_bind_with_authentication_of_an_unknown_type_is_refused():
    with raw.Connection(PORT) as conn:
        body = raw.bind_body([(0, INTEROP, [raw.NDR])])
        conn.send(raw.pdu(raw.BIND, body, auth=bytes(16), call_id=77, auth_type=99))
        answer = conn.receive()
        tap.equal((answer.type, answer.call_id), (raw.BIND_NAK, 77))
        tap.equal(answer.body[:5], b'\x08\0\x01\x05\0')  # authentication_type_not_recognized; 5.0 is spoken
    still_serves()


def test_association_groups_share_context_handles():
    with connect() as first:
        group = first.ack.group
        raw.check(group, 'no association group')
        counter = open_counter(first, 10)
        with connect(group=group) as second, connect() as stranger:
            tap.equal(second.ack.group, group)
            raw.check(stranger.ack.group != group, 'a new group has an old id')
            tap.equal([count(conn, counter) for conn in (first, second, first)], [11, 12, 13])
            expect_fault(CONTEXT_MISMATCH, count, stranger, counter)
        tap.equal(count(first, counter), 14)
        close_counter(first, counter)
        expect_fault(CONTEXT_MISMATCH, count, first, counter)


def test_context_handles_outlive_the_connection_that_opened_them():
    with connect() as first:
        counter = open_counter(first, 20)
        second = connect(group=first.ack.group)
    with second:
        tap.equal(count(second, counter), 21)


def test_altering_adds_contexts():
    with connect() as conn:
        ack = conn.bind([(1, MANAGEMENT, [raw.NDR]), (2, UNKNOWN, [raw.NDR]), (7, INTEROP, [raw.NDR])],
                        raw.ALTER_CONTEXT)
        tap.equal(results(ack), [(0, 0), (raw.PROVIDER_REJECTION, raw.NO_ABSTRACT_SYNTAX), (0, 0)])
        tap.equal((ack.address, ack.group), (b'', conn.ack.group))
        for context in (0, 7, 0):
            call_sum(conn, context=context)
            answer = conn.call(2, context=1)  # is_server_listening
            tap.equal(answer.get('Ii'), [0, 1])
            answer.end()
        expect_fault(INVALID_CONTEXT_ID, conn.call, NOTHING, context=2)


# ---- calls ----

def test_calls_of_every_kind():
    with connect() as conn:
        call_everything(conn)


def test_call_ids_are_the_clients_business():
    with connect() as conn:
        for call_id in (0, 1, 1, 0xffffffff, 0x80000000, 12, 5):
            call_sum(conn, call_id=call_id)


def test_a_hundred_requests_at_once():
    with connect() as conn:
        calls, octets = {}, b''
        for number in range(100):
            call_id = 1000 - number * 3
            stub = echo_stub(conn, bytes([number]) * (number * 7))
            octets += b''.join(conn.fragments(ECHO, stub, call_id))
            calls[call_id] = bytes([number]) * (number * 7)
        conn.send(octets)
        answers = conn.responses(dict.fromkeys(calls, 0))
        for call_id, data in calls.items():
            check_echo(answers[call_id], data)


def test_lists_of_any_length():
    length = 10000
    with connect() as conn:
        stub = conn.stub().put('I', 1)
        for i in range(length):
            stub.raw(struct.pack('<II', 0, i + 2 if i + 1 < length else 0))
        tap.equal(conn.call(LIST, stub, piece=4000).get('i'), 0)


def test_requests_in_fragments_of_any_size():
    for size in (1, 3, 7, 8, 9, 16, 24, 100, 127, 1001, 2999, 4000):
        with connect() as conn:
            call_echo(conn, 3001, piece=size)
            call_sum(conn, range(200), piece=size)
    with connect() as conn:
        call_padded(conn)


def test_fragments_without_stub_data():
    with connect() as conn:
        octets = bytes(range(200))
        stub = echo_stub(conn, octets)
        pieces = [b'', stub[:8], b'', stub[8:100], stub[100:], b'']
        for i, piece in enumerate(pieces):
            flags = (raw.FIRST if i == 0 else 0) | (raw.LAST if i + 1 == len(pieces) else 0)
            conn.send_pdu(raw.REQUEST, raw.request_body(ECHO, piece), flags=flags, call_id=9)
        check_echo(conn.response(9), octets)


def test_wrong_alloc_hints_do_no_harm():
    with connect() as conn:
        octets = bytes(range(100))
        stub = echo_stub(conn, octets)
        for hint in (0, 1, len(stub) * 2, 0x7fffffff, 0xffffffff):
            for flags, piece in ((raw.FIRST, stub[:40]), (0, stub[40:80]), (raw.LAST, stub[80:])):
                conn.send_pdu(raw.REQUEST, raw.request_body(ECHO, piece, hint=hint), flags=flags, call_id=9)
            check_echo(conn.response(9), octets)


def test_responses_in_fragments_that_fit():
    for max_recv in (5840, 4280, 1432, 1437, 512, 64):
        with connect(max_recv=max_recv) as conn:  # receive() compares each fragment with it
            for size in (0, 1, max_recv - 28, max_recv - 27, 3 * max_recv, 30001):
                call_echo(conn, size, piece=4000)


def test_octets_that_arrive_one_by_one():
    with connect() as conn:
        for fragment in conn.fragments(SUM, conn.stub().put('iIi', 1, 1, 42).octets, 3):
            for i in range(len(fragment)):
                conn.send(fragment[i:i + 1])
        tap.equal(conn.response(3).get('i'), 42)


def test_multiplexed_requests():
    with connect(flags=raw.WHOLE | raw.CONC_MPX) as conn:
        data = {5: bytes(range(256)) * 40, 3: b'x' * 9000, 4: b'', 0xfffffff0: b'yz' * 4000}
        queues = [conn.fragments(ECHO, echo_stub(conn, octets), call_id, piece=1024)
                  for call_id, octets in data.items()]
        while any(queues):
            for queue in queues:
                if queue:
                    conn.send(queue.pop(0))
        answers = conn.responses(dict.fromkeys(data, 0))
        for call_id, octets in data.items():
            check_echo(answers[call_id], octets)


def test_object_uuids_of_fragmented_requests():
    with connect() as conn:
        stub = bytes(64)  # more than the procedure wants, to have fragments; each carries the object
        tap.equal(conn.call(GET_OBJECT, stub, target=OBJECT, piece=8).uuid(), OBJECT)
        call_echo(conn, 999, target=OBJECT, piece=96)


# ---- faults ----

def test_exceptions_are_faults():
    with connect() as conn:
        for code in (4711, 5, 0xc0ffee01, 0xffffffff):
            expect_fault(code, conn.call, RAISE, conn.stub().put('I', code), flags=0)
        expect_fault(0x1c000001, conn.call, RAISE, conn.stub().put('I', 0xc0000094))  # nca_s_fault_int_div_by_zero
        call_sum(conn)


def test_procedures_that_do_not_exist():
    with connect() as conn:
        for opnum in (PROCEDURES, 0x7fff, 0xffff):
            expect_fault(OP_RNG_ERROR, conn.call, opnum, flags=raw.DID_NOT_EXECUTE)
            expect_fault(OP_RNG_ERROR, conn.call, opnum, bytes(5000), piece=1000)
        call_sum(conn)


def test_stub_data_that_makes_no_sense():
    with connect() as conn:
        stub = conn.stub
        for opnum, data in (
                (SUM, stub()), (SUM, stub().raw(b'\0\0')), (SUM, stub().put('i', 1)), (SUM, stub().put('iI', 1, 1)),
                (SUM, stub().put('iIi', 1000, 1000, 5)), (SUM, stub().put('iIi', -1, 0xffffffff, 5)),
                (SUM, stub().put('iIi', 0x40000000, 0x40000000, 5)), (SUM, stub().put('iIi', 0x40000001, 1, 5)),
                (SUM, stub().put('iIi', 2, 1, 5)), (SUM, stub().put('iIii', 1, 2, 5, 5)),
                (ECHO, stub().put('II', 5, 5).raw(b'four')),
                (MIX, stub().put('bhiq', 1, 2, 3, 4)), (MIX, stub().put('bhiqf', 1, 2, 3, 4, 5)),
                (REVERSE, stub().put('III', 3, 1, 2).raw(b'a\0\0\0')),
                (REVERSE, stub().put('III', 2, 0, 3).raw(bytes(6))),
                (REVERSE, stub().put('III', 2, 0, 2).raw(b'a\0b\0')), (REVERSE, stub().put('III', 0, 0, 0)),
                (REVERSE, stub().put('III', 0xffffffff, 0, 0xffffffff).raw(bytes(6))),
                (REVERSE, stub().put('III', 0x80000001, 0, 0x80000001).raw(bytes(6))),
                (LIST, stub().put('I', 1)), (LIST, stub().put('IiI', 1, 5, 2)),
                (PADDED, stub().put('iIiq', 1, 1, 1, 1)),
                (PADDED, stub().put('iIiqhdI', 1, 1, 1, 1, 1, 1, 9)),
                (PADDED, stub().put('iIiqhdIIII', 1, 1, 1, 1, 1, 1, 9, 5, 0, 5)),
                (CHOOSE, stub().put('i', 1)), (CHOOSE, stub().put('ii', 2, 2)),
                (OPEN, stub()), (COUNT, stub().raw(bytes(19)))):
            try:
                conn.call(opnum, data)
            except raw.Fault as fault:
                tap.equal((opnum, data.octets.hex(), fault.status), (opnum, data.octets.hex(), BAD_STUB_DATA))
            else:
                raise AssertionError(f'procedure {opnum} took {data.octets.hex()}')
        call_everything(conn)


def test_context_handles_that_do_not_exist():
    with connect() as conn:
        counter = open_counter(conn, 1)
        expect_fault(CONTEXT_MISMATCH, count, conn, (0, OBJECT))
        expect_fault(CONTEXT_MISMATCH, conn.call, CLOSE, counter_stub(conn, (0, OBJECT)))
        expect_fault(IN_NULL_CONTEXT, count, conn, (0, raw.NIL[0]))
        tap.equal(count(conn, counter), 2)


# ---- big-endian clients ----

def test_a_big_endian_client():
    with connect(order='>') as conn:
        call_everything(conn)
        call_echo(conn, 30001, piece=1000)
        expect_fault(4711, conn.call, RAISE, conn.stub().put('I', 4711))
        expect_fault(OP_RNG_ERROR, conn.call, PROCEDURES)
        expect_fault(BAD_STUB_DATA, conn.call, SUM, conn.stub().put('iIi', 1000, 1000, 5))
        tap.equal(results(conn.bind([(1, MANAGEMENT, [raw.NDR]), (2, UNKNOWN, [raw.NDR])], raw.ALTER_CONTEXT)),
                  [(0, 0), (raw.PROVIDER_REJECTION, raw.NO_ABSTRACT_SYNTAX)])
        tap.equal(conn.call(2, context=1).get('Ii'), [0, 1])


def test_byte_orders_are_each_requests_own():
    with connect() as little, connect(order='>', group=little.ack.group) as big:
        tap.equal(big.ack.group, little.ack.group)
        counter = open_counter(little, 1)
        tap.equal([count(conn, counter) for conn in (big, little)], [2, 3])
        for order in '><>':
            little.order = order
            call_everything(little)


# ---- clients with other characters and numbers ----

def call_foreign(conn, single, double, one):
    """do_mix and do_records. single: the octets of 1.5, double: of -2.25, one: of 1.0 in single precision."""
    stub = conn.stub().put('bhiq', -5, -1000, 100000, 7).raw(single).align(8).raw(double)
    answer = conn.call(MIX, stub)
    tap.equal(answer.get('dq'), [-3.375, -5 - 1000 + 100000 + 7])
    answer.end()
    name = 'Jos\u00e9 [1]^'.encode('cp037')  # IBM-1047, but for six characters
    name = name.translate(bytes.maketrans(b'\xba\xbb\xb0', b'\xad\xbd\x5f')) + b'\0'
    stub = conn.stub().put('iIi', 1, 1, 41).raw(one).put('I', 0x20000).put('III', len(name), 0, len(name)).raw(name)
    answer = conn.call(RECORDS, stub)
    tap.equal(answer.get('Iif'), [1, 42, 0.5])
    raw.check(answer.get('I'), 'a null string')
    tap.equal(answer.string('latin-1'), '*os\u00e9 [1]^')
    answer.end()


def mix_with(conn, single):
    return conn.stub().put('bhiq', 1, 1, 1, 1).raw(single).align(8).raw(bytes(8))


def test_a_client_with_ebcdic_and_vax_numbers():
    with connect(drep=b'\x11\1\0\0') as conn:
        call_foreign(conn, b'\xc0\x40\0\0', b'\x22\xc0' + bytes(6), b'\x80\x40\0\0')
        expect_fault(BAD_STUB_DATA, conn.call, MIX, mix_with(conn, b'\0\x80\0\0'))


def test_a_client_with_ebcdic_and_ibm_numbers():
    with connect(order='>', drep=b'\1\3\0\0') as conn:
        call_foreign(conn, b'\x41\x18\0\0', b'\xc1\x24' + bytes(6), b'\x41\x10\0\0')
        expect_fault(FP_OVERFLOW, conn.call, MIX, mix_with(conn, b'\x7f\x80\0\0'))


# ---- what is not answered ----

def test_maybe_requests_are_not_answered():
    with connect() as conn:
        conn.request(NOTHING, flags=raw.MAYBE)
        conn.request(RAISE, conn.stub().put('I', 5).octets, flags=raw.MAYBE)
        conn.request(PROCEDURES, flags=raw.MAYBE)
        conn.request(NOTHING, context=9, flags=raw.MAYBE)
        conn.request(ECHO, echo_stub(conn, bytes(5000)), flags=raw.MAYBE, piece=1000)
        call_sum(conn)


def test_cancels_do_no_harm():
    with connect() as conn:
        conn.send_pdu(raw.CO_CANCEL, call_id=1)
        conn.send_pdu(raw.CO_CANCEL, call_id=0xffffffff)
        first, *rest = conn.fragments(ECHO, echo_stub(conn, bytes(100)), 50, piece=40)
        conn.send(first)
        conn.send_pdu(raw.CO_CANCEL, call_id=50)
        conn.send(b''.join(rest))
        conn.send_pdu(raw.CO_CANCEL, call_id=50)
        check_echo(conn.response(50), bytes(100))
        call_sum(conn, flags=raw.PENDING_CANCEL)


def test_orphans_are_not_answered():
    with connect() as conn:
        conn.send_pdu(raw.ORPHANED, call_id=1)
        for sent in (1, 2):
            fragments = conn.fragments(ECHO, echo_stub(conn, bytes(100)), 50, piece=40)
            conn.send(b''.join(fragments[:sent]))
            conn.send_pdu(raw.ORPHANED, call_id=50)
            conn.send(b''.join(fragments[sent:]))  # were on their way
            call_sum(conn)
        call_echo(conn, 100, call_id=50)


# ---- hostile clients ----

def sends_in_vain(octets, bound=True):
    """Sends that, and nothing more: the connection ends, perhaps after a fault or bind_nak, and the server goes on."""
    with (connect() if bound else raw.Connection(PORT)) as conn:
        try:
            conn.send(octets)
            conn.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it has been ended already
        try:
            while True:
                answer = conn.receive()
                raw.check(answer.type in (raw.FAULT, raw.BIND_NAK), f'{octets[:64].hex()}: answer {answer}')
        except raw.Closed:
            pass
    still_serves()


def test_octets_that_are_no_pdu():
    for bound in (False, True):
        sends_in_vain(b'', bound)
        sends_in_vain(b'GET / HTTP/1.1\r\nHost: rpc\r\n\r\n', bound)
        sends_in_vain(bytes(1000), bound)
        sends_in_vain(b'\xff' * 70000, bound)
        sends_in_vain(b'\5\0', bound)


def test_headers_that_lie():
    good = raw.request_body(SUM, struct.pack('<iIi', 1, 1, 5))
    for wrong in ({'major': 4}, {'major': 6}, {'minor': 9}, {'frag_length': 0}, {'frag_length': 15},
                  {'frag_length': 16}, {'frag_length': 23}, {'frag_length': 37}, {'frag_length': 65535},
                  {'auth_length': 1}, {'auth_length': 28}, {'auth_length': 65535}, {'drep': b'\x20\0\0\0'},
                  {'drep': b'\x10\4\0\0'}):
        sends_in_vain(raw.pdu(raw.REQUEST, good, **wrong))
    sends_in_vain(raw.pdu(raw.REQUEST, good[:8], raw.WHOLE | raw.OBJECT))


def test_pdus_that_no_client_sends():
    for kind in (1, raw.RESPONSE, raw.FAULT, 4, 5, 6, 7, 8, 9, 10, raw.BIND_ACK, raw.BIND_NAK, raw.ALTER_CONTEXT_RESP,
                 raw.SHUTDOWN, 20, 255):
        sends_in_vain(raw.pdu(kind, bytes(40)))


def test_pdus_at_the_wrong_time():
    good_bind = raw.bind_body([(0, INTEROP, [raw.NDR])])
    request = raw.request_body(NOTHING)
    first = raw.pdu(raw.REQUEST, raw.request_body(ECHO, bytes(8)), raw.FIRST, call_id=5)
    sends_in_vain(raw.pdu(raw.REQUEST, request), bound=False)
    sends_in_vain(raw.pdu(raw.ALTER_CONTEXT, good_bind), bound=False)
    sends_in_vain(raw.pdu(raw.CO_CANCEL), bound=False)
    sends_in_vain(raw.pdu(raw.AUTH3, bytes(4), auth=bytes(16)), bound=False)
    sends_in_vain(raw.pdu(raw.BIND, good_bind))  # a second one
    sends_in_vain(first + first)
    sends_in_vain(first)  # and no more
    sends_in_vain(raw.pdu(raw.REQUEST, request, auth=bytes(16)))
    sends_in_vain(raw.pdu(raw.AUTH3, bytes(4), auth=bytes(16)))
    sends_in_vain(raw.pdu(raw.ALTER_CONTEXT, good_bind, auth=bytes(16), auth_type=99))


def test_binds_that_lie():
    good = raw.bind_body([(0, INTEROP, [raw.NDR])])
    for body in (good[:-1], good[:20], good[:12], good[:8] + b'\0' + good[9:], good[:8] + b'\2' + good[9:],
                 good[:8] + b'\xff' + good[9:], good[:14] + b'\2' + good[15:], good[:14] + b'\xff' + good[15:],
                 raw.bind_body([(0, INTEROP, [raw.NDR])], max_recv=0),
                 raw.bind_body([(0, INTEROP, [raw.NDR])], max_recv=24)):
        sends_in_vain(raw.pdu(raw.BIND, body), bound=False)
        sends_in_vain(raw.pdu(raw.BIND, body)[:-3], bound=False)


def test_clients_that_vanish():
    conns = [connect(max_recv=1432) for _ in range(30)]
    for number, conn in enumerate(conns):
        if number % 3:
            conn.request(ECHO, echo_stub(conn, bytes(300000)), piece=4000)
        if number % 3 == 2:
            conn.send(conn.fragments(ECHO, bytes(100), 9999, piece=8)[0])
        if number % 2:
            conn.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))  # reset
        conn.socket.close()
    still_serves()


def test_random_damage():
    damage = random.Random(20)
    bind = raw.pdu(raw.BIND, raw.bind_body([(0, INTEROP, [raw.NDR]), (1, MANAGEMENT, [raw.NDR])]))
    stub = raw.Stub().put('iIiqhdI', 1, 1, 1, 2, 3, 4.0, 1).string('name').octets
    requests = [raw.pdu(raw.REQUEST, raw.request_body(PADDED, stub[:32]), raw.FIRST, 7),
                raw.pdu(raw.REQUEST, raw.request_body(PADDED, stub[32:]), raw.LAST, 7),
                raw.pdu(raw.REQUEST, raw.request_body(REVERSE, raw.Stub().string('text', 'utf-16').octets), call_id=8)]
    whole = bind + b''.join(requests)
    for _ in range(300):
        octets = bytearray(whole)
        for _ in range(damage.randint(1, 4)):
            octets[damage.randrange(len(octets))] = damage.choice((0, 1, 2, 3, 4, 5, 8, 16, 127, 128, 255))
        with raw.Connection(PORT) as conn:
            try:
                conn.send(octets[:damage.randint(len(octets) // 2, len(octets))])
                conn.socket.shutdown(socket.SHUT_WR)
                while conn.socket.recv(4096):
                    pass
            except ConnectionError:
                pass
    still_serves()


def test_everything_still_works():
    with connect() as conn:
        call_everything(conn)


with peers.server('n') as endpoints:
    PORT = endpoints['ncacn_ip_tcp']
    RESULT = tap.main(globals())
sys.exit(RESULT)
