"""The suite with ACCESS=enforce, and the identities of its clients."""

import collections
import contextlib
import json
import os
import pathlib
import secrets
import subprocess
import sys
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "Browser"))
from suite import ROOT, SERVICES, Suite, free_port  # noqa: E402

GUARDED = ["person-service", "access-service", "connection-service", "location-producer", "webhook-sender"]
ISSUER = ROOT / "Tests/Tools/Issuer"
PURPOSE = {"Access-Purpose": "a test of access control"}


class Answer(collections.namedtuple("Answer", "status headers body seconds")):
    """An HTTP response, and the seconds until it was complete."""

    def json(self):
        return json.loads(self.body)


class Enforcing(Suite):
    """The suite with access-service, which every request has to pass; to be used by `with`.

    `replicas` is how many processes a service has, one by default. `settings` are further settings, by the names of services or replicas.
    With `tls`, the entrance speaks TLS with a certificate that signs itself."""

    def __init__(self, binaries, replicas=None, settings=None, tls=False):
        replicas = replicas or {}
        names = [name if number == 1 else f"{name}:{number}" for name in SERVICES
                 for number in range(1, replicas.get(name, 1) + 1)]
        super().__init__(binaries, names)
        self.more, self.grpc_port, self.router = settings or {}, free_port(), ()
        self.replica_count = replicas.get("access-service", 1)
        if tls:
            self.scheme = "https"
            self.router = ("--tls", str(self.folder / "certificate.pem"), str(self.folder / "key.pem"))
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
                            "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", self.folder / "key.pem",
                            "-out", self.folder / "certificate.pem"], check=True, stderr=subprocess.DEVNULL)
        for name in GUARDED:
            for file in (name, f"peers/{name}"):
                (self.keys / file).parent.mkdir(parents=True, exist_ok=True)
                (self.keys / file).write_text(secrets.token_hex(32))
        for name in ("hint-secret", "pseudonym-secret", "audit-key"):
            (self.folder / name).write_text(secrets.token_hex(32))

    @property
    def keys(self):
        return self.folder / "access-keys"

    def environment(self, name):
        service = name.partition(":")[0]
        return super().environment(name) | {
            "ACCESS": "enforce", "ACCESS_KEY_FILE": str(self.keys / service), "ACCESS_KEYS": str(self.keys),
            "ACCESS_PEER_KEY_FILE": str(self.keys / "peers" / service), "ACCESS_REPLICAS": str(self.replica_count),
            "ACCESS_TLS": "yes" if self.scheme == "https" else "no", "AUDIT_KEY_FILE": str(self.folder / "audit-key"),
            "CONNECTION_KEY_FILE": str(self.keys / "peers/connection-service"),
            "CONNECTION_URL": f"http://{self.addresses('connection-service').partition(',')[0]}",
            "CORS_ORIGIN": self.url, "DEVICE_TOKENS": "required", "GRPC_HOST": "127.0.0.1", "GRPC_PORT": str(self.grpc_port),
            "HINT_SECRET_FILE": str(self.folder / "hint-secret"), "PSEUDONYM_SECRET_FILE": str(self.folder / "pseudonym-secret"),
        } | self.more.get(service, {}) | self.more.get(name, {})

    def upstreams(self):
        return super().upstreams() | {
            "access_service": self.addresses("access-service"), "location_producer_grpc": f"127.0.0.1:{self.grpc_port}"}

    def write_access(self, folder):
        """access.conf asks access-service."""

    def start_router(self):
        super().start_router(*self.router)

    # ---- Identities ----

    def command(self, *arguments):
        """Runs a command of access-service. Returns the JSON that it prints."""
        output = subprocess.run([self.binaries / "access-service", *map(str, arguments), "--json"], check=True, text=True,
                                env=os.environ | self.settings("uda_access") | {"LOG_LEVEL": "error", "DB_ACQUIRE_TIMEOUT": "10s"}, stdout=subprocess.PIPE).stdout
        return json.loads(output.splitlines()[-1])

    def key(self, *scopes, limit=1_000_000_000):
        """The fields of a client with a new API key, and the id of the key."""
        created = self.command("keys", "create", "test", "--daily-limit", limit, *(word for scope in scopes for word in ("--scope", scope)))
        return {"Authorization": f"Bearer {created['key']}"}, created["id"]

    def session(self, person):
        """The fields of a browser in which a person has logged in by the code of a claim."""
        code = self.command("claims", "create", person)["code"]
        answer = self.ask("POST", "/api/session", {}, {"code": code})
        if answer.status != 200:
            raise RuntimeError(f"no login: {answer.status} {answer.body}")
        return {"Cookie": answer.headers["Set-Cookie"].partition(";")[0], "Origin": self.url}

    def people(self, *names):
        """Adds persons, who get the numbers from 1 on in an empty suite. Returns the fields of a client that may do everything."""
        headers, _ = self.key("persons.read", "persons.write", "persons.erase", "devices", "events.read", "events.write", "meetings.read",
                              "meetings.bulk", "trail.read", "statistics.read", "locations.write", "claims")
        for name in names:
            self.ask("POST", "/api/persons", headers, {"first_name": name, "last_name": "L", "company_name": "C"})
        return headers

    # ---- Requests ----

    def ask(self, method, path, headers=None, body=None, port=None, timeout=20):
        """Sends a request to the entrance, or to another port; a body is sent as JSON. Returns the answer, whatever its status is."""
        payload, started = None if body is None else json.dumps(body), time.monotonic()
        with contextlib.closing(self.connection(port or self.port, timeout)) as connection:
            connection.request(method, path, payload, {**(headers or {}), **({"Content-Type": "application/json"} if payload else {})})
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read(), time.monotonic() - started)


@contextlib.contextmanager
def provider(port, callback):
    """An OpenID Connect provider that is not ours, with a login page; see Tests/Tools/Issuer/provider.py."""
    process = subprocess.Popen([ROOT / "scripts/python", ISSUER / "requirements.txt", ISSUER / "provider.py", str(port), callback],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        if not process.stdout.readline().startswith("ready"):
            raise RuntimeError("the provider did not start")
        yield {"OIDC_ISSUER": f"http://127.0.0.1:{port}/o", "OIDC_CLIENT_ID": "udaconnect", "OIDC_CLIENT_SECRET": "secret-of-tests",
               "OIDC_REDIRECT": callback}
    finally:
        process.stdin.close()
        process.wait(10)
