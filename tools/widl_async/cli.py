# SPDX-License-Identifier: LGPL-2.1-or-later
"""The command: options, widl's runs, files."""
import argparse
import os
import subprocess
import sys
import tempfile

from . import stubs
from .acf import Acf, parse_acf
from .idl import find_attribute, parse_idl
from .lexer import IdlError
from .procformat import FormatError
from .rewrite import check_plain, make_plans, residual_acf, rewrite_idl
from .serialize import pickled_types

DESCRIPTION = '''From an IDL file, and its ACF, the C header, client stub and server stub of its interfaces, for
mingw-w64: as widl does it, but with [async] procedures, and with what MIDL puts on the wire where widl differs.'''


class WidlError(Exception):
    """widl has failed; it has said why."""


def parse_options(arguments):
    parser = argparse.ArgumentParser(prog='widl-async', description=DESCRIPTION, allow_abbrev=False)
    parser.add_argument('idl', metavar='FILE.idl')
    parser.add_argument('--arch', choices=('x86_64', 'i386'), default='x86_64',
                        help='what the stubs are compiled for (default: x86_64)')
    parser.add_argument('--acf', metavar='FILE', help='the ACF (default: FILE.acf beside FILE.idl, if there is one)')
    parser.add_argument('-o', dest='folder', metavar='DIR', default='.', help='where to write (default: here)')
    parser.add_argument('-I', dest='include', metavar='DIR', action='append', default=[],
                        help='search DIR for included and imported files')
    parser.add_argument('-D', dest='define', metavar='NAME[=VALUE]', action='append', default=[],
                        help='define a macro of the preprocessor')
    for kind, default in (('header', 'FILE.h'), ('client', 'FILE_c.c'), ('server', 'FILE_s.c')):
        parser.add_argument(f'--{kind}', metavar='NAME', help=f'write this instead of {default}; "none" for no file')
    for which in ('all', 'client', 'server'):
        parser.add_argument(f'--prefix-{which}', metavar='PREFIX',
                            help=f'begin names of procedures ({which}) with PREFIX')
    parser.add_argument('--oldnames', action='store_true', help='no version in the names of interface handles')
    parser.add_argument('--stubs', choices=('icf', 'i', 's'), default='icf',
                        help='-Oicf stubs (default), or widl\'s own old interpreted (-Oi) or inline (-Os) ones')
    parser.add_argument('--keep-widl-handles', action='store_true',
                        help='synchronous procedures send 4 bytes for a handle_t parameter, as Wine\'s own stubs do')
    parser.add_argument('--widl', metavar='PROGRAM', default=os.environ.get('WIDL') or 'widl',
                        help='default: $WIDL, or widl')
    return parser.parse_args(arguments)


class Widl:
    """Runs widl with what is common to all runs."""

    def __init__(self, options):
        here = os.path.dirname(options.idl) or '.'
        self.command = [options.widl, '--win64' if options.arch == 'x86_64' else '--win32', f'-O{options.stubs}']
        for folder in [here] + options.include:
            self.command += ['-I', folder]
        for definition in options.define:
            self.command += ['-D', definition]
        for which in ('all', 'client', 'server'):
            prefix = getattr(options, f'prefix_{which}')
            if prefix:
                self.command.append(f'--prefix-{which}={prefix}')
        if options.oldnames:
            self.command.append('--oldnames')

    def run(self, *arguments):
        try:
            done = subprocess.run(self.command + list(arguments), stdout=subprocess.PIPE, check=False)
        except OSError as error:
            raise WidlError(f'widl-async: cannot run {self.command[0]}: {error.strerror}') from None
        if done.returncode:
            how = f'signal {-done.returncode}' if done.returncode < 0 else f'status {done.returncode}'
            raise WidlError(f'widl-async: {self.command[0]} has failed with {how}')
        return done.stdout.decode('utf-8', 'surrogateescape')

    def preprocess(self, file):
        return self.run('-E', file)


def read_file(file):
    with open(file, encoding='utf-8', errors='surrogateescape') as stream:
        return stream.read()


def write_file(file, text):
    with open(file, 'w', encoding='utf-8', errors='surrogateescape') as stream:
        stream.write(text)


def find_acf(options):
    if options.acf:
        return options.acf
    beside = os.path.splitext(options.idl)[0] + '.acf'
    return beside if os.path.exists(beside) else None


