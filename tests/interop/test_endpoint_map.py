# SPDX-License-Identifier: LGPL-2.1-or-later
"""Servers and clients on our DLL and on Wine's built-in one find each other through Wine's endpoint mapper."""
import contextlib
import subprocess
import sys

import peers
import tap

NOT_REGISTERED = 'RpcEpResolveBinding: 1753'
# The built-in client asks for TCP endpoints at port 135, where Wine's mapper does not listen.
ASKABLE = {'n': ('ncalrpc', 'ncacn_np', 'ncacn_ip_tcp'), 'b': ('ncalrpc', 'ncacn_np')}


def program(arch):
    if arch not in tap.WINE_ARCHS:
        raise tap.Skip(f'this Wine cannot run {arch} programs')
    return tap.BUILDDIR / f'tests/interop/{arch}-windows/map_peer.exe'


@contextlib.contextmanager
def server(dll, arch='x86_64', command='serve'):
    """A server that has registered its endpoints; gives what identifies it."""
    with subprocess.Popen([peers.WINE, program(arch), command], env=peers.environment(dll), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, text=True) as process:
        try:
            ready = process.stdout.readline().split()
            tap.equal(ready[:1], ['ready'])
            yield ready[1]
        finally:
            process.kill()


def client(dll, command, protseq, address='', arch='x86_64'):
    arguments = [peers.WINE, program(arch), command, protseq] + ([address] if address else [])
    return tap.run(arguments, env={'WINEDLLOVERRIDES': f'rpcrt4={dll};mscoree,mshtml='})[1].strip()


def find(server_dll, client_dll, server_arch='x86_64', client_arch='x86_64'):
    with server(server_dll, server_arch) as identity:
        for protseq in ASKABLE[client_dll]:
            tap.equal((protseq, client(client_dll, 'find', protseq, arch=client_arch)), (protseq, identity))


def test_our_client_finds_the_built_in_server():
    find('b', 'n')


def test_the_built_in_client_finds_our_server():
    find('n', 'b')


def test_our_client_finds_our_server():
    find('n', 'n')


def test_our_32_bit_client_finds_our_64_bit_server():
    find('n', 'n', 'x86_64', 'i386')


def test_our_64_bit_client_finds_our_32_bit_server():
    find('n', 'n', 'i386', 'x86_64')


def test_our_32_bit_client_finds_the_built_in_server():
    find('b', 'n', 'i386', 'i386')


def test_the_built_in_32_bit_client_finds_our_server():
    find('n', 'b', 'i386', 'i386')


def test_names_of_this_machine():
    with server('b') as identity:
        for address in ('localhost', '127.0.0.1', '::1'):
            answer = client('n', 'find', 'ncacn_ip_tcp', address)
            if address != '::1':  # the built-in server listens on IPv4 only
                tap.equal((address, answer), (address, identity))
            elif answer.startswith('RpcEpResolveBinding'):
                raise AssertionError(answer)


def test_nobody_finds_what_our_server_has_unregistered():
    with server('n', command='unserve'):
        for dll in ('n', 'b'):
            for protseq in ASKABLE[dll]:
                tap.equal((dll, protseq, client(dll, 'find', protseq)), (dll, protseq, NOT_REGISTERED))


def test_we_see_the_built_in_server_listen():
    with server('b'):
        for protseq in ASKABLE['n']:
            tap.equal((protseq, client('n', 'listening', protseq)), (protseq, '0'))


def test_the_built_in_client_sees_our_server_listen():
    with server('n'):
        for protseq in ASKABLE['b']:
            tap.equal((protseq, client('b', 'listening', protseq)), (protseq, '0'))


sys.exit(tap.main(globals()))
