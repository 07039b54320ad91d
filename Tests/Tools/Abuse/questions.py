"""Questions within all documented bounds that would cost gigabytes and minutes, and slow readers of long answers."""

import contextlib
import http.client
import math
import socket
import time

from clients import Background
from suite import Check

TITLE = "12 wide questions, 4 streams of them and 6 slow readers, together with ordinary questions"
LIMIT = 900
PERSONS, HOURS = 500, 8
WIDE = "distance=100&gap=86400&least=0&probability=0"
LONG = "start_date=1900-01-01&end_date=2100-01-01&distance=100"
MEMORY = 512 << 20
# Bytes a second, and the memory that six answers may add: 1 MiB each, and memory that the allocator retains.
PACE, GROWTH = 20_000, 64 << 20
# Seconds.
ATTACK, SETTLED, DECIDED = 40, 15, 10
QUESTIONS = 200


def run(suite):
    suite.seed(PERSONS, HOURS)
    count = wait_until_indexed(suite)
    persons = [person["id"] for person in suite.request("GET", f"/api/persons?limit={PERSONS}").json()]
    # Addresses reserved for documentation. The service trusts the entrance to state them.
    visitor = Client(suite, "198.51.100.1")

    alone = Ordinary(visitor, persons)
    alone.ask(QUESTIONS)
    before = suite.rss("connection-service")
    suite.forget_peak("connection-service")
    with contextlib.ExitStack() as stack:
        readers = [stack.enter_context(SlowReader(suite, f"192.0.2.{number}", persons[number])) for number in range(1, 7)]
        deadline = time.monotonic() + SETTLED
        while time.monotonic() < deadline:
            time.sleep(0.5)
        held = suite.rss("connection-service") - before
        wide = [stack.enter_context(Wide(suite, f"192.0.2.{10 + number}", persons[number])) for number in range(12)]
        streams = [stack.enter_context(Stream(suite, f"192.0.2.{30 + number}", persons[number])) for number in range(4)]
        beside = Ordinary(visitor, persons)
        deadline = time.monotonic() + ATTACK
        while time.monotonic() < deadline:
            beside.ask(1)
        peak = suite.peak("connection-service")

    yield Check("6 slow readers of a long answer", f"{held / 2**20:+.0f} MiB of memory, answered {sorted(reader.status for reader in readers)}",
                f"{GROWTH >> 20} MiB, 200", held <= GROWTH and all(reader.status == 200 for reader in readers))
    yield Check(f"memory during all of it, with {count:,} locations", f"{peak / 2**20:.0f} MiB", f"{MEMORY >> 20} MiB", peak <= MEMORY)
    yield decided("wide questions", wide)
    status = visitor.get(f"/api/persons/{persons[0]}/encounters?distance=10000&within=3600&gap=86400").status
    yield Check("a question about persons 10 km apart", str(status), "422", status == 422)
    yield decided("streams of wide questions", streams)
    yield Check(
        f"{len(beside.seconds)} ordinary questions beside them",
        f"p99 {beside.p99 * 1000:.0f} ms, {beside.p99 / alone.p99:.1f} times alone ({alone.p99 * 1000:.0f} ms), {len(beside.failures)} failed {sorted(set(map(str, beside.failures)))}",
        "4 times, 0 failed", beside.p99 <= 4 * alone.p99 and not beside.failures)

    statuses = []
    with contextlib.ExitStack() as stack:
        for _ in range(20):
            connection = visitor.open("/api/event/stream")
            stack.callback(connection[0].close)
            statuses.append(connection[1].status)
    yield Check("20 streams of one client", f"{statuses.count(200)} answered, {statuses.count(429)} refused", "16 answered, 4 refused",
                statuses.count(200) == 16 and statuses.count(429) == 4)
    status = visitor.get("/api/encounters").status
    yield Check("all persons' meetings without a time", str(status), "400", status == 400)


def wait_until_indexed(suite):
    """Waits until the index has all locations in the queue. Returns their number."""
    last = -1
    while True:
        time.sleep(2)
        count = suite.request("GET", "/api/event").json()["locations"]
        if count == last and count > 0:
            return count
        last = count


def decided(name, clients):
    """Whether questions were rejected in time, because they were too wide or the service was full."""
    statuses = sorted({status for client in clients for status in client.statuses})
    slowest = max((second for client in clients for second in client.seconds), default=math.inf)
    number = sum(len(client.statuses) for client in clients)
    return Check(name, f"{number} answered {statuses}, the slowest after {slowest:.1f} s", f"200, 422, 429 or 503 within {DECIDED} s",
                 set(statuses) <= {200, 422, 429, 503} and slowest <= DECIDED)


class Client:
    """Sends a request to connection-service like the entrance on behalf of a client."""

    def __init__(self, suite, address):
        self.suite, self.address = suite, address

    def open(self, path, timeout=60):
        connection = http.client.HTTPConnection("127.0.0.1", self.suite.ports["connection-service"], timeout=timeout)
        connection.request("GET", path, headers={"X-Forwarded-For": self.address})
        return connection, connection.getresponse()

    def get(self, path, timeout=60):
        connection, response = self.open(path, timeout)
        with contextlib.closing(connection):
            response.read()
            return response


class Ordinary:
    """Questions with the default rule about one person after another."""

    def __init__(self, client, persons):
        self.client, self.persons = client, persons
        self.seconds, self.failures = [], []

    def ask(self, count):
        for _ in range(count):
            person = self.persons[len(self.seconds) % len(self.persons)]
            started = time.monotonic()
            try:
                status = self.client.get(f"/api/persons/{person}/encounters?limit=100").status
            except (OSError, http.client.HTTPException) as error:
                status = repr(error)
            self.seconds.append(time.monotonic() - started)
            if status != 200:
                self.failures.append(status)

    @property
    def p99(self):
        return sorted(self.seconds)[math.ceil(len(self.seconds) * 0.99) - 1]


class Attacker(Background):
    """Attacks until the block ends."""

    def __init__(self, suite, address, person):
        super().__init__()
        self.client, self.person = Client(suite, address), person
        self.statuses, self.seconds = [], []

    def work(self):
        while not self.is_over.is_set():
            self.started = time.monotonic()
            try:
                self.try_once()
            except (OSError, http.client.HTTPException):
                self.decide(0)
            self.is_over.wait(0.25)

    def decide(self, status):
        self.statuses.append(status)
        self.seconds.append(time.monotonic() - self.started)


class Wide(Attacker):
    def try_once(self):
        self.decide(self.client.get(f"/api/persons/{self.person}/encounters?{WIDE}").status)


class Stream(Attacker):
    def try_once(self):
        connection, response = self.client.open(f"/api/persons/{self.person}/encounters/stream?{WIDE}")
        with contextlib.closing(connection):
            self.decide(response.status)
            # Read a started stream until the end of the attack.
            while response.status == 200 and not self.is_over.is_set() and response.readline():
                pass


class SlowReader(Attacker):
    """Reads one long answer as slowly as permitted."""

    status = 0

    def work(self):
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
            client.connect(("127.0.0.1", self.client.suite.ports["connection-service"]))
            client.sendall(f"GET /api/persons/{self.person}/connection?{LONG} HTTP/1.1\r\nHost: localhost\r\n"
                           f"X-Forwarded-For: {self.client.address}\r\n\r\n".encode())
            while data := client.recv(PACE // 4):
                self.status = self.status or int(data[9:12])
                if self.is_over.wait(len(data) / PACE):
                    return
