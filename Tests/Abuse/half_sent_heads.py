"""Connections with half a request head take all places of a server that waits for the other half."""

from clients import Bystander, Crowd
from suite import Check

TITLE = "8,300 connections that send half a request head"
COUNT = 8300
HEAD = b"GET /api/persons HTTP/1.1\r\nHost: localhost\r\n"
# Seconds.
GONE, ANSWERED = 15, 5


def run(suite):
    with Bystander(suite, "/api/persons?limit=1", "/livez", timeout=ANSWERED) as bystander:
        with Crowd(suite.ports["entrance"], COUNT, HEAD) as crowd:
            gone = crowd.seconds_until_gone(60)
            left = crowd.open
    yield Check("connections opened", f"{crowd.opened:,}", f"{COUNT:,}", crowd.opened == COUNT)
    yield Check(
        "other clients served meanwhile",
        f"{len(bystander.failures)} of {len(bystander.seconds) + len(bystander.failures)} failed, {bystander.slowest:.2f} s at most",
        f"0 failed, {ANSWERED} s", not bystander.failures)
    yield Check("all gone", f"{left:,} left after {gone:.1f} s", f"0 after {GONE} s", left == 0 and gone <= GONE)
