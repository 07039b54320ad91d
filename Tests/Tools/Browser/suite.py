"""The suite of services behind one origin, in separate processes, and a browser.

Anyone may call it; Tests/Tools/Access/enforcing.py has the suite that asks who calls."""

import contextlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
SERVICES = ["person-service", "access-service", "connection-service", "location-producer", "location-consumer", "webhook-sender", "web-app"]
ROLES = {"person-service": "uda_person", "connection-service": "uda_connection", "location-producer": "uda_producer",
         "location-consumer": "uda_consumer", "access-service": "uda_access", "webhook-sender": "uda_webhook"}


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def push_settings():
    """The settings by which webhook-sender sends push messages, with a new key."""
    key = subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], check=True, text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    return {"PUSH_KEY": key, "PUSH_SUBJECT": "mailto:ops@example.org"}


class Suite:
    """Starts everything with a database of its own; to be used by `with`.

    `binaries` is the folder in which Swift has built the services and Seed.
    """

    scheme = "http"

    def __init__(self, binaries, services=SERVICES):
        self.binaries = pathlib.Path(binaries)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="udaconnect-browser-"))
        # A replica has the name of its service and a number, such as access-service:2.
        self.ports = {name: free_port() for name in services}
        self.port, self.grpc_door = free_port(), free_port()
        self.processes = {}

    @property
    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def __enter__(self):
        try:
            self.start_database()
            for name in self.ports:
                self.start(name)
            for name in self.ports:
                self.wait(name)
            self.start_router()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
        self.postgres("stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def postgres(self, command, *options):
        """Runs scripts/postgres. Returns its output."""
        return subprocess.run(
            [ROOT / "scripts/postgres", command, self.folder / "postgres", *options],
            check=command != "stop", stdout=subprocess.PIPE, text=True).stdout

    def start_database(self):
        self.postgres("start", "--fast", "--user", "ct_admin", "--database", "geoconnections")
        subprocess.run([self.binaries / "person-service", "migrate"], env=os.environ | self.settings("uda_migrator"),
                       check=True, stderr=subprocess.DEVNULL)

    def settings(self, role):
        """The connection settings of a role."""
        return dict(line.split("=", 1) for line in self.postgres("env", "--role", role).splitlines())

    def environment(self, name):
        """The settings of a process besides those of the database."""
        return {
            "HTTP_HOST": "127.0.0.1",
            "HTTP_PORT": str(self.ports[name]),
            "GRPC_PORT": "0",
            "OSMAND_PORT": "0",
            "WEB_ASSETS": str(ROOT / "Services/WebApp/Assets"),
            "GROUND_MAP": str(self.folder / "ground.geojson"),
            "WEBHOOK_KEY": "a key of the tests, which is public",
        }

    def start(self, name):
        service = name.partition(":")[0]
        environment = os.environ | (self.settings(ROLES[service]) if service in ROLES else {}) | self.environment(name)
        with open(self.folder / f"{name}.log", "ab") as log:
            self.processes[name] = subprocess.Popen(
                [self.binaries / service], env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def stop(self, name):
        """Kills a service, like a crash."""
        process = self.processes.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def addresses(self, service):
        """The addresses of a service's replicas."""
        return ",".join(f"127.0.0.1:{port}" for name, port in self.ports.items() if name.partition(":")[0] == service)

    def upstreams(self):
        """The addresses behind the entrance, by their names in scripts/routes."""
        places = {name.replace("-", "_"): self.addresses(name) for name in SERVICES if name != "location-consumer"}
        nowhere = f"127.0.0.1:{free_port()}"
        return places | {"location_producer_grpc": nowhere, "location_producer_osmand": nowhere}

    def write_access(self, folder):
        # As with ACCESS=open, no request needs an identity.
        (folder / "access.conf").write_text("")

    def start_router(self, *options):
        """The entrance of scripts/run."""
        doors = {"rest": self.port, "grpc": self.grpc_door, "osmand": free_port()}
        arguments = [*(f"--{door}=127.0.0.1:{port}" for door, port in doors.items()),
                     "--origin", self.url, "--files", "4096", "--state", ".", *options,
                     *(f"--upstream={name}={place}" for name, place in self.upstreams().items())]
        if os.geteuid() == 0:
            arguments += ["--user", "root"]
        folder = self.folder / "nginx"
        shutil.copytree(ROOT / "k8s/entrance", folder)
        self.write_access(folder)
        (folder / "nginx.conf").write_bytes(
            subprocess.run([ROOT / "scripts/routes", "nginx", *arguments], check=True, stdout=subprocess.PIPE).stdout)
        nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
        with open(self.folder / "nginx.log", "ab") as log:
            self.processes["nginx"] = subprocess.Popen(
                [nginx, "-p", folder, "-c", "nginx.conf", "-e", "stderr"], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.wait_for(self.port, "/readyz", "nginx")

    def connection(self, port, timeout):
        if port == self.port and self.scheme == "https":
            # The certificate of a test signs itself.
            return http.client.HTTPSConnection("127.0.0.1", port, timeout=timeout, context=ssl._create_unverified_context())
        return http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)

    def wait(self, name):
        self.wait_for(self.ports[name], "/readyz", name)

    def wait_for(self, port, path, name=None):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with (contextlib.suppress(OSError, http.client.HTTPException),
                  contextlib.closing(self.connection(port, 2)) as connection):
                connection.request("GET", path)
                if connection.getresponse().status == 200:
                    return
            time.sleep(0.05)
        log = self.folder / f"{name}.log"
        raise RuntimeError(f"{name} is not ready:\n{log.read_text() if log.exists() else ''}")

    def request(self, method, path, body=None):
        """Sends JSON. Returns JSON."""
        payload = None if body is None else json.dumps(body)
        with contextlib.closing(self.connection(self.port, 20)) as connection:
            connection.request(method, path, payload, {"Content-Type": "application/json"} if payload else {})
            response = connection.getresponse()
            text = response.read()
        if response.status >= 300:
            raise RuntimeError(f"{method} {path}: {response.status} {text}")
        return json.loads(text)

    def query(self, sql):
        """Runs a statement as the database's owner. Returns rows as lists of texts."""
        answer = subprocess.run(
            ["psql", "-X", "-A", "-t", "-q", "-F", "\x1f", "-v", "ON_ERROR_STOP=1", "-c", sql, self.postgres("url").strip()],
            check=True, stdout=subprocess.PIPE, text=True).stdout
        return [line.split("\x1f") for line in answer.splitlines()]

    def seed(self, *options):
        """Fills the suite with a simulated event. Returns the true meetings as dictionaries."""
        truth = self.folder / "truth.csv"
        subprocess.run(
            [self.binaries / "Seed", "--url", self.url, "--map", self.folder / "ground.geojson", "--truth", truth, *options],
            check=True, stdout=subprocess.DEVNULL)
        head, *lines = truth.read_text().splitlines()
        return [dict(zip(head.split(","), line.split(","))) for line in lines]


@contextlib.contextmanager
def browser():
    """Debian's Chromium, without a window."""
    from playwright.sync_api import sync_playwright  # not needed without a browser

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"] if os.geteuid() == 0 else [])
        yield chromium
        chromium.close()
