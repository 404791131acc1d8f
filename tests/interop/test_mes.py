# SPDX-License-Identifier: LGPL-2.1-or-later
"""Serialized types between our DLL and impacket, serialized procedures between it and Wine's own."""
import struct
import sys

from impacket.dcerpc.v5 import ndr
from impacket.dcerpc.v5.dtypes import LONG, LONGLONG, LPSTR, LPWSTR, SHORT
from impacket.dcerpc.v5.rpcrt import TypeSerialization1

import tap
from peers import WINE


class ValueArray(ndr.NDRUniConformantArray):
    item = '<h'


class ValuePointer(ndr.NDRPOINTER):
    referent = (('Data', ValueArray),)


class Tail(ndr.NDRSTRUCT):
    structure = (('Text', LPSTR), ('Number', SHORT))


class TailPointer(ndr.NDRPOINTER):
    referent = (('Data', Tail),)


class Record(ndr.NDRSTRUCT):
    structure = (('Number', LONG), ('Wide', LONGLONG), ('Name', LPWSTR), ('Count', LONG), ('Values', ValuePointer),
                 ('Rest', TailPointer))


class RecordPointer(ndr.NDRPOINTER):
    referent = (('Data', Record),)


class SerializedRecord(TypeSerialization1):
    structure = (('Record', RecordPointer),)


def run(dll, arch, *arguments):
    program = tap.BUILDDIR / f'tests/interop/{arch}-windows/mes_peer.exe'
    return tap.run([WINE, program, *arguments], env={'WINEDLLOVERRIDES': f'rpcrt4={dll};mscoree,mshtml='})[:2]


def output(dll, arch, *arguments):
    status, text = run(dll, arch, *arguments)
    tap.equal((status, text if status else ''), (0, ''))
    return text.replace('\r', '').strip()


def test_we_encode():
    for arch in tap.WINE_ARCHS:
        octets = bytes.fromhex(output('n', arch, 'encode-type'))
        serialized = SerializedRecord(octets)
        tap.equal(serialized['CommonHeader']['Version'], 1)
        tap.equal(serialized['CommonHeader']['CommonHeaderLength'], 8)
        length = serialized['PrivateHeader']['ObjectBufferLength']
        tap.equal(length % 8, 0)
        serialized.fromStringReferents(octets, len(serialized.getData()))
        record = serialized['Record']
        tap.equal((record['Number'], record['Wide'], record['Name'], [int(value) for value in record['Values']]),
                  (1, 0x0102030405060708, 'price \u20ac\0', [1, -2, 3]))
        tap.equal((record['Rest']['Text'], record['Rest']['Number']), ('tail\0', -7))
        # The second object: a null pointer.
        tap.equal(octets[16 + length:], bytes([8]) + bytes(15))


def test_impacket_encodes():
    serialized = SerializedRecord()
    record = serialized['Record']
    record['Number'], record['Wide'], record['Name'], record['Count'] = 7, 2 ** 40, 'one\0', 2
    record['Values'] = [-5, 6]
    record['Rest']['Text'], record['Rest']['Number'] = 'end\0', 9
    octets = serialized.getData()
    octets += serialized.getDataReferents(len(octets))
    # impacket's own length leaves out the gap before the structure.
    octets = octets[:8] + struct.pack('<I', len(octets) - 16) + octets[12:]
    for arch in tap.WINE_ARCHS:
        for padding in b'', b'\xfa' * (-len(octets) % 8):    # impacket's own programs pad it so
            tap.equal(output('n', arch, 'decode-type', (octets + padding).hex()),
                      '7 1099511627776 006f006e0065 -5 6 end 9')


def test_procedures_with_the_builtin():
    """Octet by octet, and both ways. The built-in DLL knows -Oi descriptors of 32-bit programs only."""
    if 'i386' not in tap.WINE_ARCHS:
        raise tap.Skip('no 32-bit programs here')
    ours, theirs = (output(dll, 'i386', 'encode-procedure') for dll in 'nb')
    tap.equal(ours, theirs)
    for arch in tap.WINE_ARCHS:
        tap.equal(output('n', arch, 'encode-procedure'), theirs)
        tap.equal(output('n', arch, 'decode-procedure', theirs), '11223344 hello 102030405060708\n11223344 hello 102030405060708')
    tap.equal(output('b', 'i386', 'decode-procedure', ours), output('n', 'i386', 'decode-procedure', ours))


if __name__ == '__main__':
    sys.exit(tap.main(globals()))
