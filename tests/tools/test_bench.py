# SPDX-License-Identifier: LGPL-2.1-or-later
"""tests/bench: that the table says what the figures say, the wineserver's log is counted right, and the report pastes it.
Nothing is measured here."""
import json
import pathlib
import sys
import tempfile

import tap

sys.path.insert(0, str(tap.SRCDIR / 'tests/bench'))
from measure import charts, requests, table, text  # pylint: disable=wrong-import-position

MIB = 1 << 20
SAMPLES = {
    ('ours', 'ncalrpc', 'empty_us'): [5.0, 1000.0, 4.0, 6.0, 1.0],  # the median is 5
    ('builtin', 'ncalrpc', 'empty_us'): [500.0],
    ('native', 'tcp', 'empty_us'): [5.0],
    ('ours', 'ncalrpc', 'paced_us'): [100.0, 200.0],  # 150
    ('builtin', 'ncalrpc', 'paced_us'): [450.0],
    ('ours', 'ncalrpc', 'big_us'): [1000.0],
    ('builtin', 'ncalrpc', 'big_us'): [60000.0],
    ('copy', '', 'big_us'): [200.0],
    ('raw', 'shared memory', 'empty_us'): [3.5],
    ('ours', '', 'overhead_us'): [1.6, 1.5, 1.4],
    ('ours', 'ncalrpc', 'one_processor_us'): [66.0],
    ('sleeping', 'ncalrpc', 'one_processor_us'): [60.0],
    ('ours', 'ncalrpc', 'beside_two_us'): [67.0],
    ('sleeping', 'ncalrpc', 'beside_two_us'): [60.0],
    ('ours', 'ncacn_ip_tcp', 'empty_us'): [116.0],
    ('raw', 'ncacn_ip_tcp', 'empty_us'): [100.0],
    ('builtin', 'ncacn_ip_tcp', 'empty_us'): [1000.0],
    ('ours', 'ncacn_ip_tcp', 'sizes_us'): [[[1, 100.0, 100.0], [2, 40000.0, 40000.0], [MIB, 2000.0, 2000.0],
                                            [8 * MIB, 45000.0, 45000.0], [16 * MIB, 93000.0, 93000.0]]],
    ('raw', 'ncacn_ip_tcp', 'sizes_us'): [[[1, 100.0, 100.0], [2, 100.0, 100.0], [MIB, 1000.0, 1000.0],
                                           [8 * MIB, 8000.0, 8000.0], [16 * MIB, 16000.0, 16000.0]]],
    ('ours', 'ncalrpc', 'async_callback_per_s'): [120000.0],
    ('ours', 'ncacn_ip_tcp', 'async_callback_per_s'): [45000.0],
    ('ours', 'ncalrpc', 'async_event_per_s'): [10000.0],
    ('raw', '', 'signal_event_per_s'): [13000.0],
    ('ours', 'ncalrpc', 'async_port_per_s'): [10000.0],
    ('raw', '', 'signal_port_per_s'): [13100.0],
    ('ours', 'ncalrpc', 'held_client_octets'): [2048.0],
    ('ours', 'ncalrpc', 'held_server_octets'): [2047.0],
    ('ours', 'ncalrpc', 'held_threads'): [9],
    ('ours', 'ncalrpc', 'held_connections'): [16],
    ('ours', 'ncalrpc', 'held_lost'): [0, 0, 0],
    ('ours', 'ncalrpc', 'threads_per_s'): [[[1, 100.0], [2, 190.0], [4, 200.0], [8, 170.0]]],
    ('ours', 'ncalrpc', 'threads_p99_to_median'): [5.5],
    ('ours', 'ncalrpc', 'idle_client_cpu_percent'): [0.01],
    ('ours', 'ncalrpc', 'idle_server_cpu_percent'): [0.02],
    ('ours', 'ncalrpc', 'idle_wineserver_cpu_percent'): [20.0],
}


def lines(samples=None):
    """{the line's text: the line}"""
    return {line['what']: line for line in table.table(table.medians(samples or SAMPLES))}


def line(part):
    found = [line for what, line in lines().items() if part in what]
    tap.equal(len(found), 1)
    return found[0]


def judged(part):
    found = line(part)
    return found['value'] if found['value'] is None else round(found['value'], 4), found['met']


def test_ratios_of_medians():
    tap.equal(judged('ncalrpc, empty call: built-in / ours'), (100, True))
    tap.equal(judged('a call every 10 ms'), (3, True))
    tap.equal(judged('ncalrpc, 1 MiB each way: throughput, ours / built-in'), (60, True))


def test_limits():
    tap.equal(judged('native TCP ping-pong'), (1, False))  # as fast is not faster
    tap.equal(judged('of a memcpy'), (20, False))
    tap.equal(judged('ncacn_ip_tcp, empty call: ours / raw'), (1.16, False))
    tap.equal(judged('asynchronous, event'), (1.3, True))
    tap.equal(judged('asynchronous, port'), (1.31, False))
    tap.equal(judged('ncalrpc, 10,000 calls held'), (2048, True))
    tap.equal(judged('ncalrpc: threads'), (9, False))
    tap.equal(judged('beyond a bare exchange'), (1.5, True))
    tap.equal(judged('without a transport'), (1.5, True))
    tap.equal(judged('on one processor'), (1.1, True))
    tap.equal(judged('beside two busy')[1], False)
    tap.equal(judged('ncalrpc: calls that did not end exactly once'), (0, True))


def test_the_better_of_two_rates():
    tap.equal(judged('of 100,000/s'), (1.2, True))  # 60 × built-in's 2,000
    tap.equal(judged('of 50,000/s'), (0.9, False))  # 45 × built-in's 1,000


