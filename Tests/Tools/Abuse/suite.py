"""The suite under attack, started by scripts/run on an empty database."""

import contextlib
import dataclasses
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time

from checks import Check  # noqa: F401, for cases

ROOT = pathlib.Path(__file__).resolve().parents[3]
SERVICES = ["person-service", "connection-service", "location-producer", "location-consumer", "web-app"]
# Number of ports that scripts/run uses, starting at its --port-base.
PORT_COUNT = 30
# Seconds.
START_LIMIT, STOP_LIMIT = 300, 70


@dataclasses.dataclass
class Answer:
    """An HTTP response and the seconds until it was complete."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes
    seconds: float

    def json(self):
        return json.loads(self.body)


def free_port_base():
    """The first of PORT_COUNT successive free ports."""
    for base in range(31000, 32700, PORT_COUNT):
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            for port in range(base, base + PORT_COUNT):
                stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
            return base
    raise RuntimeError(f"no {PORT_COUNT} successive ports are free from 31000 on")


class Suite:
    """Starts scripts/run with a separate database; a context manager.

    `folder` keeps the logs after the case: `run.log`, and `run/*.log` of the services."""

    def __init__(self, folder, arguments, settings):
        self.folder = folder
        self.arguments = arguments
        self.settings = settings
        self.port_base = free_port_base()
        self.ports = {
            "entrance": self.port_base + 1,
            "pages": self.port_base,
            "grpc": self.port_base + 4,
            "osmand": self.port_base + 5,
            "person-service": self.port_base + 2,
            "connection-service": self.port_base + 3,
            "location-producer": self.port_base + 6,
            "location-consumer": self.port_base + 7,
            "access-service": self.port_base + 8,
            "webhook-sender": self.port_base + 11,
        }

    @property
    def base(self):
        """The entrance's URL, for the REST API."""
        return f"http://127.0.0.1:{self.ports['entrance']}"

    def __enter__(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        with open(self.folder / "run.log", "wb") as log:
            self.process = subprocess.Popen(
                [ROOT / "scripts/run", "--port-base", str(self.port_base), "--data", self.folder, *self.arguments],
                env=os.environ | self.settings, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        try:
            self.wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder / "postgres", ignore_errors=True)

    def wait_until_ready(self):
        deadline = time.monotonic() + START_LIMIT
        while "== UdaConnect is ready" not in (text := (self.folder / "run.log").read_text()):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the suite did not start:\n{text}")
            time.sleep(0.1)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            # The services die with scripts/run, PostgreSQL does not.
            self.process.kill()
            self.process.wait()
            subprocess.run([ROOT / "scripts/postgres", "stop", self.folder / "postgres"], stdout=subprocess.DEVNULL)

    # ---- Processes ----

    def pid(self, name):
        """The process of a service, or nginx's master: a child of scripts/run."""
        for child in pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split():
            with contextlib.suppress(OSError):
                if os.path.basename(os.readlink(f"/proc/{child}/exe")) == name:
                    return int(child)
        raise RuntimeError(f"{name} does not run")

    def status(self, name, field):
        return re.search(rf"{field}:\s+(\d+)", pathlib.Path(f"/proc/{self.pid(name)}/status").read_text())[1]

    def rss(self, name):
        """The current memory of a service in bytes."""
        return int(self.status(name, "VmRSS")) << 10

    def peak(self, name):
        """The peak memory of a service in bytes since `forget_peak`, or since its start."""
        return int(self.status(name, "VmHWM")) << 10

    def forget_peak(self, name):
        pathlib.Path(f"/proc/{self.pid(name)}/clear_refs").write_text("5")

    def cpu(self, name):
        """The processor time of a service in seconds."""
        fields = pathlib.Path(f"/proc/{self.pid(name)}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def log(self, name):
        """The log of a service or nginx."""
        return (self.folder / "run" / f"{name}.log").read_text(errors="replace")

    # ---- Requests ----

    def request(self, method, path, body=None, headers=None, port=None, timeout=20, host="127.0.0.1"):
        """Sends one request to the entrance, or to another port; a body that is neither bytes nor text is sent as JSON.

        Raises OSError or http.client.HTTPException if no complete response arrives."""
        headers = dict(headers or {})
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        started = time.monotonic()
        with contextlib.closing(http.client.HTTPConnection(host, port or self.ports["entrance"], timeout=timeout)) as connection:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            content = response.read()
        return Answer(response.status, response.headers, content, time.monotonic() - started)

    def seed(self, persons, hours, *options):
        """Fills the suite with a simulated event without traits. The bounds were measured with its locations."""
        subprocess.run(
            [ROOT / ".build/release/Seed", "--url", self.base, "--map", self.folder / "run/ground.geojson",
             "--persons", str(persons), "--hours", str(hours), "--traits", "none", *options],
            check=True, stdout=subprocess.DEVNULL)

    def query(self, sql):
        """Runs a query as the database's owner. Returns rows as lists of texts."""
        url = subprocess.run(
            [ROOT / "scripts/postgres", "url", self.folder / "postgres"], check=True, stdout=subprocess.PIPE, text=True).stdout
        answer = subprocess.run(
            ["psql", "-X", "-A", "-t", "-q", "-F", "\x1f", "-v", "ON_ERROR_STOP=1", "-c", sql, url.strip()],
            check=True, stdout=subprocess.PIPE, text=True).stdout
        return [line.split("\x1f") for line in answer.splitlines()]
