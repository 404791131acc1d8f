# SPDX-License-Identifier: LGPL-2.1-or-later
"""From samples to the table of targets: medians over rounds, ratios, met or missed. Nothing here measures or prints."""
import statistics

MIB = 1 << 20
STALL_US = 30000  # beyond what is to be expected: delayed acknowledgements take 40 ms
SLACK = 0.9       # of the best throughput with fewer threads, which more of them must keep
FAIR = 0.5        # of the calls of the thread that made most, which each must have made
NOTHING = 0.5     # per cent of a processor: rounds to none


def median(samples):
    """Of numbers, or of curves with the same x: point by point."""
    if not isinstance(samples[0], list):
        return statistics.median(samples)
    by_x = [{point[0]: point[1:] for point in curve} for curve in samples]
    return [[x, *(statistics.median(column) for column in zip(*(curve[x] for curve in by_x if x in curve)))]
            for x in by_x[0]]


def medians(samples):
    return {key: median(found) for key, found in samples.items()}


class Missing(Exception):
    """What a check needs has not been measured."""


class Check:
    """One line of the table. `judge` gets the medians' lookup and returns (value, detail)."""

    def __init__(self, row, what, sign, limit, unit, judge):  # pylint: disable=too-many-arguments
        self.row, self.what, self.sign, self.limit, self.unit, self.judge = row, what, sign, limit, unit, judge

    def result(self, found):
        def lookup(kind, protseq, name):
            if (kind, protseq, name) not in found:
                raise Missing(f'{kind} {protseq} {name}'.replace('  ', ' '))
            return found[kind, protseq, name]

        line = {'row': self.row, 'what': self.what, 'target': f'{self.sign} {self.limit:,g}{self.unit}', 'value': None,
                'measured': 'not measured', 'met': None}
        try:
            value, detail = self.judge(lookup)
        except Missing as what:
            return {**line, 'detail': f'no {what}'}
        met = {'≥': value >= self.limit, '≤': value <= self.limit, '>': value > self.limit}[self.sign]
        return {**line, 'value': value, 'measured': f'{significant(value)}{self.unit}', 'met': met, 'detail': detail}


def significant(value):
    """Three digits, or all before the point."""
    if abs(value) >= 100 or value == int(value):
        return f'{value:,.0f}'
    return f'{value:.3g}'


def times(one, other, unit):
    return f'{significant(one)} {unit} against {significant(other)} {unit}'


def faster(protseq, name, kind='builtin', other_protseq=None):
    """How much less time ours takes."""
    def judge(lookup):
        ours, other = lookup('ours', protseq, name), lookup(kind, other_protseq or protseq, name)
        return other / ours, times(ours, other, 'µs')
    return judge


def slower(protseq, name, kind):
    def judge(lookup):
        ours, other = lookup('ours', protseq, name), lookup(kind, protseq, name)
        return ours / other, times(ours, other, 'µs')
    return judge


def megabytes_per_second(us, octets=2 * MIB):
    return octets / us


def throughput(protseq, kind, scale=1):
    """Ours in proportion to another's, at 1 MiB each way."""
    def judge(lookup):
        other_protseq = '' if kind == 'copy' else protseq
        ours, other = (megabytes_per_second(us) for us in (lookup('ours', protseq, 'big_us'),
                                                           lookup(kind, other_protseq, 'big_us')))
        return scale * ours / other, times(ours, other, 'MB/s')
    return judge


def stalls(protseq):
    """Of how many sizes an exchange takes a stall longer than expected: than a quarter more than the bare socket's, or,
    where throughput is worse than that (another line of the table), than twice what 1 MiB takes in proportion."""
    def judge(lookup):
        raw = {point[0]: point[1] for point in lookup('raw', protseq, 'sizes_us')}
        ours = {point[0]: point[1] for point in lookup('ours', protseq, 'sizes_us')}
        found = [size for size, us in ours.items()
                 if us > STALL_US + max(1.25 * raw.get(size, 0), 2 * ours.get(MIB, 0) * size / MIB if size > MIB else 0)]
        return len(found), f'{len(ours)} sizes' + (f'; stalled: {", ".join(map(str, found))}' if found else '')
    return judge


def rate(protseq, absolute, relative):
    """The better of: calls a second in proportion to `absolute`, and to `relative` times built-in's synchronous rate."""
    def judge(lookup):
        ours = lookup('ours', protseq, 'async_callback_per_s')
        builtin = 1e6 / lookup('builtin', protseq, 'empty_us')
        return max(ours / absolute, ours / builtin / relative), \
            f'{ours:,.0f} calls a second; built-in makes {builtin:,.0f}: {significant(ours / builtin)} ×'
    return judge


def notified(notification):
    """How many times longer a call takes than the signal alone."""
    def judge(lookup):
        calls = lookup('ours', 'ncalrpc', f'async_{notification}_per_s')
        signals = lookup('raw', '', f'signal_{notification}_per_s')
        return signals / calls, f'{calls:,.0f} calls, {signals:,.0f} signals a second'
    return judge


def number(protseq, name, detail=''):
    return lambda lookup: (lookup('ours', protseq, name), detail)


def scaling(lookup):
    """The worst of: throughput in proportion to the best with fewer threads."""
    curve = lookup('ours', 'ncalrpc', 'threads_per_s')
    worst = min((rate / max(before for _, before in curve[:i]) for i, (_, rate) in enumerate(curve) if i), default=1)
    return worst, 'calls a second: ' + ', '.join(f'{rate:,.0f} ({count})' for count, rate in curve)


