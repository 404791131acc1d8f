# SPDX-License-Identifier: LGPL-2.1-or-later
"""Our client authenticates by NTLM, signs and seals; an independent implementation (ntlm_gateway.py) judges that."""
import sys

import ntlm_gateway
import peers
import tap

CHECKS = 10
USER, PASSWORD = 'alice', 'open sesame'


def call_through(level, password=PASSWORD, arch='x86_64', **gateway):
    """The gateway, afterwards, and how many checks of the client were good."""
    if arch not in tap.WINE_ARCHS:
        raise tap.Skip(f'this Wine cannot run {arch} programs')
    with peers.server('n') as where, ntlm_gateway.Gateway(where['ncacn_ip_tcp'], USER, PASSWORD, **gateway) as gateway:
        status, out = peers.client('n', 'ncacn_ip_tcp', str(gateway.port), 'plain', str(ntlm_gateway.WINNT), str(level), USER,
                                   password, arch=arch)
        good = [line for line in out.splitlines() if line.startswith('ok ')]
        return gateway, len(good), f'exit status {status}, the gateway says {gateway.problems}\n{out}'


def expect_good(level, **more):
    gateway, good, report = call_through(level, **more)
    if good != CHECKS or gateway.problems or set(gateway.levels) != {level}:
        raise AssertionError(report)
    return gateway


def test_connect():
    expect_good(ntlm_gateway.CONNECT)


def test_integrity():
    tap.equal(expect_good(ntlm_gateway.INTEGRITY).checked > CHECKS, True)


def test_privacy():
    tap.equal(expect_good(ntlm_gateway.PRIVACY).checked > CHECKS, True)


def test_privacy_of_a_32_bit_client():
    expect_good(ntlm_gateway.PRIVACY, arch='i386')


def test_servers_that_do_not_sign_headers():
    for level in (ntlm_gateway.INTEGRITY, ntlm_gateway.PRIVACY):
        expect_good(level, signs_headers=False)


def test_wrong_password():
    gateway, good, report = call_through(ntlm_gateway.PRIVACY, 'something else')
    if good or 'another password' not in gateway.problems:
        raise AssertionError(report)


if __name__ == '__main__':
    sys.exit(tap.main(globals()))
