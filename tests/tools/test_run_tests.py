# SPDX-License-Identifier: LGPL-2.1-or-later
"""tests/run-tests counts what programs report and what they fail to report; tests/with-wine looks after the prefix."""
import pathlib
import re
import sys
import tempfile

import tap


def script(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('#!/bin/sh\n' + text, 'utf-8')
    path.chmod(0o755)
    return path


class Tree:
    """A build tree whose programs are shell scripts, and a Wine that runs them."""

    def __init__(self, folder, runs=('x86_64', 'i386')):
        self.folder = pathlib.Path(folder)
        self.environment = {'WINE': str(script(self.folder / 'wine', 'exec sh "$1"\n')), 'IMPACKET_PYTHON': sys.executable}
        for arch in ('x86_64', 'i386'):
            answer = 'echo probe: ok\n' if arch in runs else 'exit 1\n'
            script(self.folder / f'tests/{arch}-windows/probe.exe', answer)

    def unit(self, **programs):
        for name, text in programs.items():
            script(self.folder / 'tests/unit' / name, text)
        return ['--unit', *programs]

    def conformance(self, **programs):
        for name, text in programs.items():
            for arch in ('x86_64', 'i386'):
                script(self.folder / f'tests/conformance/{arch}-windows/{name}.exe', text)
        return ['--conformance', *programs]

    def run(self, *arguments):
        """(status, lines)"""
        status, output, errors = tap.run([sys.executable, tap.SRCDIR / 'tests/run-tests', '--srcdir', self.folder,
                                          *arguments], env=self.environment, cwd=self.folder)
        tap.equal(errors, '')
        return status, output.splitlines()


def one_unit(text):
    """(status, the last line's numbers) of a run of one unit test."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Tree(folder)
        status, lines = tree.run(*tree.unit(one=text))
    counts = re.fullmatch(r'(\d+) passed, (\d+) failed, (\d+) skipped', lines[-1])
    return status, tuple(int(n) for n in counts.groups())


def test_passed_and_skipped():
    tap.equal(one_unit("echo 1..3; echo ok 1 - a; echo 'ok 2 # SKIP b'; printf 'ok 3 - c\\r\\n'\n"), (0, (2, 0, 1)))


def test_failed():
    tap.equal(one_unit('echo 1..2; echo ok 1 - a; echo not ok 2 - b; exit 1\n'), (1, (1, 1, 0)))


def test_failure_without_an_exit_status():
    tap.equal(one_unit('echo 1..2; echo ok 1 - a; echo not ok 2 - b\n'), (1, (1, 1, 0)))


def test_exit_status_without_a_failure():
    tap.equal(one_unit('echo 1..1; echo ok 1 - a; exit 3\n'), (1, (1, 1, 0)))


def test_crash_leaves_planned_tests_out():
    tap.equal(one_unit('echo 1..5; echo ok 1 - a; kill -SEGV $$\n'), (1, (1, 4, 0)))


def test_nothing_reported():
    tap.equal(one_unit('exit 0\n'), (1, (0, 1, 0)))


def test_nothing_but_skipped_fails_the_run():
    tap.equal(one_unit("echo 1..1; echo 'ok 1 # SKIP a'\n"), (1, (0, 0, 1)))


def test_nothing_to_run_fails_the_run():
    with tempfile.TemporaryDirectory() as folder:
        tap.equal(Tree(folder).run(), (1, ['0 passed, 0 failed, 0 skipped']))


def test_log_of_a_failure_is_shown():
    with tempfile.TemporaryDirectory() as folder:
        tree = Tree(folder)
        _, lines = tree.run(*tree.unit(good='echo 1..1; echo ok 1; echo quiet\n', bad='echo 1..1; echo loud >&2; exit 1\n'))
    tap.contains(lines, 'loud')
    tap.equal('quiet' in lines, False)


def test_both_architectures():
    with tempfile.TemporaryDirectory() as folder:
        tree = Tree(folder)
        _, lines = tree.run(*tree.conformance(one='echo 1..1; echo ok 1\n'))
    tap.equal([line.split()[:3] for line in lines[:-1]],
              [['PASS', 'conformance/x86_64/one', '1'], ['PASS', 'conformance/i386/one', '1']])


def test_no_32_bit_programs_is_a_visible_skip():
    with tempfile.TemporaryDirectory() as folder:
        tree = Tree(folder, runs=['x86_64'])
        status, lines = tree.run(*tree.conformance(one='echo 1..1; echo ok 1\n'))
    tap.equal((status, lines[-1]), (0, '1 passed, 0 failed, 1 skipped'))
    tap.contains(lines[1], 'this Wine cannot run i386 programs')
    tap.equal(lines[1].split()[:2], ['SKIP', 'conformance/i386/one'])


def test_no_64_bit_programs_is_a_failure():
    with tempfile.TemporaryDirectory() as folder:
        tree = Tree(folder, runs=['i386'])
        status, lines = tree.run(*tree.conformance(one='echo 1..1; echo ok 1\n'))
    tap.equal((status, lines[-1]), (1, '0 passed, 1 failed, 0 skipped'))


def test_time_limit():
    with tempfile.TemporaryDirectory() as folder:
        tree = Tree(folder)
        status, lines = tree.run('--limit', '1', *tree.conformance(one='echo 1..1; echo ok 1; sleep 60\n'))
    tap.equal((status, lines[-1]), (1, '2 passed, 2 failed, 0 skipped'))
    tap.contains(lines[0], 'stopped after 1 s')


# ---- with-wine ----

def with_wine(folder, *command):
    """(status, output, errors, what Wine's programs were asked for)"""
    folder = pathlib.Path(folder)
    asked = folder / 'asked'
    asked.touch()
    environment = {
        'WINE': str(script(folder / 'wine', f'echo wine "$@" >>{asked}; [ "$1" != --version ] || echo wine-1.0\n')),
        'WINESERVER': str(script(folder / 'wineserver', f'echo wineserver "$@" >>{asked}\n')),
        'WINEPREFIX': '/nonexistent',
    }
    result = tap.run([tap.SRCDIR / 'tests/with-wine', folder / 'prefix', *command], env=environment)
    return *result, asked.read_text('ascii').splitlines()


def test_with_wine_makes_the_prefix_once():
    with tempfile.TemporaryDirectory() as folder:
        status, output, _, asked = with_wine(folder, 'sh', '-c', 'echo $WINEPREFIX; exit 3')
        tap.equal((status, output), (3, f'{folder}/prefix\n'))
        tap.equal((asked.count('wine wineboot -i'), asked[-1]), (1, 'wineserver -k'))
        tap.equal(asked.index('wineserver -w') < len(asked) - 2, True)
        pathlib.Path(folder, 'asked').unlink()
        asked = with_wine(folder, 'true')[3]
        tap.equal((asked.count('wine wineboot -i'), asked[-1]), (0, 'wineserver -k'))


def test_with_wine_leaves_a_users_prefix_alone():
    with tempfile.TemporaryDirectory() as folder:
        mine = pathlib.Path(folder, 'prefix/drive_c')
        mine.mkdir(parents=True)
        status, _, errors, asked = with_wine(folder, 'true')
        tap.equal((status, asked), (1, []))
        tap.contains(errors, "somebody's own prefix")
        tap.equal([p.name for p in mine.parent.iterdir()], ['drive_c'])


if __name__ == '__main__':
    sys.exit(tap.main(globals()))
