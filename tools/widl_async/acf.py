# SPDX-License-Identifier: LGPL-2.1-or-later
"""Application configuration files: attributes for what an IDL file declares (Windows SDK, "The ACF Header", "The ACF
Body")."""
from dataclasses import dataclass, field

from .idl import read_attribute_lists, read_statement
from .lexer import Cursor, IdlError, split_at_commas, tokenize


@dataclass
class AcfProcedure:
    name: object        # token
    attributes: list
    parameters: list    # (name token, attributes)


@dataclass
class AcfInterface:
    name: object        # token
    attributes: list
    procedures: list = field(default_factory=list)
    typedefs: list = field(default_factory=list)    # statements, as lists of tokens


@dataclass
class Acf:
    interfaces: list
    includes: list      # string tokens


def flatten(attribute_lists):
    return [attribute for each in attribute_lists for attribute in each.attributes]


def read_acf_parameter(tokens):
    cursor = Cursor(tokens, '')
    attributes = flatten(read_attribute_lists(cursor))
    if cursor.at_end():
        raise IdlError(tokens[0].place, 'a parameter without a name')
    return tokens[-1], attributes


def read_acf_procedures(tokens):
    """`[attributes] NAME(parameters), NAME(parameters)`: the attributes are for all of them."""
    cursor = Cursor(tokens, '')
    attributes = flatten(read_attribute_lists(cursor))
    procedures = []
    while not cursor.at_end():
        name = cursor.next()
        while not cursor.at_end() and not cursor.at('(', ','):
            name = cursor.next()    # a return type may stand before the name
        if name.kind != 'name':
            raise IdlError(name.place, f'"{name.text}" is no name of a procedure')
        parameters = []
        if cursor.at('('):
            parameters = [read_acf_parameter(part) for part in split_at_commas(cursor.group()[1]) if part]
        procedures.append(AcfProcedure(name, attributes, parameters))
        if not cursor.at_end():
            cursor.expect(',')
    return procedures


def read_includes(statement):
    for part in split_at_commas(statement[1:]):
        if len(part) != 1 or part[0].kind != 'string':
            raise IdlError(statement[0].place, 'include needs file names in quotes')
        yield part[0]


def read_acf_body(interface, includes, body):
    cursor = Cursor(body, '')
    while not cursor.at_end():
        statement = read_statement(cursor)
        if not statement:
            continue
        if statement[0].text == 'typedef':
            interface.typedefs.append(statement)
        elif statement[0].text == 'include':
            includes.extend(read_includes(statement))
        else:
            interface.procedures.extend(read_acf_procedures(statement))


def parse_acf(text, file):
    """What the preprocessed text of an ACF says."""
    cursor = Cursor(tokenize(text, file), file)
    acf = Acf([], [])
    while not cursor.at_end():
        if cursor.at('include'):
            acf.includes.extend(read_includes(read_statement(cursor)))
            continue
        attributes = flatten(read_attribute_lists(cursor))
        cursor.expect('interface')
        interface = AcfInterface(cursor.next(), attributes)
        if not cursor.at('{'):
            raise IdlError(interface.name.place, f'interface {interface.name.text} has no body')
        read_acf_body(interface, acf.includes, cursor.group()[1])
        if cursor.at(';'):
            cursor.next()
        acf.interfaces.append(interface)
    return acf
