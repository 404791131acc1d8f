# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the benchmark programs under Wine, and looks at their processes from outside."""
import contextlib
import json
import os
import pathlib
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time

BUILD = pathlib.Path('tests/bench').absolute()
PROGRAMS = BUILD / 'x86_64-windows'
WINE = os.environ.get('WINE', 'wine')
LIMIT = 120       # seconds that a program may take
START_LIMIT = 60  # … until it is ready

# What a measurement runs on: a DLL, and more for its environment. "plain" is without the transport through shared memory,
# "sleeping" without looking for what is to come.
SWITCHES = 'RPCRT4_SHARED_MEMORY', 'RPCRT4_SPIN'
KINDS = {
    'ours': ('n', {}),
    'plain': ('n', {SWITCHES[0]: '0'}),
    'sleeping': ('n', {SWITCHES[1]: '0'}),
    'builtin': ('b', {}),
    'raw': ('b', {}),
}
_serial = 0


class Failure(Exception):
    """A program did not do what it should: there is nothing to measure."""


class TooLong(Failure):
    """A program has not ended in time; `found`: what it had printed until then."""

    def __init__(self, name, found):
        super().__init__(f'{name} takes too long')
        self.found = found


def environment(kind):
    dll, more = KINDS[kind]
    others = [o for o in os.environ.get('WINEDLLOVERRIDES', '').split(';') if o and not o.startswith('rpcrt4')]
    inherited = {name: value for name, value in os.environ.items() if name not in SWITCHES}
    return {**inherited, **more, 'WINEDLLOVERRIDES': ';'.join([*others, f'rpcrt4={dll}'])}


@contextlib.contextmanager
def one_processor():
    """For the processes that are started meanwhile."""
    processors = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(processors)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, processors)


@contextlib.contextmanager
def busy_processes(count):
    found = [subprocess.Popen([sys.executable, '-c', 'while True: pass']) for _ in range(count)]
    try:
        yield
    finally:
        for process in found:
            process.kill()
            process.wait()


def fresh_endpoint(protseq):
    """A new one for each server: an old one may still be closing."""
    global _serial  # pylint: disable=global-statement
    _serial += 1
    if protseq in ('ncacn_ip_tcp', 'tcp'):
        return str(20000 + (os.getpid() * 37 + _serial) % 12000)
    name = f'rpcrt4-bench-{os.getpid()}-{_serial}'
    return '\\pipe\\' + name if protseq == 'ncacn_np' else name


class Program:
    """A running program. Its lines come through a queue: waiting for the end of the pipe could take for ever, because
    Wine's services may hold it open."""

    def __init__(self, kind, name, *arguments):
        global _serial  # pylint: disable=global-statement
        _serial += 1
        self.name = name
        self.mark = f'RPCRT4_BENCH={os.getpid()}-{_serial}'
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen([WINE, str(PROGRAMS / (name + '.exe')), *map(str, arguments)], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors,
                                        env={**environment(kind), **dict([self.mark.split('=')])})
        self.lines = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line.strip())
        self.lines.put(None)

    def pid(self):
        """Where Wine's own loader is a 32-bit one, the process that was started only starts another. That one is known by
        its name and by its environment; None: it is gone."""
        for entry in pathlib.Path('/proc').iterdir():
            try:
                if entry.name.isdigit() and proc(entry.name, 'comm').strip() == (self.name + '.exe')[:15] and \
                        self.mark in proc(entry.name, 'environ').split('\0'):
                    return int(entry.name)
            except OSError:
                pass
        return None

    def line(self, deadline):
        """The next line; None: the program has ended. Raises queue.Empty after the deadline."""
        while True:
            try:
                return self.lines.get(timeout=0.5)
            except queue.Empty:
                if self.process.poll() is not None:
                    return None
                if time.monotonic() > deadline:
                    raise

    def go_on(self):
        self.process.stdin.write('\n')
        self.process.stdin.flush()

    def failure(self):
        self.errors.seek(0)
        text = self.errors.read().decode(errors='replace').strip().splitlines()
        return Failure(f'{self.name}: status {self.process.returncode}{": " + text[-1] if text else ""}')

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        pid = self.pid()
        if pid:
            os.kill(pid, signal.SIGKILL)
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.reader.join(1)
        self.errors.close()