def test_stalls():
    found = line('sizes that stall')
    tap.equal((found['value'], found['met']), (1, False))  # 2 octets; 8 and 16 MiB are slow, but as slow as 1 MiB
    tap.contains(found['detail'], 'stalled: 2')


def test_scaling_and_idle():
    tap.equal(judged('1 to 16 threads'), (0.85, False))  # 170 of 200
    tap.equal(judged('p99 / median'), (5.5, False))
    tap.equal(judged('CPU, busier process'), (0.02, True))  # the wineserver's is shown only


def test_what_was_not_measured():
    for part in ('of raw throughput', 'asynchronous, apc', 'ncacn_np, empty call'):
        tap.equal(judged(part), (None, None))
        tap.contains(line(part)['detail'], 'no ')


def test_every_row_of_the_issue():
    tap.equal(sorted({check.row for check in table.CHECKS}), list(range(1, 14)))


def test_medians_of_curves():
    tap.equal(table.median([[[1, 10.0], [2, 20.0]], [[1, 30.0], [2, 5.0]], [[1, 20.0]]]), [[1, 20.0], [2, 12.5]])


LOG = '''0024: open_event( access=00100000, attributes=00000000, rootdir=0000, name=L"rpcrt4-bench-begin" )
0024: open_event() = OBJECT_NAME_NOT_FOUND { handle=0000 }
0024: select( flags=2, cookie=0011fb50, timeout=infinite, size=8 )
0024: select() = PENDING { call={}, apc_handle=0000, signaled=0 }
0024: *wakeup* signaled=0
002c: event_op( handle=0040, op=1 )
002c: event_op() = 0 { state=0 }
002c: *signal* signal=10
0024: select( flags=2, cookie=0011fb50, timeout=infinite, size=8 )
0024: select() = 0 { call={}, apc_handle=0000, signaled=1 }
0024: open_event( access=00100000, attributes=00000000, rootdir=0000, name=L"rpcrt4-bench-end" )
0024: open_event() = OBJECT_NAME_NOT_FOUND { handle=0000 }
0024: close_handle( handle=0040 )
'''


def test_requests_are_counted_between_marks():
    counted = requests.count(['0024: event_op( handle=0040, op=1 )', *LOG.splitlines()])
    tap.equal(dict(counted), {'select': 2, 'event_op': 1})
    tap.equal(requests.per_call(counted, 2), {'total': 1.5, 'select': 1.0, 'event_op': 0.5})
    try:
        requests.count(LOG.splitlines()[:5])
    except requests.processes.Failure:
        return
    raise AssertionError('a log without an end was counted')


def bench():
    medians = table.medians(SAMPLES)
    return {'rounds': 5, 'date': '2026-01-01 12:00', 'machine': {'Wine': 'wine-8.0'}, 'table': table.table(medians),
            'medians': {'/'.join(key): value for key, value in medians.items()},
            'requests': {'ours ncalrpc empty': {'total': 1.5, 'select': 1.0, 'event_op': 0.5}}}


def test_text():
    shown = text.plain_table(bench())
    tap.contains(shown, 'pass  5 µs against 500 µs')
    tap.contains(shown, f'{sum(line["met"] is True for line in bench()["table"])} pass, ')
    tap.contains(text.markdown_table(bench()), '| 1 | ncalrpc, empty call: built-in / ours | ≥ 80 × | 100 × | pass |')
    tap.contains(text.markdown_times(bench()), '| ncacn_ip_tcp, empty call | 116 | 1,000 | 100 |')
    tap.contains(text.markdown_requests(bench()), '| ours ncalrpc empty | 1.5 | select 1, event_op 0.5 |')


def test_report_updates_a_document():
    folder = pathlib.Path(tempfile.mkdtemp())
    (folder / 'bench.json').write_text(json.dumps(bench()), encoding='utf-8')
    (folder / 'bench-charts').mkdir()
    (folder / 'bench-charts/latency.svg').write_text('<svg/>', encoding='utf-8')
    document = folder / 'speed.md'
    document.write_text(''.join(f'before {name}\n<!-- bench: {name} -->\nold\n<!-- end -->\n' for name in text.BLOCKS) + 'last\n',
                        encoding='utf-8')
    report = [tap.SRCDIR / 'tests/bench/report']
    for _ in range(2):  # the second time replaces what the first has pasted
        tap.equal(tap.run([*report, '--update', document, folder / 'bench.json'])[0], 0)
    updated = document.read_text(encoding='utf-8')
    tap.equal(updated.count('| # | what |'), 1)
    tap.equal('old' in updated, False)
    tap.contains(updated, 'before machine')
    tap.equal(updated.endswith('<!-- end -->\nlast\n'), True)
    tap.equal((folder / 'speed/latency.svg').read_text(encoding='utf-8'), '<svg/>')
    tap.contains(tap.run([*report, folder / 'bench.json'])[1], '| 1 | ncalrpc, empty call: built-in / ours |')


def test_the_document_has_the_places():
    document = (tap.SRCDIR / 'docs/performance.md').read_text(encoding='utf-8')
    tap.contains(text.update(document, bench()), '| 1 | ncalrpc, empty call: built-in / ours | ≥ 80 × | 100 × | pass |')


def test_charts_without_gnuplot_and_without_curves():
    found = {chart.name: chart for chart in charts.charts(bench())}
    tap.equal(list(found), ['throughput'])
    tap.contains(found['throughput'].script('x.svg'), 'set output "x.svg"')
    tap.contains(found['throughput'].script('x.svg'), '1 20000\n')  # 1 octet each way in 100 µs
    charts.os.environ['GNUPLOT'] = '/nonexistent/gnuplot'
    tap.contains(charts.draw_all(bench(), tempfile.mkdtemp()), 'gnuplot-nox')


sys.exit(tap.main(globals()))
