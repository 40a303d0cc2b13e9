"""The DICOM upper layer byte by byte (PS3.8 9.3), with no library that would correct us."""
import socket
import struct

APPLICATION = "1.2.840.10008.3.1.1.1"
IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
MR_IMAGE, VERIFICATION = "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.1.1"
ASSOCIATE_RQ, ASSOCIATE_AC, ASSOCIATE_RJ, P_DATA, RELEASE_RQ, RELEASE_RP, ABORT = range(1, 8)

# Largest answer that is read: responses and identifiers are small.
PDU_BYTES_MAX = 1 << 26


class Ended(Exception):
    """The other side ended the conversation."""


def item(kind, content):
    return struct.pack(">BBH", kind, 0, len(content)) + content


def context(number, abstract, syntaxes):
    offered = b"".join(item(0x40, syntax.encode()) for syntax in syntaxes)
    return item(0x20, bytes([number, 0, 0, 0]) + item(0x30, abstract.encode()) + offered)


def associate(called, calling, contexts, pdu_max=131072, application=APPLICATION, version=1,
              extra=b""):
    user = item(0x51, struct.pack(">I", pdu_max)) + item(0x52, b"2.25.20071") + extra
    titles = called.encode().ljust(16)[:16] + calling.encode().ljust(16)[:16]
    body = struct.pack(">HH", version, 0) + titles + bytes(32)
    body += item(0x10, application.encode()) + b"".join(contexts) + item(0x50, user)
    return struct.pack(">BBI", ASSOCIATE_RQ, 0, len(body)) + body


def data(number, content, kind, pdu_max):
    """P-DATA-TF of a message part; kind is "command" or "data"."""
    room, pieces = (pdu_max or 131072) - 6, []
    for start in range(0, max(len(content), 1), room):
        piece = content[start:start + room]
        flags = (kind == "command") | (2 if start + room >= len(content) else 0)
        head = struct.pack(">BBIIBB", P_DATA, 0, len(piece) + 6, len(piece) + 2, number, flags)
        pieces.append(head + piece)
    return b"".join(pieces)


def command(*elements):
    body = b""
    for element, value in elements:
        value = struct.pack("<H", value) if isinstance(value, int) else value
        value += bytes(len(value) % 2)
        body += struct.pack("<HHI", 0, element, len(value)) + value
    return struct.pack("<HHII", 0, 0, 4, len(body)) + body


def store_command(sop_class, uid, message):
    return command((2, sop_class.encode()), (0x100, 1), (0x110, message), (0x700, 0), (0x800, 1),
                   (0x1000, uid.encode()))


def echo_command(message=1):
    return command((2, VERIFICATION.encode()), (0x100, 0x30), (0x110, message), (0x800, 0x101))


def exactly(connection, count):
    content = bytearray()
    while len(content) < count:
        piece = connection.recv(min(1 << 20, count - len(content)))
        if not piece:
            raise Ended("closed")
        content += piece
    return bytes(content)


def read(connection):
    """Kind and content of the next PDU."""
    kind, _, length = struct.unpack(">BBI", exactly(connection, 6))
    if length > PDU_BYTES_MAX:
        raise Ended("a PDU of %d bytes" % length)
    return kind, exactly(connection, length)


def status(answer):
    """(0000,0900) of a command set."""
    at = 0
    while at + 8 <= len(answer):
        group, element, length = struct.unpack_from("<HHI", answer, at)
        if (group, element) == (0, 0x900):
            return struct.unpack_from("<H", answer, at + 8)[0]
        at += 8 + length
    return None


class Line:
    """A connection; with an association when one was asked for."""

    def __init__(self, address, timeout=20):
        self.socket = socket.create_connection(address, timeout)
        self.socket.settimeout(timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.results, self.pdu_max = {}, 16384

    def associate(self, called, calling, contexts, **options):
        """Kind of the answer and its content."""
        self.socket.sendall(associate(called, calling, contexts, **options))
        kind, answer = read(self.socket)
        if kind == ASSOCIATE_AC:
            self._accepted(answer)
        return kind, answer

    def _accepted(self, answer):
        at = 68
        while at + 4 <= len(answer):
            kind, _, length = struct.unpack_from(">BBH", answer, at)
            content = answer[at + 4:at + 4 + length]
            if kind == 0x21:
                self.results[content[0]] = content[2]
            if kind == 0x50 and content[0] == 0x51:
                self.pdu_max = struct.unpack_from(">I", content, 4)[0]
            at += 4 + length

    def response(self):
        """Status of the next response; raises Ended with an abort's source and reason."""
        gathered = b""
        while True:
            kind, content = read(self.socket)
            if kind == ABORT:
                raise Ended("abort %d/%d" % (content[2], content[3]))
            if kind != P_DATA:
                raise Ended("PDU of type %d" % kind)
            at = 0
            while at < len(content):
                length = struct.unpack_from(">I", content, at)[0]
                gathered += content[at + 6:at + 4 + length]
                flags = content[at + 5]
                at += 4 + length
            if flags & 2:
                return status(gathered)

    def store(self, number, sop_class, uid, message, content):
        sent = data(number, store_command(sop_class, uid, message), "command", self.pdu_max)
        self.socket.sendall(sent + data(number, content, "data", self.pdu_max))
        return self.response()

    def echo(self, number=1):
        self.socket.sendall(data(number, echo_command(), "command", self.pdu_max))
        return self.response()

    def release(self):
        try:
            self.socket.sendall(struct.pack(">BBII", RELEASE_RQ, 0, 4, 0))
            read(self.socket)
        except (OSError, Ended):
            pass
        self.socket.close()
