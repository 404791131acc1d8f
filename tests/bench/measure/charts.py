# SPDX-License-Identifier: LGPL-2.1-or-later
"""Draws bench.json's curves as SVG, by gnuplot (Debian: gnuplot-nox). Chosen over matplotlib because it needs four small
packages instead of some fifty, starts in no time, and writes small SVG files whose text is text."""
import os
import pathlib
import shutil
import subprocess

PACKAGE = 'gnuplot-nox'
COLOURS = {'ours': '#0060ad', 'plain': '#56b4e9', 'builtin': '#d95319', 'raw': '#5a9e31', 'copy': '#999999',
           'server': '#d95319'}
TITLES = {'ours': 'this DLL', 'plain': 'plain pipe', 'builtin': 'built-in', 'raw': 'raw', 'copy': 'memcpy'}
PROTSEQS = ('ncalrpc', 'ncacn_np', 'ncacn_ip_tcp')
MIB = 1 << 20
SI = 'set format "%.0s%c"'  # 1k, 1M
TIMES = 'set xtics ("0.1" 0.1, "1" 1, "10" 10, "100" 100, "1k" 1e3, "10k" 1e4, "100k" 1e5)'
SIZES = 'set xtics ("1" 1, "64" 64, "4 Ki" 4096, "256 Ki" 262144, "16 Mi" 16777216)'


class Chart:
    """One SVG file of panels beside each other."""

    def __init__(self, name, panels):
        self.name, self.panels = name, [panel for panel in panels if panel['lines']]

    def script(self, out):
        wide = max(480, 340 * len(self.panels))
        lines = [f'set terminal svg noenhanced size {wide},400 dynamic font "sans-serif,11" background "#ffffff"',
                 f'set output "{out}"', 'set grid lc "#cccccc" dt solid', 'set key below center samplen 1 maxrows 3', 'set bmargin 8',
                 'set xtics nomirror', 'set ytics nomirror',
                 f'set multiplot layout 1,{len(self.panels)}']
        for number, panel in enumerate(self.panels):
            lines += self._panel(number, panel)
        return '\n'.join([*lines, 'unset multiplot', ''])

    @staticmethod
    def _panel(number, panel):
        lines = [f'set title "{panel["title"]}"', f'set xlabel "{panel["x"]}"', f'set ylabel "{panel["y"]}"',
                 'unset logscale', 'set format "%g"', *panel['settings']]
        plots = []
        for index, (kind, title, points) in enumerate(panel['lines']):
            block = f'$data_{number}_{index}'
            lines += [f'{block} << END', *(' '.join(f'{value:.6g}' for value in point) for point in points), 'END']
            plots.append(f'{block} with lines lw 2 lc rgb "{COLOURS[kind]}" title "{title}"')
        return [*lines, 'plot ' + ', \\\n    '.join(plots)]


def curves(medians, name, protseq, kinds):
    """[(kind, title, points)] of the kinds that have been measured."""
    return [(kind, TITLES[kind], medians[key]) for kind in kinds
            if (key := f'{kind}/{"" if kind == "copy" else protseq}/{name}') in medians]


def latency(medians):
    """Quantiles: x is the time, y how many per cent of the calls take no longer."""
    shared = [('copy', 'bare memory', points)
              for _, _, points in curves(medians, 'empty_quantiles_us', 'shared memory', ('raw',))]
    return Chart('latency', [
        {'title': f'{protseq}: empty call', 'x': 'µs', 'y': 'per cent of calls that take no longer',
         'settings': ['set logscale x 10', TIMES, 'set yrange [0:100]'],
         'lines': [(kind, title, [(us, percent) for percent, us in points if percent < 100])
                   for kind, title, points in curves(medians, 'empty_quantiles_us', protseq,
                                                     ('ours', 'plain', 'raw', 'builtin'))
                   + (shared if protseq == 'ncalrpc' else [])]}
        for protseq in PROTSEQS])


def throughput(medians):
    return Chart('throughput', [
        {'title': f'{protseq}: call and answer', 'x': 'octets each way', 'y': 'octets a second, both ways together',
         'settings': ['set logscale xy 10', SI, SIZES, 'set xrange [1:16777216]'],
         'lines': [(kind, title, [(size, 2e6 * size / us) for size, us, *_ in points if us])
                   for kind, title, points in curves(medians, 'sizes_us', protseq, ('ours', 'raw', 'builtin', 'copy'))
                   if kind != 'copy' or protseq == 'ncalrpc']}
        for protseq in PROTSEQS])


def outstanding(medians):
    panels = []
    for protseq in ('ncalrpc', 'ncacn_ip_tcp'):
        lines = curves(medians, 'windows_per_s', protseq, ('ours', 'plain'))
        builtin = medians.get(f'builtin/{protseq}/empty_us')
        if lines and builtin:
            ends = lines[0][2][0][0], lines[0][2][-1][0]
            lines.append(('builtin', 'built-in, synchronous', [(x, 1e6 / builtin) for x in ends]))
        panels.append({'title': f'{protseq}: asynchronous, callback', 'x': 'calls outstanding', 'y': 'calls a second',
                       'settings': ['set logscale xy 10', SI], 'lines': lines})
    return Chart('outstanding', panels)


def memory(medians):
    panels = []
    for protseq in ('ncalrpc', 'ncacn_ip_tcp'):
        points = medians.get(f'ours/{protseq}/held_memory', [])
        lines = [(kind, side, [(point[0], point[place] / MIB) for point in points])
                 for kind, side, place in (('ours', 'client', 1), ('server', 'server', 2)) if points]
        panels.append({'title': f'{protseq}: replies held back', 'x': 'calls outstanding', 'y': 'MiB more than without',
                       'settings': ['set xrange [0:*]', 'set yrange [0:*]'], 'lines': lines})
    return Chart('memory', panels)


def charts(bench):
    made = [draw(bench['medians']) for draw in (latency, throughput, outstanding, memory)]
    return [chart for chart in made if chart.panels]


def draw_all(bench, folder):
    """What to tell the user. GNUPLOT in the environment names the program."""
    gnuplot = shutil.which(os.environ.get('GNUPLOT', 'gnuplot'))
    if not gnuplot:
        return f'no charts: gnuplot is missing (package {PACKAGE})'
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for chart in charts(bench):
        done = subprocess.run([gnuplot, '-'], input=chart.script(folder / f'{chart.name}.svg'), text=True,
                              stderr=subprocess.PIPE, check=False)
        if done.returncode:
            return f'no chart {chart.name}: {done.stderr.strip()}'
    return f'charts: {folder}/*.svg'
