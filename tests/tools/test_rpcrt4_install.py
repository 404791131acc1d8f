# SPDX-License-Identifier: LGPL-2.1-or-later
"""tools/rpcrt4-install: for one program, for all, and that --uninstall leaves the prefix as it was.

Runs in the tests' own prefix, whose other programs are not running meanwhile."""
import hashlib
import json
import os
import pathlib
import re
import shutil
import sys
import tempfile

import tap

WORK = pathlib.Path(tempfile.mkdtemp())
PREFIX = pathlib.Path(os.environ['WINEPREFIX'])
WINE = os.environ['WINE']
TOOL = tap.SRCDIR / 'tools/rpcrt4-install'
ENVIRONMENT = {'RPCRT4_DLLS': str(tap.BUILDDIR / 'dlls/rpcrt4'), 'WINEDLLOVERRIDES': 'mscoree,mshtml='}
WINE_KEY = r'HKCU\Software\Wine'
ARCHS = tap.WINE_ARCHS


def install(*arguments):
    status, output, errors = tap.run([sys.executable, TOOL, *arguments], env=ENVIRONMENT)
    tap.equal((status, output, errors), (0, '', ''))


def refuse(reason, *arguments, env=None):
    status, _, errors = tap.run([sys.executable, TOOL, *arguments], env={**ENVIRONMENT, **(env or {})})
    tap.contains(errors, reason)
    if not status:
        raise AssertionError('it succeeded')


def which(name='which_dll.exe'):
    """Which DLL a program of that name has, for each architecture."""
    answers = []
    for arch in ARCHS:
        folder = WORK / arch
        folder.mkdir(exist_ok=True)
        shutil.copy(tap.BUILDDIR / f'tests/tools/{arch}-windows/which_dll.exe', folder / name)
        answers.append(tap.run([WINE, folder / name], env=ENVIRONMENT)[1].split()[1])
    return answers


def all_are(dll):
    return [dll] * len(ARCHS)


def state():
    """Wine's own keys of the registry, and the files of the folders that are touched."""
    exported = WORK / 'exported.reg'
    tap.run([WINE, 'reg', 'export', WINE_KEY, 'Z:' + str(exported).replace('/', '\\'), '/y'])
    keys = exported.read_text('utf-16')
    files = {}
    for folder in ('.', 'drive_c/windows', 'drive_c/windows/system32', 'drive_c/windows/syswow64'):
        for path in sorted((PREFIX / folder).glob('*')):
            # Wine writes these itself, when it likes.
            if path.is_file() and path.suffix != '.reg':
                files[f'{folder}/{path.name}'] = hashlib.sha256(path.read_bytes()).hexdigest()
            elif path.is_dir():
                files[f'{folder}/{path.name}'] = 'folder'
    return re.sub(r'\r', '', keys), json.dumps(files, indent=1)


def unchanged(function):
    before = state()
    function()
    after = state()
    tap.equal(after[0], before[0])
    tap.equal(after[1], before[1])


def reg(*arguments):
    status, output, _ = tap.run([WINE, 'reg', *arguments])
    tap.equal(status, 0)
    return output


def test_for_all_programs():
    def change():
        tap.equal(which(), all_are('builtin'))
        install()
        tap.equal(which(), all_are('ours'))
        install('--uninstall')
        tap.equal(which(), all_are('builtin'))
    unchanged(change)


def test_for_one_program():
    def change():
        install('--app', 'Some Program.exe')
        tap.equal(which('some program.exe'), all_are('ours'))
        tap.equal(which(), all_are('builtin'))
        install('--uninstall', '--app', 'some program.EXE')
        tap.equal(which('Some Program.exe'), all_are('builtin'))
    unchanged(change)


def test_several_are_undone_one_by_one():
    def change():
        install('--app', 'a.exe')
        install('--app', 'b.exe')
        install('--app', 'a.exe')
        install('--uninstall', '--app', 'a.exe')
        tap.equal(which('a.exe'), all_are('builtin'))
        tap.equal(which('b.exe'), all_are('ours'))
        install('--uninstall')
        tap.equal(which('b.exe'), all_are('builtin'))
    unchanged(change)


def test_settings_of_the_user_come_back():
    key = WINE_KEY + r'\AppDefaults\a.exe\DllOverrides'
    reg('add', key, '/v', 'rpcrt4', '/d', 'builtin', '/f')
    reg('add', key, '/v', 'other', '/d', 'native', '/f')

    def change():
        install('--app', 'a.exe')
        tap.equal(which('a.exe'), all_are('ours'))
        install('--uninstall')
    unchanged(change)
    reg('delete', WINE_KEY + r'\AppDefaults\a.exe', '/f')


def test_settings_made_meanwhile_stay():
    key = WINE_KEY + r'\AppDefaults\a.exe\DllOverrides'
    install('--app', 'a.exe')
    reg('add', key, '/v', 'other', '/d', 'native', '/f')
    install('--uninstall')
    tap.contains(reg('query', key), 'other')
    reg('delete', WINE_KEY + r'\AppDefaults\a.exe', '/f')


def test_services_keep_wines_own():
    def change():
        install()
        tap.equal(which('services.exe'), all_are('builtin'))
        tap.equal(which('RPCSS.exe'), all_are('builtin'))
        install('--uninstall')
    unchanged(change)


def test_services_can_have_ours():
    def change():
        install('--services')
        tap.equal(which('services.exe'), all_are('ours'))
        tap.equal(which(), all_are('ours'))
        install()
        tap.equal(which('services.exe'), all_are('builtin'))
        tap.equal(which(), all_are('ours'))
        install('--services')
        tap.equal(which('services.exe'), all_are('ours'))
        install('--uninstall')
    unchanged(change)


def test_prefix_is_an_option():
    status, _, errors = tap.run([sys.executable, TOOL, '--prefix', PREFIX, '--app', 'a.exe'],
                                env={**ENVIRONMENT, 'WINEPREFIX': str(WORK)})
    tap.equal((status, errors), (0, ''))
    install('--uninstall', '--prefix', PREFIX)


def test_errors():
    def change():
        refuse('nothing is installed', '--uninstall')
        refuse('is not a Wine prefix', '--prefix', WORK)
        refuse('--app wants the name of a file', '--app', r'c:\a.exe')
        refuse('not allowed with', '--services', '--app', 'a.exe')
        refuse('--uninstall takes no --services', '--services', '--uninstall')
        refuse('has no rpcrt4.dll', env={'RPCRT4_DLLS': str(WORK)})
        install('--app', 'a.exe')
        refuse('nothing is installed for b.exe', '--uninstall', '--app', 'b.exe')
        install('--uninstall')
    unchanged(change)


if __name__ == '__main__':
    try:
        result = tap.main(globals())
    finally:
        shutil.rmtree(WORK)
    sys.exit(result)
