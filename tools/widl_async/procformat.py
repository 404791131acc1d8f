# SPDX-License-Identifier: LGPL-2.1-or-later
"""The procedure format string that widl writes: read, changed to what MIDL writes, and written again.

The layout is that of the Windows SDK documentation, "RPC NDR Format Strings": "Procedure Header Descriptor", "Handles",
"Parameter Descriptors".
"""
import re
from dataclasses import dataclass, field

# Handle types of procedure headers.
EXPLICIT_HANDLE, FC_BIND_CONTEXT, FC_BIND_GENERIC, FC_BIND_PRIMITIVE, FC_AUTO_HANDLE = 0x00, 0x30, 0x31, 0x32, 0x33
HAS_RPC_FLAGS, HAS_COMM_OR_FAULT = 0x08, 0x20   # Oi_flags
# … of procedures that are serialized
ENCODE_IS_USED, DECODE_IS_USED, PICKLING_HAS_COMM_OR_FAULT = 0x10, 0x20, 0x40
HAS_PIPES, HAS_EXTENSIONS, HAS_ASYNC_HANDLE = 0x08, 0x40, 0x80   # INTERPRETER_OPT_FLAGS
HAS_NOTIFY, HAS_NOTIFY2 = 0x08, 0x10            # INTERPRETER_OPT_FLAGS2
PARAM_IN, PARAM_RETURN, PARAM_BASE_TYPE = 0x08, 0x20, 0x40
PARAM_SIMPLE_REF, PARAM_SERVER_ALLOC_SIZE = 0x100, 0xe000
FC_LONG, FC_FLOAT, FC_HYPER, FC_DOUBLE = 0x08, 0x0a, 0x0b, 0x0c
FC_RP, FC_UP, FC_OP, FC_FP = 0x11, 0x12, 0x13, 0x14
POINTERS = FC_RP, FC_UP, FC_OP, FC_FP
SIMPLE_POINTER, POINTER_DEREF = 0x08, 0x10

# Types that widl returns from no interpreted stub, at least on i386.
RETURN_TYPES = {FC_FLOAT: 'FC_FLOAT', FC_HYPER: 'FC_HYPER', FC_DOUBLE: 'FC_DOUBLE'}
FC_RETURN_PARAM_BASETYPE = 0x53

# What widl adds to the constant buffer size for the parameter that stands for the asynchronous handle.
HANDLE_TYPES = {FC_LONG: 8, FC_HYPER: 16}


class FormatError(Exception):
    """widl's output is not what this program knows, or a procedure cannot be had."""


@dataclass
class Item:
    """A value of `size` bytes; `comment` is what follows it."""
    size: int
    value: int
    comment: str = ''

    def bytes(self):
        return (self.value & (1 << 8 * self.size) - 1).to_bytes(self.size, 'little')

    def text(self):
        macro = {1: '0x%02x', 2: 'NdrFcShort(0x%x)', 4: 'NdrFcLong(0x%x)'}[self.size] % self.value
        return f'        {macro},\t/* {self.comment} */' if self.comment else f'        {macro},'


@dataclass
class Section:
    """What follows one heading comment: a procedure's header, a parameter, or the returned value."""
    heading: str
    offset: int     # as widl counted
    items: list = field(default_factory=list)

    def size(self):
        return sum(item.size for item in self.items)

    def bytes(self):
        return b''.join(item.bytes() for item in self.items)


HEADING = re.compile(r'/\* (?P<offset>\d+)(?: \((?P<heading>.*)\))? \*/')
ITEM = re.compile(r'(?P<macro>NdrFcShort|NdrFcLong)?\(?(?P<value>0x[0-9a-fA-F]+|\d+)\)?,?')
COMMENT = re.compile(r'/\*\s*(?P<text>.*?)\s*\*/\s*$')
SIZES = {'NdrFcShort': 2, 'NdrFcLong': 4, None: 1}


def read_items(line):
    """The values on one line; its comment belongs to the last of them."""
    comment = COMMENT.search(line)
    code = line[:comment.start()] if comment else line
    items, position = [], 0
    code = code.strip()
    while position < len(code):
        match = ITEM.match(code, position)
        if not match:
            raise FormatError(f'unknown in a format string: {line.strip()}')
        items.append(Item(SIZES[match['macro']], int(match['value'], 0)))
        position = match.end()
        while position < len(code) and code[position].isspace():
            position += 1
    if items and comment:
        items[-1].comment = comment['text']
    return items


def read_sections(text):
    """The sections of a format string's initializer."""
    sections = [Section('', 0)]
    for line in text.splitlines():
        heading = HEADING.fullmatch(line.strip())
        if heading:
            sections.append(Section(heading['heading'] or '', int(heading['offset'])))
        elif line.strip():
            sections[-1].items += read_items(line)
    return sections if sections[0].items else sections[1:]


@dataclass
class Handle:
    """The description of an explicit handle in a procedure's header."""
    items: list

    @property
    def type(self):
        return self.items[0].value

    @property
    def stack_offset(self):
        return self.items[2].value


HANDLE_ITEMS = {FC_BIND_CONTEXT: 5, FC_BIND_GENERIC: 5, FC_BIND_PRIMITIVE: 3}


