# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is measured. Everything goes into samples: {(kind, protseq, name): [a value for each round]}, where a value is a
number or a curve, [[x, y...], ...]. The kinds are those of processes.KINDS, and "native" and "copy"."""
import sys
import time

from . import processes
from .processes import Failure, Program, results, start_server

PROTSEQS = ('ncalrpc', 'ncacn_np', 'ncacn_ip_tcp')
RAW = {'ncalrpc': 'pipe', 'ncacn_np': 'pipe', 'ncacn_ip_tcp': 'tcp'}
KINDS = {'ncalrpc': ('ours', 'builtin', 'plain'), 'ncacn_np': ('ours', 'builtin', 'plain'),
         'ncacn_ip_tcp': ('ours', 'builtin')}
MIB = 1 << 20
SIZES = sorted({size for power in range(0, 25) for size in (2**power - 1, 2**power, 2**power + 1) if 0 < size <= 16 * MIB + 1})
POWERS = [2**power for power in range(0, 25)]
WINDOWS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)
HELD = (10, 100, 1000, 2000, 5000, 10000)
THREADS = (1, 2, 4, 8, 16)
BINDINGS = 1000
IDLE_SECONDS = 3
SWEEP_SECONDS = 60
SIGNALS = ('event', 'port', 'apc')


class Samples(dict):
    def __init__(self):
        super().__init__()
        self.failures = []

    def add(self, kind, protseq, name, value):
        self.setdefault((kind, protseq, name), []).append(value)

    def attempt(self, what, function, *arguments):
        """One failure does not end the run: the rows that need what is missing say so."""
        print(f'\r\033[K{what}', end='', file=sys.stderr, flush=True)
        try:
            function(self, *arguments)
        except (Failure, OSError) as error:
            self.failures.append(f'{what}: {error}')
            print(f'\r\033[Kbench: {what}: {error}', file=sys.stderr)


def call(kind, protseq, program, *arguments, at_checkpoint=None, limit=processes.LIMIT):
    """What a client of a new server prints, and how many pages the server has been given meanwhile."""
    endpoint = processes.fresh_endpoint(protseq)
    with start_server(kind, 'bench_server', protseq, endpoint) as server:
        before = processes.page_faults(server.pid())
        with Program(kind, program, protseq, endpoint, *arguments) as client:
            found = results(client, at_checkpoint and
                            (lambda *value: at_checkpoint(server.pid(), client.pid(), endpoint, *value)), limit)
        return [*found, {'name': 'server_faults', 'value': processes.page_faults(server.pid()) - before}]


def call_raw(transport, command, *arguments):
    name = processes.fresh_endpoint(transport)
    with start_server('raw', 'bench_raw', 'serve', transport, name), \
            Program('raw', 'bench_raw', command, transport, name, *arguments) as client:
        return results(client)


def values(found):
    return {result['name']: result['value'] for result in found if 'value' in result}


def named(found, name):
    return [result for result in found if result['name'] == name]


# ---- measurements, a function each ----

def latency(samples, kind, protseq):
    found = values(call(kind, protseq, 'bench_latency', 500 if kind == 'builtin' else 3000, 0))
    samples.add(kind, protseq, 'empty_us', found['mean_us'])
    samples.add(kind, protseq, 'empty_quantiles_us', found['quantiles_us'])


def paced_latency(samples, kind, protseq):
    found = values(call(kind, protseq, 'bench_latency', 100, 10))
    samples.add(kind, protseq, 'paced_us', dict(found['quantiles_us'])[50])
    samples.add(kind, protseq, 'paced_quantiles_us', found['quantiles_us'])


def raw_latency(samples, protseq):
    found = values(call_raw(RAW[protseq], 'latency', 1000))
    samples.add('raw', protseq, 'empty_us', found['mean_us'])
    samples.add('raw', protseq, 'empty_quantiles_us', found['quantiles_us'])


def starved_latency(samples, kind, protseq, where):
    """Where whoever looks for something keeps others from running."""
    with processes.one_processor() if where == 'one_processor' else processes.busy_processes(2):
        samples.add(kind, protseq, f'{where}_us', values(call(kind, protseq, 'bench_latency', 3000, 0))['mean_us'])


def shared_latency(samples):
    name = processes.fresh_endpoint('')
    with start_server('raw', 'bench_shared', 'serve', name), Program('raw', 'bench_shared', 'call', name, 100000) as client:
        found = values(results(client))
    samples.add('raw', 'shared memory', 'empty_us', found['mean_us'])
    samples.add('raw', 'shared memory', 'empty_quantiles_us', found['quantiles_us'])


def overhead(samples):
    """The whole runtime is in the program: which DLL is there does not matter."""
    with Program('raw', 'bench_overhead') as program:
        samples.add('ours', '', 'overhead_us', values(results(program))['overhead_us'])


def native_latency(samples):
    samples.add('native', 'tcp', 'empty_us', values(processes.native('native_tcp', 20000))['mean_us'])


def big(samples, kind, protseq):
    found = call(kind, protseq, 'bench_sizes', 500, MIB)
    samples.add(kind, protseq, 'big_us', found[0]['mean_us'])
    samples.add(kind, protseq, 'big_server_faults', values(found)['server_faults'] / found[0]['calls'])


def raw_big(samples, protseq):
    samples.add('raw', protseq, 'big_us', call_raw(RAW[protseq], 'sizes', 500, MIB)[0]['mean_us'])


def copy(samples):
    with Program('raw', 'bench_copy', 200, MIB) as program:
        samples.add('copy', '', 'big_us', results(program)[0]['mean_us'])


def asynchronous(samples, protseq, notification):
    found = call('ours', protseq, 'bench_async', notification, 700, 1000)
    samples.add('ours', protseq, f'async_{notification}_per_s', found[0]['calls_per_second'])


def signals(samples, notification):
    with Program('raw', 'bench_signal', notification, 500) as program:
        samples.add('raw', '', f'signal_{notification}_per_s', values(results(program))['signals_per_second'])


def held(samples, protseq):
    """Memory of both sides, threads and connections while replies are held back."""
    def look(server, client, endpoint, _, count):
        return {'count': count, 'client': processes.memory(client), 'server': processes.memory(server),
                'threads': max(processes.threads(client), processes.threads(server)),
                'connections': processes.tcp_connections(endpoint) if protseq == 'ncacn_ip_tcp' else None}

    found = call('ours', protseq, 'bench_held', *HELD, at_checkpoint=look)
    looks = named(found, 'checkpoint')
    first, last, ended = looks[0], looks[-1], values(found)
    samples.add('ours', protseq, 'held_memory', [[look['count'], look['client'] - first['client'],
                                                  look['server'] - first['server']] for look in looks[1:]])
    for side in ('client', 'server'):
        samples.add('ours', protseq, f'held_{side}_octets', (last[side] - first[side]) / last['count'])
    samples.add('ours', protseq, 'held_threads', last['threads'])
    samples.add('ours', protseq, 'held_connections', ended.get('pipe_connections', last['connections']))
    samples.add('ours', protseq, 'held_lost', last['count'] - ended['completed'] + ended['not_notified_once'] +
                ended['answered_wrongly'])


def client_threads(samples, protseq):
    found = named(call('ours', protseq, 'bench_threads', 500, *THREADS), 'threads')
    samples.add('ours', protseq, 'threads_per_s', [[result['threads'], result['calls_per_second']] for result in found])
    samples.add('ours', protseq, 'threads_us', [[result['threads'], result['median_us'], result['p99_us']]
                                                for result in found])
    samples.add('ours', protseq, 'threads_p99_to_median', found[-1]['p99_us'] / found[-1]['median_us'])
    samples.add('ours', protseq, 'threads_least_to_most', found[-1]['least'] / found[-1]['most'])


def idle(samples, protseq):
    """CPU time and memory of bindings that are open and unused."""
    def look(server, client, _, __, count):
        pids = {'client': client, 'server': server, 'wineserver': processes.wineserver_pid()}
        found = {f'{side}_octets': processes.memory(pid) for side, pid in pids.items() if side != 'wineserver'}
        if count > 1:
            time.sleep(0.5)
            before = {side: processes.cpu_seconds(pid) for side, pid in pids.items()}
            time.sleep(IDLE_SECONDS)
            found.update({f'{side}_cpu': (processes.cpu_seconds(pid) - before[side]) / IDLE_SECONDS * 100
                          for side, pid in pids.items()})
        return found

    found = call('ours', protseq, 'bench_idle', BINDINGS, at_checkpoint=look)
    for side in ('client', 'server'):
        octets = (found[1][f'{side}_octets'] - found[0][f'{side}_octets']) / (BINDINGS - 1)
        samples.add('ours', protseq, f'idle_{side}_octets', octets)
    for side in ('client', 'server', 'wineserver'):
        samples.add('ours', protseq, f'idle_{side}_cpu_percent', found[1][f'{side}_cpu'])


# ---- sweeps, for the charts ----

def sizes(samples, kind, protseq, chosen, ms):
    if kind == 'raw':
        found = call_raw(RAW[protseq], 'sizes', ms, *chosen)
    else:
        try:
            found = named(call(kind, protseq, 'bench_sizes', ms, *chosen, limit=SWEEP_SECONDS), 'size')
        except processes.TooLong as late:
            if kind == 'ours':
                raise
            found = late.found  # the larger sizes are left out
    samples.add(kind, protseq, 'sizes_us', [[result['size'], result['median_us'], result['max_us']] for result in found])


def copy_sizes(samples):
    with Program('raw', 'bench_copy', 20, *POWERS) as program:
        samples.add('copy', '', 'sizes_us', [[result['size'], result['median_us'], result['max_us']]
                                             for result in results(program)])


def windows(samples, kind, protseq):
    found = named(call(kind, protseq, 'bench_async', 'callback', 300, *WINDOWS), 'async')
    samples.add(kind, protseq, 'windows_per_s', [[result['window'], result['calls_per_second']] for result in found])


# ---- in turns ----

def measure_round(samples, what):
    for protseq in PROTSEQS:
        for kind in KINDS[protseq]:
            samples.attempt(f'{what}: {kind} {protseq}: empty calls', latency, kind, protseq)
        samples.attempt(f'{what}: raw {protseq}: exchanges', raw_latency, protseq)
        for kind in KINDS[protseq]:
            samples.attempt(f'{what}: {kind} {protseq}: 1 MiB', big, kind, protseq)
        samples.attempt(f'{what}: raw {protseq}: 1 MiB', raw_big, protseq)
        for kind in KINDS[protseq]:
            samples.attempt(f'{what}: {kind} {protseq}: a call every 10 ms', paced_latency, kind, protseq)
    samples.attempt(f'{what}: shared memory', shared_latency)
    samples.attempt(f'{what}: no transport', overhead)
    samples.attempt(f'{what}: native TCP', native_latency)
    samples.attempt(f'{what}: memcpy', copy)
    for protseq in ('ncalrpc', 'ncacn_ip_tcp'):
        samples.attempt(f'{what}: {protseq}: asynchronous, callback', asynchronous, protseq, 'callback')
    for notification in SIGNALS:
        samples.attempt(f'{what}: asynchronous, {notification}', asynchronous, 'ncalrpc', notification)
        samples.attempt(f'{what}: {notification} without calls', signals, notification)
    for protseq in ('ncalrpc', 'ncacn_ip_tcp'):
        samples.attempt(f'{what}: {protseq}: replies held back', held, protseq)
    samples.attempt(f'{what}: threads', client_threads, 'ncalrpc')
    samples.attempt(f'{what}: idle', idle, 'ncalrpc')
    for where in ('one_processor', 'beside_two'):
        for kind in ('ours', 'sleeping'):
            samples.attempt(f'{what}: {kind}, {where}', starved_latency, kind, 'ncalrpc', where)


def measure_sweeps(samples):
    for protseq in PROTSEQS:
        for kind in ('ours', 'raw', 'builtin'):
            every = protseq == 'ncacn_ip_tcp' and kind != 'builtin'
            samples.attempt(f'sizes: {kind} {protseq}', sizes, kind, protseq, SIZES if every else POWERS,
                            50 if every else 20)
    samples.attempt('sizes: memcpy', copy_sizes)
    for kind, protseq in (('ours', 'ncalrpc'), ('plain', 'ncalrpc'), ('ours', 'ncacn_ip_tcp')):
        samples.attempt(f'outstanding: {kind} {protseq}', windows, kind, protseq)


def measure_all(samples, rounds):
    for number in range(rounds):
        measure_round(samples, f'round {number + 1} of {rounds}')
    measure_sweeps(samples)
    print('\r\033[K', end='', file=sys.stderr)
