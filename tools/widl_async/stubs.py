# SPDX-License-Identifier: LGPL-2.1-or-later
"""The C text that widl writes around its format strings: header, client stub and server stub."""
import re

from .lexer import IdlError
from .pipes import TypeString, mend_interface, mend_parameters
from .pipes import mend_header as mend_pipe_structures
from .procformat import RETURN_TYPES, TYPE_FORMAT, FormatError, ProcFormat, type_bytes
from .rewrite import async_pipe_names
from .serialize import add_functions, add_prototypes, base_type_names, mend_call

PROC_FORMAT = re.compile(r'static const MIDL_PROC_FORMAT_STRING __MIDL_ProcFormatString =\n\{\n    0,\n    \{\n'
                         r'(?P<body>.*?)    \}\n\};\n', re.DOTALL)
EXCEPTIONS = re.compile(r'#ifndef USE_COMPILER_EXCEPTIONS\n.*?#else /\* USE_COMPILER_EXCEPTIONS \*/\n(.*?)'
                        r'#endif /\* USE_COMPILER_EXCEPTIONS \*/\n', re.DOTALL)
MIDL_VERSION = re.compile(r'(/\* MIDL Version [\d.]+ \*/\n    )0,')


def sub_once(pattern, replacement, text, what):
    text, count = re.subn(pattern, replacement, text, flags=re.MULTILINE | re.DOTALL)
    if count != 1:
        raise FormatError(f'{count} times in widl\'s output: {what}')
    return text


def name_handle(text, plan):
    """Gives the parameter that was put in for the asynchronous handle its true type, wherever widl declares it."""
    return re.sub(rf'\b(hyper|LONG) ({plan.handle_name})\b', r'PRPC_ASYNC_STATE \2', text)


def declare_void(text, plan):
    """Makes the declarations and the definition of the procedure return nothing."""
    return re.sub(rf'^(?:\w[\w \*]*?)((?:__\w+ )?\w*{plan.name}\(\n    PRPC_ASYNC_STATE {plan.handle_name}\b)',
                  r'void \1', text, flags=re.MULTILINE)


def has_implied_handle(header, plan):
    """Whether widl has given the procedure a handle_t that the IDL file does not mention."""
    return (all(parameter.name != 'IDL_handle' for parameter in plan.procedure.parameters)
            and re.search(rf'\b{plan.name}\(\n    handle_t IDL_handle\b', header) is not None)


def replaceable_return_types(client, plans, implied_handles):
    """The format characters of the types for which, as returned ones, widl makes no interpreted stub of an asynchronous
    procedure although there could be one: by the procedure's name. `client` is widl's client stub."""
    match = PROC_FORMAT.search(client)
    if not match:
        return {}
    counts = [((plan.interface, plan.name),
               len(plan.procedure.parameters) + plan.is_async + (plan.name in implied_handles)) for plan in plans]
    uninterpreted = ProcFormat(match['body']).uninterpreted(counts)
    return {plan.name: uninterpreted[plan.interface, plan.name] for plan in async_procedures(plans)
            if uninterpreted.get((plan.interface, plan.name)) in RETURN_TYPES}


def async_procedures(plans):
    return [plan for plan in plans if plan.is_async]


def base_types(client, pickled):
    """The names of those of the types that are base types. `client` is widl's client stub."""
    return base_type_names(client, pickled, PROC_FORMAT.search(client)['body']) if pickled else set()


def mend_header(text, plans, pickled, base_types):
    asynchronous = async_procedures(plans)
    for plan in asynchronous:
        text = declare_void(name_handle(text, plan), plan)
    text = mend_pipe_structures(text, async_pipe_names(plans))
    includes = '#include <rpcndr.h>\n' + '#include <rpcasync.h>\n' * bool(asynchronous)
    if pickled or any(plan.is_serialized for plan in plans):
        includes += '#include <midles.h>\n'
    if re.search(r'\bsmall\b', text):    # the SDK's rpcndr.h has it, mingw-w64's only for the resource compiler
        includes += '#ifndef small\n#define small char\n#endif\n'
    text = sub_once(r'^#include <rpcndr\.h>\n', includes, text, 'the inclusion of rpcndr.h')
    return add_notify_prototypes(add_prototypes(text, pickled, base_types), plans)


def add_notify_prototypes(header, plans):
    lines = ''.join(f'void __RPC_USER {plan.notify_routine}('
                    f'{"boolean __MIDL_NotifyFlag" if plan.notify == "notify_flag" else "void"});\n'
                    for plan in plans if plan.notify)
    mark = '/* End additional prototypes */\n'
    return header.replace(mark, f'{lines}\n{mark}') if lines else header


def mend_exceptions(text):
    """Stubs that are not interpreted use Wine's macros for exceptions, or a compiler's __try. GCC gets its own."""
    text = EXCEPTIONS.sub(r'#include "rpcexcept.h"\n\1', text)
    # A parameter may be called "code", too.
    return re.sub(r'^    DWORD code;$', '    DWORD exception_code_;', text, flags=re.MULTILINE).replace(
        '__frame->code ==', '__frame->exception_code_ ==')