class Header:
    """The items of an -Oif procedure header by name. All of them are shared with the section that they come from."""

    def __init__(self, section):
        items = iter(section.items)
        self.handle_type = next(items)
        self.oi_flags = next(items)
        if self.oi_flags.value & HAS_RPC_FLAGS:
            self.rpc_flags = next(items)
        self.number = next(items)
        self.stack_size = next(items)
        self.handle = None
        if self.handle_type.value == EXPLICIT_HANDLE:
            first = next(items)
            if first.value not in HANDLE_ITEMS:
                raise FormatError(f'unknown kind of handle {first.value:#x}')
            self.handle = Handle([first] + [next(items) for _ in range(HANDLE_ITEMS[first.value] - 1)])
        self.client_buffer = next(items)
        self.server_buffer = next(items)
        self.flags = next(items)
        self.parameter_count = next(items)
        self.extension = list(items)    # with HAS_EXTENSIONS: size, flags, two hints, notify index ...


class Parameter:
    """The items of an -Oif parameter descriptor by name."""

    def __init__(self, section):
        self.section = section
        self.flags, self.stack_offset, self.type = section.items[:3]

    def is_base_type(self, *format_characters):
        return self.flags.value & PARAM_BASE_TYPE and self.type.value in format_characters

    def is_return(self):
        return self.flags.value & PARAM_RETURN


class Procedure:
    """A procedure with an -Oif header."""
    NAME = re.compile(r'procedure (?P<interface>\w+)::(?P<name>\w+)')

    def __init__(self, sections):
        self.section = sections[0]
        match = self.NAME.fullmatch(self.section.heading)
        self.key = match['interface'], match['name']
        self.header = Header(self.section)
        self.parameters = [Parameter(section) for section in sections[1:]]
        if len(self.parameters) != self.header.parameter_count.value:
            raise FormatError(f'{self.section.heading}: {len(self.parameters)} parameters described')

    def remove_parameter(self, parameter):
        self.parameters.remove(parameter)
        count = self.header.parameter_count
        count.value -= 1
        count.comment = f'{count.value} params'

    def remove_binding_handle(self):
        """widl describes a handle_t among the parameters, as if it were a long to be sent; MIDL does not."""
        handles = [parameter for parameter in self.parameters if self.is_described_handle(parameter)]
        for parameter in handles:
            self.remove_parameter(parameter)

    def is_described_handle(self, parameter):
        handle = self.header.handle
        return (handle is not None and handle.type == FC_BIND_PRIMITIVE and not parameter.is_return()
                and parameter.stack_offset.value == handle.stack_offset)

    def make_async(self):
        """Turns the first parameter into the asynchronous handle, which is not described."""
        if self.header.handle_type.value == FC_AUTO_HANDLE:
            raise FormatError('an asynchronous procedure needs a binding handle: async procedures cannot use '
                              'auto_handle')
        first = self.parameters[0]
        if not first.is_base_type(*HANDLE_TYPES) or first.stack_offset.value != 0:
            raise FormatError('the first parameter is not the one that was put in')
        buffer = self.header.client_buffer
        buffer.value -= HANDLE_TYPES[first.type.value]
        buffer.comment = f'client buffer = {buffer.value}'
        self.remove_parameter(first)
        self.header.flags.value |= HAS_ASYNC_HANDLE

    def set_return_type(self, format_character):
        """Puts back a type in the place of an integer of the size of a pointer, or of a long for FC_FLOAT."""
        returned = self.parameters[-1]
        if not returned.is_return() or not returned.is_base_type(FC_LONG, FC_HYPER):
            raise FormatError('the returned value is not what was put in')
        if returned.type.value == FC_LONG and format_character != FC_FLOAT:    # twice the size on the stack
            stack, buffer = self.header.stack_size, self.header.server_buffer
            stack.value += 4
            stack.comment = f'stack size = {stack.value}'
            buffer.value += 8
            buffer.comment = f'server buffer = {buffer.value}'
        returned.type.value = format_character
        returned.type.comment = RETURN_TYPES[format_character]

    def number_context_handle(self, types):
        """The binding context handle's number is its place among the context handles; widl counts all parameters.
        `types` gives the type format string."""
        handle = self.header.handle
        if handle is None or handle.type != FC_BIND_CONTEXT:
            return
        contexts = [parameter for parameter in self.parameters if is_context_handle(parameter, types())]
        offsets = [parameter.stack_offset.value for parameter in contexts]
        if handle.stack_offset not in offsets:
            raise FormatError('the context handle is not among the parameters')
        item = handle.items[4]
        item.value = offsets.index(handle.stack_offset)
        item.comment = f'context handle {item.value}'

    def mend_pointers(self, types):
        """For a reference pointer to a [string] pointer widl gives the offset of the latter, not of the former."""
        for parameter in self.parameters:
            if not parameter.flags.value & PARAM_SERVER_ALLOC_SIZE or parameter.flags.value & PARAM_BASE_TYPE:
                continue
            string, offset = types(), parameter.type.value
            if string[offset] not in POINTERS or string[offset] == FC_RP:
                continue
            pointer = string[offset - 4:offset]
            if pointer[0] != FC_RP or not pointer[1] & POINTER_DEREF or pointer[2:] != b'\2\0':
                raise FormatError(f'{parameter.section.heading}: no reference pointer')
            parameter.type.value -= 4
            parameter.type.comment = f'type offset = {parameter.type.value}'

    def returns_structure(self):
        return any(parameter.is_return() and not parameter.flags.value & PARAM_BASE_TYPE
                   and parameter.flags.value & PARAM_SIMPLE_REF for parameter in self.parameters)

    def stack_offset_of(self, name):
        """Of the parameter of that name; None if it is not described."""
        for parameter in self.parameters:
            if parameter.section.heading == f'parameter {name}':
                return parameter.stack_offset.value
        return None

    def make_serialized(self, encode, decode, has_status):
        flags = self.header.oi_flags
        flags.value &= ~(ENCODE_IS_USED | DECODE_IS_USED | PICKLING_HAS_COMM_OR_FAULT)
        flags.value |= ENCODE_IS_USED * encode | DECODE_IS_USED * decode | PICKLING_HAS_COMM_OR_FAULT * has_status

    def set_notify(self, index, with_flag):
        """A [notify] or [notify_flag] procedure; `index` is its place in the server's table."""
        if not self.header.flags.value & HAS_EXTENSIONS:
            raise FormatError(f'{self.section.heading}: no extensions')
        _, flags, _, _, notify_index = self.header.extension[:5]
        flags.value |= HAS_NOTIFY2 if with_flag else HAS_NOTIFY
        notify_index.value = index

    def set_comm_or_fault(self):
        self.header.oi_flags.value |= HAS_COMM_OR_FAULT

    def sections(self):
        return [self.section] + [parameter.section for parameter in self.parameters]


