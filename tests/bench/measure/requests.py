# SPDX-License-Identifier: LGPL-2.1-or-later
"""Counts the wineserver requests that a call makes: by the wineserver's own log (wineserver -d), between two marks that the
benchmark program leaves there (common.h). The log makes each request slower, so nothing is timed meanwhile."""
import collections
import contextlib
import os
import re
import subprocess
import tempfile
import time

from . import processes
from .plan import MIB, PROTSEQS, call, call_raw

WINESERVER = os.environ.get('WINESERVER', 'wineserver')
REQUEST = re.compile(r'^[0-9a-f]+: (\w+)\((?!\) = )')
BEGIN, END = ('rpcrt4-bench-' + name for name in ('begin', 'end'))
LEAST = 0.05  # per call: other processes' noise


def count(lines):
    """{request: how many} between the marks, which are requests themselves and not counted."""
    found = collections.Counter()
    counting = False
    for line in lines:
        request = REQUEST.match(line)
        if not request:
            continue
        if END in line:
            return found
        if counting:
            found[request[1]] += 1
        counting = counting or BEGIN in line
    raise processes.Failure('the wineserver\'s log has no ' + ('end' if counting else 'begin'))


def per_call(counted, calls):
    """{request: how many a call}, the most frequent first, and their "total"."""
    each = {name: number / calls for name, number in counted.most_common() if number / calls >= LEAST}
    return {'total': sum(each.values()), **each}


@contextlib.contextmanager
def logging_wineserver():
    """Another wineserver in the place of this prefix's own; yields its log. The own one is there again after that."""
    def stop():
        subprocess.run([WINESERVER, '-k'], stdin=subprocess.DEVNULL, check=False)
        subprocess.run([WINESERVER, '-w'], stdin=subprocess.DEVNULL, timeout=60, check=False)

    stop()
    with tempfile.NamedTemporaryFile('r', prefix='wineserver-', errors='replace') as log:
        with open(log.name, 'wb') as out, \
                subprocess.Popen([WINESERVER, '-f', '-p', '-d1'], stdin=subprocess.DEVNULL, stdout=out, stderr=out) as server:
            try:
                settle(log)
                yield log
            finally:
                stop()
                server.wait(10)
    subprocess.run([WINESERVER, '-p'], stdin=subprocess.DEVNULL, check=False)


def settle(log):
    """Wine's services start with the first program; waits until they do nothing more."""
    with processes.Program('raw', 'bench_copy', 1, 1) as program:
        processes.results(program)
    size = -1
    deadline = time.monotonic() + 30
    while size != os.stat(log.name).st_size and time.monotonic() < deadline:
        size = os.stat(log.name).st_size
        time.sleep(1)


def counted(log, run):
    """What run(), which returns a number of calls, makes of requests per call."""
    log.seek(0, os.SEEK_END)
    calls = run()
    return per_call(count(log), calls)


def runs():
    """(what, function that makes calls between marks and returns how many)"""
    def latency(kind, protseq, calls, pause):
        call(kind, protseq, 'bench_latency', calls, pause)
        return calls

    def big(kind, protseq):
        return call(kind, protseq, 'bench_sizes', 300, MIB)[0]['calls']

    def asynchronous(protseq, notification):
        return call('ours', protseq, 'bench_async', notification, 500, 1000)[0]['calls']

    def exchange(transport, calls):
        call_raw(transport, 'latency', calls)
        return calls

    for protseq in PROTSEQS:
        for kind in ('ours', 'builtin') if protseq == 'ncacn_ip_tcp' else ('ours', 'plain', 'builtin'):
            yield f'{kind} {protseq} empty', lambda k=kind, p=protseq: latency(k, p, 500, 0)
            yield f'{kind} {protseq} 1 MiB', lambda k=kind, p=protseq: big(k, p)
    yield 'ours ncalrpc every 10 ms', lambda: latency('ours', 'ncalrpc', 100, 10)
    for protseq in ('ncalrpc', 'ncacn_ip_tcp'):
        yield f'ours {protseq} asynchronous', lambda p=protseq: asynchronous(p, 'callback')
    for notification in ('event', 'port', 'apc'):
        yield f'ours ncalrpc asynchronous {notification}', lambda n=notification: asynchronous('ncalrpc', n)
    for transport in ('tcp', 'pipe'):
        yield f'raw {transport}', lambda t=transport: exchange(t, 500)


def count_all(samples):
    """{what: {"total": …, request: …}}"""
    found = {}
    with logging_wineserver() as log:
        for what, run in runs():
            samples.attempt(f'wineserver requests: {what}',
                            lambda _, what=what, run=run: found.update({what: counted(log, run)}))
    return found
