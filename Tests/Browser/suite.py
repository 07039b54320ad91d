"""The suite of services behind one origin, as processes of its own, and a browser to look at it with."""

import contextlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVICES = ["person-service", "connection-service", "location-producer", "location-consumer", "web-app"]

ROUTER = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.err; {user}
events {{ }}
http {{
    access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    server {{
        listen 127.0.0.1:{port};
        client_max_body_size 0; proxy_buffering off; proxy_http_version 1.1;
        proxy_set_header Connection ""; proxy_set_header Host $http_host;
        location ~ ^/api/persons/[^/]+/(connection|locations|encounters)(/|$) {{ proxy_pass http://127.0.0.1:{connection}; }}
        location ~ ^/api/(encounters|event)(/|$) {{ proxy_pass http://127.0.0.1:{connection}; }}
        location ~ ^/api/persons(/|$) {{ proxy_pass http://127.0.0.1:{person}; }}
        location ~ ^/api/locations {{ proxy_pass http://127.0.0.1:{producer}; }}
        location / {{ proxy_pass http://127.0.0.1:{web}; }}
    }}
}}
"""


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Suite:
    """Starts everything with a database of its own; to be used by `with`.

    `binaries` is the folder in which Swift has built the services and Seed.
    """

    def __init__(self, binaries):
        self.binaries = pathlib.Path(binaries)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="udaconnect-browser-"))
        self.ports = {name: free_port() for name in SERVICES}
        self.port = free_port()
        self.processes = {}

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        try:
            self.database = self.start_database()
            for name in SERVICES:
                self.start(name)
            for name in SERVICES:
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
        """Runs scripts/postgres; answers what it prints."""
        return subprocess.run(
            [ROOT / "scripts/postgres", command, self.folder / "postgres", *options],
            check=command != "stop", stdout=subprocess.PIPE, text=True).stdout

    def start_database(self):
        self.postgres("start", "--fast", "--user", "ct_admin", "--database", "geoconnections")
        return dict(line.split("=", 1) for line in self.postgres("env").splitlines())

    def start(self, name):
        environment = os.environ | self.database | {
            "HTTP_HOST": "127.0.0.1",
            "HTTP_PORT": str(self.ports[name]),
            "GRPC_PORT": "0",
            "OSMAND_PORT": "0",
            "WEB_ASSETS": str(ROOT / "Services/WebApp/Assets"),
            "GROUND_MAP": str(self.folder / "ground.geojson"),
        }
        with open(self.folder / f"{name}.log", "ab") as log:
            self.processes[name] = subprocess.Popen(
                [self.binaries / name], env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def stop(self, name):
        """Kills a service, as a crash would."""
        process = self.processes.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def start_router(self):
        nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
        configuration = self.folder / "nginx.conf"
        configuration.write_text(ROUTER.format(
            folder=self.folder, port=self.port, user="user root;" if os.geteuid() == 0 else "",
            connection=self.ports["connection-service"], person=self.ports["person-service"],
            producer=self.ports["location-producer"], web=self.ports["web-app"]))
        self.processes["nginx"] = subprocess.Popen(
            [nginx, "-p", self.folder, "-c", configuration, "-e", self.folder / "nginx.err"])
        self.wait_for(self.port, "/readyz")

    def wait(self, name):
        self.wait_for(self.ports[name], "/readyz", name)

    def wait_for(self, port, path, name=None):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with (contextlib.suppress(OSError, http.client.HTTPException),
                  contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=2)) as connection):
                connection.request("GET", path)
                if connection.getresponse().status == 200:
                    return
            time.sleep(0.05)
        log = self.folder / f"{name}.log"
        raise RuntimeError(f"{name} is not ready:\n{log.read_text() if log.exists() else ''}")

    def request(self, method, path, body=None):
        """Sends JSON and answers JSON."""
        payload = None if body is None else json.dumps(body)
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            connection.request(method, path, payload, {"Content-Type": "application/json"} if payload else {})
            response = connection.getresponse()
            text = response.read()
        if response.status >= 300:
            raise RuntimeError(f"{method} {path}: {response.status} {text}")
        return json.loads(text)

    def seed(self, *options):
        """Fills it with a simulated event; answers the true meetings as dictionaries."""
        truth = self.folder / "truth.csv"
        subprocess.run(
            [self.binaries / "Seed", "--url", self.url, "--map", self.folder / "ground.geojson", "--truth", truth, *options],
            check=True, stdout=subprocess.DEVNULL)
        head, *lines = truth.read_text().splitlines()
        return [dict(zip(head.split(","), line.split(","))) for line in lines]


@contextlib.contextmanager
def browser():
    """Debian's Chromium, without a window."""
    from playwright.sync_api import sync_playwright  # not needed by those who ask without a browser

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"] if os.geteuid() == 0 else [])
        yield chromium
        chromium.close()
