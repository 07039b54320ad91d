"""The parts of HTTP/2 and HPACK that the cases need."""

import socket
import struct

DATA, HEADERS, SETTINGS, CONTINUATION = 0, 1, 4, 9
END_STREAM, ACK, END_HEADERS = 1, 1, 4


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


# The client's preface. It accepts any settings of the server.
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, 0, 0) + frame(SETTINGS, ACK, 0)


def integer(value, bits, first=0):
    """A number with a prefix of the given bits (RFC 7541, 5.1)."""
    limit = (1 << bits) - 1
    if value < limit:
        return bytes([first | value])
    encoded, value = bytearray([first | limit]), value - limit
    while value >= 128:
        encoded.append(value & 127 | 128)
        value >>= 7
    return bytes([*encoded, value])


def text(value):
    """A string without Huffman coding."""
    return integer(len(value), 7) + value


def field(name, value):
    """A field without indexing."""
    return b"\x00" + text(name) + text(value)


def call_head(path):
    """The fields of a gRPC call."""
    return b"".join(field(name, value) for name, value in [
        (b":method", b"POST"), (b":scheme", b"http"), (b":path", path), (b":authority", b"localhost"),
        (b"te", b"trailers"), (b"content-type", b"application/grpc")])


def connect(port, timeout):
    """A connection after both sides' settings."""
    client = socket.create_connection(("127.0.0.1", port), timeout=timeout)
    client.sendall(PREFACE)
    return client


def unary(port, path, message, timeout):
    """Calls a method and returns its first answer message; None if the connection ends without one."""
    with connect(port, timeout) as client:
        client.sendall(frame(HEADERS, END_HEADERS, 1, call_head(path))
                       + frame(DATA, END_STREAM, 1, b"\x00" + struct.pack(">I", len(message)) + message))
        reader = client.makefile("rb")
        while head := reader.read(9):
            payload = reader.read(int.from_bytes(head[:3], "big"))
            if head[3] == DATA and len(payload) >= 5:
                return payload[5:]
            if head[3] == SETTINGS and not head[4] & ACK:
                client.sendall(frame(SETTINGS, ACK, 0))
            if head[3] == HEADERS and head[4] & END_STREAM:
                return None
        return None
