# SPDX-License-Identifier: LGPL-2.1-or-later
"""tools/make-exports: what it writes for each architecture, and what it refuses."""
import pathlib
import sys
import tempfile

import tap


def make(spec, arch):
    """(status, .def lines, C source, messages) of a spec's text."""
    with tempfile.TemporaryDirectory() as folder:
        files = [pathlib.Path(folder, name) for name in ('test.spec', 'test.def', 'test.c')]
        files[0].write_text(spec, 'ascii')
        status, _, messages = tap.run([sys.executable, tap.SRCDIR / 'tools/make-exports', '--arch', arch,
                                       '--def', files[1], '--source', files[2], files[0]])
        texts = [f.read_text('ascii') if f.exists() else '' for f in files[1:]]
        return status, texts[0].splitlines()[2:], texts[1], messages.replace(folder + '/', '')


def exports(line, arch):
    status, lines, _, messages = make(line + '\n', arch)
    tap.equal((status, messages), (0, ''))
    return [l.strip() for l in lines]


def test_stdcall_is_decorated_on_i386():
    line = '@ stdcall Every(ptr str wstr long int64 double)'
    tap.equal(exports(line, 'x86_64'), ['Every'])
    tap.equal(exports(line, 'i386'), ['Every@32'])
    tap.equal(exports('@ stdcall Nothing()', 'i386'), ['Nothing@0'])


def test_cdecl_and_varargs_are_not_decorated():
    tap.equal(exports('@ cdecl A(ptr)', 'i386'), ['A'])
    tap.equal(exports('@ varargs B(ptr ptr)', 'i386'), ['B'])


def test_alias():
    tap.equal(exports('@ stdcall Alias(ptr) Target', 'x86_64'), ['Alias=Target'])
    tap.equal(exports('@ stdcall Alias(ptr) Target', 'i386'), ['Alias@4=Target@4'])


def test_private():
    tap.equal(exports('@ stdcall -private A(ptr)', 'i386'), ['A@4 PRIVATE'])


def test_architectures():
    spec = '@ stdcall -arch=win64 A(ptr)\n@ stdcall -arch=win32 B(ptr)\n@ stdcall -arch=win32 A()'
    tap.equal(exports(spec, 'x86_64'), ['A'])
    tap.equal(exports(spec, 'i386'), ['B@4', 'A@0'])


def test_comments_and_empty_lines():
    tap.equal(exports('# @ stdcall A()\n\n@ stdcall B() # C', 'x86_64'), ['B'])


def test_not_implemented():
    _, lines, source, _ = make('@ stdcall -stub=RPC_S_CANNOT_SUPPORT A(ptr int64)\n@ stdcall -raise=1765 B()\n'
                               '@ varargs -stub=0x6e4 C(ptr)', 'i386')
    tap.equal([l.strip() for l in lines], ['A@12', 'B@0', 'C'])
    tap.contains(source, 'long __stdcall A(void * arg1, long long arg2)\n{\n    return RPC_S_CANNOT_SUPPORT;\n}\n')
    tap.contains(source, 'void __stdcall B(void)\n{\n    RaiseException(1765, EXCEPTION_NONCONTINUABLE, 0, NULL);\n}\n')
    tap.contains(source, 'long __cdecl C(void * arg1, ...)\n{\n    return 0x6e4;\n}\n')


def refuse(line, reason):
    for arch in ('x86_64', 'i386'):
        status, lines, source, messages = make('@ stdcall Good()\n' + line + '\n', arch)
        tap.equal((status, lines, source), (1, [], ''))
        tap.contains(messages, 'test.spec:2: ')
        tap.contains(messages, reason)


def test_refused_lines():
    refuse('1 stdcall A()', 'not "@')
    refuse('@ stdcall A', 'not "@')
    refuse('@ stdcall A(ptr) B C', 'not "@')
    refuse('@ stub A', 'not "@')
    refuse('@ pascal A(ptr)', 'unknown calling convention "pascal"')
    refuse('@ stdcall A(ptr float)', 'unknown argument type "float"')
    refuse('@ stdcall -noname A(ptr)', 'unknown or contradicting flag "-noname"')
    refuse('@ stdcall -arch=arm64 A(ptr)', 'flag "-arch=arm64"')
    refuse('@ stdcall -stub A(ptr)', 'flag "-stub"')
    refuse('@ stdcall -stub=1;exit(1) A(ptr)', 'flag "-stub=1;exit(1)"')
    refuse('@ stdcall -stub=1 -raise=1 A(ptr)', 'flag "-raise=1"')
    refuse('@ stdcall -stub=1 A(ptr) B', 'cannot stand for another')
    refuse('@ varargs A()', 'needs an argument')


def test_refused_duplicates():
    refuse('@ stdcall Good(ptr)', 'is exported in line 1 already')
    refuse('@ stdcall -arch=win64 Good(ptr)\n', 'is exported in line 1 already')


def test_every_error_is_reported():
    _, _, _, messages = make('@ x A()\n@ y B()\n', 'i386')
    tap.contains(messages, 'test.spec:1: ')
    tap.contains(messages, 'test.spec:2: ')


if __name__ == '__main__':
    sys.exit(tap.main(globals()))
