# SPDX-License-Identifier: LGPL-2.1-or-later
"""Shows what was measured, as text for a terminal and as Markdown. `bench` is what bench.json holds."""
from .table import significant

VERDICTS = {True: 'pass', False: 'miss', None: '–'}
NAMES = {'ours': 'this DLL', 'plain': 'this DLL, plain pipe', 'builtin': 'built-in', 'raw': 'raw',
         'native': 'native', 'copy': 'memcpy'}


def plain_table(bench):
    lines = [f'Medians of {bench["rounds"]} rounds.',
             f'{"#":>2} {"what":64} {"target":>10} {"measured":>12} {"":5}']
    for line in bench['table']:
        lines += [f'{line["row"]:2} {line["what"]:64} {line["target"]:>10} {line["measured"]:>12} {VERDICTS[line["met"]]:5} '
                  f'{line["detail"]}'.rstrip()]
    met = [line['met'] for line in bench['table']]
    lines += [f'{met.count(True)} pass, {met.count(False)} miss, {met.count(None)} not measured']
    return '\n'.join(lines)


def markdown_table(bench):
    lines = ['| # | what | target | measured | | |', '| --- | --- | --- | --- | --- | --- |']
    lines += [f'| {line["row"]} | {line["what"]} | {line["target"]} | {line["measured"]} | {VERDICTS[line["met"]]} | '
              f'{line["detail"]} |' for line in bench['table']]
    return '\n'.join(lines)


def markdown_times(bench):
    """Times per call, whoever makes it."""
    found = {tuple(key.split('/')): value for key, value in bench['medians'].items() if not isinstance(value, list)}
    kinds = [kind for kind in NAMES if any(key[0] == kind for key in found)]
    lines = ['| µs a call | ' + ' | '.join(NAMES[kind] for kind in kinds) + ' |', '| --- ' * (len(kinds) + 1) + '|']
    for name, what in (('empty_us', 'empty call'), ('paced_us', 'empty call every 10 ms'), ('big_us', '1 MiB each way'),
                       ('big_server_faults', '1 MiB each way: new pages of the server')):
        for protseq in ('ncalrpc', 'ncacn_np', 'ncacn_ip_tcp', 'shared memory', 'tcp', ''):
            cells = [significant(found[kind, protseq, name]) if (kind, protseq, name) in found else '' for kind in kinds]
            if any(cells):
                lines.append(f'| {protseq or "memory"}, {what} | ' + ' | '.join(cells) + ' |')
    return '\n'.join(lines)


def markdown_requests(bench):
    lines = ['| calls | requests per call | which |', '| --- | --- | --- |']
    for what, counted in bench['requests'].items():
        each = ', '.join(f'{name} {significant(number)}' for name, number in counted.items() if name != 'total')
        lines.append(f'| {what} | {significant(counted["total"])} | {each} |')
    return '\n'.join(lines)


def markdown_machine(bench):
    return '\n'.join(f'- {name}: {value}' for name, value in bench['machine'].items()) + \
        f'\n- medians of {bench["rounds"]} rounds, {bench["date"]}'


BLOCKS = {'table': markdown_table, 'times': markdown_times, 'requests': markdown_requests, 'machine': markdown_machine}


def update(document, bench):
    """The document with what stands between <!-- bench: NAME --> and <!-- end --> made anew."""
    for name, block in BLOCKS.items():
        start = f'<!-- bench: {name} -->'
        before, found, rest = document.partition(start)
        if not found or '<!-- end -->' not in rest:
            raise ValueError(f'there is no place for {start} … <!-- end -->')
        after = rest.partition('<!-- end -->')[2]
        document = f'{before}{start}\n{block(bench)}\n<!-- end -->{after}'
    return document
