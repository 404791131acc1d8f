#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Soak: calls of every kind over all transports, cancels, aborts, and processes that are killed; nothing is lost, nothing
is notified twice, and handles, threads and memory stay flat.

One server and one client live as long as the run. Beside them another server and other clients are killed now and
again, and come back; the client that lives calls both servers. After each round it pauses, everybody else's calls are
waited for, and what the two processes hold is written down. The run is made through shared memory and without it.

SOAK_SECONDS is for both together (default 24), SOAK_SEED makes the clients do the same things again, in about the
same order, SOAK_MODES ("shared", "plain") selects. What the processes say on stderr (WINEDEBUG=+rpc) is in
tests/logs/soak-MODE.
"""
import itertools
import os
import pathlib
import queue
import random
import re
import signal
import subprocess
import sys
import threading
import time

import tap

WINE = os.environ['WINE']
SECONDS = float(os.environ.get('SOAK_SECONDS', 24))
SEED = int(os.environ.get('SOAK_SEED') or 0) or random.randrange(1, 1 << 31)
MODES = os.environ.get('SOAK_MODES', 'shared plain').split()
PROTSEQS = ('ncalrpc', 'ncacn_np', 'ncacn_ip_tcp')
LIMIT = 120  # seconds for an answer of a process: longer than its own limits
# What may come on top between the first half of the rounds and the second. (Caches fill, heaps fragment.)
SLACK = {'handles': 16, 'threads': 6, 'blocks': 400, 'kilobytes': 8192}
STUCK = {'handles': 4, 'threads': 0, 'blocks': 40, 'kilobytes': 256}  # of a connection that Wine does not close
serial = itertools.count(1)


def endpoints():
    """A fresh endpoint for each protocol sequence."""
    number = next(serial)
    name = f'rpcrt4-soak-{os.getpid()}-{number}'
    # Not a port that clients get (from 32768 on).
    port = 20000 + (os.getpid() * 7 + number) % 12000
    return {'ncalrpc': name, 'ncacn_np': '\\pipe\\' + name, 'ncacn_ip_tcp': str(port)}


class Process:
    """One soak_main.exe."""

    def __init__(self, run, name, *arguments, arch='x86_64'):
        self.name, self.lines, self.pid = name, queue.Queue(), None
        program = tap.BUILDDIR / f'tests/soak/{arch}-windows/soak_main.exe'
        environment = {**os.environ, 'WINEDLLOVERRIDES': 'rpcrt4=n;mscoree,mshtml=', **run.environment}
        with open(run.folder / f'{name}.err', 'ab') as errors:
            self.process = subprocess.Popen(  # pylint: disable=consider-using-with
                [WINE, program, *map(str, arguments)], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=errors, text=True, bufsize=1)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line.strip())

    def tell(self, line):
        try:
            self.process.stdin.write(line + '\n')
            self.process.stdin.flush()
        except OSError:
            pass  # it has been killed, or the next answer will be missed

    def expect(self, wanted):
        """The lines up to the one that begins so."""
        lines, end = [], time.monotonic() + LIMIT
        while True:
            try:
                lines.append(self.lines.get(timeout=0.5))
            except queue.Empty:
                if self.process.poll() is None and time.monotonic() < end:
                    continue
                raise AssertionError('\n'.join([f'{self.name}: no "{wanted}", exit status {self.process.poll()}',
                                                *lines])) from None
            if lines[-1].startswith(wanted):
                return lines

    def check(self):
        """It is meant to live."""
        if self.process.poll() is not None:
            self.expect('what never comes')

    def find(self):
        """The process's number: where Wine is a 32-bit program, it starts 64-bit ones by another program."""
        wanted = [str(word).encode() for word in self.process.args[2:]]
        for entry in pathlib.Path('/proc').glob('[0-9]*/cmdline'):
            try:
                words = entry.read_bytes().rstrip(b'\0').split(b'\0')
            except OSError:
                continue
            if words[0].endswith(b'soak_main.exe') and words[1:] == wanted:
                return int(entry.parent.name)
        return self.process.pid

    def kill(self):
        """As if it had crashed."""
        try:
            os.kill(self.find(), signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.kill()
        self.process.wait()

    def kilobytes(self):
        """What it has in memory for itself."""
        self.pid = self.pid or self.find()
        status = pathlib.Path(f'/proc/{self.pid}/status').read_text(encoding='ascii')
        return int(re.search(r'RssAnon:\s*(\d+)', status)[1])


class Run:
    """One run, in one mode."""

    def __init__(self, name, environment):
        self.name, self.environment = name, environment
        self.folder = tap.BUILDDIR / 'tests/logs' / f'soak-{name}'
        self.folder.mkdir(parents=True, exist_ok=True)
        for old in self.folder.iterdir():
            old.unlink()
        self.random = random.Random(SEED)
        self.numbers = itertools.count(2)
        self.rounds, self.killed = [], {'servers': 0, 'clients': 0}
        self.steady_endpoints = endpoints()
        self.steady = self.server('server', self.steady_endpoints)
        self.start_mortal_server()
        self.client = self.start_client('client', 1, 6)
        self.mortal_client = None

    def server(self, name, where):
        process = Process(self, name, 'serve', *(word for pair in where.items() for word in pair))
        process.expect('ready')
        return process

    def start_mortal_server(self):
        self.mortal_endpoints = endpoints()
        self.mortal_server = self.server('mortal-server', self.mortal_endpoints)

    def start_client(self, name, number, threads, arch='x86_64'):
        targets = [word for kind, where in (('immortal', self.steady_endpoints), ('mortal', self.mortal_endpoints))
                   for protseq in PROTSEQS for word in (kind, protseq, where[protseq])]
        return Process(self, name, 'call', number, SEED, threads, *targets, arch=arch)

    def kill_server(self):
        self.mortal_server.kill()
        self.killed['servers'] += 1
        self.start_mortal_server()
        for number, protseq in enumerate(PROTSEQS, len(PROTSEQS)):
            for client in filter(None, (self.client, self.mortal_client)):
                client.tell(f'target {number} {self.mortal_endpoints[protseq]}')

    def kill_client(self):
        if not self.mortal_client:
            return
        # One that has found something wrong has not lived until now.
        self.mortal_client.check()
        self.mortal_client.kill()
        self.mortal_client = None
        self.killed['clients'] += 1

    def replace_client(self):
        self.kill_client()
        self.mortal_client = self.start_client('mortal-client', next(self.numbers) % 1000 + 2, 3,
                                               self.random.choice(tap.WINE_ARCHS))

    def work(self, seconds):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.random.choice((self.kill_server, self.replace_client, self.replace_client))()
            time.sleep(min(self.random.uniform(0.2, 1.5), max(left, 0)))
            self.client.check()
            self.steady.check()

    def pause(self):
        self.client.tell('pause')
        self.kill_client()
        done = self.client.expect('paused')[-1]
        self.client.tell('measure')
        found = {'client': {}, 'server': {}}
        for line in self.client.expect('measured'):
            word, *rest = line.split()
            if word in found:
                pairs = rest[len(rest) % 2:]  # a server's number comes first
                found[word] = dict(zip(pairs[::2], map(int, pairs[1::2])))
        found['client']['kilobytes'] = self.client.kilobytes()
        found['server']['kilobytes'] = self.steady.kilobytes()
        self.rounds.append(found)
        print(f'# {self.name} round {len(self.rounds)}: {done}; {self.killed}; {found}', flush=True)

    def judge(self):
        """Flat: the second half of the rounds has a moment with no more than the first one ever had."""
        half = (len(self.rounds) + 1) // 2
        for who, what in itertools.product(('client', 'server'), SLACK):
            values = [found[who][what] - STUCK[what] * found['server']['connections'] * (who == 'server')
                      for found in self.rounds]
            if min(values[half:]) > max(values[:half]) + SLACK[what]:
                raise AssertionError(f'{who}: {what} grow: {values}')

    def soak(self, seconds):
        rounds = max(4, min(30, int(seconds / 10)))
        for number in range(rounds):
            self.work(seconds / rounds)
            self.pause()
            if number < rounds - 1:
                self.client.tell('go')
        self.judge()

    def end(self):
        for process in filter(None, (self.mortal_client, self.client, self.mortal_server, self.steady)):
            process.kill()


def soak(name, environment):
    print(f'# SOAK_SECONDS={SECONDS:g} SOAK_SEED={SEED}', flush=True)
    if name not in MODES:
        raise tap.Skip('not in SOAK_MODES')
    run = Run(name, environment)
    try:
        run.soak(SECONDS / len(MODES))
    finally:
        run.end()


def test_shared_memory():
    soak('shared', {'RPCRT4_SHARED_MEMORY': '1'})


def test_plain():
    soak('plain', {'RPCRT4_SHARED_MEMORY': '0'})


if __name__ == '__main__':
    sys.exit(tap.main(globals()))
