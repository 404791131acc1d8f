# SPDX-License-Identifier: LGPL-2.1-or-later
"""A gateway between a client that authenticates by NTLM and a server that knows nothing of it: it checks and takes off what
[MS-RPCE] 2.2.2.11 and 3.3.1.5.2 have the client put around its PDUs, and puts the same around the answers. NTLM itself is
impacket's ([MS-NLMP]); nothing here has been written from this project's code."""
import os
import socket
import struct
import threading

from Cryptodome.Cipher import ARC4
from impacket import ntlm

from raw_client import ALTER_CONTEXT, ALTER_CONTEXT_RESP, AUTH3, BIND, BIND_ACK, FAULT, LAST, REQUEST, RESPONSE, check

WINNT = 10
CONNECT, INTEGRITY, PRIVACY = 2, 5, 6
HEADER_SIGNING = 0x04  # PFC_SUPPORT_HEADER_SIGN, of bind and bind_ack
SIGNATURE_LENGTH = 16
ROOM = 8 + SIGNATURE_LENGTH + 16  # for a trailer and its padding
HEADERS = {REQUEST: 24, RESPONSE: 24, FAULT: 32}  # octets before the stub data

FLAGS = (ntlm.NTLMSSP_NEGOTIATE_UNICODE | ntlm.NTLMSSP_NEGOTIATE_NTLM | ntlm.NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY |
         ntlm.NTLMSSP_NEGOTIATE_SIGN | ntlm.NTLMSSP_NEGOTIATE_SEAL | ntlm.NTLMSSP_NEGOTIATE_ALWAYS_SIGN |
         ntlm.NTLMSSP_NEGOTIATE_KEY_EXCH | ntlm.NTLMSSP_NEGOTIATE_128 | ntlm.NTLMSSP_NEGOTIATE_56 |
         ntlm.NTLMSSP_NEGOTIATE_TARGET_INFO | ntlm.NTLMSSP_REQUEST_TARGET | ntlm.NTLMSSP_TARGET_TYPE_SERVER)


def receive_pdu(sock):
    """None at the end."""
    octets = b''
    while len(octets) < 16 or len(octets) < struct.unpack('<H', octets[8:10])[0]:
        want = (struct.unpack('<H', octets[8:10])[0] if len(octets) >= 16 else 16) - len(octets)
        part = sock.recv(want)
        if not part:
            check(not octets, 'the end within a PDU')
            return None
        octets += part
    return octets


def with_lengths(pdu, auth_length):
    return pdu[:8] + struct.pack('<HH', len(pdu), auth_length) + pdu[12:]


def split(pdu):
    """(what precedes the trailer, the eight octets of sec_trailer, the authentication value)"""
    auth_length = struct.unpack('<H', pdu[10:12])[0]
    check(auth_length, 'no authentication')
    at = len(pdu) - auth_length - 8
    return pdu[:at], pdu[at:at + 8], pdu[at + 8:]


class Security:
    """NTLM's side of the server, for one user."""

    def __init__(self, user, password):
        self.user = user
        self.password = password
        self.challenge = os.urandom(8)
        self.flags = 0
        self.keys = {}
        self.numbers = {'Client': 0, 'Server': 0}

    def challenge_message(self, negotiate):
        asked = ntlm.NTLMAuthNegotiate()
        asked.fromString(negotiate)
        target = ntlm.AV_PAIRS()
        target[ntlm.NTLMSSP_AV_HOSTNAME] = 'GATEWAY'.encode('utf-16le')
        target[ntlm.NTLMSSP_AV_DOMAINNAME] = 'GATEWAY'.encode('utf-16le')
        self.flags = asked['flags'] & FLAGS | ntlm.NTLMSSP_NEGOTIATE_TARGET_INFO | ntlm.NTLMSSP_TARGET_TYPE_SERVER
        message = ntlm.NTLMAuthChallenge()
        message['flags'] = self.flags
        message['challenge'] = self.challenge
        message['domain_name'] = 'GATEWAY'.encode('utf-16le')
        message['domain_offset'] = 48
        message['Version'] = b''
        message['VersionLen'] = 0
        message['TargetInfoFields'] = target.getData()
        message['TargetInfoFields_offset'] = 48 + len(message['domain_name'])
        return message.getData()

    def accept(self, authenticate):
        """Is it the user, with the password? Then there are keys."""
        message = ntlm.NTLMAuthChallengeResponse()
        message.fromString(authenticate)
        self.flags &= message['flags']
        user, domain = (message[name].decode('utf-16le') for name in ('user_name', 'domain_name'))
        check(user == self.user, f'user {user!r}')
        proof, rest = message['ntlm'][:16], message['ntlm'][16:]
        key = ntlm.NTOWFv2(user, self.password, domain)
        check(ntlm.hmac_md5(key, self.challenge + rest) == proof, 'another password')
        session_key = ntlm.hmac_md5(key, proof)
        if self.flags & ntlm.NTLMSSP_NEGOTIATE_KEY_EXCH:
            session_key = ARC4.new(session_key).decrypt(message['session_key'])
        for side in self.numbers:
            self.keys[side] = (ntlm.SIGNKEY(self.flags, session_key, side),
                               ARC4.new(ntlm.SEALKEY(self.flags, session_key, side)).encrypt)

    def crypt(self, side, octets):
        return self.keys[side][1](octets)

    def signature(self, side, message):
        sign_key, crypt = self.keys[side]
        number = self.numbers[side]
        self.numbers[side] += 1
        return ntlm.MAC(self.flags, crypt, sign_key, number, message).getData()


