"""Every operation, called by each kind of identity about its own and other objects: the answers are those of `x-access`.

The expectation is computed here from the descriptions, by other code than the services'. An allowed request has a body that is not
JSON, or is left out if it would remove something, so the matrix changes nothing."""

import http.client
import json
import re
import subprocess

from suite import ROOT, Check

TITLE = "who may call what, with ACCESS=enforce"
# One client sends all requests, faster than a person would.
SETTINGS = {"ACCESS": "enforce", "BURST_LIMIT": "10000"}
LIMIT = 280

PORTS = {"PersonService": "person-service", "ConnectionService": "connection-service", "LocationProducer": "location-producer",
         "AccessService": "access-service", "WebhookSender": "webhook-sender"}
# The order in which the services try roles.
ORDER = ["device", "attendee", "service", "client", "organiser", "operator", "legacy"]
SCOPES = ["persons.read", "persons.write", "persons.erase", "devices", "events.read", "events.write", "meetings.read", "meetings.bulk",
          "trail.read", "statistics.read", "locations.write", "claims"]


def operations():
    """Each guarded operation: the service, its method, its path and its permission."""
    for folder, service in PORTS.items():
        for path, item in json.loads((ROOT / f"Services/{folder}/openapi.json").read_text())["paths"].items():
            for method, operation in item.items():
                access = operation.get("x-access") if isinstance(operation, dict) else None
                if isinstance(access, dict) and "checked_by" not in access and path != "/metrics":
                    yield service, method.upper(), path, access


def denial(access, who, person):
    """The status by which a request is refused, or None."""
    if not who["roles"]:
        return None if "session" in access and who.get("session") else 401
    status = 403
    for role in (role for role in ORDER if role in who["roles"] and role in access):
        words = access[role].split()
        scope = next((word[6:] for word in words if word.startswith("scope:")), None)
        if scope and scope not in who.get("scopes", ()):
            status = 403
        elif "own" in words and person is not None and person != who.get("person"):
            status = 404
        elif "own" in words and who.get("person") is None or "emergency" in words:
            status = 403
        elif "fresh" in words and not who.get("fresh"):
            status = 403
        elif "audited" in words and "own" not in words and not who.get("purpose") and role != "client":
            status = 403
        else:
            return None
    return status


