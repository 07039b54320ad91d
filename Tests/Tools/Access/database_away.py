"""PostgreSQL is away: for some time, known sessions are confirmed for their own data; everything else waits."""

import time

from checks import Check
from enforcing import Enforcing
from situation import UNKNOWN, Situation, check, until

TITLE = "PostgreSQL is away for more than a minute"
# Seconds: after the last beat of the database credentials count as confirmed, and known sessions reach their own data. A lease of the
# daily limit that is in use is exchanged after 45.
CONFIRMED, KNOWN, AT_LEAST = 15, 60, 40


def run(binaries):
    with Enforcing(binaries) as suite:
        situation = Situation(suite)

        def own():
            return situation.decision("/api/persons/1", situation.attendee)

        def client():
            return situation.decision("/api/persons/2", situation.client)

        # The first answers after a start may come from the database.
        until(lambda: [own() for _ in range(20)] == [204] * 20, True, 10)
        suite.postgres("stop")
        away = time.monotonic()
        yield check("without the database: the decision on an attendee's own person", own(), 204)
        yield check("on an organiser, whom the audit has to know", situation.decision("/api/persons/2", situation.organiser), 503)
        yield check("on a session that nobody has", situation.decision("/api/persons/1", UNKNOWN), 503)
        yield check("a stranger at the entrance", situation.stranger(), 401)
        yield check("a location of a phone, whose queue is the database", situation.send(), 503)
        while (found := own()) == 204 and time.monotonic() - away < CONFIRMED + 5:
            time.sleep(0.5)
        yield check(f"after {CONFIRMED + 5} s: the own person", found, 204)
        yield check("a client with a key", client(), 503)
        while own() == 204 and time.monotonic() - away < KNOWN + 20:
            time.sleep(0.5)
        seconds = time.monotonic() - away
        yield Check("the own person is refused after", f"{seconds:.0f} s", f"{AT_LEAST} to {KNOWN} s", AT_LEAST <= seconds <= KNOWN + 2)
        suite.start_database()
        for name, ask, expected in (("own person", situation.own, 200), ("organiser", situation.audited, 200), ("phone", situation.send, 200)):
            found, seconds = until(ask, expected, 60)
            yield check(f"{name} {seconds:.1f} s after the database is back", found, expected)
