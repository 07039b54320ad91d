"""Connections with half a request head would occupy a server that waits for the other half."""

import http2
from clients import Bystander, Crowd
from suite import Check

TITLE = "8,300 connections that send half a request head, at each door"
COUNT = 8300
HEADS = {
    "entrance": b"GET /api/persons HTTP/1.1\r\nHost: localhost\r\n",
    "osmand": b"GET /?id=1 HTTP/1.1\r\nHost: localhost\r\n",
    "grpc": http2.PREFACE + http2.frame(http2.HEADERS, 0, 1, http2.call_head(b"/LocationService/Create")),
}
# Seconds.
GONE, ANSWERED = 15, 5


def run(suite):
    for door, head in HEADS.items():
        with Bystander(suite, "/api/persons?limit=1", "/livez", timeout=ANSWERED) as bystander:
            with Crowd(suite.ports[door], COUNT, head) as crowd:
                gone = crowd.seconds_until_gone(60)
                left = crowd.open
        yield Check(f"{door}: connections opened", f"{crowd.opened:,}", f"{COUNT:,}", crowd.opened == COUNT)
        yield Check(
            f"{door}: other clients served meanwhile",
            f"{len(bystander.failures)} of {len(bystander.seconds) + len(bystander.failures)} failed, {bystander.slowest:.2f} s at most",
            f"0 failed, {ANSWERED} s", not bystander.failures)
        yield Check(f"{door}: all gone", f"{left:,} left after {gone:.1f} s", f"0 after {GONE} s", left == 0 and gone <= GONE)
