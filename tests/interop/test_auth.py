# SPDX-License-Identifier: LGPL-2.1-or-later
"""Authenticated calls between processes, and from Wine's built-in DLL, with the tests' own security package."""
import sys

import peers
import tap

PLAIN_CHECKS = 10
PASSWORD = 'open sesame'
TWO_LEGS, THREE_LEGS = 92, 93
CONNECT, INTEGRITY, PRIVACY = 2, 5, 6


def call_everything(client_dll, services, levels, server_arch='x86_64', client_arch='x86_64'):
    for arch in (server_arch, client_arch):
        if arch not in tap.WINE_ARCHS:
            raise tap.Skip(f'this Wine cannot run {arch} programs')
    tap.equal(tap.run([peers.WINE, peers.program(server_arch), 'install'], env=peers.environment('b'))[0], 0)
    with peers.server('n', server_arch) as where:
        endpoint = where['ncacn_ip_tcp']
        for service in services:
            for level in levels:
                status, out = peers.client(client_dll, 'ncacn_ip_tcp', endpoint, 'plain', str(service), str(level), 'alice',
                                           PASSWORD, arch=client_arch)
                good = [line for line in out.splitlines() if line.startswith('ok ')]
                if status or len(good) != PLAIN_CHECKS:
                    raise AssertionError(f'service {service}, level {level}: exit status {status}\n{out}')


def test_our_client_calls_our_server():
    call_everything('n', (TWO_LEGS, THREE_LEGS), (CONNECT, INTEGRITY, PRIVACY))


def test_our_32_bit_client_calls_our_64_bit_server():
    call_everything('n', (THREE_LEGS,), (PRIVACY,), 'x86_64', 'i386')


def test_the_built_in_client_calls_our_server():
    # Not at higher levels: it signs headers without offering to (docs/compatibility.md).
    call_everything('b', (THREE_LEGS,), (CONNECT,))


sys.exit(tap.main(globals()))