def status(port, method, target, headers):
    """The status of a request; its body is not read, because streams have no end."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    body = "{" if method in ("POST", "PUT") else None
    try:
        connection.request(method, target, body, {**headers, **({"Content-Type": "application/json"} if body else {})})
        return connection.getresponse().status
    finally:
        connection.close()


class Deployment:
    """What the identities are made of."""

    def __init__(self, suite):
        self.suite = suite
        lines = subprocess.run([ROOT / "scripts/postgres", "env", suite.folder / "postgres", "--role", "uda_access"],
                               check=True, stdout=subprocess.PIPE, text=True).stdout.split("\n")
        self.settings = dict(line.split("=", 1) for line in lines if line)

    def command(self, *arguments):
        output = subprocess.run([ROOT / ".build/release/access-service", *map(str, arguments), "--json"], check=True, text=True,
                                env={**self.settings, "LOG_LEVEL": "error", "PATH": "/usr/bin:/bin"}, stdout=subprocess.PIPE).stdout
        return json.loads(output.splitlines()[-1])

    def key(self, *scopes):
        created = self.command("keys", "create", "matrix", "--daily-limit", 1_000_000_000, *(word for scope in scopes for word in ("--scope", scope)))
        return {"Authorization": f"Bearer {created['key']}"}

    def session(self, person):
        code = self.command("claims", "create", person)["code"]
        answer = self.suite.request("POST", "/api/session", {"code": code})
        return {"Cookie": answer.headers["Set-Cookie"].partition(";")[0], "Origin": self.suite.base}

    def login(self):
        """The session of a login at an issuer, which this suite has not, before a claim connects it with a person."""
        token = "A" * 43
        self.suite.query(f"""INSERT INTO access_session (digest, id, subject, authenticated_at, expires_at)
            VALUES (sha256('{token}'), 'matrix00', 'identity:matrix00', now(), now() + interval '12 hours')""")
        return {"Cookie": f"uda={token}", "Origin": self.suite.base}


def identities(suite):
    deployment = Deployment(suite)
    everything = deployment.key(*SCOPES)
    for name in ("Own", "Other", "Organiser", "Operator", "Erased"):
        suite.request("POST", "/api/persons", {"first_name": name, "last_name": "X", "company_name": "C"}, everything)
    suite.request("DELETE", "/api/persons/5", None, everything)
    deployment.command("roles", "grant", "person:3", "organiser")
    deployment.command("roles", "grant", "person:4", "operator")
    attendee, organiser, operator = (deployment.session(person) for person in (1, 3, 4))
    device = suite.request("POST", "/api/persons/1/devices", {"name": "phone"}, attendee).json()["token"]
    purpose = {"Access-Purpose": "the matrix"}
    staff = {"person": 3, "fresh": True}
    return {
        "nobody": ({}, {"roles": []}),
        "a forged identity": ({"UdaConnect-Identity": "v1.eyJzdWIiOiJ4In0.AAAA"}, {"roles": []}),
        "a phone": ({"Authorization": f"Bearer {device}"}, {"roles": []}),
        "a login without a person": (deployment.login(), {"roles": [], "session": True}),
        "an attendee": (attendee, {"roles": ["attendee"], "person": 1, "fresh": True}),
        "an organiser with a purpose": ({**organiser, **purpose}, {"roles": ["attendee", "organiser"], "purpose": True, **staff}),
        "an organiser without": (organiser, {"roles": ["attendee", "organiser"], **staff}),
        "an operator": (operator, {"roles": ["attendee", "operator"], "person": 4, "fresh": True}),
        "a client with all scopes": (everything, {"roles": ["client"], "scopes": SCOPES}),
        "a client without scopes": (deployment.key(), {"roles": ["client"]}),
    }


def cases(access, path, own):
    """Values of the path's parameters, and the person that they name; None for a text that names nobody."""
    other_parameters = re.sub(r"\{other\}", "2", re.sub(r"\{(zone|session)\}", "1", path))
    if "person" not in access:
        yield re.sub(r"\{\w+\}", "1", other_parameters), None
        return
    for text, person in ((str(own), own), ("2", 2), ("5", 5), ("999999", 999999), ("x", None), ("01", None), ("%31", None), ("0", None)):
        yield re.sub(r"\{\w+\}", "1", other_parameters.replace("{" + access["person"] + "}", text)), person


def run(suite):
    table, known, total = list(operations()), identities(suite), 0
    for name, (headers, who) in known.items():
        wrong, count = [], 0
        for service, method, path, access in table:
            for target, person in cases(access, path, who.get("person", 1)):
                expected = denial(access, who, person)
                if expected is None and method == "DELETE":
                    continue
                for spelling in ("GET", "HEAD") if method == "GET" else (method,):
                    found = status(suite.ports["entrance"], spelling, target, headers)
                    # An escaped digit is no spelling of a path, for anyone.
                    fine = found == 400 if "%31" in target else found not in (401, 403) if expected is None else found == expected
                    count += 1
                    if not fine:
                        wrong.append(f"{spelling} {target}: {found}, not {expected or 'let in'}")
                # Straight at the service, there is no identity.
                own = {field: value for field, value in headers.items() if field != "Origin"}
                direct = status(suite.ports[service], method, target, own)
                count += 1
                if direct != (400 if "%31" in target else 401):
                    wrong.append(f"{method} {target} at {service}: {direct}, not 401")
        total += count
        yield Check(f"{name}: {count} requests", f"{len(wrong)} wrong{': ' + '; '.join(wrong[:5]) if wrong else ''}", "0 wrong", not wrong)
    file = {"Content-Type": "application/gpx+xml"}
    for name, allowed in (("nobody", False), ("a client with all scopes", True)):
        answer = suite.request("POST", "/api/persons/1/imports", b" " * (2 << 20), {**known[name][0], **file})
        fine = answer.headers["Content-Type"] == "application/problem+json" and (answer.status in (400, 422) if allowed else answer.status == 401)
        yield Check(f"{name}: a file of 2 MiB", f"{answer.status} {answer.headers['Content-Type']}",
                    f"{'400 or 422' if allowed else 401} application/problem+json", fine)
    yield Check("requests in all", str(total), "1500 or more", total >= 1500)
