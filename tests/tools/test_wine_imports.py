# SPDX-License-Identifier: LGPL-2.1-or-later
"""docs/wine-modules.md says what Wine's modules import from rpcrt4.dll; tools/wine-imports notices when that is not so."""
import os
import pathlib
import re
import shutil
import sys

import tap

TOOL = tap.SRCDIR / 'tools/wine-imports'
SPEC = tap.SRCDIR / 'dlls/rpcrt4/rpcrt4.spec'
COMPATIBILITY = tap.SRCDIR / 'docs/compatibility.md'
DOCUMENT = tap.SRCDIR / 'docs/wine-modules.md'
WORK = tap.BUILDDIR / 'tests/tools'
WINE_VERSION = 'wine-8.0 '  # the one that the document lists
PLACES = ('usr/lib*/wine', 'usr/lib/*/wine', 'usr/local/lib*/wine', 'opt/*/lib*/wine')


def folders():
    """The folders of this Wine's modules, one of each architecture."""
    found = {}
    for place in PLACES:
        for dll in sorted(pathlib.Path('/').glob(f'{place}/*-windows/rpcrt4.dll')):
            found.setdefault(dll.parent.name, dll.parent)
    modules = [found[name] for name in ('x86_64-windows', 'i386-windows') if name in found]
    if not modules:
        raise tap.Skip('this Wine does not keep its modules where others do')
    return modules


def few_folders():
    """Some of those modules, which are read sooner."""
    few = []
    for folder in folders():
        few.append(WORK / 'wine-modules' / folder.name)
        few[-1].mkdir(parents=True, exist_ok=True)
        for name in ('plugplay.exe', 'rpcss.exe', 'sechost.dll', 'services.exe'):
            (few[-1] / name).write_bytes((folder / name).read_bytes())
    return few


def wine_imports(document, modules, *options, spec=SPEC):
    status, output, errors = tap.run([sys.executable, TOOL, *options, spec, COMPATIBILITY, document, *modules])
    tap.equal(errors, '')
    return status, output


def document_of(modules):
    """A document that is right for these."""
    work = WORK / 'wine-modules.md'
    shutil.copy(DOCUMENT, work)
    tap.equal(wine_imports(work, modules, '--fix'), (0, ''))
    return work


def test_the_document_is_right():
    version = tap.run([os.environ['WINE'], '--version'])[1]
    if not (version.strip() + ' ').startswith(WINE_VERSION) or len(folders()) < 2:
        raise tap.Skip(f'the document is about both architectures of {WINE_VERSION}')
    tap.equal(wine_imports(DOCUMENT, folders()), (0, ''))


def test_nothing_is_missing_in_this_wine():
    document_of(folders())


def test_static_and_delayed_imports():
    text = document_of(few_folders()).read_text('utf-8')
    tap.contains(text, '| `services.exe` | static |')
    tap.contains(text, '| `sechost.dll` | delayed |')


def missing(name):
    """What is said when the spec lacks this."""
    spec = WORK / 'lacking.spec'
    lines = SPEC.read_text('utf-8').splitlines(keepends=True)
    spec.write_text(''.join(line for line in lines if not re.search(rf'\b{name}\b', line)), 'utf-8')
    work = document_of(few_folders())
    status, output = wine_imports(work, few_folders(), '--fix', spec=spec)
    tap.equal(status, 1)
    return output


def test_a_missing_static_import_is_noticed():
    tap.equal(missing('TowerExplode'), 'TowerExplode is missing\n')


def test_a_missing_delayed_import_is_noticed():
    tap.equal(missing('NDRCContextBinding'), 'NDRCContextBinding is missing\n')  # which only sechost.dll imports


def test_a_wrong_document_is_noticed_and_mended():
    work = document_of(few_folders())
    right = work.read_text('utf-8')
    work.write_text(right.replace('| `plugplay.exe` | static', '| `plugplay.exe` | delayed'), 'utf-8')
    status, output = wine_imports(work, few_folders())
    tap.equal(status, 1)
    tap.contains(output, '-| `plugplay.exe` | delayed')
    tap.equal(wine_imports(work, few_folders(), '--fix'), (0, ''))
    tap.equal(work.read_text('utf-8'), right)


sys.exit(tap.main(globals()))
