"""Measures slow clients of location-producer, and their effect on a normal client.

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
# Maximum increase of a normal client's 99th percentile.
MOVES = 0.2
HEAD = "POST /api/locations HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"
# An answer that fills all buffers.
MUCH = "GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n" * 20


def silent(text, receive_buffer=None):
    """Connections that send this, and then neither send nor read."""

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
    """Connections of slowhttptest, all opened at once.

    slowhttptest polls all its sockets continuously, which would use a third of a processor, or a whole one while there is data to
    read. So once the connections are open, it runs for only a hundredth of a second twice a second."""

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
    """A normal client."""

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
    """The number of open descriptors of a process: its connections and a few more."""
    return len(os.listdir(f"/proc/{process.pid}/fd"))


def beside(port, way, count):
    """The normal client's percentile and failures while the slow clients keep an unserved socket busy.

    The slow clients themselves use processor time, which delays the normal client. This baseline includes that delay."""
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
    """The normal client's percentiles without and with slow clients on the service, its failures, the number of open connections, and
    the seconds until these were closed.

    The percentiles cover the time from the moment when all connections are open."""
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
                wrong.append(f"{way}: some connections are still open after {ALLOWED} s")
            if most < options.connections * 0.9:
                wrong.append(f"{way}: at most {most} were open at once")
            if moved >= MOVES:
                wrong.append(f"{way}: the 99th percentile has moved by {moved:.0%}")
            if failed:
                wrong.append(f"{way}: {failed} requests of the normal client failed")
    finally:
        suite.__exit__()
    print(*wrong, sep="\n")
    sys.exit(1 if wrong else 0)


main()