def results(program, at_checkpoint=None, limit=LIMIT):
    """All that a program prints. at_checkpoint(name, value) is called while the program stands still there; what it
    returns becomes a result, too."""
    deadline = time.monotonic() + limit
    found = []
    while True:
        try:
            line = program.line(deadline)
        except queue.Empty:
            raise TooLong(program.name, found) from None
        if line is None:
            break
        try:
            result = json.loads(line)
        except ValueError:
            raise Failure(f'{program.name} printed {line!r}') from None
        if result['name'] == 'checkpoint':
            result.update(at_checkpoint(*result['value']))
            program.go_on()
        found.append(result)
    try:
        program.process.wait(10)
    except subprocess.TimeoutExpired:
        raise Failure(f'{program.name} does not end') from None
    if program.process.returncode:
        raise program.failure()
    return found


def start_server(kind, name, *arguments):
    server = Program(kind, name, *arguments)
    try:
        if server.line(time.monotonic() + START_LIMIT) != 'ready':
            server.process.wait(10)
            raise server.failure()
    except (queue.Empty, subprocess.TimeoutExpired):
        server.__exit__()
        raise Failure(f'{name} does not start') from None
    except BaseException:
        server.__exit__()
        raise
    return server


def native(name, *arguments):
    done = subprocess.run([BUILD / name, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          timeout=LIMIT, check=False)
    if done.returncode:
        raise Failure(f'{name}: status {done.returncode}')
    return [json.loads(line) for line in done.stdout.splitlines()]


# ---- from outside ----

def proc(pid, name):
    return pathlib.Path(f'/proc/{pid}/{name}').read_text(encoding='ascii', errors='replace')


def memory(pid):
    """Octets of memory that are resident, what is shared with others included."""
    for line in proc(pid, 'smaps_rollup').splitlines():
        if line.startswith('Rss:'):
            return int(line.split()[1]) * 1024
    raise Failure(f'/proc/{pid}/smaps_rollup has no Rss')


def threads(pid):
    return len(os.listdir(f'/proc/{pid}/task'))


def page_faults(pid):
    """How many pages of memory have been given to the process since it began."""
    return int(proc(pid, 'stat').rpartition(')')[2].split()[7])


def cpu_seconds(pid):
    """Time on a processor, of all threads that exist, in nanosecond steps (utime and stime have a hundred a second)."""
    total = 0
    for task in os.listdir(f'/proc/{pid}/task'):
        try:
            total += int(proc(pid, f'task/{task}/schedstat').split()[0])
        except FileNotFoundError:  # it has just ended
            pass
    return total / 1e9


def tcp_connections(port):
    """How many connections are established to a port on this machine."""
    count = 0
    for line in pathlib.Path('/proc/net/tcp').read_text(encoding='ascii').splitlines()[1:]:
        _, _, remote, state = line.split()[:4]
        count += state == '01' and int(remote.split(':')[1], 16) == int(port)
    return count


def wineserver_pid():
    """The one of this prefix: it runs in the folder that is named after the prefix's device and inode."""
    prefix = os.stat(os.environ['WINEPREFIX'])
    folder = f'server-{prefix.st_dev:x}-{prefix.st_ino:x}'
    for entry in pathlib.Path('/proc').iterdir():
        try:
            if entry.name.isdigit() and os.readlink(entry / 'cwd').endswith(folder) and \
                    'wineserver' in proc(entry.name, 'comm'):
                return int(entry.name)
        except OSError:
            pass
    raise Failure('the wineserver is not to be found')
