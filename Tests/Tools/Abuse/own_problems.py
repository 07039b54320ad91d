"""Rejections by the entrance itself look like those of the services: problem+json with an id, readable by the web app."""

import contextlib
import json
import socket

from suite import Check

TITLE = "the format of the entrance's own rejections"
HOST = b"Host: localhost\r\nOrigin: ORIGIN\r\n"
# Statuses that nginx sends before it has read the origin.
EARLY = {400, 414, 431, 505}
REFUSALS = [
    ("a malformed head", b"GET /api/persons\x01 HTTP/1.1\r\nBad Field: 1\r\n" + HOST + b"\r\n", 400),
    ("a method of the entrance's own", b"TRACE / HTTP/1.1\r\n" + HOST + b"\r\n", 405),
    ("a body of 2 MiB", b"POST /api/persons HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\nContent-Length: 2097152\r\n\r\n", 413),
    ("a path of 40 kB", b"GET /" + b"a" * 40000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
    ("a field of 40 kB", b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 40000 + b"\r\n\r\n", 431),
    ("a transfer coding", b"GET / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: br\r\n\r\n", 501),
    ("a version of HTTP", b"GET / HTTP/3.0\r\n" + HOST + b"\r\n", 505),
    ("/metrics", b"GET /metrics HTTP/1.1\r\n" + HOST + b"\r\n", 404),
]


def raw(port, data):
    """The answer to these bytes, until the server closes the connection or stops sending."""
    received = b""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall(data)
        while part := client.recv(65536):
            received += part
    return received


def fault(answer, status, origin):
    """The problem with an answer; empty without one."""
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
    if not lines[0].startswith(f"HTTP/1.1 {status} "):
        return lines[0] or "no answer"
    if fields.get("content-type") != "application/problem+json":
        return fields.get("content-type", "no type")
    problem = json.loads(body)
    if problem.get("status") != status or problem.get("instance") != fields.get("x-request-id"):
        return "another status, or no id"
    allowed = fields.get("access-control-allow-origin")
    if fields.get("x-content-type-options") != "nosniff" or allowed != origin and not (status in EARLY and allowed is None):
        return "without nosniff, or for another origin"
    return ""


def run(suite):
    origin = f"http://localhost:{suite.ports['pages']}"
    for door in ("entrance", "osmand"):
        for what, data, status in REFUSALS:
            if door == "osmand" and status in (404, 413):
                continue
            wrong = fault(raw(suite.ports[door], data.replace(b"ORIGIN", origin.encode())), status, origin)
            yield Check(f"{door}: {what}", wrong or f"{status} as a problem", f"{status} as a problem", not wrong)
    answer = raw(suite.ports["entrance"], b"GET /api/persons HTTP/1.0\r\n\r\n")
    yield Check("HTTP/1.0 without Host", answer.split(b"\r\n")[0].decode() + f", {answer.count(b'HTTP/1.')} head", "HTTP/1.1 200 OK, 1 head",
                answer.startswith(b"HTTP/1.1 200 OK") and answer.count(b"HTTP/1.") == 1)
