"""A header value of 400 MB in CONTINUATION frames: a naive server buffers the HPACK string, and parses it again for each frame."""

import threading
import time

import http2
from suite import Check

TITLE = "header values of 400 MB over gRPC, repeatedly on four connections"
SIZE, CONNECTIONS = 400 << 20, 4
# Seconds.
ATTACK, ANSWERED = 15, 5
# The additional memory that the location producer may use.
MEMORY, PROCESSOR = 16 << 20, 3


def send_header(port, until):
    """Sends one endless header until the server closes the connection."""
    sent = 0
    try:
        with http2.connect(port, 5) as client:
            client.sendall(http2.frame(http2.HEADERS, 0, 1, b"\x83\x86\x00" + http2.text(b"x-big") + http2.integer(SIZE, 7)))
            part = http2.frame(http2.CONTINUATION, 0, 1, b"a" * 16384) * 16
            while sent < SIZE and time.monotonic() < until:
                client.sendall(part)
                sent += 16 * 16384
    except OSError:
        pass


def attack(port, until):
    while time.monotonic() < until:
        send_header(port, until)


def is_serving(port):
    try:
        return http2.unary(port, b"/grpc.health.v1.Health/Check", b"", ANSWERED) == b"\x08\x01"
    except OSError:
        return False


def run(suite):
    port, producer = suite.ports["grpc"], "location-producer"
    # The gRPC health service polls the service's readiness.
    ready_by = time.monotonic() + ANSWERED
    while not is_serving(port) and time.monotonic() < ready_by:
        time.sleep(0.1)
    suite.forget_peak(producer)
    memory, processor = suite.rss(producer), suite.cpu(producer)
    until, checks = time.monotonic() + ATTACK, []
    attackers = [threading.Thread(target=attack, args=(port, until)) for _ in range(CONNECTIONS)]
    for attacker in attackers:
        attacker.start()
    while time.monotonic() < until:
        started = time.monotonic()
        checks.append((is_serving(port), time.monotonic() - started))
        time.sleep(0.5)
    for attacker in attackers:
        attacker.join()
    failed = sum(not serving for serving, _ in checks)
    yield Check("health is answered meanwhile", f"{failed} of {len(checks)} failed, {max(seconds for _, seconds in checks):.2f} s at most",
                f"0 failed, {ANSWERED} s", not failed)
    grown = suite.peak(producer) - memory
    yield Check(f"{producer}'s memory", f"grew by {grown / (1 << 20):.1f} MiB", f"{MEMORY >> 20} MiB", grown <= MEMORY)
    used = suite.cpu(producer) - processor
    yield Check(f"{producer}'s processor time", f"{used:.1f} s in {ATTACK} s", f"{PROCESSOR} s", used <= PROCESSOR)
