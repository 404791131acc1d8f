# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tokens of preprocessed IDL and ACF text."""
import re
from dataclasses import dataclass


class IdlError(Exception):
    """What is wrong with the input, and where."""

    def __init__(self, place, message):
        super().__init__(f'{place}: error: {message}')


@dataclass(frozen=True)
class Token:
    """`text` is at text[start:end] of the source; file and line are those before preprocessing."""
    kind: str  # name, number, string, punctuation
    text: str
    start: int
    end: int
    file: str
    line: int

    @property
    def place(self):
        return f'{self.file}:{self.line}'


TOKEN = re.compile(r'''
    (?P<newline>\n) |
    (?P<space>[^\S\n]+ | //[^\n]* | /\*.*?\*/) |
    (?P<name>[A-Za-z_]\w*) |
    (?P<number>\.?\d(?:[eE][+-]|[\w.])*) |
    (?P<string>L?"(?:\\.|[^"\\\n])*" | L?'(?:\\.|[^'\\\n])*') |
    (?P<punctuation><<|>>|::|\S)
''', re.VERBOSE | re.DOTALL)
LINE_MARKER = re.compile(r'\#[^\S\n]*(?:line[^\S\n]+)?(?P<line>\d+)[^\S\n]+"(?P<file>(?:\\.|[^"\\])*)"[^\n]*')
DIRECTIVE = re.compile(r'\#[^\n]*')


def tokenize(text, file):
    """The tokens of `text`, which is what the preprocessor made of `file`."""
    tokens = []
    position, line, at_line_start = 0, 1, True
    while position < len(text):
        if at_line_start and text[position] == '#':
            marker = LINE_MARKER.match(text, position)
            if marker:
                # The number is that of the next line.
                line, file = int(marker['line']) - 1, marker['file'].replace('\\\\', '\\')
            position = (marker or DIRECTIVE.match(text, position)).end()
            continue
        match = TOKEN.match(text, position)
        if match.lastgroup == 'newline':
            at_line_start = True
        elif match.lastgroup != 'space':
            at_line_start = False
            tokens.append(Token(match.lastgroup, match[0], match.start(), match.end(), file, line))
        line += match[0].count('\n')
        position = match.end()
    return tokens


CLOSING = {'(': ')', '[': ']', '{': '}'}


class Cursor:
    """Reads a list of tokens from left to right."""

    def __init__(self, tokens, file):
        self.tokens = tokens
        self.file = file
        self.index = 0

    def at_end(self):
        return self.index >= len(self.tokens)

    def peek(self, ahead=0):
        index = self.index + ahead
        return self.tokens[index] if index < len(self.tokens) else None

    def at(self, *texts):
        token = self.peek()
        return token is not None and token.text in texts

    def next(self):
        token = self.peek()
        if token is None:
            place = self.tokens[-1].place if self.tokens else self.file
            raise IdlError(place, 'unexpected end of file')
        self.index += 1
        return token

    def expect(self, text):
        token = self.next()
        if token.text != text:
            raise IdlError(token.place, f'expected "{text}" and not "{token.text}"')
        return token

    def group(self):
        """The opening bracket here, what is between it and its closing one, and that."""
        first = self.index
        opening = self.next()
        stack = [CLOSING[opening.text]]
        while stack:
            if self.at_end():
                raise IdlError(opening.place, f'"{opening.text}" is never closed')
            token = self.next()
            if token.text in CLOSING:
                stack.append(CLOSING[token.text])
            elif token.text in CLOSING.values() and token.text != stack.pop():
                raise IdlError(token.place, f'"{token.text}" closes nothing')
        return opening, self.tokens[first + 1:self.index - 1], token


def split_at_commas(tokens):
    """Lists of tokens between the commas that are in no brackets; none for an empty list."""
    parts, depth = [[]], 0
    for token in tokens:
        depth += (token.text in CLOSING) - (token.text in CLOSING.values())
        if token.text == ',' and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts if parts != [[]] else []
