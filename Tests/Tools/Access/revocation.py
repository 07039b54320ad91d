"""Sessions, keys and roles are revoked: all replicas refuse them within a second, and open streams end."""

import contextlib
import http.client
import socket
import struct
import threading
import time

from checks import Check
from enforcing import Enforcing
from http2 import ACK, DATA, END_HEADERS, END_STREAM, HEADERS, PREFACE, SETTINGS, call_head, field, frame

TITLE = "revocation at three replicas, with open streams"
REPLICAS = 3
# Seconds, and streams of each identity.
BOUND, STREAMS = 1, 6


class Stream:
    """An event stream; `ended` is the time of its end."""

    def __init__(self, suite, path, headers):
        self.connection = http.client.HTTPConnection("127.0.0.1", suite.port, timeout=60)
        self.connection.request("GET", path, headers=headers)
        self.response, self.ended = self.connection.getresponse(), None
        if self.response.status != 200:
            raise RuntimeError(f"no stream: {self.response.status}")
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        with contextlib.suppress(OSError, http.client.HTTPException):
            while self.response.read1(65536):
                pass
        self.ended = time.monotonic()


class Call:
    """A gRPC stream of locations, opened with a device's token; `ended` is the time of its end."""

    def __init__(self, suite, token):
        self.socket, self.ended = socket.create_connection(("127.0.0.1", suite.grpc_door), timeout=60), None
        head = call_head(b"/udaconnect.location.v1.LocationService/ReportStream") + field(b"authorization", b"Bearer " + token.encode())
        self.socket.sendall(PREFACE + frame(HEADERS, END_HEADERS, 1, head))
        self.number = 0
        self.send()
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def send(self):
        """Sends a location of person 1, as location_service.proto has it."""
        self.number += 1
        location = (b"\x08\x01" + b"\x11" + struct.pack("<d", 52.5) + b"\x19" + struct.pack("<d", 13.4)
                    + b"\x21" + struct.pack("<q", 1_777_000_000_000_000 + self.number * 1_000_000))
        location = b"\x12" + bytes([len(location)]) + location
        self.socket.sendall(frame(DATA, 0, 1, b"\x00" + struct.pack(">I", len(location)) + location))

    def read(self):
        reader = self.socket.makefile("rb")
        with contextlib.suppress(OSError):
            while head := reader.read(9):
                reader.read(int.from_bytes(head[:3], "big"))
                if head[3] == SETTINGS and not head[4] & ACK:
                    self.socket.sendall(frame(SETTINGS, ACK, 0))
                if head[3] == HEADERS and head[4] & END_STREAM:
                    break
        self.ended = time.monotonic()


class Watch:
    """Asks again and again, and notes the last time that a request was let in; a context manager.

    It asks each replica of access-service. With `at_entrance`, it sends the request itself, because the service decides."""

    def __init__(self, suite, path, headers, at_entrance):
        asked = {"X-Original-Method": "GET", "X-Original-URI": path}
        doors = [port for name, port in suite.ports.items() if name.startswith("access-service")]
        self.doors = [(suite.port, path, headers)] * REPLICAS if at_entrance else [(port, "/auth", headers | asked) for port in doors]
        self.last, self.let_in, self.is_over = {}, {}, threading.Event()
        self.threads = [threading.Thread(target=self.work, args=(number, *door)) for number, door in enumerate(self.doors)]

    def work(self, number, port, path, headers):
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
            while not self.is_over.wait(0.01):
                asked = time.monotonic()
                connection.request("GET", path, headers=headers)
                answer = connection.getresponse()
                answer.read()
                self.last[number] = int(answer.headers.get("Access-Status", answer.status))
                if self.last[number] < 400:
                    self.let_in[number] = asked

    @property
    def is_refused(self):
        return all(status >= 400 for status in self.last.values())

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        deadline = time.monotonic() + 20
        while len(self.let_in) < len(self.doors) and time.monotonic() < deadline:
            time.sleep(0.01)
        return self

    def __exit__(self, *_):
        self.is_over.set()
        for thread in self.threads:
            thread.join()


