# SPDX-License-Identifier: LGPL-2.1-or-later
"""Authenticated calls between our DLL and Wine's built-in one, with the tests' own security package."""
import sys

import peers
import tap

PLAIN_CHECKS = 10
PASSWORD = 'open sesame'
TWO_LEGS, THREE_LEGS = 92, 93
CONNECT, INTEGRITY, PRIVACY = 2, 5, 6


def call_everything(server_dll, client_dll, arch='x86_64'):
    if arch not in tap.WINE_ARCHS:
        raise tap.Skip(f'this Wine cannot run {arch} programs')
    tap.equal(tap.run([peers.WINE, peers.program(arch), 'install'], env={'WINEDLLOVERRIDES': 'mscoree,mshtml='})[0], 0)
    with peers.server(server_dll, arch) as where:
        for protseq, endpoint in where.items():
            for service in (TWO_LEGS, THREE_LEGS):
                for level in (CONNECT, INTEGRITY, PRIVACY):
                    status, out = peers.client(client_dll, protseq, endpoint, 'plain', str(service), str(level), 'alice',
                                               PASSWORD, arch=arch)
                    good = [line for line in out.splitlines() if line.startswith('ok ')]
                    if status or len(good) != PLAIN_CHECKS:
                        raise AssertionError(f'{protseq}, service {service}, level {level}: exit status {status}\n{out}')


def test_our_client_calls_our_server():
    call_everything('n', 'n')


def test_our_client_calls_the_built_in_server():
    call_everything('b', 'n')


def test_the_built_in_client_calls_our_server():
    call_everything('n', 'b')


sys.exit(tap.main(globals()))
