"""Some processes of webhook-sender and a durable PostgreSQL, without an entrance."""

import http.client
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "Browser"))
from suite import Suite  # noqa: E402


class Senders(Suite):
    """To be used by `with`; `count` is how many senders there are. Failing deliveries become dead letters after a minute."""

    def __init__(self, binaries, count):
        super().__init__(binaries, ["webhook-sender", *(f"webhook-sender:{number}" for number in range(2, count + 1))])
        self.port = self.ports["webhook-sender"]

    def start_database(self):
        # Durable, unlike in other tests: it is killed.
        self.postgres("start", "--user", "ct_admin", "--database", "geoconnections")
        subprocess.run([self.binaries / "person-service", "migrate"], env=os.environ | self.settings("uda_migrator"),
                       check=True, stderr=subprocess.DEVNULL)

    def start_router(self):
        """No entrance."""

    def environment(self, name):
        return super().environment(name) | {
            "WEBHOOK_ALLOW_PRIVATE": "yes", "WEBHOOK_RETRY_BASE": "200ms", "WEBHOOK_RETRY_CAP": "5s", "WEBHOOK_TIMEOUT": "5s",
            "WEBHOOK_RETRY_TIME": "60s", "LOG_LEVEL": "error", "DB_ACQUIRE_TIMEOUT": "10s"}

    def kill_database(self):
        """Kills the postmaster, and starts the database again."""
        process = int((self.folder / "postgres/data/postmaster.pid").read_text().split()[0])
        os.kill(process, signal.SIGKILL)
        while True:
            try:
                self.postgres("start", "--user", "ct_admin", "--database", "geoconnections")
                return
            except subprocess.CalledProcessError:
                # The processes of the killed one are still ending.
                time.sleep(0.5)

    def query(self, text):
        """Runs SQL as the owner. Returns the rows as lists of texts."""
        while True:
            run = subprocess.run(
                ["psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", self.postgres("url").strip()], input=text,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            if run.returncode == 0:
                return [line.split("\t") for line in run.stdout.splitlines()]
            if "connection" not in run.stderr and "recovery" not in run.stderr:
                raise RuntimeError(run.stderr)
            time.sleep(0.5)

    def subscribe(self, urls):
        """Makes a webhook for each person. Returns the secrets by person."""
        connection, secrets = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60), {}
        for person, url in urls.items():
            connection.request("POST", "/api/webhooks", json.dumps({
                "name": f"Endpoint {person}", "url": url, "types": ["person.erased"], "persons": [person]}),
                {"Content-Type": "application/json"})
            answer = connection.getresponse()
            webhook = json.loads(answer.read())
            if answer.status != 201:
                raise RuntimeError(f"A webhook was refused: {webhook}")
            secrets[person] = webhook["secret"]
        return secrets