class Relay:
    """One client connection."""

    def __init__(self, client, gateway):
        self.client = client
        self.gateway = gateway
        self.server = socket.create_connection(('127.0.0.1', int(gateway.to)))
        self.security = Security(gateway.user, gateway.password)
        self.level = self.context = None

    def covered(self, header, stub, trailer):
        return header + stub + trailer if self.gateway.signs_headers else stub

    def bind(self, pdu):
        front, trailer, token = split(pdu)
        check(trailer[0] == WINNT, f'authentication type {trailer[0]}')
        self.level, self.context = trailer[1], trailer[4:8]
        check(pdu[3] & HEADER_SIGNING, 'header signing is not offered')
        self.gateway.levels.append(self.level)
        largest = struct.unpack('<H', pdu[18:20])[0] - ROOM
        front = front[:3] + bytes([front[3] & ~HEADER_SIGNING]) + front[4:18] + struct.pack('<H', largest) + front[20:]
        self.server.sendall(with_lengths(front[:len(front) - trailer[2]], 0))
        ack = receive_pdu(self.server)
        check(ack[2] == BIND_ACK, f'PDU type {ack[2]}')
        if self.gateway.signs_headers:
            ack = ack[:3] + bytes([ack[3] | HEADER_SIGNING]) + ack[4:]
        padding = -len(ack) % 4
        value = self.security.challenge_message(token)
        ack += bytes(padding) + bytes([WINNT, self.level, padding, 0]) + self.context + value
        self.client.sendall(with_lengths(ack, len(value)))

    def request(self, pdu):
        if self.level == CONNECT and pdu[10:12] == b'\0\0':
            self.server.sendall(pdu)
            return
        front, trailer, signature = split(pdu)
        check(trailer[1] == self.level and trailer[4:8] == self.context, f'trailer {trailer.hex()}')
        header = front[:HEADERS[REQUEST] + (16 if pdu[3] & 0x80 else 0)]
        stub = front[len(header):]
        if self.level == CONNECT:
            self.server.sendall(with_lengths(front[:len(front) - trailer[2]], 0))
            return
        if self.level == PRIVACY:
            stub = self.security.crypt('Client', stub)
        check(self.security.signature('Client', self.covered(header, stub, trailer)) == signature, 'a wrong signature')
        self.server.sendall(with_lengths(header + stub[:len(stub) - trailer[2]], 0))
        self.gateway.checked += 1

    def answer(self, pdu):
        if self.level == CONNECT or pdu[2] == FAULT:
            self.client.sendall(pdu)
            return
        header, stub = pdu[:HEADERS[pdu[2]]], pdu[HEADERS[pdu[2]]:]
        padding = -len(stub) % 16
        stub += bytes(padding)
        trailer = bytes([WINNT, self.level, padding, 0]) + self.context
        length = len(header) + len(stub) + 8 + SIGNATURE_LENGTH
        header = header[:8] + struct.pack('<HH', length, SIGNATURE_LENGTH) + header[12:]
        sealed = self.security.crypt('Server', stub) if self.level == PRIVACY else stub
        signature = self.security.signature('Server', self.covered(header, stub, trailer))
        self.client.sendall(header + sealed + trailer + signature)

    def upstream(self):
        while pdu := receive_pdu(self.client):
            if pdu[2] == BIND:
                self.bind(pdu)
                threading.Thread(target=self.guarded, args=(self.downstream,), daemon=True).start()
            elif pdu[2] == AUTH3:
                self.security.accept(split(pdu)[2])
            elif pdu[2] == REQUEST:
                self.request(pdu)
            else:
                check(pdu[2] == ALTER_CONTEXT and pdu[10:12] == b'\0\0', f'PDU type {pdu[2]}')
                self.server.sendall(pdu)

    def downstream(self):
        while pdu := receive_pdu(self.server):
            if pdu[2] == ALTER_CONTEXT_RESP:
                self.client.sendall(pdu)
            else:
                self.answer(pdu)

    def guarded(self, run):
        """What goes wrong on a thread is the test's to report."""
        try:
            run()
        except (AssertionError, OSError, ValueError, struct.error) as error:
            if isinstance(error, (AssertionError, ValueError)):
                self.gateway.problems.append(str(error))
        for sock in (self.client, self.server):
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class Gateway:
    """Listens at `port`; leads to the local server at port `to`. `checked`: so many signatures were right."""

    def __init__(self, to, user, password, signs_headers=True):
        self.to, self.user, self.password, self.signs_headers = to, user, password, signs_headers
        self.levels, self.problems = [], []
        self.checked = 0
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            relay = Relay(client, self)
            threading.Thread(target=relay.guarded, args=(relay.upstream,), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()
