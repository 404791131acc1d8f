# SPDX-License-Identifier: LGPL-2.1-or-later
"""tools/rpcrt4-run: which programs get our DLL, what passes through, and that nothing else changes."""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import tap

WORK = pathlib.Path(tempfile.mkdtemp())
CACHE = WORK / 'cache'
ENVIRONMENT = {'RPCRT4_DLLS': str(tap.BUILDDIR / 'dlls/rpcrt4'), 'XDG_CACHE_HOME': str(CACHE), 'WINEDEBUG': '-all'}
PREFIX = pathlib.Path(os.environ['WINEPREFIX'])
OURS = r'ours C:\windows\system32\rpcrt4.dll'
BUILTIN = r'builtin C:\windows\system32\rpcrt4.dll'


def program(arch):
    """A copy of which_dll.exe in a folder of its own that cannot be written to."""
    folder = WORK / arch
    if not folder.exists():
        folder.mkdir()
        shutil.copy(tap.BUILDDIR / f'tests/tools/{arch}-windows/which_dll.exe', folder)
        folder.chmod(0o555)
    return folder / 'which_dll.exe'


def windows_path(path):
    return 'Z:' + str(path).replace('/', '\\')


def rpcrt4_run(*arguments, tool=tap.SRCDIR / 'tools/rpcrt4-run', env=None):
    return tap.run([tool, *arguments], env={**ENVIRONMENT, **(env or {})})


def need_i386():
    if 'i386' not in tap.WINE_ARCHS:
        raise tap.Skip('this Wine cannot run 32-bit programs')


def test_program_gets_our_dll():
    tap.equal(rpcrt4_run(program('x86_64'))[:2], (7, f'64-bit {OURS}\n'))
    tap.equal(rpcrt4_run(windows_path(program('x86_64')))[:2], (7, f'64-bit {OURS}\n'))


def test_32_bit_program():
    need_i386()
    tap.equal(rpcrt4_run(program('i386'))[:2], (7, f'32-bit {OURS}\n'))


def test_child_gets_our_dll():
    child = windows_path(program('x86_64'))
    tap.equal(rpcrt4_run(program('x86_64'), child)[1], f'64-bit {OURS}\n64-bit {OURS}\n')


def test_children_of_the_other_architecture():
    need_i386()
    tap.equal(rpcrt4_run(program('x86_64'), windows_path(program('i386')))[1], f'64-bit {OURS}\n32-bit {OURS}\n')
    tap.equal(rpcrt4_run(program('i386'), windows_path(program('x86_64')))[1], f'32-bit {OURS}\n64-bit {OURS}\n')


