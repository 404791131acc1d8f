# SPDX-License-Identifier: LGPL-2.1-or-later
"""A DCE/RPC client that gives its user every octet: PDUs as C706 12.6 and [MS-RPCE] 2.2.2 describe them, NDR as C706 14
does, in either byte order. It checks what holds for every PDU of a server."""
import collections
import socket
import struct
import uuid

TIMEOUT = 5  # seconds, of everything that waits

REQUEST, RESPONSE, FAULT = 0, 2, 3
BIND, BIND_ACK, BIND_NAK, ALTER_CONTEXT, ALTER_CONTEXT_RESP, AUTH3 = 11, 12, 13, 14, 15, 16
SHUTDOWN, CO_CANCEL, ORPHANED = 17, 18, 19

FIRST, LAST, PENDING_CANCEL, CONC_MPX, DID_NOT_EXECUTE, MAYBE, OBJECT = 0x01, 0x02, 0x04, 0x10, 0x20, 0x40, 0x80
WHOLE = FIRST | LAST

ACCEPTANCE, PROVIDER_REJECTION, NEGOTIATE_ACK = 0, 2, 3
NO_ABSTRACT_SYNTAX, NO_TRANSFER_SYNTAX, LOCAL_LIMIT = 1, 2, 3

NIL = ('00000000-0000-0000-0000-000000000000', 0, 0)
NDR = ('8a885d04-1ceb-11c9-9fe8-08002b104860', 2, 0)

DREP = {'<': b'\x10\0\0\0', '>': b'\0\0\0\0'}  # with ASCII and IEEE

Pdu = collections.namedtuple('Pdu', 'type flags order call_id body')
Ack = collections.namedtuple('Ack', 'max_xmit max_recv group address results flags')


class Closed(Exception):
    """The server has ended the connection."""


class Fault(Exception):
    """The server has answered with a fault."""

    def __init__(self, status, flags):
        super().__init__(f'{status:#x}, flags {flags:#x}')
        self.status = status
        self.flags = flags


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def uuid_octets(text, order):
    return uuid.UUID(text).bytes if order == '>' else uuid.UUID(text).bytes_le


def syntax_octets(syntax, order):
    text, major, minor = syntax  # the version is one integer: p_syntax_id_t, C706 12.6.3.1
    return uuid_octets(text, order) + struct.pack(order + 'I', major | minor << 16)


def read_uuid(octets, order):
    return str(uuid.UUID(bytes=octets) if order == '>' else uuid.UUID(bytes_le=octets))


