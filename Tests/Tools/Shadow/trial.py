"""Tries scripts/shadow with real suites: the entrance of one mirrors its locations to the other.

A release is planted with a fault by a proxy in front of its location-producer: it answers another status, stores another place, or
acknowledges what it drops. Each must be noticed, and a release without a fault must not be blamed."""

import contextlib
import http.client
import http.server
import json
import math
import pathlib
import re
import shutil
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "Tests/Tools/Browser"))
from suite import Suite, free_port  # noqa: E402

BEHIND = ["person-service", "location-producer", "location-consumer", "connection-service"]
PERSONS, FIXES, START = 24, 90, 1_780_650_000
TIMES = ["--from", "2026-06-05T00:00:00Z", "--to", "2026-06-06T00:00:00Z"]


class Candidate(Suite):
    """A release that gets locations by mirroring only; it has no entrance of its own."""

    def __init__(self, binaries):
        super().__init__(binaries, BEHIND)

    def start_router(self, *_):
        pass


class Current(Suite):
    """The release that answers clients, and mirrors a share of their locations to an address."""

    def __init__(self, binaries, share, address):
        super().__init__(binaries)
        self.shadow = f"{share}@{address}"

    def start_router(self, *_):
        super().start_router("--shadow", self.shadow)

    def write_access(self, folder):
        super().write_access(folder)
        shutil.copy(folder / "mirror.conf", folder / "shadow.conf")


def fault(name):
    """The class of a proxy's requests. `name` is a fault of every twentieth request, or none."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        target, seen, lock = None, 0, threading.Lock()

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with self.lock:
                type(self).seen += 1
                planted = name if self.seen % 20 == 0 else "none"
            if planted == "status":
                return self.answer(503, b"{}")
            if planted == "dropped":
                return self.answer(200, b"{}")
            if planted == "place":
                body = re.sub(rb'("latitude": "-?\d+\.\d{5})\d+', rb"\1", body)
            with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.target, timeout=20)) as service:
                service.request("POST", self.path, body, {"Content-Type": self.headers["Content-Type"]})
                response = service.getresponse()
                self.answer(response.status, response.read())

        def answer(self, status, body):
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    return Handler


class Proxy(http.server.ThreadingHTTPServer):
    def handle_error(self, *_):
        """The entrance closes connections at its end; that is no failure."""


def add_persons(suite):
    for number in range(PERSONS):
        connection = http.client.HTTPConnection("127.0.0.1", suite.ports["person-service"], timeout=20)
        with contextlib.closing(connection):
            details = {"first_name": f"P{number}", "last_name": "Shadow", "company_name": "UdaConnect"}
            connection.request("POST", "/api/persons", json.dumps(details), {"Content-Type": "application/json"})
            response = connection.getresponse()
            if response.status >= 300:
                raise RuntimeError(f"POST /api/persons: {response.status} {response.read()}")


def locations():
    """Persons in groups of three walk around a hall, a fix every ten seconds."""
    for fix in range(FIXES):
        for number in range(PERSONS):
            angle = fix / 40 + number // 3
            yield {"person_id": number + 1, "latitude": f"{52.5 + 0.0005 * math.sin(angle) + number % 3 * 1e-6:.7f}",
                   "longitude": f"{13.4 + 0.0008 * math.cos(angle):.7f}",
                   "creation_time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(START + 10 * fix))}


def send(suite):
    """Sends a third of the locations alone, the others in batches, and some that are refused."""
    everything = list(locations())
    third = len(everything) // 3
    requests = [("/api/locations", location) for location in everything[:third]]
    requests += [("/api/locations/batch", everything[at:at + 20]) for at in range(third, len(everything), 20)]
    requests += [("/api/locations", {"person_id": 1, "latitude": "91", "longitude": "0"})] * 10
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", suite.port, timeout=20)) as connection:
        for path, body in requests:
            connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
            response = connection.getresponse()
            response.read()
    return len(requests)


def database(suite):
    return suite.postgres("url").strip()


def trial(binaries, name, share="100%"):
    """What scripts/shadow prints, and whether it found a difference."""
    handler = fault(name)
    with Proxy(("127.0.0.1", free_port()), handler) as proxy, Candidate(binaries) as candidate:
        handler.target = candidate.ports["location-producer"]
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        with Current(binaries, share, f"127.0.0.1:{proxy.server_port}") as current:
            for suite in (current, candidate):
                add_persons(suite)
            send(current)
            options = [] if share == "100%" else ["--share"]
            # Rows that are missing never come.
            settle = "10" if name in ("place", "dropped") else "60"
            result = subprocess.run(
                [ROOT / "scripts/shadow", "--log", current.folder / "nginx.log", *TIMES, *options, "--settle", settle,
                 "--current", database(current), f"http://127.0.0.1:{current.ports['connection-service']}",
                 "--candidate", database(candidate), f"http://127.0.0.1:{candidate.ports['connection-service']}"],
                capture_output=True, text=True)
            proxy.shutdown()
    return result.returncode, result.stdout + result.stderr


def main(binaries):
    wrong = 0
    for name, expected in {"none": 0, "status": 1, "place": 1, "dropped": 1}.items():
        status, output = trial(binaries, name)
        wrong += status != expected
        print(f"== fault: {name}; scripts/shadow exits with {status}{'' if status == expected else f', not {expected}'}\n{output}", flush=True)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
