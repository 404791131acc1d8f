# SPDX-License-Identifier: LGPL-2.1-or-later
"""Our DLL and Wine's built-in one call each other, on every protocol sequence and on both architectures."""
import sys

import peers
import tap

CHECKS = 14
PLAIN_CHECKS = 10  # those that the built-in DLL passes with itself


def call_everything(server_dll, client_dll, server_arch='x86_64', client_arch='x86_64'):
    for arch in (server_arch, client_arch):
        if arch not in tap.WINE_ARCHS:
            raise tap.Skip(f'this Wine cannot run {arch} programs')
    plain = ('plain',) if 'b' in (server_dll, client_dll) else ()
    with peers.server(server_dll, server_arch) as where:
        for protseq, endpoint in where.items():
            status, out = peers.client(client_dll, protseq, endpoint, *plain, arch=client_arch)
            good = [line for line in out.splitlines() if line.startswith('ok ')]
            if status or len(good) != (PLAIN_CHECKS if plain else CHECKS):
                raise AssertionError(f'{protseq}: exit status {status}\n{out}')


def test_our_client_calls_the_built_in_server():
    call_everything('b', 'n')


def test_the_built_in_client_calls_our_server():
    call_everything('n', 'b')


def test_our_client_calls_our_server():
    call_everything('n', 'n')


def test_our_32_bit_client_calls_our_64_bit_server():
    call_everything('n', 'n', 'x86_64', 'i386')


def test_our_64_bit_client_calls_our_32_bit_server():
    call_everything('n', 'n', 'i386', 'x86_64')


def test_our_32_bit_client_calls_the_built_in_server():
    call_everything('b', 'n', 'i386', 'i386')


def test_the_built_in_32_bit_client_calls_our_server():
    call_everything('n', 'b', 'i386', 'i386')


sys.exit(tap.main(globals()))
