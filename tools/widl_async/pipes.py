# SPDX-License-Identifier: LGPL-2.1-or-later
"""`typedef pipe T NAME;`, which widl does not know.

For widl a pipe type is a structure of the size of the true one, whose first member points at an element: so it computes
all stack offsets and describes the element's type. In its output the structure becomes the one of four pointers, each
parameter of the type a pipe parameter, and descriptions of pipes are added to the type format string. The layout of
FC_PIPE is that of ndrtypes.h and of what MIDL writes.
"""
import re
from dataclasses import dataclass

from .lexer import IdlError, split_at_commas
from .procformat import FormatError, HAS_PIPES, PARAM_IN, PARAM_SIMPLE_REF, read_sections

PARAM_PIPE, PARAM_OUT, PARAM_BY_VALUE = 0x04, 0x10, 0x80
FC_STRUCT, FC_PSTRUCT, FC_BOGUS_STRUCT, FC_SMFARRAY, FC_PIPE = 0x15, 0x16, 0x1a, 0x1d, 0xb5
FC_EMBEDDED_COMPLEX, FC_END, FC_PAD = 0x4c, 0x5b, 0x5c
SIMPLE_POINTER, BIG_PIPE = 0x08, 0x80
PADDING = (0x37, 0x38, 0x39, 0x3d, 0x3e, 0x3f, 0x40, 0x41, 0x42, 0x43, FC_PAD)
# Base types: octets in memory and on the wire. enum and __int3264 differ, and so does their alignment.
BASE_SIZES = {0x01: 1, 0x02: 1, 0x03: 1, 0x04: 1, 0x05: 2, 0x06: 2, 0x07: 2, 0x08: 4, 0x09: 4, 0x0a: 4, 0x0b: 8,
              0x0c: 8, 0x0e: 4, 0x10: 4}
UNFIT = 'a pipe\'s elements cannot be or contain this type'


@dataclass
class Pipe:
    """One name of a pipe type."""
    name: str
    element: str    # IDL text of the element's type
    place: str

    def stand_in(self, name, arch):
        filler = 'hyper' if arch == 'x86_64' else 'long'
        return (f'typedef struct pipe_{name} {{ [unique] {self.element} *pipe_element; '
                f'{filler} pipe_1, pipe_2, pipe_3; }} {name};')


@dataclass
class Declaration:
    """One typedef. The source text of all of it is text[start:end]."""
    start: int
    end: int
    pipes: list


def async_name(name):
    return f'ASYNC_{name}'


def read_declaration(tokens):
    """The declaration that a statement is, or None."""
    if len(tokens) < 3 or tokens[0].text != 'typedef' or tokens[1].text != 'pipe':
        if any(token.text == 'pipe' for token in tokens) and tokens[0].text == 'typedef':
            raise IdlError(tokens[0].place, 'a pipe type has the form "typedef pipe type name;"')
        return None
    declarators = split_at_commas(tokens[2:])
    first = declarators[0]
    declarators[0] = first[-1:]
    element = ' '.join(token.text for token in first[:-1])
    if not element or any(len(each) != 1 or each[0].kind != 'name' for each in declarators):
        raise IdlError(tokens[0].place, 'a pipe type has the form "typedef pipe type name;"')
    pipes = [Pipe(each[0].text, element, each[0].place) for each in declarators]
    return Declaration(tokens[0].start, tokens[-1].end, pipes)


def pipes_of(interfaces):
    """All pipes by name."""
    return {pipe.name: pipe for interface in interfaces for declaration in interface.pipes
            for pipe in declaration.pipes}


def parameter_pipes(procedure, pipes):
    """The procedure's parameters that are pipes: name of the parameter, and the token that names the type."""
    found = {}
    for parameter in procedure.parameters:
        token = next((token for token in parameter.tokens if token.text in pipes), None)
        if token:
            found[parameter.name] = token
    return found


# ---- the IDL text ----

def rewrite_declarations(edits, interfaces, async_names, arch):
    for interface in interfaces:
        for declaration in interface.pipes:
            parts = []
            for pipe in declaration.pipes:
                parts.append(pipe.stand_in(pipe.name, arch))
                if pipe.name in async_names:
                    parts.append(pipe.stand_in(async_name(pipe.name), arch))
            edits.replace(declaration.start, declaration.end, ' '.join(parts)[:-1])  # its semicolon stays


def rewrite_async_parameters(edits, procedure, by_name):
    """Asynchronous procedures get asynchronous pipes, and always by reference. `by_name` is parameter_pipes()'s."""
    for parameter in procedure.parameters:
        token = by_name.get(parameter.name)
        if token:
            by_reference = any(each.text == '*' for each in parameter.tokens)
            edits.replace(token.start, token.end, async_name(token.text) + ('' if by_reference else ' *'))


# ---- the header ----

STRUCTURE = re.compile(r'typedef struct pipe_(?P<name>\w+) \{\n    (?P<element>[^;]*?)\*pipe_element;\n.*?\} (?P=name);\n',
                       re.DOTALL)
