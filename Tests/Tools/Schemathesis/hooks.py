"""Adapts schemathesis to our services."""

import json
import time

import requests
import schemathesis
import urllib3
from schemathesis.specs.openapi.checks import positive_data_acceptance

# ---- Event streams do not end, so read only their start ----

send = requests.adapters.HTTPAdapter.send


def send_and_hang_up(adapter, request, **options):
    response = send(adapter, request, **options)
    if response.headers.get("Content-Type", "").startswith("text/event-stream"):
        response._content, response._content_consumed = read_for_a_moment(response.raw), True
        response.raw.close()
    return response


def read_for_a_moment(raw):
    content, deadline = b"", time.monotonic() + 0.1
    raw.connection.sock.settimeout(0.1)
    try:
        while time.monotonic() < deadline and len(content) < 1 << 20:
            content += raw.read1(1 << 16)
    except urllib3.exceptions.HTTPError:
        pass
    return content


requests.adapters.HTTPAdapter.send = send_and_hang_up


# ---- A batch with one location a line ----


@schemathesis.serializer("application/x-ndjson")
def lines(ctx, value):
    """The description declares lines as text. Other values become lines without a location."""
    return (value if isinstance(value, str) else json.dumps(value) + "\n").encode()


# ---- Files ----


@schemathesis.serializer("application/gpx+xml", "application/vnd.google-earth.kml+xml", "text/csv", "text/calendar",
                         "application/xml", "application/zip")
def file(ctx, value):
    """The description has them as text or bytes."""
    if isinstance(value, bytes):
        return value
    return (value if isinstance(value, str) else json.dumps(value)).encode()


# ---- Rules that a schema cannot express ----

# An operation may reject input that its schema allows only for these reasons.
REASONS = [
    # Two parameters that are valid individually.
    "The window of time is reversed.",
    "The window of time is too long.",
    "A person cannot meet themselves.",
    "A gap in a meeting cannot be shorter than the time between two locations that show it.",
    # Opaque text that clients must not construct.
    "Expected a cursor from the Link header of another page.",
    # The range of a number in text form.
    "Must be an integer from 1 to 2147483647.",
    # Invisible characters.
    "Not a valid string: it has a control, direction or zero-width character.",
    "Not a valid string: it has no visible character.",
    # Earlier requests.
    "This Idempotency-Key belongs to another request: use a new key for each request.",
    # Existing persons.
    "No person has this number: it was never assigned, or the person was erased.",
    # The current time.
    "Must not be more than 5 minutes in the future.",
]


@schemathesis.check
def valid_data_is_accepted_or_refused_for_a_reason(ctx, response, case):
    # Polygons, times, references between zones, and the files of other programs.
    if response.status_code in (400, 422) and case.path.startswith("/api/events") and case.method in ("POST", "PUT"):
        return None
    if response.status_code in (400, 422):
        problem = response.json()
        details = [entry["detail"] for entry in problem.get("errors", [])] or [problem["detail"]]
        if problem["detail"] in REASONS or all(detail in REASONS for detail in details):
            return None
    return positive_data_acceptance(ctx, response, case)
