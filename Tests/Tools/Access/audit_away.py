"""The audit cannot be written: attendees' own data go on, and nothing is read that the audit has to know."""

from enforcing import Enforcing
from situation import Situation, check, until

TITLE = "the audit cannot be written"


def run(binaries):
    with Enforcing(binaries) as suite:
        situation = Situation(suite)
        yield check("an organiser reads a person", situation.audited(), 200)
        rows = suite.query("SELECT count(*) FROM access_audit WHERE decision = 'granted'")
        suite.query("REVOKE INSERT ON access_audit FROM uda_access")
        yield check("without the audit: an organiser", situation.audited(), 503)
        yield check("an attendee's own person", situation.own(), 200)
        yield check("a client with a key", situation.key(), 200)
        yield check("a location of a phone", situation.send(), 200)
        yield check("rows that were written meanwhile", suite.query("SELECT count(*) FROM access_audit WHERE decision = 'granted'") == rows, True)
        suite.query("GRANT INSERT ON access_audit TO uda_access")
        yield check("with the audit again", until(situation.audited, 200, 10)[0], 200)
        yield check("breaks in its chains", suite.command("audit", "verify")["breaks"], "0", 0)