SYNCHRONOUS = '''typedef struct pipe_{name} {{
    void (__RPC_USER *pull)(char *state, {element}*buf, ULONG esize, ULONG *ecount);
    void (__RPC_USER *push)(char *state, {element}*buf, ULONG ecount);
    void (__RPC_USER *alloc)(char *state, ULONG bsize, {element}**buf, ULONG *bcount);
    char *state;
}} {name};
'''
ASYNCHRONOUS = '''typedef struct {name} {{
    RPC_STATUS (__RPC_USER *pull)(char *state, {element}*buf, ULONG esize, ULONG *ecount);
    RPC_STATUS (__RPC_USER *push)(char *state, {element}*buf, ULONG ecount);
    void *Reserved;
    char *state;
}} {name};
'''


def mend_header(text, async_names):
    asynchronous = {async_name(name) for name in async_names}
    return STRUCTURE.sub(lambda m: (ASYNCHRONOUS if m['name'] in asynchronous else SYNCHRONOUS).format(
        name=m['name'], element=m['element']), text)


# ---- the stubs ----

def mend_interface(text, interface):
    """RPC_INTERFACE_HAS_PIPES, without which no runtime dispatches a request before it is complete."""
    return re.sub(rf'(?<=_INTERFACE {interface}___Rpc)((?:Client|Server)Interface =\n\{{\n.*?\n    )0(,\n\}};)',
                  r'\g<1>0x00000001\2', text, flags=re.DOTALL)


def u16(data, offset):
    return int.from_bytes(data[offset:offset + 2], 'little')


def target(data, offset):
    """What the 16-bit offset at `offset` points at."""
    return offset + int.from_bytes(data[offset:offset + 2], 'little', signed=True)


def element_of(data, offset):
    """The place of an element's type, or the format character of a base type as (character,), by the stand-in's."""
    if data[offset] == FC_BOGUS_STRUCT:
        pointer = target(data, offset + 6)
    elif data[offset] == FC_PSTRUCT:
        pointer = offset + 12
    else:
        raise FormatError('a pipe is not described as expected')
    return (data[pointer + 2],) if data[pointer + 1] & SIMPLE_POINTER else target(data, pointer + 2)


def align(position, alignment):
    return -(-position // alignment) * alignment


def wire_size(data, offset, position=0):
    """Where an object of a type that begins at `position` ends on the wire."""
    if data[offset] in (FC_STRUCT, FC_SMFARRAY):
        return align(position, data[offset + 1] + 1) + u16(data, offset + 2)
    if data[offset] != FC_BOGUS_STRUCT:
        raise FormatError(UNFIT)
    position = align(position, data[offset + 1] + 1)
    offset += 8
    while data[offset] != FC_END:
        character = data[offset]
        if character == FC_EMBEDDED_COMPLEX:
            position = wire_size(data, target(data, offset + 2), position)
            offset += 3
        elif character in BASE_SIZES:
            position = align(position, BASE_SIZES[character]) + BASE_SIZES[character]
        elif character not in PADDING:
            raise FormatError(UNFIT)
        offset += 1
    return position


def describe(data, element, position):
    """The octets that describe a pipe, from `position` on, and the place of FC_PIPE."""
    if isinstance(element, tuple):
        size = wire = BASE_SIZES.get(element[0])
        if not size:
            raise FormatError(UNFIT)
        head, alignment, element = bytes([element[0], FC_PAD]), size - 1, position
    else:
        wire = wire_size(data, element)
        head, alignment, size = b'', data[element + 1], u16(data, element + 2)
    place = position + len(head)
    offset = (element - (place + 2)).to_bytes(2, 'little', signed=True)
    return head + bytes([FC_PIPE, alignment]) + offset + size.to_bytes(2, 'little') + wire.to_bytes(2, 'little'), place


class TypeString:
    """The type format string of a stub, to which pipes are added."""

    def __init__(self, body):
        self.body = body
        self.data = b''.join(section.bytes() for section in read_sections(body))
        self.added = b''
        self.places = {}    # of FC_PIPE, by that of the stand-in

    def place(self, stand_in):
        if stand_in not in self.places:
            end = len(self.data) - 1    # of what the terminator follows
            if not self.added and end % 2:
                self.added = bytes([FC_PAD])
            octets, place = describe(self.data, element_of(self.data, stand_in), end + len(self.added))
            self.added += octets
            self.places[stand_in] = place
        return self.places[stand_in]

    def text(self):
        lines = ''.join(f'        {", ".join(f"0x{octet:02x}" for octet in self.added[at:at + 8])},\n'
                        for at in range(0, len(self.added), 8))
        start = self.body.rindex('        0x0\n')
        heading = f'/* {len(self.data) - 1} (pipes) */\n' if lines else ''
        return self.body[:start] + heading + lines + self.body[start:]

    def size(self):
        return len(self.data) + len(self.added)


def mend_parameters(procedure, names, types):
    """Turns the parameters `names` into pipes. `types` is the TypeString."""
    for parameter in procedure.parameters:
        if parameter.section.heading not in [f'parameter {name}' for name in names]:
            continue
        parameter.flags.value &= PARAM_IN | PARAM_OUT | PARAM_SIMPLE_REF | PARAM_BY_VALUE
        parameter.flags.value |= PARAM_PIPE
        parameter.flags.comment = 'flags: pipe'
        parameter.type.value = types.place(parameter.type.value)
        parameter.type.comment = f'type offset = {parameter.type.value}'
    if names:
        procedure.header.flags.value |= HAS_PIPES
