# SPDX-License-Identifier: LGPL-2.1-or-later
"""What test scripts need: TAP from functions named test_*, and programs run so that nothing can hold them up."""
import os
import pathlib
import subprocess
import tempfile
import traceback

SRCDIR = pathlib.Path(os.environ['SRCDIR'])
BUILDDIR = pathlib.Path(os.environ['BUILDDIR'])
WINE_ARCHS = os.environ['WINE_ARCHS'].split()  # the architectures whose programs Wine can run here


class Skip(Exception):
    """Raised by a test that cannot run here."""


def main(tests):
    """Runs the functions of `tests` (a module's globals()) whose names begin with test_, in their order."""
    found = [(name, function) for name, function in tests.items() if name.startswith('test_')]
    print(f'1..{len(found)}')
    failed = False
    for number, (name, function) in enumerate(found, 1):
        try:
            function()
            print(f'ok {number} - {name}', flush=True)
        except Skip as reason:
            print(f'ok {number} - {name} # SKIP {reason}', flush=True)
        except Exception:  # pylint: disable=broad-except
            failed = True
            print(f'not ok {number} - {name}\n{traceback.format_exc()}', flush=True)
    return 1 if failed else 0


def equal(got, wanted):
    if got != wanted:
        raise AssertionError(f'got    {got!r}\n                wanted {wanted!r}')


def contains(text, part):
    if part not in text:
        raise AssertionError(f'{part!r} is not in {text!r}')


def run(command, limit=60, **options):
    """(exit status, stdout, stderr) as text. Files, not pipes: Wine's services would hold those open."""
    environment = {**os.environ, **options.pop('env', {})}
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        status = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, timeout=limit, check=False,
                                env=environment, **options).returncode
        out.seek(0)
        err.seek(0)
        return status, *(text.read().decode(errors='replace').replace('\r\n', '\n') for text in (out, err))
