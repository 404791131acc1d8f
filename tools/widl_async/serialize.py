# SPDX-License-Identifier: LGPL-2.1-or-later
"""[encode] and [decode]: which types they are for, and their functions (Windows SDK, "Serialization Services").

widl crashes on some such types, and knows no such procedures. For each type it is given a procedure with a pointer to
the type instead, from whose description in the format string the type's is found; that procedure becomes the type's
functions.
"""
import re
from dataclasses import dataclass

from .acf import flatten
from .idl import find_attribute, read_attribute_lists
from .lexer import Cursor, IdlError, split_at_commas
from .procformat import (FC_RP, PARAM_BASE_TYPE, PARAM_SIMPLE_REF, POINTER_DEREF, SIMPLE_POINTER, FormatError,
                         ProcFormat, type_bytes)

ATTRIBUTES = ('encode', 'decode')

# Base types: octets in the stream; where they are not as in memory, the type to convert to.
BASE_TYPES = {
    0x01: (1, None), 0x02: (1, None), 0x03: (1, None), 0x04: (1, None), 0x05: (2, None), 0x06: (2, None),
    0x07: (2, None), 0x08: (4, None), 0x09: (4, None), 0x0a: (4, None), 0x0b: (8, None), 0x0c: (8, None),
    0x0d: (2, 'unsigned short'), 0x0e: (4, None), 0x10: (4, None), 0xb8: (4, 'LONG'), 0xb9: (4, 'ULONG'),
}


@dataclass
class Pickled:
    """A type with serialization functions."""
    interface: str
    name: object        # token
    encode: bool
    decode: bool
    handle: str         # the implicit handle's name, or '' where the functions have a parameter for it

    @property
    def procedure(self):
        return f'serialized_type_{self.name.text}'

    @property
    def declaration(self):
        return f'void {self.procedure}([in] handle_t IDL_handle, [in] {self.name.text} *IDL_type);\n'


def implicit_handle(attributes):
    """The name in [implicit_handle(handle_t NAME)], or ''."""
    attribute = find_attribute(attributes, 'implicit_handle')
    return attribute.tokens[-2].text if attribute else ''


def acf_typedef(statement):
    """The attributes and the names of an ACF's typedef."""
    cursor = Cursor(statement[1:], '')
    attributes = flatten(read_attribute_lists(cursor))
    return attributes, [part[-1] for part in split_at_commas(statement[1 + cursor.index:]) if part]


def attributes_by_type(interface, acf_interface):
    """For each of the interface's types the attributes that it has on its own."""
    found = {name.text: list(typedef.attributes) for typedef in interface.typedefs for name in typedef.names}
    for statement in acf_interface.typedefs if acf_interface else []:
        attributes, names = acf_typedef(statement)
        for name in names:
            if name.text not in found and find_attribute(attributes, *ATTRIBUTES):
                raise IdlError(name.place, f'interface {interface.name.text} has no type {name.text}')
            found.setdefault(name.text, []).extend(attributes)
    return found


def pickled_types(interfaces, acf_interfaces):
    types = []
    for interface in interfaces:
        acf_interface = acf_interfaces.get(interface.name.text)
        general = interface.attributes + (acf_interface.attributes if acf_interface else [])
        own = attributes_by_type(interface, acf_interface)
        for name in (name for typedef in interface.typedefs for name in typedef.names):
            attributes = general + own[name.text]
            attribute = find_attribute(attributes, *ATTRIBUTES)
            if not attribute:
                continue
            check_interface(attribute, interface, general)
            types.append(Pickled(interface.name.text, name, find_attribute(attributes, 'encode') is not None,
                                 find_attribute(attributes, 'decode') is not None, implicit_handle(general)))
    return types


def check_interface(attribute, interface, attributes):
    """Raises an error where nothing can be serialized."""
    if find_attribute(attributes, 'object'):
        raise IdlError(attribute.place, f'[{attribute.name}] is invalid in an [object] interface')
    if find_attribute(attributes, 'auto_handle'):
        raise IdlError(attribute.place, f'[auto_handle] may not be used with [{attribute.name}]')


def check_mixture(plans):
    """A server would count the procedures otherwise."""
    for plan in plans:
        if plan.is_serialized and any(not other.is_serialized for other in plans
                                      if other.interface == plan.interface):
            raise IdlError(plan.place, f'interface {plan.interface} has procedures with and without [encode] or [decode]')


# ---- the functions of types ----

def find_type(procedure, types):
    """The offset of the type's description, or None and the format character of a base type."""
    parameter = next(each for each in procedure.parameters if each.section.heading == 'parameter IDL_type')
    if parameter.flags.value & PARAM_BASE_TYPE:
        return None, parameter.type.value
    offset = parameter.type.value
    if parameter.flags.value & PARAM_SIMPLE_REF or types[offset] != FC_RP:
        return offset, None
    if types[offset + 1] & SIMPLE_POINTER:
        return (None, types[offset + 2]) if types[offset + 2] in BASE_TYPES else (offset + 2, None)
    if types[offset + 1] & POINTER_DEREF or types[offset + 1] & ~POINTER_DEREF & 0x3 == 0:
        return offset + 2 + int.from_bytes(types[offset + 2:offset + 4], 'little', signed=True), None
    raise FormatError(f'{procedure.section.heading}: no reference pointer')


