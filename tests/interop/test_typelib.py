# SPDX-License-Identifier: LGPL-2.1-or-later
"""Interfaces that are marshalled by their type library, between 64-bit and 32-bit processes: test_wine_typelib of the
conformance tests, its server started apart."""
import contextlib
import subprocess
import sys
import uuid

import tap
from peers import WINE, environment


def command(arch, *arguments):
    folder = tap.BUILDDIR / f'tests/conformance/{arch}-windows'
    return [WINE, folder / 'test_wine_typelib.exe', *arguments]


@contextlib.contextmanager
def server(arch):
    name = '{' + str(uuid.uuid4()).upper() + '}'
    with subprocess.Popen(command(arch, 'server', name), env=environment('n'), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, text=True) as process:
        try:
            tap.equal(process.stdout.readline().strip(), 'ready')
            yield name
        finally:
            process.kill()


def works(client_arch, server_arch):
    with server(server_arch) as name:
        status, *out = tap.run(command(client_arch, 'client', name),
                               env={'WINEDLLOVERRIDES': 'rpcrt4=n;mscoree,mshtml='})
        tap.equal((status, out if status else ''), (0, ''))


def test_a_64_bit_client_with_a_32_bit_server():
    need_both()
    works('x86_64', 'i386')


def test_a_32_bit_client_with_a_64_bit_server():
    need_both()
    works('i386', 'x86_64')


def need_both():
    if len(tap.WINE_ARCHS) < 2:
        raise tap.Skip('this Wine runs one architecture only')


if __name__ == '__main__':
    sys.exit(tap.main(globals()))
