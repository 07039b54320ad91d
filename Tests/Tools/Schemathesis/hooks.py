"""Adapts schemathesis to our services."""

import gc
import json
import re

import identities
import requests
import schemathesis
import urllib3
from schemathesis.engine import observations
from schemathesis.specs.openapi.checks import positive_data_acceptance

# Collections of garbage by Python's thresholds take a tenth of the time.
gc.set_threshold(100_000)

# ---- Event streams do not end, so read only their start ----

send = requests.adapters.HTTPAdapter.send


def send_and_hang_up(adapter, request, **options):
    if IDENTITY:
        identities.show(request)
    response = send(identities.adapter(request) or adapter, request, **options)
    if response.headers.get("Content-Type", "").startswith("text/event-stream"):
        response._content, response._content_consumed = read_start(response.raw), True
        response.raw.close()
    return response


def read_start(raw):
    raw.connection.sock.settimeout(0.1)
    try:
        return raw.read1(1 << 16)
    except urllib3.exceptions.HTTPError:
        return b""


requests.adapters.HTTPAdapter.send = send_and_hang_up


# ---- Names that look like URLs ----

same_origin_path = observations._same_origin_path


def path_if_url(value, origin):
    """schemathesis looks for links in every text, and would end at a name such as http://[."""
    try:
        return same_origin_path(value, origin)
    except ValueError:
        return None


observations._same_origin_path = path_if_url


# ---- The rest of a path ----


@schemathesis.hook
def before_load_schema(ctx, raw_schema):
    """schemathesis fills in paths by str.format, which cannot read {path...}."""
    paths = raw_schema["paths"]
    for path in [path for path in paths if path.endswith("...}")]:
        item = paths[path.replace("...}", "}")] = paths.pop(path)
        for parameter in item["parameters"]:
            parameter["name"] = parameter["name"].removesuffix("...")


# ---- Identities ----

IDENTITY = identities.identity
# Ids that a path may have.
NUMBERS = range(1, 1 << 31)


@schemathesis.hook
def map_path_parameters(ctx, path_parameters):
    """An identity asks about its own person half of the time."""
    number = path_parameters and path_parameters.get("id")
    if (IDENTITY and "person" in IDENTITY and isinstance(number, int) and number in NUMBERS and number % 2
            and ctx.operation.path.startswith("/api/persons/")):
        return path_parameters | {"id": IDENTITY["person"]}
    return path_parameters


# Text of the form of a browser's key, and a key: hardly any such text is a point on the curve.
POINT = re.compile(r"B[A-P][A-Za-z0-9_-]{84}[AEIMQUYcgkosw048]")
KEY = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"


@schemathesis.hook
def map_body(ctx, body):
    """Half of the browsers that are well-formed have a key on the curve."""
    point = body.get("p256dh") if isinstance(body, dict) and ctx.operation.path == "/api/me/push" else None
    if isinstance(point, str) and POINT.fullmatch(point) and ord(point[1]) % 2:
        return body | {"p256dh": KEY}
    return body


@schemathesis.hook
def before_call(ctx, case, kwargs):
    """No identity loses its person, device or key."""
    if not IDENTITY or case.method.upper() != "DELETE":
        return
    path, parameters = case.operation.path, case.path_parameters
    if path.startswith("/api/persons/") and str(parameters.get("id")) in map(str, IDENTITY["kept"]):
        parameters["id"] = IDENTITY["nobody"]
    elif path == "/api/keys/{id}" and str(parameters.get("id")) in IDENTITY["client"]["Authorization"]:
        parameters["id"] = IDENTITY["no_key"]


@schemathesis.check
def strangers_get_nothing(ctx, response, case):
    """Without a credential, only public operations succeed; Tests/Tools/Abuse/access_matrix.py checks what identities may do."""
    access = case.operation.definition.raw.get("x-access")
    # Services that check credentials themselves accept and skip what phones send besides locations.
    is_guarded = isinstance(access, dict) and "checked_by" not in access and response.request.method != "OPTIONS"
    if IDENTITY and IDENTITY["name"] == "stranger" and is_guarded and response.status_code < 400:
        raise AssertionError(f"{response.status_code} for a client without a credential")


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

# An operation may reject input that its schema allows only for reasons that begin so.
REASONS = (
    # Two parameters that are valid individually.
    "The window of time is reversed.",
    "The window of time is too long.",
    "A person cannot meet themselves.",
    "A gap in a meeting cannot be shorter than the time between two locations that show it.",
    # Opaque text that clients must not construct.
    "Expected a cursor from the Link header of another page.",
    # The range of a number in text form; the schema allows 134.0, too.
    "Must be an integer from 1 to 365.",
    "Must be an integer from 1 to 2147483647.",
    # The same of numbers in JSON.
    "Must be a positive integer.",
    "Expected at most 1000 numbers from 1 to 2147483647.",
    "Expected numbers of events.",
    # Invisible characters.
    "Not a valid string: it has a control, direction or zero-width character.",
    "Not a valid string: it has no visible character.",
    # Who asks.
    "The question is wider than this identity may ask.",
    # Earlier requests.
    "This Idempotency-Key belongs to another request: use a new key for each request.",
    # The path to which a login returns.
    "Expected a path of this origin, such as /people.",
    # Codes, keys and scopes that exist.
    "Expected a code that has not been used.",
    "Expected scopes of ",
    "Expected the end of a page, from its Link.",
    "Each must be an address or a network such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32.",
    # Addresses that are public, which no pattern can tell.
    "Expected a public https address of at most 2000 characters, without user and fragment.",
    # Points on the curve, too.
    "Expected an uncompressed point on P-256 in Base64url: 87 characters.",
    # Existing persons.
    "No person has this number: it was never assigned, or the person was erased.",
    # The current time.
    "Must not be more than 5 minutes in the future.",
)


@schemathesis.check
def valid_data_is_accepted_or_refused_for_a_reason(ctx, response, case):
    # Polygons, times, references between zones, and the files of other programs.
    if response.status_code in (400, 422) and case.path.startswith("/api/events") and case.method in ("POST", "PUT"):
        return None
    if response.status_code in (400, 422):
        problem = response.json()
        # In a sequence, ids of other answers come into paths, whatever their type is.
        if case.meta.phase.name == "stateful" and problem["detail"] == "A path parameter is invalid.":
            return None
        details = [entry["detail"] for entry in problem.get("errors", [])] or [problem["detail"]]
        if problem["detail"].startswith(REASONS) or all(detail.startswith(REASONS) for detail in details):
            return None
    return positive_data_acceptance(ctx, response, case)
