"""Slow clients of location-producer, and one that is not.

usage: run.py BINARIES [--connections N] [--rounds N] [WAY...]"""

import argparse
import contextlib
import os
import pathlib
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.request

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.append(str(FOLDER.parent / "Browser"))
from suite import Suite  # noqa: E402

SERVICE = "location-producer"
# Seconds.
ALLOWED, OPENED, MEASURED, GIVEN_UP = 30, 2, 20, 60
# Connections of the normal client.
PHONES = 16
# How much of its 99th percentile a normal client may lose.
MOVES = 0.2
HEAD = "POST /api/locations HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"
# An answer that fills every buffer on the way.
MUCH = "GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n" * 20


def silent(text, receive_buffer=None):
    """Connections that say this, and then neither say nor read anything."""

    def begin(port, count):
        sockets = []
        for _ in range(count):
            client = socket.socket()
            if receive_buffer:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            client.connect(("127.0.0.1", port))
            client.sendall(text.encode())
            sockets.append(client)
        return lambda: [client.close() for client in sockets]

    return begin


def slowhttptest(*options, path="/api/locations"):
    """Connections of slowhttptest, all begun at once.

    It asks all its sockets again and again, which would take a third of a processor from everybody, or a whole one as long as there
    is something to read: once they are open, it runs for a hundredth of a second twice a second."""

    def begin(port, count):
        process = subprocess.Popen(
            ["slowhttptest", "-c", str(count), "-r", "1000", "-l", str(GIVEN_UP), *options, "-u", f"http://127.0.0.1:{port}{path}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(OPENED)
        is_over = threading.Event()

        def restrain():
            while not is_over.wait(0.01):
                process.send_signal(signal.SIGSTOP)
                is_over.wait(0.49)
                process.send_signal(signal.SIGCONT)

        restraint = threading.Thread(target=restrain)
        restraint.start()

        def end():
            is_over.set()
            restraint.join()
            process.terminate()
            process.wait()

        return end

    return begin


WAYS = {
    "idle": silent(""),
    "kept-alive": silent("GET /health HTTP/1.1\r\nHost: a\r\n\r\n"),
    "header": slowhttptest("-H", "-i", "1", "-x", "8"),
    "body": slowhttptest("-B", "-i", "1", "-x", "8", "-s", "60000", "-f", "application/json"),
    "stalled-body": silent(HEAD + "{"),
    "reader": slowhttptest("-X", "-w", "10", "-y", "20", "-n", "1", "-z", "5", "-k", "10", path="/openapi.json"),
    "stalled-reader": silent(MUCH, 4096),
}


class Normal:
    """A client that goes on as always."""

    def __init__(self, port, seconds):
        self.process = subprocess.Popen(
            ["wrk", "-t1", f"-c{PHONES}", f"-d{seconds}s", "-s", FOLDER / "post.lua", f"http://127.0.0.1:{port}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)

    def result(self):
        """Its 99th percentile in milliseconds, and how many of its requests failed."""
        output, _ = self.process.communicate()
        percentile, _, failed = map(int, output.splitlines()[-1].split())
        return percentile / 1000, failed


def connections(process):
    """How many descriptors a process has open: its connections and a few more."""
    return len(os.listdir(f"/proc/{process.pid}/fd"))


def beside(port, way, count):
    """The other's percentile and failures while the slow clients keep a socket busy that nobody serves.

    Their own computing, on the same processors, holds up the other as well: it is in both figures. Readers have something to read."""
    with socket.create_server(("127.0.0.1", 0), backlog=count) as nobody, contextlib.ExitStack() as answered:
        end = WAYS[way](nobody.getsockname()[1], count)
        nobody.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while way.endswith("reader"):
                client = answered.enter_context(nobody.accept()[0])
                client.setblocking(False)
                client.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n" + bytes(1 << 20))
        try:
            return Normal(port, MEASURED).result()
        finally:
            end()


def trial(suite, way, count):
    """The other's percentile beside the slow clients and with them, the failures, how many were open, and after how long they had gone.

    The percentiles are of the time from when all are open."""
    port, process = suite.ports[SERVICE], suite.processes[SERVICE]
    before, failed = beside(port, way, count)
    few = connections(process) + 2
    begun = time.monotonic()
    end = WAYS[way](port, count)
    normal = Normal(port, MEASURED)
    most = 0
    # The other's connections are gone when it ends.
    while (now := time.monotonic()) - begun < GIVEN_UP:
        open_now = connections(process)
        most = max(most, open_now)
        if most > count // 2 and open_now <= few + (PHONES if normal.process.poll() is None else 0):
            break
        time.sleep(0.1)
    end()
    meanwhile, failed_meanwhile = normal.result()
    return before, meanwhile, failed + failed_meanwhile, most - few, now - begun


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binaries")
    parser.add_argument("--connections", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("ways", nargs="*", metavar="way")
    options = parser.parse_intermixed_args()
    suite, wrong = Suite(options.binaries), []
    try:
        suite.start_database()
        # The normal client's person.
        for name in ("person-service", SERVICE):
            suite.start(name)
            suite.wait(name)
        urllib.request.urlopen(urllib.request.Request(
            f"http://127.0.0.1:{suite.ports['person-service']}/api/persons",
            b'{"first_name": "F", "last_name": "L", "company_name": "C"}', {"Content-Type": "application/json"})).close()
        Normal(suite.ports[SERVICE], 5).result()
        print(f"{'way':15} {'open':>5} {'all gone after':>15} {'p99 beside':>11} {'with them':>10} {'moved':>6} {'failed':>7}")
        for way in options.ways or WAYS:
            rounds = [trial(suite, way, options.connections) for _ in range(options.rounds)]
            before, meanwhile = (statistics.median(round[index] for round in rounds) for index in (0, 1))
            failed, most, gone = sum(round[2] for round in rounds), min(round[3] for round in rounds), max(round[4] for round in rounds)
            moved = meanwhile / before - 1
            print(f"{way:15} {most:5} {gone:13.1f} s {before:8.2f} ms {meanwhile:7.2f} ms {moved:6.0%} {failed:7}", flush=True)
            if gone > ALLOWED:
                wrong.append(f"{way}: some are still there after {ALLOWED} s")
            if most < options.connections * 0.9:
                wrong.append(f"{way}: no more than {most} were ever open")
            if moved >= MOVES:
                wrong.append(f"{way}: the 99th percentile has moved by {moved:.0%}")
            if failed:
                wrong.append(f"{way}: {failed} requests of the normal client failed")
    finally:
        suite.__exit__()
    print(*wrong, sep="\n")
    sys.exit(1 if wrong else 0)


main()