def mend_format(text, plans, keep_widl_handles, removed=()):
    """Changes the procedure format string to MIDL's, and every offset into it."""
    match = PROC_FORMAT.search(text)
    if not match:
        return text
    proc_format = ProcFormat(match['body'])
    procedures = proc_format.procedures()
    types = TypeString(TYPE_FORMAT.search(text)['body']) if any(plan.pipes for plan in plans) else None
    for plan in plans:
        procedure = procedures.get((plan.interface, plan.name))
        try:
            mend_procedure(procedure, plan, keep_widl_handles, lambda: type_bytes(text))
            if plan.pipes:
                mend_parameters(procedure, plan.pipes, types)
        except FormatError as error:
            raise IdlError(plan.place, f'procedure {plan.name}: {error}') from None
    proc_format.remove(removed)
    offsets, size = proc_format.layout()
    text = text[:match.start('body')] + proc_format.text() + text[match.end('body'):]
    text = sub_once(r'^#define PROC_FORMAT_STRING_SIZE \d+$', f'#define PROC_FORMAT_STRING_SIZE {size}', text,
                    'PROC_FORMAT_STRING_SIZE')
    text = re.sub(r'(?<=__MIDL_ProcFormatString\.Format\[)\d+(?=\])', lambda m: str(offsets[int(m[0])]), text)
    if types:
        text = add_pipe_types(text, types)
        for interface in {plan.interface for plan in plans if plan.pipes}:
            text = mend_interface(text, interface)
    return re.sub(r'(?<=_FormatStringOffsetTable\[\] =\n\{\n).*?(?=\};\n)',
                  lambda m: re.sub(r'\d+(?=,  /\*)', lambda n: str(offsets[int(n[0])]), m[0]), text, flags=re.DOTALL)


def add_pipe_types(text, types):
    match = TYPE_FORMAT.search(text)
    text = text[:match.start('body')] + types.text() + text[match.end('body'):]
    return sub_once(r'^#define TYPE_FORMAT_STRING_SIZE \d+$', f'#define TYPE_FORMAT_STRING_SIZE {types.size()}', text,
                    'TYPE_FORMAT_STRING_SIZE')


def mend_procedure(procedure, plan, keep_widl_handles, types):
    if procedure is None:
        if plan.is_async:
            raise FormatError('widl makes no interpreted stub for it, so it cannot be asynchronous')
        if plan.is_serialized:
            raise FormatError('widl makes no interpreted stub for it, so it cannot be serialized')
        if plan.pipes:
            raise FormatError('widl makes no interpreted stub for it, so it cannot have pipes')
        if plan.notify:
            raise FormatError(f'widl makes no interpreted stub for it, so it cannot have [{plan.notify}]')
        if plan.has_status:
            raise FormatError('widl makes no interpreted stub for it, so it cannot have [comm_status] or '
                              '[fault_status]')
        return
    if procedure.returns_structure():
        raise FormatError('a structure or union cannot be returned by value')
    if plan.returned:
        procedure.set_return_type(plan.returned)
    if plan.is_async:
        procedure.make_async()
    if plan.is_async or plan.is_serialized or not keep_widl_handles:
        procedure.remove_binding_handle()
        procedure.number_context_handle(types)
    procedure.mend_pointers(types)
    if plan.notify:
        procedure.set_notify(plan.notify_index, plan.notify == 'notify_flag')
    if plan.is_serialized:
        procedure.make_serialized(plan.encode, plan.decode, plan.has_status)
    elif plan.has_status:
        procedure.set_comm_or_fault()


def complete_initializers(text):
    """widl leaves out the last member of a dispatch table; gcc -Wextra complains."""
    return re.sub(r'(?<=    )(\w+_table)\n(?=\};)', r'\1,\n    0\n', text)


def status_offset(procedure, plan, name):
    """Where [comm_status] or [fault_status] is: a stack offset, -1 for the returned value, -2 for nowhere."""
    if name is None:
        return -2
    if name == '':
        if not procedure.parameters or not procedure.parameters[-1].is_return():
            raise IdlError(plan.place, f'procedure {plan.name} returns nothing')
        return -1
    return procedure.stack_offset_of(name)


def status_table(procedures, plans, interface):
    lines = []
    for plan in plans:
        if plan.interface == interface:
            procedure = procedures.get((plan.interface, plan.name))
            offsets = [status_offset(procedure, plan, name) for name in (plan.comm_status, plan.fault_status)]
            lines.append(f'    {{ {offsets[0]}, {offsets[1]} }},  /* {plan.name} */\n')
    return f'static const COMM_FAULT_OFFSETS {interface}_CommFaultOffsets[] =\n{{\n{"".join(lines)}}};\n\n'