def is_context_handle(parameter, types):
    """`types` is the type format string."""
    if parameter.flags.value & PARAM_BASE_TYPE:
        return False
    offset = parameter.type.value
    if types[offset] in POINTERS and not types[offset + 1] & SIMPLE_POINTER:
        offset += 2 + int.from_bytes(types[offset + 2:offset + 4], 'little', signed=True)
    return types[offset] == FC_BIND_CONTEXT


TYPE_FORMAT = re.compile(r'static const MIDL_TYPE_FORMAT_STRING __MIDL_TypeFormatString =\n\{\n    0,\n    \{\n'
                         r'(?P<body>.*?)    \}\n\};\n', re.DOTALL)


def type_bytes(text):
    """The type format string in a stub."""
    return b''.join(section.bytes() for section in read_sections(TYPE_FORMAT.search(text)[1]))


class ProcFormat:
    """All of a procedure format string. Between procedures with a header there may be parameters without one: those of
    procedures for which widl makes no interpreted stub."""

    def __init__(self, text):
        sections = read_sections(text)
        self.terminator = sections[-1].items.pop()
        sections = [section for section in sections if section.items or section.heading]
        self.parts = []     # Procedure or Section
        index = 0
        while index < len(sections):
            section = sections[index]
            if Procedure.NAME.fullmatch(section.heading):
                count = 1 + Header(section).parameter_count.value
                self.parts.append(Procedure(sections[index:index + count]))
                index += count
            else:
                self.parts.append(section)
                index += 1

    def procedures(self):
        return {part.key: part for part in self.parts if isinstance(part, Procedure)}

    def remove(self, keys):
        self.parts = [part for part in self.parts if not isinstance(part, Procedure) or part.key not in keys]

    def uninterpreted(self, procedures):
        """For each procedure for which widl makes no interpreted stub, the format character of a simple type that it
        returns, or 0. `procedures` lists keys and numbers of parameters, in order."""
        parts, found = list(self.parts), {}
        for key, parameter_count in procedures:
            if parts and isinstance(parts[0], Procedure):
                if parts.pop(0).key != key:
                    raise FormatError(f'{key[1]} is not in its place in the format string')
                continue
            del parts[:parameter_count]
            found[key] = 0
            if parts and isinstance(parts[0], Section) and parts[0].heading == 'return value':
                items = parts.pop(0).items
                if items[0].value == FC_RETURN_PARAM_BASETYPE:
                    found[key] = items[1].value
        if parts:
            raise FormatError('more procedures in the format string than in the interfaces')
        return found

    def sections(self):
        for part in self.parts:
            yield from part.sections() if isinstance(part, Procedure) else [part]

    def layout(self):
        """New offsets by widl's, and the size of it all."""
        offsets, position = {}, 0
        for section in self.sections():
            offsets[section.offset] = position
            position += section.size()
        return offsets, position + self.terminator.size

    def text(self):
        lines, position = [], 0
        for section in self.sections():
            lines.append(f'/* {position} ({section.heading}) */' if section.heading else f'/* {position} */')
            lines += [item.text() for item in section.items]
            position += section.size()
        return '\n'.join(lines + [self.terminator.text().rstrip(',')]) + '\n'

    def bytes(self):
        return b''.join(section.bytes() for section in self.sections()) + self.terminator.bytes()
