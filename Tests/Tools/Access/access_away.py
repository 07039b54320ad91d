"""access-service is away: nothing that needs an identity passes, and phones do not notice."""

from enforcing import Enforcing
from situation import Repeated, Situation, check, until

TITLE = "access-service is killed: one of two replicas, then both"


def run(binaries):
    with Enforcing(binaries, replicas={"access-service": 2}) as suite:
        situation = Situation(suite)
        with Repeated(situation.own) as own, Repeated(situation.send) as sent:
            suite.stop("access-service:2")
            until(lambda: sum(own.counts.values()) >= 100, True, 60)
        yield check("one replica is killed: an attendee's own person", ", ".join(map(str, own.counts)), "200")
        yield check("locations of a phone", ", ".join(map(str, sent.counts)), "200")
        suite.stop("access-service")
        asked = {"an attendee's own person": situation.own, "an organiser": situation.audited, "a client with a key": situation.key,
                 "a stranger": situation.stranger, "a session that nobody has": situation.unknown}
        for name, ask in asked.items():
            yield check(f"both are killed: {name}", ask(), 503)
        answer = suite.ask("GET", "/api/persons/1", situation.attendee)
        yield check("Retry-After", answer.headers["Retry-After"] is not None, True)
        yield check("an identity that the client claims", suite.ask(
            "GET", "/api/persons/1", {"UdaConnect-Identity": "v1.eyJzdWIiOiJ4In0.AAAA"}).status, 503)
        yield check("a location of a phone", situation.send(), 200)
        suite.start("access-service")
        found, seconds = until(situation.own, 200, 30)
        yield check(f"the own person {seconds:.1f} s after the start of one", found, 200)
