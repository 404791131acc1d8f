# SPDX-License-Identifier: LGPL-2.1-or-later
"""Stubs for NDR64 between our DLL and Wine's built-in one, which knows only NDR 2.0; and independent clients that speak
NDR64 with our server."""
import contextlib
import struct
import subprocess
import sys

from impacket.dcerpc.v5 import transport
from impacket.uuid import uuidtup_to_bin

import peers
import raw_client as raw
import tap

INTERFACES = {name: (f'7d0e52a4-19c3-4b8e-8a27-415c930bee{number:02}', 1, 0)
              for number, name in enumerate(('dce', 'ndr64', 'all'))}
NDR64 = ('71710533-beba-4937-8319-b5dbef9ccc36', 1, 0)
FEATURES = ('6cb71c2c-9812-4540-0300-000000000000', 1, 0)
ADD, LENGTH, SCALE, REVERSE, ANSWER = range(5)
LAST = 11
BAD_STUB_DATA = 1783
PROGRAM = tap.BUILDDIR / 'tests/interop/x86_64-windows/ndr64_peer.exe'
PORT = None


@contextlib.contextmanager
def server(dll):
    where = peers.endpoints()
    arguments = [word for pair in where.items() for word in pair]
    with subprocess.Popen([peers.WINE, PROGRAM, 'serve', *arguments], env=peers.environment(dll),
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
        try:
            tap.equal(process.stdout.readline().strip(), 'ready')
            yield where
        finally:
            process.kill()


def client(dll, protseq, endpoint, *protocols):
    arguments = [peers.WINE, PROGRAM, 'call', protseq, endpoint, *protocols]
    return tap.run(arguments, env={'WINEDLLOVERRIDES': f'rpcrt4={dll};mscoree,mshtml='})[1].strip()


def call_all(server_dll, client_dll, cases):
    with server(server_dll) as where:
        for protseq, endpoint in where.items():
            for protocols, expected in cases.items():
                tap.equal((protseq, protocols, client(client_dll, protseq, endpoint, *protocols)),
                          (protseq, protocols, expected))


def test_our_client_calls_our_server():
    call_all('n', 'n', {('all', 'all'): '64', ('all', 'dce'): '20', ('all', 'ndr64'): '64', ('dce', 'all'): '20',
                        ('ndr64', 'all'): '64'})


def test_our_client_calls_the_built_in_server():
    call_all('b', 'n', {('all', 'all'): '20', ('all', 'dce'): '20', ('dce', 'all'): '20'})


def test_our_ndr64_client_is_refused_by_the_built_in_server():
    unsupported = 'raised 1730\nnot ok a call'
    call_all('b', 'n', {('ndr64', 'all'): unsupported, ('ndr64', 'dce'): unsupported})


def test_the_built_in_client_calls_our_server():
    # whose NdrClientCall3 takes only stubs for several syntaxes
    call_all('n', 'b', {('all', 'all'): '20', ('all', 'dce'): '20'})


# ---- binding ----

def results(ack):
    return [result[:2] for result in ack.results]


ACCEPTED, REFUSED, FEATURES_ACK = (0, 0), (raw.PROVIDER_REJECTION, raw.NO_TRANSFER_SYNTAX), (3, 2)


def test_ndr64_outdoes_ndr_in_the_same_bind():
    both = INTERFACES['all']
    offers = [(0, both, [raw.NDR]), (1, both, [NDR64]), (2, both, [FEATURES])]
    for order in (offers, [offers[1], offers[0], offers[2]]):
        with raw.Connection(PORT) as conn:
            ack = conn.bind(order)
            tap.equal(sorted(zip([offer[0] for offer in order], results(ack))),
                      [(0, REFUSED), (1, ACCEPTED), (2, FEATURES_ACK)])
            # … but it may be added.
            tap.equal(results(conn.bind([(5, both, [raw.NDR])], raw.ALTER_CONTEXT)), [ACCEPTED])
            expect_add(conn, context=1)
            expect_add(conn, context=5)


def test_each_interface_for_itself():
    with raw.Connection(PORT) as conn:
        ack = conn.bind([(0, INTERFACES['dce'], [raw.NDR]), (1, INTERFACES['dce'], [NDR64]),
                         (2, INTERFACES['ndr64'], [raw.NDR]), (3, INTERFACES['ndr64'], [NDR64]),
                         (4, INTERFACES['all'], [raw.NDR])])
        tap.equal(results(ack), [ACCEPTED, REFUSED, REFUSED, ACCEPTED, ACCEPTED])


def test_one_context_with_both():
    for order in ([raw.NDR, NDR64], [NDR64, raw.NDR]):
        with raw.Connection(PORT) as conn:
            ack = conn.bind([(0, INTERFACES['all'], order), (1, INTERFACES['dce'], order)])
            tap.equal([result[2] for result in ack.results], [NDR64, raw.NDR])


# ---- calls ----

def expect_add(conn, context=0):
    answer = conn.call(ADD, conn.stub().put('ii', 40, 2), context=context)
    tap.equal(answer.get('ii'), [42, 42])
    answer.end()


def request(function, expected_syntax, expected, opnum, stub):
    """The octets of a reply, and in which syntax the server took the request."""
    tap.equal(function(opnum, stub), expected)
    tap.equal(struct.unpack('<iii', function(LAST, b''))[0], expected_syntax)


@contextlib.contextmanager
def impacket_client(interface, syntax):
    dce = transport.DCERPCTransportFactory(f'ncacn_ip_tcp:127.0.0.1[{PORT}]').get_dce_rpc()
    dce.connect()
    try:
        dce.bind(uuidtup_to_bin((interface[0], '1.0')), transfer_syntax=(syntax[0], f'{syntax[1]}.{syntax[2]}'))

        def call(opnum, stub):
            dce.call(opnum, stub)
            return dce.recv()
        yield call
    finally:
        dce.disconnect()


def test_impacket_in_ndr64():
    for name in ('all', 'ndr64'):
        with impacket_client(INTERFACES[name], NDR64) as call:
            request(call, 64, struct.pack('<ii', 5, 5), ADD, struct.pack('<ii', 2, 3))
            # counts of 8 octets; the hyper is aligned
            request(call, 64, struct.pack('<qi', 84, 3), LENGTH,
                    struct.pack('<QQQ', 4, 0, 4) + 'abc\0'.encode('utf-16-le') + struct.pack('<q', 42))
            request(call, 64, struct.pack('<Qiii', 2, 9, 7, 16), REVERSE, struct.pack('<i4xQii', 2, 2, 7, 9))
            # a referent of 8 octets; the server's own is not ours to know
            reply = call(ANSWER, struct.pack('<QQQQ', 77, 2, 0, 2) + 'x\0'.encode('utf-16-le'))
            tap.equal(reply[8:], struct.pack('<QQQ', 2, 0, 2) + 'x\0'.encode('utf-16-le') + struct.pack('<i', 1))
            raw.check(reply[:8] != bytes(8), 'a null referent')


def test_impacket_in_ndr():
    for name in ('all', 'dce'):
        with impacket_client(INTERFACES[name], raw.NDR) as call:
            request(call, 20, struct.pack('<Iiii', 2, 9, 7, 16), REVERSE, struct.pack('<iIii', 2, 2, 7, 9))


def test_impacket_is_refused_what_a_server_has_not():
    for name, syntax in (('dce', NDR64), ('ndr64', raw.NDR)):
        try:
            with impacket_client(INTERFACES[name], syntax):
                pass
        except Exception as error:  # of impacket's own kind
            raw.check('proposed_transfer_syntaxes_not_supported' in str(error), str(error))
        else:
            raise AssertionError(f'{name} was bound')


def test_hostile_requests():
    requests = [struct.pack('<i4xQi', 1, count, 1) for count in (0, 2, 1 << 31, 1 << 32 | 1, (1 << 64) - 1)]
    requests += [struct.pack('<i4xQi', 1, 1, 1)[:length] for length in range(20)]
    with raw.Connection(PORT) as conn:
        tap.equal(results(conn.bind([(0, INTERFACES['all'], [NDR64])])), [ACCEPTED])
        for octets in requests:
            try:
                conn.call(REVERSE, octets)
            except raw.Fault as fault:
                tap.equal(fault.status, BAD_STUB_DATA)
            else:
                raise AssertionError(f'an answer to {octets.hex()}')
        expect_add(conn)


if 'x86_64' not in tap.WINE_ARCHS:
    print('1..0 # skip this Wine runs no 64-bit programs')
    sys.exit(0)
with server('n') as endpoints:
    PORT = endpoints['ncacn_ip_tcp']
    RESULT = tap.main(globals())
sys.exit(RESULT)
