"""A daily limit of one key, asked for by 64 clients at four replicas: never more than the limit, and exactly the limit in the end."""

import http.client
import random
import re
import subprocess
import threading
import time

from checks import Check
from enforcing import ROOT, Enforcing

TITLE = "a daily limit with killed replicas, without the database, and at midnight"
REPLICAS, CLIENTS, LIMIT, DAY = 4, 64, 4_000, 86_400
NAMES = ["access-service", *(f"access-service:{number}" for number in range(2, REPLICAS + 1))]
SETTINGS = {"access-service": {"BURST_LIMIT": "1000000"}}
# Seconds in which clients ask again after a refusal: units of idle leases come back after five.
PATIENCE = 40


class Crowd:
    """Clients that ask the replicas' /auth for one key until `is_over`; `admitted` has the number of admissions by day.

    A day is that of the service's clock: RateLimit says how many seconds it still has."""

    def __init__(self, suite, key):
        self.ports = [suite.ports[name] for name in NAMES]
        self.headers = {**key, "X-Original-Method": "GET", "X-Original-URI": "/api/persons/1"}
        self.admitted, self.answers, self.lock, self.is_over = [0, 0], {}, threading.Lock(), threading.Event()
        self.threads = [threading.Thread(target=self.work, args=(number,)) for number in range(CLIENTS)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        for thread in self.threads:
            thread.join()

    def work(self, number):
        chosen, connection = random.Random(number), None
        while not self.is_over.is_set():
            try:
                connection = connection or http.client.HTTPConnection("127.0.0.1", chosen.choice(self.ports), timeout=10)
                connection.request("GET", "/auth", headers=self.headers)
                answer = connection.getresponse()
                answer.read()
                self.note(int(answer.headers.get("Access-Status", answer.status)), answer.headers["RateLimit"])
                if answer.status == 204 and chosen.random() < 0.98:
                    continue
            except (OSError, http.client.HTTPException) as error:
                self.note(type(error).__name__, None)
            # Another replica next; a refused client waits a little.
            if connection:
                connection.close()
            connection = None
            self.is_over.wait(0.1)

    def note(self, status, field):
        with self.lock:
            self.answers[status] = self.answers.get(status, 0) + 1
            if status == 204:
                self.admitted[int(re.search(r"t=(\d+)", field)[1]) > DAY // 2] += 1

    def wait(self, day, units, seconds):
        """Waits until the units are admitted."""
        deadline = time.monotonic() + seconds
        while self.admitted[day] < units and time.monotonic() < deadline:
            time.sleep(0.02)

    def __str__(self):
        return ", ".join(f"{count} × {status}" for status, count in sorted(self.answers.items(), key=str))


def today():
    """Which of the two counters counts now, and the nanoseconds until midnight."""
    left = DAY - time.time() % DAY
    return int(left > DAY / 2), int(left * 1e9)


def run(binaries):
    with Enforcing(binaries, replicas={"access-service": REPLICAS}, settings=SETTINGS) as suite:
        yield from undisturbed(suite)
        yield from killed(suite)
        yield from without_database(suite)
        yield from midnight(suite)


def undisturbed(suite):
    key, day = suite.key("persons.read", limit=LIMIT)[0], today()[0]
    started = time.monotonic()
    with Crowd(suite, key) as crowd:
        crowd.wait(day, LIMIT, 120)
        seconds = time.monotonic() - started
        # Nobody gets a further one.
        time.sleep(3)
    yield exact(f"{REPLICAS} replicas, {CLIENTS} clients, {seconds:.0f} s: admitted", sum(crowd.admitted))
    yield Check("refused", str(crowd.answers.get(429, 0)), "1 or more", crowd.answers.get(429, 0) > 0)


def killed(suite):
    (key, number), day, chosen = suite.key("persons.read", limit=LIMIT), today()[0], random.Random(7)
    with Crowd(suite, key) as crowd:
        for round in range(1, 5):
            crowd.wait(day, round * LIMIT // 6, 60)
            name = chosen.choice(NAMES)
            suite.stop(name)
            time.sleep(0.3)
            suite.start(name)
        crowd.wait(day, LIMIT, PATIENCE)
    # Leases of living replicas are given back by now; those of the dead stay.
    lost = int(suite.query(f"SELECT coalesce(sum(units), 0) FROM quota_lease WHERE client = 'key:{number}'")[0][0])
    # Each of these may have been admitted before the answer was lost.
    lost += sum(count for status, count in crowd.answers.items() if isinstance(status, str) and status != "ConnectionRefusedError")
    total = sum(crowd.admitted)
    yield Check(f"4 × kill -9 of a replica; {lost} units in leases of the dead or without an answer: admitted", f"{total}",
                f"{LIMIT - lost} to {LIMIT}", LIMIT - lost <= total <= LIMIT)


def without_database(suite):
    key, day = suite.key("persons.read", limit=LIMIT)[0], today()[0]
    with Crowd(suite, key) as crowd:
        crowd.wait(day, LIMIT // 4, 60)
        suite.postgres("stop")
        time.sleep(4)
        during = sum(crowd.admitted)
        suite.start_database()
        crowd.wait(day, LIMIT, 60 + PATIENCE)
    yield Check("while the database is away: admitted until then", str(during), f"at most {LIMIT}", during <= LIMIT)
    yield exact("after it is back: admitted", sum(crowd.admitted))


def midnight(suite):
    library = suite.folder / "midnight.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", library, ROOT / "Tests/Tools/Access/midnight.c"], check=True)
    for name in NAMES:
        suite.stop(name)
    key, seconds = suite.key("persons.read", limit=LIMIT)[0], 20
    suite.more["access-service"] |= {"LD_PRELOAD": str(library), "CLOCK_OFFSET": str(today()[1] - seconds * 10**9)}
    started = time.monotonic()
    for name in NAMES:
        suite.start(name)
    for name in NAMES:
        suite.wait(name)
    with Crowd(suite, key) as crowd:
        crowd.wait(0, LIMIT, seconds - (time.monotonic() - started))
        before = crowd.admitted[0]
        crowd.wait(1, LIMIT, 60 + PATIENCE)
        time.sleep(2)
    yield Check("before midnight: admitted", str(crowd.admitted[0]), f"1 to {LIMIT}", 0 < before <= crowd.admitted[0] <= LIMIT)
    yield exact("after midnight: admitted", crowd.admitted[1])


def exact(attempt, figure):
    return Check(attempt, str(figure), str(LIMIT), figure == LIMIT)
