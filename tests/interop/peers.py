# SPDX-License-Identifier: LGPL-2.1-or-later
"""The processes of interop tests: interop_peer.exe on our DLL ("n", native) or on Wine's own ("b", built-in)."""
import contextlib
import os
import subprocess

import tap

WINE = os.environ['WINE']
serial = 0


def program(arch):
    return tap.BUILDDIR / f'tests/interop/{arch}-windows/interop_peer.exe'


def environment(dll):
    return {**os.environ, 'WINEDLLOVERRIDES': f'rpcrt4={dll};mscoree,mshtml='}


def endpoints():
    """A fresh endpoint for each protocol sequence."""
    global serial
    serial += 1
    name = f'rpcrt4-interop-{os.getpid()}-{serial}'
    # Not a port that clients get (from 32768 on): one that has just been closed could not be listened on.
    return {'ncacn_ip_tcp': str(20000 + (os.getpid() * 7 + serial) % 12000), 'ncalrpc': name,
            'ncacn_np': '\\pipe\\' + name}


@contextlib.contextmanager
def server(dll, arch='x86_64'):
    """A server on every protocol sequence; gives its endpoints."""
    where = endpoints()
    arguments = [word for pair in where.items() for word in pair]
    with subprocess.Popen([WINE, program(arch), 'serve', *arguments], env=environment(dll), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, text=True) as process:
        try:
            tap.equal(process.stdout.readline().strip(), 'ready')
            yield where
        finally:
            process.kill()


def client(dll, protseq, endpoint, *more, arch='x86_64'):
    """(exit status, output) of a client that makes calls of every kind."""
    status, out, _ = tap.run([WINE, program(arch), 'call', protseq, endpoint, *more],
                             env={'WINEDLLOVERRIDES': f'rpcrt4={dll};mscoree,mshtml='})
    return status, out