class Job:
    """One IDL file on its way to stubs."""

    def __init__(self, options, scratch):
        self.options = options
        self.scratch = scratch
        self.widl = Widl(options)
        self.base = os.path.splitext(os.path.basename(options.idl))[0]
        self.text = self.widl.preprocess(options.idl)
        self.interfaces = parse_idl(self.text, options.idl)
        acf_file = find_acf(options)
        self.acf = parse_acf(self.widl.preprocess(acf_file), acf_file) if acf_file else Acf([], [])
        self.plans = make_plans(self.interfaces, self.acf)
        for plan in self.plans:
            plan.prefix = options.prefix_client or options.prefix_all or ''
            plan.notify_routine = (options.prefix_server or options.prefix_all or '') + plan.notify_routine
        self.pickled = pickled_types(self.interfaces, {each.name.text: each for each in self.acf.interfaces})
        if options.stubs != 'icf':
            check_plain(self.plans, self.pickled, options.stubs)
        self.acf_arguments = self.write_residual_acf()

    def write_residual_acf(self):
        text = residual_acf(self.acf)
        if not text:
            return []
        file = os.path.join(self.scratch, f'{self.base}.acf')
        write_file(file, text)
        return [f'--acf={file}']

    def output_name(self, kind, default):
        return getattr(self.options, kind) or default

    def header_name(self):
        name = self.output_name('header', f'{self.base}.h')
        return f'{self.base}.h' if name == 'none' else name

    def run_widl(self, text, switch, name):
        """What widl makes of IDL text: the header (switch -h), the client (-c) or the server (-s)."""
        # widl makes names in its output out of those of its input and output.
        idl, output = os.path.join(self.scratch, f'{self.base}.idl'), os.path.join(self.scratch, 'out', name)
        os.makedirs(os.path.dirname(output), exist_ok=True)
        write_file(idl, text)
        header = [] if switch == '-h' else ['-H', self.header_name()]
        self.widl.run(switch, *header, '-o', output, *self.acf_arguments, idl)
        return read_file(output)

    def implied_handles(self):
        """The asynchronous procedures to which [explicit_handle] gives a handle_t."""
        attributes = [attribute for interface in self.interfaces + self.acf.interfaces
                      for attribute in interface.attributes]
        if not find_attribute(attributes, 'explicit_handle'):
            return set()
        header = self.run_widl(rewrite_idl(self.text, self.interfaces, self.acf, [], self.options.arch, ()), '-h',
                               self.header_name())
        return {plan.name for plan in self.plans
                if plan.is_async and stubs.has_implied_handle(header, plan)}

    def rewritten_idl(self):
        """A function that makes the IDL text for widl, with the arguments of rewrite_idl() that follow."""
        implied_handles = self.implied_handles()

        def rewrite(*more):
            return rewrite_idl(self.text, self.interfaces, self.acf, self.plans, self.options.arch, implied_handles, *more)
        client = self.run_widl(rewrite(), '-c', f'{self.base}_c.c')
        types = stubs.replaceable_return_types(client, self.plans, implied_handles)
        for plan in self.plans:
            plan.returned = types.get(plan.name, 0)
        return rewrite

    def header(self, rewrite):
        client = self.run_widl(rewrite(self.pickled), '-c', f'{self.base}_c.c') if self.pickled else ''
        base_types = stubs.base_types(client, self.pickled)
        return lambda text: stubs.mend_header(text, self.plans, self.pickled, base_types)

    def plain_outputs(self):
        """What widl writes, made to compile."""
        idl = rewrite_idl(self.text, self.interfaces, self.acf, [], self.options.arch, ())
        for kind, switch, default, mend in (('header', '-h', f'{self.base}.h', stubs.mend_plain_header),
                                            ('client', '-c', f'{self.base}_c.c', stubs.mend_plain),
                                            ('server', '-s', f'{self.base}_s.c', stubs.mend_plain)):
            name = self.output_name(kind, default)
            if name != 'none':
                yield name, mend(self.run_widl(idl, switch, name))

    def outputs(self):
        """The files to write: name and text."""
        keep = self.options.keep_widl_handles
        if self.options.stubs != 'icf':
            yield from self.plain_outputs()
            return
        rewrite = self.rewritten_idl()
        remote = [plan for plan in self.plans if not plan.is_serialized]
        for kind, switch, default, idl, mend in (
                ('header', '-h', f'{self.base}.h', rewrite(), self.header(rewrite)),
                ('client', '-c', f'{self.base}_c.c', rewrite(self.pickled),
                 lambda text: stubs.mend_client(text, self.plans, keep, self.pickled)),
                ('server', '-s', f'{self.base}_s.c', rewrite((), True),
                 lambda text: stubs.mend_server(text, remote, keep))):
            name = self.output_name(kind, default)
            if name == 'none':
                continue
            if kind == 'server' and not remote and (self.plans or self.pickled):
                yield name, f'/* {os.path.basename(self.options.idl)} has no remote procedures. */\n'
            else:
                yield name, mend(self.run_widl(idl, switch, name))


def main(arguments):
    options = parse_options(arguments)
    try:
        with tempfile.TemporaryDirectory(prefix='widl-async-') as scratch:
            files = list(Job(options, scratch).outputs())
        os.makedirs(options.folder, exist_ok=True)
        for name, text in files:
            write_file(os.path.join(options.folder, name), text)
    except (IdlError, WidlError) as error:
        print(error, file=sys.stderr)
        return 1
    except FormatError as error:
        print(f'{options.idl}: error: {error}', file=sys.stderr)
        return 1
    except OSError as error:
        print(f'widl-async: {error.filename}: {error.strerror}', file=sys.stderr)
        return 1
    return 0