class Stub:
    """Stub data being written: C706 14.2 and 14.3. Gaps hold 0xcc, which no reader may look at."""

    def __init__(self, order='<'):
        self.order = order
        self.octets = b''

    def align(self, alignment):
        self.octets += b'\xcc' * (-len(self.octets) % alignment)
        return self

    def put(self, kinds, *values):
        """Primitive values, of the kinds that struct knows, each at its natural alignment."""
        for kind, value in zip(kinds, values, strict=True):
            self.align(struct.calcsize('=' + kind)).octets += struct.pack(self.order + kind, value)
        return self

    def raw(self, octets):
        self.octets += octets
        return self

    def string(self, text, encoding='ascii'):
        """A conformant and varying string with its terminator."""
        if encoding == 'utf-16':
            encoding = 'utf-16-be' if self.order == '>' else 'utf-16-le'
        unit = len('\0'.encode(encoding))
        octets = (text + '\0').encode(encoding)
        return self.put('III', len(octets) // unit, 0, len(octets) // unit).raw(octets)

    def uuid(self, text):
        return self.align(4).raw(uuid_octets(text, self.order))


class Reader:
    """Stub data being read, in the byte order of the PDU that brought it."""

    def __init__(self, octets, order):
        self.octets = octets
        self.order = order
        self.at = 0

    def align(self, alignment):
        self.at += -self.at % alignment

    def raw(self, length):
        check(self.at + length <= len(self.octets), f'{len(self.octets)} octets of stub data are too few')
        self.at += length
        return self.octets[self.at - length:self.at]

    def get(self, kinds):
        values = []
        for kind in kinds:
            size = struct.calcsize('=' + kind)
            self.align(size)
            values += struct.unpack(self.order + kind, self.raw(size))
        return values[0] if len(values) == 1 else values

    def string(self, encoding='ascii'):
        if encoding == 'utf-16':
            encoding = 'utf-16-be' if self.order == '>' else 'utf-16-le'
        most, offset, count = self.get('III')
        check(offset == 0 and count <= most, f'string {most} {offset} {count}')
        text = self.raw(count * len('\0'.encode(encoding))).decode(encoding)
        check(text.endswith('\0'), f'no terminator: {text!r}')
        return text[:-1]

    def uuid(self):
        self.align(4)
        return read_uuid(self.raw(16), self.order)

    def end(self):
        check(self.at == len(self.octets), f'{len(self.octets) - self.at} octets more than expected')


def pdu(kind, body=b'', flags=WHOLE, call_id=1, order='<', auth=None, **wrong):
    """A PDU's octets. auth: the authentication value. wrong: fields that are to differ from what is right."""
    trailer = b''
    if auth is not None:
        body += bytes(-len(body) % 4)
        trailer = bytes([wrong.get('auth_type', 10), 2, 0, 0, 0, 0, 0, 0]) + auth
    length = wrong.get('frag_length', 16 + len(body) + len(trailer))
    auth_length = wrong.get('auth_length', len(auth or b''))
    return bytes([wrong.get('major', 5), wrong.get('minor', 0), kind, flags]) + wrong.get('drep', DREP[order]) + \
        struct.pack(order + 'HHI', length, auth_length, call_id) + body + trailer


def bind_body(contexts, max_xmit=4280, max_recv=4280, group=0, order='<'):
    """contexts: (id, abstract syntax, [transfer syntax]…)."""
    body = struct.pack(order + 'HHIB3x', max_xmit, max_recv, group, len(contexts))
    for number, abstract, transfers in contexts:
        body += struct.pack(order + 'HBx', number, len(transfers))
        body += b''.join(syntax_octets(syntax, order) for syntax in (abstract, *transfers))
    return body


def request_body(opnum, stub=b'', context=0, target=None, order='<', hint=None):
    body = struct.pack(order + 'IHH', len(stub) if hint is None else hint, context, opnum)
    return body + (uuid_octets(target, order) if target else b'') + stub


class Connection:
    """A TCP connection to a server. Without `interface`, nothing is bound. `drep`: a format label other than that of
    the byte order with ASCII and IEEE."""

    def __init__(self, port, interface=None, order='<', drep=None, **bind):
        self.socket = socket.create_connection(('127.0.0.1', int(port)), TIMEOUT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.order = order
        self.drep = drep
        self.last_id = 1
        self.max_recv = 0xffff
        self.ack = None
        if interface:
            self.ack = self.bind([(0, interface, [NDR])], **bind)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def label(self):
        return {'drep': self.drep} if self.drep else {}

    def send(self, octets):
        self.socket.sendall(octets)

    def send_pdu(self, kind, body=b'', **more):
        self.send(pdu(kind, body, order=self.order, **self.label(), **more))

    def receive_octets(self, length):
        octets = b''
        while len(octets) < length:
            try:
                part = self.socket.recv(length - len(octets))
            except ConnectionError:
                part = b''
            if not part:
                check(not octets, 'the server has closed within a PDU')
                raise Closed
            octets += part
        return octets

    def receive(self):
        """The next PDU; Closed at the end."""
        header = self.receive_octets(16)
        order = '<' if header[4] & 0x10 else '>'
        length, auth_length, call_id = struct.unpack(order + 'HHI', header[8:])
        check(header[:2] == b'\5\0' and header[5:8] == b'\0\0\0', f'header {header.hex()}')
        check(16 <= length <= self.max_recv, f'a fragment of {length} octets, {self.max_recv} negotiated')
        check(not auth_length, f'an unasked authentication trailer of {auth_length} octets')
        body = self.receive_octets(length - 16) if length > 16 else b''
        return Pdu(header[2], header[3], order, call_id, body)

    def closes(self):
        """Whether the server ends the connection rather than answering."""
        try:
            self.receive()
            return False
        except Closed:
            return True

    # ---- binding ----

    def bind(self, contexts, kind=BIND, flags=WHOLE, **more):
        """Binds (or alters); the answer, which must be positive (a context in it need not be)."""
        self.last_id += 1
        self.send_pdu(kind, bind_body(contexts, order=self.order, **more), flags=flags, call_id=self.last_id)
        answer = self.receive()
        check(answer.type == kind + 1 and answer.call_id == self.last_id and answer.flags & WHOLE == WHOLE,
              f'answer {answer}')
        ack = self.read_ack(answer)
        check(len(ack.results) == len(contexts), f'{len(ack.results)} results for {len(contexts)} contexts')
        if kind == BIND:
            self.max_recv = more.get('max_recv', 4280)
        return ack

    @staticmethod
    def read_ack(answer):
        reader = Reader(answer.body, answer.order)
        max_xmit, max_recv, group, length = reader.get('HHIH')
        address = reader.raw(length)
        reader.align(4)
        results = []
        for _ in range(reader.get('BBH')[0]):
            result, reason = reader.get('HH')
            transfer, version = reader.uuid(), reader.get('I')
            results.append((result, reason, (transfer, version & 0xffff, version >> 16)))
        reader.end()
        return Ack(max_xmit, max_recv, group, address, results, answer.flags)

    # ---- calls ----

    def request(self, opnum, stub=b'', call_id=None, context=0, target=None, flags=0, piece=None):
        """Sends a request, in fragments that hold `piece` octets of stub data; its call_id."""
        if call_id is None:
            self.last_id += 1
            call_id = self.last_id
        self.send(b''.join(self.fragments(opnum, stub, call_id, context, target, flags, piece)))
        return call_id

    def fragments(self, opnum, stub, call_id, context=0, target=None, flags=0, piece=None):
        if target:
            flags |= OBJECT
        piece = piece or len(stub) or 1
        starts = range(0, max(len(stub), 1), piece)
        return [pdu(REQUEST, request_body(opnum, stub[at:at + piece], context, target, self.order, len(stub) - at),
                    flags | (FIRST if at == 0 else 0) | (LAST if at == starts[-1] else 0), call_id, self.order,
                    **self.label())
                for at in starts]

    def response(self, call_id, context=0):
        """The stub data of the response to that call; raises Fault."""
        return self.responses({call_id: context})[call_id]

    def responses(self, calls):
        """What `calls` (call_id: context) are answered with, in whatever order and however interleaved."""
        done, parts = {}, {}
        while len(done) < len(calls):
            answer = self.receive()
            check(answer.call_id in calls and answer.call_id not in done, f'answer {answer}')
            reader = Reader(answer.body, answer.order)
            hint, context, cancels, _ = reader.get('IHBB')
            check(context == calls[answer.call_id] and cancels in (0, 1), f'answer {answer}')
            if answer.type == FAULT:
                check(answer.flags & WHOLE == WHOLE, f'fault {answer}')
                raise Fault(reader.get('I'), answer.flags)
            check(answer.type == RESPONSE, f'answer {answer}')
            check(bool(answer.flags & FIRST) == (answer.call_id not in parts), f'flags {answer.flags:#x}')
            left = len(answer.body) - 8
            if hint or not answer.flags & LAST:  # 0: unknown, in a reply with pipes
                check(left == hint if answer.flags & LAST else left % 8 == 0 and (left < hint or not hint),
                      f'{left} octets, hint {hint}')
            parts[answer.call_id] = parts.get(answer.call_id, b'') + answer.body[8:]
            if answer.flags & LAST:
                done[answer.call_id] = Reader(parts[answer.call_id], answer.order)
        return done

    def call(self, opnum, stub=b'', context=0, **more):
        octets = stub.octets if isinstance(stub, Stub) else stub
        return self.response(self.request(opnum, octets, context=context, **more), context)

    def stub(self):
        return Stub(self.order)
