# SPDX-License-Identifier: LGPL-2.1-or-later
"""A prefix in which every process runs on our DLL, Wine's services included: it boots, its services answer, and Wine's own
programs work.

It is a copy of the tests' prefix: the files under drive_c are hard links, which nothing writes in place."""
import contextlib
import os
import pathlib
import shutil
import sys

import tap

WINE, WINESERVER = os.environ['WINE'], os.environ['WINESERVER']
MODEL = pathlib.Path(os.environ['WINEPREFIX'])
FOLDER = tap.BUILDDIR / 'tests/interop'
PREFIX = FOLDER / 'prefix'
ENVIRONMENT = {'WINEPREFIX': str(PREFIX), 'RPCRT4_DLLS': str(tap.BUILDDIR / 'dlls/rpcrt4'),
               'WINEDLLOVERRIDES': 'mscoree,mshtml='}
PROGRAMS = ('services.exe', 'plugplay.exe', 'winedevice.exe', 'svchost.exe', 'rpcss.exe')
RPCSS = 'Remote Procedure Call (RPC)'
PLUG_AND_PLAY = 'Plug and Play Service'


def wine(*arguments):
    return tap.run([WINE, *arguments], 110, env=ENVIRONMENT)


def succeeds(*arguments):
    status, output, errors = wine(*arguments)
    if status:
        raise AssertionError(f'{arguments}: status {status}\n{output}\n{errors}')
    return output


def make_prefix():
    remove_prefix()
    PREFIX.mkdir(parents=True)
    shutil.copytree(MODEL / 'drive_c', PREFIX / 'drive_c', symlinks=True, copy_function=os.link)
    shutil.copytree(MODEL / 'dosdevices', PREFIX / 'dosdevices', symlinks=True)
    for file in [*MODEL.glob('*.reg'), MODEL / '.update-timestamp']:
        shutil.copy2(file, PREFIX)
    status, _, errors = tap.run([sys.executable, tap.SRCDIR / 'tools/rpcrt4-install', '--services'], env=ENVIRONMENT)
    tap.equal((status, errors), (0, ''))
    stop()


def remove_prefix():
    shutil.rmtree(PREFIX, ignore_errors=True)


def stop():
    tap.run([WINESERVER, '-k'], env=ENVIRONMENT)


def processes():
    """{name of a program of the prefix: the rpcrt4.dll files that its processes have mapped}."""
    found = {}
    for maps in pathlib.Path('/proc').glob('[0-9]*/maps'):
        with contextlib.suppress(OSError):
            files = {line.split(maxsplit=5)[5].strip() for line in maps.read_text('utf-8').splitlines() if '/' in line}
            command = (maps.parent / 'cmdline').read_text('utf-8', errors='replace').split('\0')[0]
            if any(file.startswith(f'{PREFIX}/') for file in files):
                name = command.split(' ')[0].rpartition('\\')[2]
                found.setdefault(name, set()).update(f for f in files if f.endswith('/rpcrt4.dll'))
    return found


def services():
    """The display names of those that run."""
    return [line.strip() for line in succeeds('net', 'start').splitlines()[1:]]


def conformance(name):
    """A program of the conformance tests, run where servers are ours, too."""
    for arch in tap.WINE_ARCHS:
        succeeds(tap.BUILDDIR / f'tests/conformance/{arch}-windows/{name}.exe')


def assert_ours():
    found = processes()
    for program in PROGRAMS:
        tap.equal((program, found.get(program)), (program, {f'{PREFIX}/drive_c/windows/system32/rpcrt4.dll'}))


def test_the_services_run_on_our_dll():
    if RPCSS not in services():
        succeeds('net', 'start', 'RpcSs')
    assert_ours()


def test_services_stop_and_start():
    succeeds('net', 'stop', 'PlugPlay')
    if PLUG_AND_PLAY in services():
        raise AssertionError('it still runs')
    succeeds('net', 'start', 'PlugPlay')
    tap.contains(services(), PLUG_AND_PLAY)


def test_a_service_is_made_and_deleted():
    key = r'HKLM\System\CurrentControlSet\Services\rpcrt4-prefix'
    succeeds('sc', 'create', 'rpcrt4-prefix', 'binPath=', r'c:\windows\system32\notepad.exe')
    tap.contains(succeeds('reg', 'query', key), r'c:\windows\system32\notepad.exe')
    succeeds('sc', 'delete', 'rpcrt4-prefix')
    tap.equal(wine('reg', 'query', key)[0], 1)


def test_service_control():
    conformance('test_wine_services')


def test_task_scheduler():
    conformance('test_wine_tasks')


def test_com():
    conformance('test_wine_com')


def test_device_notifications():
    conformance('test_wine_devices')


def test_type_libraries():
    conformance('test_wine_typelib')


def windows_path(path):
    return 'Z:' + str(path).replace('/', '\\')


def test_installer():
    """A package's actions run in msiexec.exe and call the installing program back."""
    package = PREFIX / 'test.msi'
    archs = [(arch, arch) for arch in tap.WINE_ARCHS] + [('x86_64', 'i386')] * ('i386' in tap.WINE_ARCHS)
    for arch, action_arch in archs:
        output = succeeds(FOLDER / f'{arch}-windows/wine_installer.exe', windows_path(package),
                          windows_path(FOLDER / f'{action_arch}-windows/wine_action.exe'), 'given')
        tap.equal((arch, action_arch, output), (arch, action_arch, 'given onetwothree\n'))


def test_programs_that_use_com():
    tap.contains(succeeds('wmic', 'os', 'get', 'caption').replace('\0', ''), 'Windows')


def test_an_update_of_the_prefix_keeps_our_dll():
    succeeds('wineboot', '-u')
    for service in ('Event Log', PLUG_AND_PLAY):
        tap.contains(services(), service)
    assert_ours()


def main():
    try:
        make_prefix()
        tap.run([WINESERVER, '-p'], env=ENVIRONMENT)
        return tap.main(globals())
    finally:
        stop()
        remove_prefix()


sys.exit(main())
