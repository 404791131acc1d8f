#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Looking for something (transport/spin.h) must not keep the one that would bring it from running: asynchronous calls,
and all at once, with client and server on one processor."""
import os
import sys

import tap


def on_one_processor(program):
    processor = min(os.sched_getaffinity(0))
    status, out, _ = tap.run([os.environ['WINE'], f'{program}.exe'], limit=100,
                             cwd=tap.BUILDDIR / 'tests/conformance/x86_64-windows',
                             env={'WINEDLLOVERRIDES': 'rpcrt4=n;mscoree,mshtml=', 'CMOCKA_MESSAGE_OUTPUT': 'TAP'},
                             preexec_fn=lambda: os.sched_setaffinity(0, {processor}))
    if status or 'not ok' in out:
        raise AssertionError(f'exit status {status}\n{out}')
    tap.contains(out, '\nok ')


def test_mix():
    on_one_processor('test_async_mix')


def test_notifications():
    on_one_processor('test_async_notify')


if __name__ == '__main__':
    sys.exit(tap.main(globals()))
