"""The clients of a case: who asks while something is away, and what each of them gets."""

import threading
import time

from checks import Check
from enforcing import PURPOSE

UNKNOWN = {"Cookie": "uda=" + "A" * 43}
LOCATION = {"latitude": 52.5, "longitude": 13.4, "creation_time": "2026-05-04T10:00:00"}


class Situation:
    """Persons with sessions, a key and a phone, in an enforcing suite."""

    def __init__(self, suite):
        self.suite = suite
        self.client = suite.people("Own", "Other", "Organiser")
        suite.command("roles", "grant", "person:3", "organiser")
        self.attendee, self.organiser = suite.session(1), suite.session(3) | PURPOSE
        token = suite.ask("POST", "/api/persons/1/devices", self.client, {"id": "phone"}).json()["token"]
        self.phone = {"Authorization": f"Bearer {token}"}

    def own(self):
        """An attendee reads the own person."""
        return self.suite.ask("GET", "/api/persons/1", self.attendee).status

    def audited(self):
        """An organiser reads a person, which the audit has to know."""
        return self.suite.ask("GET", "/api/persons/2", self.organiser).status

    def key(self):
        """A client with a key reads persons."""
        return self.suite.ask("GET", "/api/persons/2", self.client).status

    def stranger(self):
        return self.suite.ask("GET", "/api/persons/1").status

    def unknown(self):
        """A session that nobody has."""
        return self.suite.ask("GET", "/api/persons/1", UNKNOWN).status

    def send(self):
        """A phone sends a location with the device's token."""
        return self.suite.ask("POST", "/api/locations", self.phone, {"person_id": 1, **LOCATION}).status

    def decision(self, path, headers, port=None):
        """What access-service itself decides about a request."""
        answer = self.suite.ask("GET", "/auth", {**headers, "X-Original-Method": "GET", "X-Original-URI": path},
                                port=port or self.suite.ports["access-service"])
        return int(answer.headers.get("Access-Status", answer.status))


def check(attempt, found, *expected):
    """Whether an answer is one of those expected; the first one stands in the table."""
    return Check(attempt, str(found), str(expected[0]), found in expected)


def until(ask, expected, seconds):
    """Asks until the answer is as expected; returns the last answer and the seconds."""
    started = time.monotonic()
    while (found := ask()) != expected and time.monotonic() - started < seconds:
        time.sleep(0.05)
    return found, time.monotonic() - started


class Repeated:
    """Asks again and again in a thread; a context manager. `counts` has the number of answers by status."""

    def __init__(self, ask, pause=0.02):
        self.ask, self.pause, self.counts, self.ended = ask, pause, {}, threading.Event()
        self.thread = threading.Thread(target=self.work)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()

    def work(self):
        while not self.ended.wait(self.pause):
            try:
                status = self.ask()
            except OSError as error:
                status = type(error).__name__
            self.counts[status] = self.counts.get(status, 0) + 1