def test_other_programs_do_not():
    ours = subprocess.Popen([tap.SRCDIR / 'tools/rpcrt4-run', program('x86_64'), 'wait'],
                            env={**os.environ, **ENVIRONMENT}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        tap.equal(tap.run([os.environ['WINE'], program('x86_64')])[:2], (7, f'64-bit {BUILTIN}\n'))
        tap.equal(ours.poll(), None)
    finally:
        ours.kill()
        ours.wait()


def test_override_of_the_caller_does_not_win():
    tap.equal(rpcrt4_run(program('x86_64'), env={'WINEDLLOVERRIDES': 'rpcrt4=n,b'})[1], f'64-bit {OURS}\n')


def test_arguments_pass_through():
    arguments = ['a b', '', '"q"', r'c:\d\ ', '$HOME', '--trace', "it's"]
    tap.equal(rpcrt4_run(program('x86_64'), 'args', *arguments)[1].splitlines()[1:], [f'[{a}]' for a in arguments])


def test_signals_pass_through():
    for number in (signal.SIGTERM, signal.SIGHUP):
        output = WORK / 'signal'
        with output.open('wb') as file:
            process = subprocess.Popen([tap.SRCDIR / 'tools/rpcrt4-run', program('x86_64'), 'wait'], stdout=file,
                                       env={**os.environ, **ENVIRONMENT}, stdin=subprocess.DEVNULL,
                                       preexec_fn=lambda n=number: signal.signal(n, signal.SIG_DFL))  # nohup ignores it
        deadline = time.monotonic() + 60
        while not output.read_bytes() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        tap.equal(process.poll(), None)
        process.send_signal(number)
        tap.equal(process.wait(30), -number)


def test_trace():
    _, _, errors = rpcrt4_run('--trace', program('x86_64'), 'trace')
    tap.contains(errors, ':trace:rpc:RpcBindingFromStringBinding')
    _, _, errors = rpcrt4_run(program('x86_64'), 'trace')
    tap.equal(errors, '')


def test_views():
    """One for each set of DLLs, used again, made anew when a DLL changes, removed when they are gone."""
    def views():
        return sorted(p.name for p in (CACHE / 'rpcrt4-async').iterdir())
    first = views()
    tap.equal(len(first), 1)
    rpcrt4_run(program('x86_64'))
    tap.equal(views(), first)

    dlls = WORK / 'dlls'
    shutil.copytree(ENVIRONMENT['RPCRT4_DLLS'], dlls)
    rpcrt4_run(program('x86_64'), env={'RPCRT4_DLLS': str(dlls)})
    second = views()
    tap.equal(len(second), 2)
    os.utime(dlls / 'x86_64-windows/rpcrt4.dll', (1, 1))
    tap.equal(rpcrt4_run(program('x86_64'), env={'RPCRT4_DLLS': str(dlls)})[1], f'64-bit {OURS}\n')
    third = views()
    tap.equal((len(third), third == second, set(first) < set(third)), (2, False, True))

    moved = dlls.rename(WORK / 'moved')
    rpcrt4_run(program('x86_64'), env={'RPCRT4_DLLS': str(moved)})
    tap.equal((len(views()), set(views()) & set(third)), (2, set(first)))


def test_nothing_has_changed():
    for arch in ('x86_64', 'i386'):
        tap.equal([p.name for p in program(arch).parent.iterdir()], ['which_dll.exe'])
    tap.equal((PREFIX / 'rpcrt4-async').exists(), False)
    tap.equal(tap.run([os.environ['WINE'], 'reg', 'query', r'HKCU\Software\Wine\DllOverrides', '/v', 'rpcrt4'])[0], 1)


def test_errors():
    tap.equal(rpcrt4_run()[0], 125)
    tap.equal(rpcrt4_run('--what', 'x.exe')[0], 125)
    status, _, errors = rpcrt4_run('x.exe', env={'RPCRT4_DLLS': str(WORK)})
    tap.equal(status, 125)
    tap.contains(errors, 'has no rpcrt4.dll')
    status, _, errors = rpcrt4_run('x.exe', env={'WINE': 'no-wine-here'})
    tap.equal(status, 125)
    tap.contains(errors, 'no-wine-here is not installed')


def test_installed_tree():
    prefix = WORK / 'installed'
    environment = {'MAKEFLAGS': '', 'MAKELEVEL': ''}
    make = ['make', '-C', tap.BUILDDIR, f'prefix={prefix}']
    status, output, errors = tap.run([*make, 'install'], env=environment)
    tap.equal((status, output + errors if status else ''), (0, ''))
    for file in ('include/rpcrt4-async/rpcexcept.h', 'bin/widl-async', 'bin/rpcrt4-install',
                 'lib/rpcrt4-async/i386-windows/librpcrt4.a'):
        tap.equal((prefix / file).exists(), True)
    tool = prefix / 'bin/rpcrt4-run'
    tap.equal(rpcrt4_run(program('x86_64'), tool=tool, env={'RPCRT4_DLLS': ''})[:2], (7, f'64-bit {OURS}\n'))
    tap.equal(tap.run([*make, 'uninstall'], env=environment)[0], 0)
    tap.equal([str(p) for p in prefix.rglob('*') if not p.is_dir()], [])


if __name__ == '__main__':
    try:
        result = tap.main(globals())
    finally:
        for made in WORK.iterdir():
            made.chmod(0o755)
        shutil.rmtree(WORK)
    sys.exit(result)
