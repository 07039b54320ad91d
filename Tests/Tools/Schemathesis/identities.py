"""The identities that schemathesis takes, and how its requests show them.

run.py creates them, and hooks.py uses the one in the environment variable IDENTITY: JSON with its name, fields and person."""

import contextlib
import http.client
import itertools
import json
import os
import pathlib
import sys
import urllib.parse

import requests

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "Access"))
from enforcing import PURPOSE, Enforcing  # noqa: E402
from suite import push_settings  # noqa: E402

NAMES = ["stranger", "attendee", "organiser", "operator", "device", "client"]
# One client sends all requests.
PLENTY = {
    "access-service": {"BURST_LIMIT": "1000000", **{f"DAILY_LIMIT_{who}": "1000000000" for who in ("ATTENDEE", "STAFF", "KEY")}},
    "location-producer": {"DAILY_LIMIT_KEY": "1000000000"},
}
# Persons of the identities come after those that examples name or erase.
FIRST = 61


def suite(binaries):
    return Enforcing(binaries, settings=PLENTY | {"webhook-sender": push_settings()})


def create(suite):
    """Creates persons, some of whom meet, and a person for each identity. Returns the identities by name."""
    client = suite.people(*(f"P{number}" for number in range(1, FIRST + 5)))
    attendee, organiser, operator, holder, leaver = range(FIRST, FIRST + 5)
    suite.ask("POST", "/api/locations/batch", client, [
        {"person_id": person, "latitude": 52.5, "longitude": 13.4, "creation_time": f"2026-05-04T10:{minute:02}:00"}
        for person in (1, 2, attendee) for minute in range(20)])
    suite.command("roles", "grant", f"person:{organiser}", "organiser")
    suite.command("roles", "grant", f"person:{operator}", "operator")
    token = suite.ask("POST", f"/api/persons/{holder}/devices", client, {"id": "phone"}).json()["token"]
    known = {
        "stranger": {"headers": {}},
        "client": {"headers": client},
        "device": {"headers": {"Authorization": f"Bearer {token}"}, "person": holder},
        "attendee": {"headers": suite.session(attendee), "person": attendee},
        "organiser": {"headers": suite.session(organiser) | PURPOSE, "person": organiser},
        "operator": {"headers": suite.session(operator), "person": operator},
    }
    common = {"url": suite.url, "client": client, "leaver": leaver, "kept": list(range(FIRST, FIRST + 5)), "nobody": 2**31 - 1,
              "no_key": "00000000"}
    return {name: {"name": name, **common, **identity} for name, identity in known.items()}


# ---- In the process of schemathesis ----

identity = json.loads(os.environ.get("IDENTITY", "null"))
networks = (f"127.{number // 250 % 250}.{number % 250}.1" for number in itertools.count(250))


def show(request):
    """Adds the identity to a request, unless it has a credential of its own."""
    headers = identity["headers"]
    if request.method == "DELETE" and request.path_url.startswith("/api/session") and "Cookie" in headers:
        # The session ends, so another one is used.
        headers = headers | {"Cookie": log_in(identity["leaver"])}
    for name, value in headers.items():
        request.headers.setdefault(name, value)


def log_in(person):
    """The cookie of a new session."""
    entrance = urllib.parse.urlsplit(identity["url"]).netloc

    def post(path, body, headers):
        with contextlib.closing(http.client.HTTPConnection(entrance, timeout=20)) as connection:
            connection.request("POST", path, json.dumps(body), {**headers, "Content-Type": "application/json"})
            response = connection.getresponse()
            return response.headers, json.loads(response.read())

    _, claim = post(f"/api/persons/{person}/claims", {"kind": "login"}, identity["client"])
    return post("/api/session", {"code": claim["code"]}, {})[0]["Set-Cookie"].partition(";")[0]


class Elsewhere(requests.adapters.HTTPAdapter):
    """Sends from another network."""

    def init_poolmanager(self, *arguments, **options):
        super().init_poolmanager(*arguments, **options, source_address=(next(networks), 0))


def adapter(request):
    """Who guesses codes has to wait, so each guess comes from another network."""
    return Elsewhere() if request.method == "POST" and request.path_url.startswith(("/api/session", "/api/phones")) else None