def parameters_of(pickled):
    handle = '' if pickled.handle else 'handle_t IDL_handle, '
    return f'({handle}{pickled.name.text} *IDL_type)'


def signatures(pickled, is_base_type=False):
    """The functions' types, names and parameters, without the base type's missing one."""
    name, parameters = pickled.name.text, parameters_of(pickled)
    found = []
    if pickled.encode:
        found += [f'SIZE_T __cdecl {name}_AlignSize{parameters}', f'void __cdecl {name}_Encode{parameters}']
    if pickled.decode:
        found += [f'void __cdecl {name}_Decode{parameters}']
        found += [] if is_base_type else [f'void __cdecl {name}_Free{parameters}']
    return found


def action_of(signature):
    return re.search(r'_(AlignSize|Encode|Decode|Free)\(', signature)[1]


def constructed_body(action, pickled, offset):
    handle = pickled.handle or 'IDL_handle'
    result = 'return ' if action == 'AlignSize' else ''
    return (f'    {result}NdrMesType{action}2( {handle},\n'
            f'        (PMIDL_TYPE_PICKLING_INFO)&__MIDL_TypePicklingInfo,\n'
            f'        &{pickled.interface}_StubDesc,\n'
            f'        &__MIDL_TypeFormatString.Format[{offset}],\n'
            f'        IDL_type );\n')


def base_body(action, pickled, format_character):
    handle = pickled.handle or 'IDL_handle'
    size, converted = BASE_TYPES[format_character]
    desc = f'&{pickled.interface}_StubDesc'
    if action == 'AlignSize':
        return f'    (void)IDL_type;\n    return NdrMesSimpleTypeAlignSize( {handle} );\n'
    if action == 'Encode':
        before = f'    {converted} _Value = ({converted})*IDL_type;\n\n' if converted else ''
        value = '&_Value' if converted else 'IDL_type'
        return f'{before}    NdrMesSimpleTypeEncode( {handle}, {desc}, {value}, {size} );\n'
    if not converted:
        return f'    NdrMesSimpleTypeDecode( {handle}, IDL_type, {size} );\n'
    return (f'    {converted} _Value;\n\n    NdrMesSimpleTypeDecode( {handle}, &_Value, {size} );\n'
            f'    *IDL_type = _Value;\n')


PICKLING_INFO = '''static const MIDL_TYPE_PICKLING_INFO __MIDL_TypePicklingInfo =
{
    0x33205054, /* Signature & version: TP 3 */
    0x1, /* Flags: Oicf */
    { 0, 0, 0 }
};

'''


def functions(pickled, procedure, types):
    offset, base = find_type(procedure, types)
    if base is not None and base not in BASE_TYPES:
        raise IdlError(pickled.name.place, f'{pickled.name.text} cannot be serialized')
    for signature in signatures(pickled, base is not None):
        action = action_of(signature)
        body = constructed_body(action, pickled, offset) if base is None else base_body(action, pickled, base)
        yield f'{signature}\n{{\n{body}}}\n'


def add_functions(client, pickled_list, proc_format):
    """The client's text with the functions of types in the place of the procedures that were put in."""
    if not pickled_list:
        return client
    procedures, types = ProcFormat(proc_format).procedures(), type_bytes(client)
    info = PICKLING_INFO
    for pickled in pickled_list:
        procedure = procedures.get((pickled.interface, pickled.procedure))
        if procedure is None:
            raise IdlError(pickled.name.place, f'{pickled.name.text} cannot be serialized')
        text = info + '\n'.join(functions(pickled, procedure, types))
        function = re.compile(rf'^void (?:__\w+ )?\w*{pickled.procedure}\(\n.*?^\}}\n', re.MULTILINE | re.DOTALL)
        client, count = function.subn(text.replace('\\', r'\\'), client)
        if count != 1:
            raise FormatError(f'no client function for {pickled.procedure} in widl\'s output')
        info = ''
    return client


def add_prototypes(header, pickled_list, base_types):
    """The header's text with the functions declared; `base_types` names the types that are."""
    if not pickled_list:
        return header
    lines = ''.join(f'{signature};\n' for pickled in pickled_list
                    for signature in signatures(pickled, pickled.name.text in base_types))
    mark = '/* End additional prototypes */\n'
    if header.count(mark) != 1:
        raise FormatError('no place for prototypes in widl\'s header')
    return header.replace(mark, f'{lines}\n{mark}')


def base_type_names(client, pickled_list, proc_format):
    procedures, types = ProcFormat(proc_format).procedures(), type_bytes(client)
    return {pickled.name.text for pickled in pickled_list
            if find_type(procedures[pickled.interface, pickled.procedure], types)[1] is not None}


# ---- procedures ----

def mend_call(client, plan):
    """Makes the body of the procedure's client function a serializing one."""
    start = re.search(rf'^[\w \*]*\b{plan.prefix}{plan.name}\(\n', client, re.MULTILINE)
    if not start:
        raise FormatError(f'no client function for {plan.name} in widl\'s output')
    end = client.index('\n}\n', start.start())
    function = client[start.start():end]
    function, count = re.subn(r'NdrClientCall2\( ', f'NdrMesProcEncodeDecode2( {plan.serialization_handle(function)},\n'
                              + ' ' * 20, function)
    if count != 1:
        raise FormatError(f'{count} calls in {plan.name}')
    return client[:start.start()] + function + client[end:]
