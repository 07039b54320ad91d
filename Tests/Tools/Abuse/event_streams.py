"""Event streams last long. A client that opens all of them would leave none for other clients."""

import time

from clients import Bystander, Crowd
from suite import Check

TITLE = "1,100 event streams of one client"
COUNT, ALLOWED = 1100, 16
HEAD = b"GET /api/event/stream HTTP/1.1\r\nHost: localhost\r\n\r\n"
# Seconds.
GONE, ANSWERED = 15, 5


def run(suite):
    with Bystander(suite, "/api/event", "/api/persons?limit=1", timeout=ANSWERED) as bystander:
        with Crowd(suite.ports["entrance"], COUNT, HEAD) as crowd:
            while crowd.open > ALLOWED and time.monotonic() - crowd.since < GONE + 5:
                crowd.read(0.2)
            refused_after, left, statuses = time.monotonic() - crowd.since, crowd.open, crowd.statuses()
        closed = time.monotonic()
        # The service notices a disconnected client at its next check.
        served = {}
        while not served.get(200) and time.monotonic() - closed < GONE:
            with Crowd(suite.ports["entrance"], 1, HEAD) as another:
                while None in another.statuses() and another.open > 0 and time.monotonic() - closed < GONE:
                    another.read(0.2)
                served = another.statuses()
            time.sleep(0.2)
        served_after = time.monotonic() - closed
    yield Check("opened streams", f"{statuses.get(200, 0):,} of {crowd.opened:,}", f"{ALLOWED} of {COUNT:,}",
                crowd.opened == COUNT and statuses.get(200, 0) <= ALLOWED)
    yield Check("rejected streams", ", ".join(f"{count:,} × {status}" for status, count in statuses.items()),
                f"{COUNT - ALLOWED:,} × 429", statuses.get(429, 0) == COUNT - ALLOWED)
    yield Check("rejected connections closed", f"{left:,} connections left after {refused_after:.1f} s", f"{ALLOWED} after {GONE} s",
                left <= ALLOWED and refused_after <= GONE)
    yield Check("other clients served meanwhile",
                f"{len(bystander.failures)} of {len(bystander.seconds) + len(bystander.failures)} failed, {bystander.slowest:.2f} s at most",
                f"0 failed, {ANSWERED} s", not bystander.failures)
    yield Check("a stream after these have ended", f"{', '.join(map(str, served))} after {served_after:.1f} s", f"200 after {GONE} s",
                served == {200: 1} and served_after <= GONE)