def idle_cpu(lookup):
    sides = {side: lookup('ours', 'ncalrpc', f'idle_{side}_cpu_percent') for side in ('client', 'server', 'wineserver')}
    return max(sides['client'], sides['server']), ', '.join(f'{side} {value:.2f}%' for side, value in sides.items())


def beyond_exchange(lookup):
    """Of an empty call, what it takes longer than a bare exchange: the transport's own books are in it."""
    call, exchange = lookup('ours', 'ncalrpc', 'empty_us'), lookup('raw', 'shared memory', 'empty_us')
    return call - exchange, f'{significant(call)} µs, of which the bare exchange takes {significant(exchange)}'


def larger_side(protseq, name):
    def judge(lookup):
        client, server = (lookup('ours', protseq, name.format(side)) for side in ('client', 'server'))
        return max(client, server), f'client {client:,.0f}, server {server:,.0f}'
    return judge


def held_checks(protseq):
    return [Check(9, f'{protseq}, 10,000 calls held: memory of each, larger side', '≤', 2048, ' B',
                  larger_side(protseq, 'held_{}_octets')),
            Check(9, f'{protseq}: threads, larger process', '≤', 8, '', number(protseq, 'held_threads')),
            Check(9, f'{protseq}: connections', '≤', 16, '', number(protseq, 'held_connections')),
            Check(9, f'{protseq}: calls that did not end exactly once', '≤', 0, '', number(protseq, 'held_lost'))]


CHECKS = [
    Check(1, 'ncalrpc, empty call: built-in / ours', '≥', 80, ' ×', faster('ncalrpc', 'empty_us')),
    Check(1, 'ncalrpc, empty call: native TCP ping-pong / ours', '>', 1, ' ×', faster('ncalrpc', 'empty_us', 'native', 'tcp')),
    Check(2, 'the same, a call every 10 ms: built-in / ours', '≥', 3, ' ×', faster('ncalrpc', 'paced_us')),
    Check(3, 'ncalrpc, 1 MiB each way: throughput, ours / built-in', '≥', 60, ' ×', throughput('ncalrpc', 'builtin')),
    Check(3, 'ncalrpc, 1 MiB each way: of a memcpy\'s throughput', '≥', 25, '%', throughput('ncalrpc', 'copy', 100)),
    Check(4, 'ncacn_np, empty call: built-in / ours', '≥', 3, ' ×', faster('ncacn_np', 'empty_us')),
    Check(4, 'ncacn_np, 1 MiB each way: throughput, ours / built-in', '≥', 20, ' ×', throughput('ncacn_np', 'builtin')),
    Check(5, 'ncacn_ip_tcp, empty call: ours / raw', '≤', 1.15, ' ×', slower('ncacn_ip_tcp', 'empty_us', 'raw')),
    Check(6, 'ncacn_ip_tcp, 1 MiB each way: of raw throughput', '≥', 85, '%', throughput('ncacn_ip_tcp', 'raw', 100)),
    Check(6, 'ncacn_ip_tcp, 1 byte to 16 MiB: sizes that stall', '≤', 0, '', stalls('ncacn_ip_tcp')),
    Check(7, 'ncalrpc, asynchronous: of 100,000/s or 100 × built-in', '≥', 1, ' ×', rate('ncalrpc', 100000, 100)),
    Check(7, 'ncacn_ip_tcp, asynchronous: of 50,000/s or 50 × built-in', '≥', 1, ' ×', rate('ncacn_ip_tcp', 50000, 50)),
    *(Check(8, f'asynchronous, {notification}: signals alone / calls', '≤', 1.3, ' ×', notified(notification))
      for notification in ('event', 'port', 'apc')),
    *held_checks('ncalrpc'), *held_checks('ncacn_ip_tcp'),
    Check(10, 'ncalrpc, 1 to 16 threads: least of the best with fewer', '≥', SLACK, ' ×', scaling),
    Check(10, 'ncalrpc, 16 threads: p99 / median', '≤', 5, ' ×', number('ncalrpc', 'threads_p99_to_median')),
    Check(10, 'ncalrpc, 16 threads: calls of a thread, least / most', '≥', FAIR, '', number('ncalrpc', 'threads_least_to_most')),
    Check(11, '1,000 idle bindings: CPU, busier process', '≤', NOTHING, '%', idle_cpu),
    Check(11, '1,000 idle bindings: memory of each, larger side', '≤', 8192, ' B',
          larger_side('ncalrpc', 'idle_{}_octets')),
    Check(12, 'empty call, client and server together, without a transport', '≤', 1.5, ' µs', number('', 'overhead_us')),
    Check(12, 'ncalrpc, empty call: beyond a bare exchange in shared memory', '≤', 1.5, ' µs', beyond_exchange),
    Check(13, 'ncalrpc, empty call on one processor: with looking / without', '≤', 1.1, ' ×',
          slower('ncalrpc', 'one_processor_us', 'sleeping')),
    Check(13, 'ncalrpc, empty call beside two busy processes: the same', '≤', 1.1, ' ×',
          slower('ncalrpc', 'beside_two_us', 'sleeping')),
]


def table(found):
    """The lines of the table, in order; `found` as medians() returns it."""
    return [check.result(found) for check in CHECKS]
