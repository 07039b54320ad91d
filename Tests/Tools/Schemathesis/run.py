"""Sends requests that each service's OpenAPI description allows, and some that it forbids, and checks the answers.

usage: run.py BINARIES SEED [SERVICE...]"""

import os
import pathlib
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.append(str(FOLDER.parent / "Browser"))
from suite import ROOT, Suite  # noqa: E402

SERVICES = ["person-service", "connection-service", "location-producer", "location-consumer"]
EXAMPLES = "100"
# Seconds for a service; a quiet machine takes less than one minute.
LIMIT = 500


def fill(suite):
    """Creates three persons with phones, of whom the first two meet. Returns the token of the first phone."""
    people = [suite.request("POST", "/api/persons", {"first_name": name, "last_name": "L", "company_name": "C"})["id"]
              for name in ("Ada", "Grace", "Barbara")]
    suite.request("POST", "/api/locations/batch", [
        {"person_id": person, "latitude": 52.5, "longitude": 13.4, "creation_time": f"2026-05-04T10:{minute:02}:00"}
        for person in people[:2] for minute in range(20)])
    # The ids of the examples.
    tokens = [suite.request("POST", f"/api/persons/{people[0]}/devices", {"id": phone})["token"]
              for phone in ("123456", "48241179", "jane")]
    deadline = time.monotonic() + 30
    while not suite.request("GET", f"/api/persons/{people[0]}/encounters"):
        if time.monotonic() > deadline:
            raise RuntimeError("connection-service does not report the meeting of the two persons")
        time.sleep(0.1)
    return tokens[0]


def ask(suite, name, seed, token):
    """Returns the exit status of schemathesis, its output, and its duration."""
    started = time.monotonic()
    url = f"http://127.0.0.1:{suite.ports[name]}"
    run = subprocess.run(
        ["timeout", "--kill-after=10", str(LIMIT), sys.executable, "-m", "schemathesis.cli", "--config-file", FOLDER / "schemathesis.toml",
         "run", f"{url}/openapi.json", "--url", url, "--max-examples", EXAMPLES, "--seed", seed,
         "--generation-database", "none", "--continue-on-failure", "--no-color"],
        cwd=suite.folder, env=os.environ | {"SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(FOLDER), "OVERLAND_TOKEN": token},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return name, run, time.monotonic() - started


def main():
    binaries, seed, *names = sys.argv[1:]
    failed = []
    with Suite(binaries) as suite, ThreadPoolExecutor(2) as pool:
        token = fill(suite)
        for name, run, seconds in pool.map(lambda name: ask(suite, name, seed, token), names or SERVICES):
            (ROOT / f".build/schemathesis/{name}.log").write_text(run.stdout)
            count = re.search(r"(\d+) generated", run.stdout)
            print(f"{name}: {'passed' if run.returncode == 0 else 'FAILED'}, "
                  f"{count[1] if count else 'no'} requests, {seconds:.0f} s", flush=True)
            if run.returncode != 0:
                failed.append(name)
                print(run.stdout)
    sys.exit(1 if failed else 0)


main()
