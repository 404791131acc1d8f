# SPDX-License-Identifier: LGPL-2.1-or-later
"""The interfaces and procedures of an IDL file, as far as rewriting them needs. widl itself checks the rest."""
from dataclasses import dataclass, field

from .lexer import Cursor, IdlError, Token, split_at_commas, tokenize
from .pipes import read_declaration


@dataclass
class Attribute:
    """NAME or NAME(arguments) between square brackets."""
    name: str
    tokens: list

    @property
    def place(self):
        return self.tokens[0].place


@dataclass
class AttributeList:
    """One [...]. The source text of all of it is text[start:end]."""
    start: int
    end: int
    attributes: list


@dataclass
class Parameter:
    name: str
    attributes: list
    tokens: list


@dataclass
class Procedure:
    name: Token
    attribute_lists: list
    return_type: list    # tokens
    parameters: list
    parameters_start: int  # of the text between the parentheses
    parameters_end: int
    start: int = 0         # of the text of all of it
    end: int = 0

    @property
    def attributes(self):
        return [attribute for each in self.attribute_lists for attribute in each.attributes]


@dataclass
class Typedef:
    attribute_lists: list
    names: list     # tokens

    @property
    def attributes(self):
        return [attribute for each in self.attribute_lists for attribute in each.attributes]


@dataclass
class Interface:
    name: Token
    attribute_lists: list
    procedures: list = field(default_factory=list)
    typedefs: list = field(default_factory=list)
    body_end: int = 0
    base: Token = None
    pipes: list = field(default_factory=list)   # pipes.Declaration

    @property
    def attributes(self):
        return [attribute for each in self.attribute_lists for attribute in each.attributes]


def find_attribute(attributes, *names):
    """The first of the attributes that has one of the names, or None."""
    return next((attribute for attribute in attributes if attribute.name in names), None)


def read_attribute_list(cursor):
    opening, inside, closing = cursor.group()
    attributes = [Attribute(part[0].text, part) for part in split_at_commas(inside) if part]
    return AttributeList(opening.start, closing.end, attributes)


def read_attribute_lists(cursor):
    lists = []
    while cursor.at('['):
        lists.append(read_attribute_list(cursor))
    return lists


def read_parameter(tokens):
    cursor = Cursor(tokens, '')
    attributes = [attribute for each in read_attribute_lists(cursor) for attribute in each.attributes]
    rest = tokens[cursor.index:]
    depth, name = 0, ''
    for token in rest:
        depth += (token.text in '([') - (token.text in ')]')
        if token.kind == 'name' and depth == 0:
            name = token.text
    return Parameter(name, attributes, rest)


def read_statement(cursor):
    """The tokens up to the next semicolon that is in no brackets, without it. Blocks count as brackets."""
    first = cursor.index
    while not cursor.at_end() and not cursor.at(';'):
        if cursor.at('(', '[', '{'):
            cursor.group()
        else:
            cursor.next()
    tokens = cursor.tokens[first:cursor.index]
    if not cursor.at_end():
        cursor.next()
    return tokens


NOT_PROCEDURES = ('typedef', 'import', 'importlib', 'cpp_quote', 'extern', 'interface', 'dispinterface')


def read_procedure(tokens):
    """The procedure that a statement of an interface's body declares, or None if it declares something else."""
    cursor = Cursor(tokens, '')
    attribute_lists = read_attribute_lists(cursor)
    first = cursor.index
    if cursor.at_end() or cursor.peek().text in NOT_PROCEDURES:
        return None
    while not cursor.at_end() and not cursor.at('(', '='):
        if cursor.at('[', '{'):
            cursor.group()
        else:
            cursor.next()
    if cursor.at_end() or cursor.at('=') or cursor.index == first:
        return None
    name = tokens[cursor.index - 1]
    if name.kind != 'name':
        return None
    opening, inside, closing = cursor.group()
    parameters = [read_parameter(part) for part in split_at_commas(inside)]
    if len(parameters) == 1 and [token.text for token in parameters[0].tokens] in (['void'], []):
        parameters = []
    return Procedure(name, attribute_lists, tokens[first:tokens.index(name)], parameters, opening.end, closing.start)


def declared_name(tokens):
    """The name that a declarator, with or without a type before it, declares; None for a function's type."""
    cursor, name = Cursor(tokens, ''), None
    while not cursor.at_end():
        if cursor.at('(', '[', '{'):
            opening = cursor.group()[0].text
            if opening == '(' and cursor.at('('):
                return None
            continue
        token = cursor.next()
        name = token if token.kind == 'name' else name
    return name


def read_typedef(statement):
    cursor = Cursor(statement, '')
    cursor.expect('typedef')
    attribute_lists = read_attribute_lists(cursor)
    names = [declared_name(part) for part in split_at_commas(statement[cursor.index:])]
    return Typedef(attribute_lists, [name for name in names if name])


def read_body(interface, body):
    cursor = Cursor(body, '')
    while not cursor.at_end():
        if cursor.at('cpp_quote') and cursor.peek(1) is not None:  # needs no semicolon
            cursor.next()
            cursor.group()
            continue
        statement = read_statement(cursor)
        declaration = read_declaration(statement) if statement else None
        if declaration:
            interface.pipes.append(declaration)
            continue
        if statement and statement[0].text == 'typedef':
            interface.typedefs.append(read_typedef(statement))
        procedure = read_procedure(statement)
        if procedure:
            procedure.start, procedure.end = statement[0].start, body[cursor.index - 1].end
            interface.procedures.append(procedure)


def read_interface(cursor, attribute_lists):
    """`interface NAME [: BASE] { BODY }`, or None for a forward declaration."""
    cursor.expect('interface')
    interface = Interface(cursor.next(), attribute_lists)
    if cursor.at(':'):
        cursor.next()
        interface.base = cursor.next()
    if not cursor.at('{'):
        return None
    _, body, closing = cursor.group()
    interface.body_end = closing.start
    read_body(interface, body)
    return interface


def parse_idl(text, file):
    """The interfaces that the preprocessed text of an IDL file defines. Those that it imports are not part of it."""
    cursor = Cursor(tokenize(text, file), file)
    interfaces, attribute_lists = [], []
    while not cursor.at_end():
        if cursor.at('['):
            attribute_lists.append(read_attribute_list(cursor))
            continue
        if cursor.at('interface'):
            interface = read_interface(cursor, attribute_lists)
            if interface:
                interfaces.append(interface)
        elif cursor.at('library'):  # its interfaces are like any others
            while not cursor.at('{'):
                cursor.next()
            cursor.next()
        elif cursor.at('(', '{'):
            cursor.group()
        else:
            cursor.next()
        attribute_lists = []
    return interfaces

