"""A request with a malformed or incomplete body must have no effect."""

import contextlib
import socket
import time

from suite import Check

TITLE = "requests with an incomplete or malformed body"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
# The bytes sent with the head, and half a second later.
ATTEMPTS = [
    ("a malformed chunk at once", CHUNKED + b"zz\r\nabc\r\n0\r\n\r\n", b""),
    ("a malformed chunk later", CHUNKED, b"zz\r\nabc\r\n0\r\n\r\n"),
    ("a malformed second chunk", CHUNKED + b"3\r\nabc\r\n", b"zz\r\n"),
    ("a body that is too short", b"Content-Length: 20000\r\n\r\n", b"abc"),
    ("an incomplete chunk", CHUNKED, b"5\r\nab"),
]


def send(port, pieces):
    """The status of the answer to these bytes, sent half a second apart; None without an answer."""
    answer = b""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=15) as client:
        for piece in filter(None, pieces):
            client.sendall(piece)
            time.sleep(0.5)
        client.shutdown(socket.SHUT_WR)
        while part := client.recv(65536):
            answer += part
    return int(answer[9:12]) if answer.startswith(b"HTTP/1.") else None


def run(suite):
    for door in ("person-service", "entrance"):
        for what, first, later in ATTEMPTS:
            person = suite.request("POST", "/api/persons", {"first_name": "A", "last_name": "B", "company_name": "C"}).json()["id"]
            head = f"DELETE /api/persons/{person} HTTP/1.1\r\nHost: localhost\r\n".encode()
            status = send(suite.ports[door], [head + first, later])
            exists = suite.request("GET", f"/api/persons/{person}").status == 200
            yield Check(f"{door}: {what}", f"{status or 'no answer'}, {'kept' if exists else 'ERASED'}", "kept", exists and status != 204)