def revoke(suite, name, path, headers, streams, act, at_entrance=False):
    """Revokes a credential by `act`. Yields how long replicas and streams took, from the beginning of the act."""
    with Watch(suite, path, headers, at_entrance) as watch:
        doors, revoked = len(watch.let_in), time.monotonic()
        act()
        done = time.monotonic() - revoked
        while time.monotonic() < revoked + done + 5 and not (watch.is_refused and all(stream.ended for stream in streams)):
            time.sleep(0.01)
        time.sleep(0.3)
    seconds = max(0, *(let_in - revoked for let_in in watch.let_in.values()))
    yield Check(f"{name}: the last of {doors} replicas refuses", f"{seconds * 1000:.0f} ms after the request, which took {done * 1000:.0f} ms",
                f"{BOUND} s after its end", doors == REPLICAS and watch.is_refused and seconds <= done + BOUND)
    left = sum(stream.ended is None for stream in streams)
    slowest = max((stream.ended - revoked for stream in streams if stream.ended), default=0)
    yield Check(f"{name}: {len(streams)} open streams end", f"{left} left, {slowest * 1000:.0f} ms after the request", f"0 left, {BOUND} s after its end",
                left == 0 and 0 < slowest <= done + BOUND)


def run(binaries):
    with Enforcing(binaries, replicas={"access-service": REPLICAS, "connection-service": REPLICAS}) as suite:
        client = suite.people("Own", "Other", "Organiser")
        suite.command("roles", "grant", "person:3", "organiser")
        own, bystander = suite.session(1), Stream(suite, "/api/persons/2/encounters/stream", suite.session(2))

        def streams(path, headers):
            return [Stream(suite, path, headers) for _ in range(STREAMS)]

        mine = "/api/persons/1/encounters/stream"
        # Without consent, a stream of nudges ends by itself.
        suite.ask("PUT", "/api/persons/1/consents", own, {"nudge": True})
        yield from revoke(suite, "a session that logs out", "/api/persons/1", own, [*streams(mine, own), Stream(suite, "/api/me/nudges/stream", own)],
                          lambda: suite.ask("DELETE", "/api/session", own))
        first, second = suite.session(1), suite.session(1)
        yield from revoke(suite, "all sessions of a person", "/api/persons/1", first, streams(mine, first) + streams(mine, second),
                          lambda: suite.ask("DELETE", "/api/session?everywhere=true", second))
        key, number = suite.key("meetings.read", "persons.read")
        yield from revoke(suite, "a key", "/api/persons/1", key, streams(mine, key), lambda: suite.command("keys", "revoke", number))
        organiser = suite.session(3)
        yield from revoke(suite, "the role of an organiser", "/api/keys", organiser, streams("/api/event/stream", organiser),
                          lambda: suite.command("roles", "revoke", "person:3", "organiser"), at_entrance=True)
        suite.ask("POST", "/api/persons", client, {"first_name": "Erased", "last_name": "L", "company_name": "C"})
        erased = suite.session(4)
        yield from revoke(suite, "an erased person", "/api/persons/4", erased, streams("/api/persons/4/encounters/stream", erased),
                          lambda: suite.ask("DELETE", "/api/persons/4", client))
        yield from removed_device(suite, client)
        yield Check("a stream of another person", "goes on" if bystander.ended is None else "ended", "goes on", bystander.ended is None)


def removed_device(suite, client):
    """location-producer checks tokens itself."""
    token = suite.ask("POST", "/api/persons/1/devices", client, {"id": "phone"}).json()["token"]
    headers, body = {"Authorization": f"Bearer {token}"}, {"person_id": 1, "latitude": 52.5, "longitude": 13.4, "creation_time": "2026-05-04T10:00:00"}
    before = suite.ask("POST", "/api/locations", headers, body).status
    call = Call(suite, token)
    time.sleep(0.5)
    suite.ask("DELETE", "/api/persons/1/devices/phone", client)
    removed, last = time.monotonic(), 0
    while time.monotonic() < removed + 3:
        if suite.ask("POST", "/api/locations", headers, body).status < 400:
            last = time.monotonic() - removed
        with contextlib.suppress(OSError):
            call.send()
        time.sleep(0.05)
    after = suite.ask("POST", "/api/locations", headers, body).status
    yield Check("a removed device: its last location by REST", f"{before}; {last * 1000:.0f} ms later, then {after}", f"200; {BOUND} s, then 401",
                (before, after) == (200, 401) and last <= BOUND)
    seconds = call.ended - removed if call.ended else None
    yield Check("a removed device: its open gRPC stream", "goes on" if seconds is None else f"ended after {seconds * 1000:.0f} ms", f"ended after {BOUND} s",
                seconds is not None and 0 <= seconds <= BOUND)