def add_status_tables(text, plans):
    """The client's tables of [comm_status] and [fault_status]; widl parses the attributes, and forgets them."""
    procedures = ProcFormat(PROC_FORMAT.search(text)['body']).procedures()
    for interface in {plan.interface: None for plan in plans if plan.has_status}:
        head = f'static const MIDL_STUB_DESC {interface}_StubDesc =\n'
        before, after = text.split(head)
        after, count = MIDL_VERSION.subn(rf'\g<1>{interface}_CommFaultOffsets,', after, 1)
        if count != 1:
            raise FormatError('the stub descriptor is not what was expected')
        text = before + status_table(procedures, plans, interface) + head + after
    return text


def mend_plain_header(text):
    return mend_header(text, [], [], set())


def mend_plain(text):
    return complete_initializers(mend_exceptions(text))


def mend_both(text, plans, keep_widl_handles, removed=()):
    return complete_initializers(mend_exceptions(mend_format(text, plans, keep_widl_handles, removed)))


# ---- client ----

def drop_unused_format(text):
    """The procedure format string, where there are only types."""
    if '__MIDL_ProcFormatString.Format' in text:
        return text
    return PROC_FORMAT.sub('', text).replace('static const MIDL_PROC_FORMAT_STRING __MIDL_ProcFormatString;\n', '')


def mend_client_call(text, plan):
    """The body of the client's function: one call, and nothing to return."""
    start = re.search(rf'^void [\w ]*{plan.name}\(\n    PRPC_ASYNC_STATE {plan.handle_name}\b', text, re.MULTILINE)
    if not start:
        raise FormatError(f'no client function for {plan.name} in widl\'s output')
    end = text.index('\n}\n', start.start())
    function = text[start.start():end]
    function = sub_once(r'^ +CLIENT_CALL_RETURN _RetVal;\n\n?', '', function, 'CLIENT_CALL_RETURN') \
        if '_RetVal' in function else function
    function = re.sub(r'\n    return [^;]*;', '', function)
    function = sub_once(r'^    (?:_RetVal = )?NdrClientCall2\( (?P<arguments>.*?) \);', async_call, function,
                        f'the call in {plan.name}')
    return text[:start.start()] + function + text[end:]


def async_call(match):
    arguments = [argument.strip() for argument in match['arguments'].split(',\n')]
    return '    NdrAsyncClientCall( ' + (',\n' + ' ' * 24).join(arguments) + ' );'


def mend_client(text, plans, keep_widl_handles, pickled):
    if pickled:
        text = add_functions(text, pickled, PROC_FORMAT.search(text)['body'])
    text = mend_both(text, plans, keep_widl_handles, {(each.interface, each.procedure) for each in pickled})
    if pickled:
        text = drop_unused_format(text)
    if any(plan.has_status for plan in plans):
        text = add_status_tables(text, plans)
    for plan in async_procedures(plans):
        text = declare_void(name_handle(text, plan), plan)
        text = mend_client_call(text, plan)
    for plan in plans:
        if plan.is_serialized:
            text = mend_call(text, plan)
    return text


# ---- server ----

NOTIFY_TABLE = re.compile(r'0(?=,  /\* notify & notify_flag routine table \*/)')


def add_notify_tables(text, plans):
    """The server's tables of [notify] and [notify_flag] routines."""
    for interface in {plan.interface: None for plan in plans if plan.notify}:
        routines = ''.join(f'    (NDR_NOTIFY_ROUTINE){plan.notify_routine},\n'
                           for plan in plans if plan.interface == interface and plan.notify)
        head = f'static const MIDL_STUB_DESC {interface}_StubDesc =\n'
        before, after = text.split(head)
        after, count = NOTIFY_TABLE.subn(f'{interface}_NotifyRoutines', after, 1)
        if count != 1:
            raise FormatError('the stub descriptor is not what was expected')
        table = f'static const NDR_NOTIFY_ROUTINE {interface}_NotifyRoutines[] =\n{{\n{routines}}};\n\n'
        text = before + table + head + after
    return text


def mend_dispatch_table(text, interface, names, asynchronous):
    """Lets NdrAsyncServerCall dispatch the asynchronous ones among the procedures `names`."""
    def mend(match):
        entries = match['entries'].split('\n')
        for index, name in enumerate(names):
            if name in asynchronous:
                entries[index] = entries[index].replace('NdrServerCall2', 'NdrAsyncServerCall')
        return match['head'] + '\n'.join(entries)
    return sub_once(rf'(?P<head>^static RPC_DISPATCH_FUNCTION {interface}_table\[\] =\n\{{\n)(?P<entries>.*?)'
                    r'(?=    0\n)', mend, text, f'the dispatch table of {interface}')


def mend_server(text, plans, keep_widl_handles):
    asynchronous = async_procedures(plans)
    for plan in asynchronous:
        text = name_handle(text, plan)
    for interface in {plan.interface: None for plan in asynchronous}:
        table = re.search(rf'{interface}_FormatStringOffsetTable\[\] =\n\{{\n(.*?)\}};\n', text, re.DOTALL)
        names = re.findall(r'/\* (\w+) \*/', table[1])
        text = mend_dispatch_table(text, interface, names,
                                   {plan.name for plan in asynchronous if plan.interface == interface})
    return add_notify_tables(mend_both(text, plans, keep_widl_handles), plans)
