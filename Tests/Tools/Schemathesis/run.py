"""Sends requests that each service's OpenAPI description allows, and some that it forbids, and checks the answers.

usage: run.py BINARIES [--seed N] [--examples N] [--identities NAME,...|all] [SERVICE...]"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.append(str(FOLDER.parent / "Browser"))
import identities  # noqa: E402
from suite import ROOT, Suite  # noqa: E402

SERVICES = ["person-service", "connection-service", "location-producer", "location-consumer", "access-service"]
# Without access control, and through the entrance with it.
OPEN, GUARDED = SERVICES[:4], [name for name in SERVICES if name != "location-consumer"]
# Seconds for a service and an identity; a quiet machine takes less than one minute for a hundred examples.
LIMIT = 1500


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


def ask(suite, service, identity, options, settings):
    """Returns the exit status of schemathesis, its output, and its duration."""
    started = time.monotonic()
    description = f"http://127.0.0.1:{suite.ports[service]}"
    url, more = (description, []) if identity == "legacy" else (suite.url, ["--exclude-path-regex", identities.HIDDEN])
    if identity == "device":
        # A device's token is no credential for other services, so the entrance answers 401 whatever the method is.
        more = [*more, "--exclude-checks", "unsupported_method"]
    run = subprocess.run(
        ["timeout", "--kill-after=10", str(LIMIT), sys.executable, "-m", "schemathesis.cli", "--config-file", FOLDER / "schemathesis.toml",
         "run", f"{description}/openapi.json", "--url", url, "--max-examples", str(options.examples), "--seed", str(options.seed),
         "--generation-database", "none", "--continue-on-failure", "--no-color", *more],
        cwd=suite.folder, env=os.environ | {"SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(FOLDER), **settings},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return service, identity, run, time.monotonic() - started


def parse():
    parser = argparse.ArgumentParser(prog="scripts/schemathesis", description=__doc__.partition("\n")[0])
    parser.add_argument("binaries")
    parser.add_argument("--seed", type=int, default=20260504, help="the random choices (%(default)s)")
    parser.add_argument("--examples", type=int, default=100, help="examples per operation (%(default)s)")
    parser.add_argument("--identities", default="legacy", metavar="NAME,...",
                        help=f"who asks: legacy, with ACCESS=open; {', '.join(identities.NAMES)}, with ACCESS=enforce; or all (%(default)s)")
    parser.add_argument("services", nargs="*", metavar="SERVICE", help="the services, or all of them")
    options = parser.parse_intermixed_args()
    options.identities = ["legacy", *identities.NAMES] if options.identities == "all" else options.identities.split(",")
    if wrong := set(options.identities) - {"legacy", *identities.NAMES}:
        parser.error(f"there is no identity {', '.join(wrong)}")
    if wrong := set(options.services) - set(SERVICES):
        parser.error(f"there is no service {', '.join(wrong)}")
    return options


def work(options, stack):
    """Starts the suites that are needed. Returns the arguments of `ask` for each run."""
    guarded = [name for name in options.identities if name != "legacy"]
    if "legacy" in options.identities:
        suite = stack.enter_context(Suite(options.binaries))
        settings = {"OVERLAND_TOKEN": fill(suite)}
        yield from ((suite, service, "legacy", options, settings) for service in options.services or OPEN if service in OPEN)
    if guarded:
        suite = stack.enter_context(identities.suite(options.binaries))
        known = identities.create(suite)
        for identity in guarded:
            # Overland shows its token itself; see schemathesis.toml.
            token = known[identity]["headers"].get("Authorization", "Bearer none").removeprefix("Bearer ")
            settings = {"IDENTITY": json.dumps(known[identity]), "OVERLAND_TOKEN": token}
            yield from ((suite, service, identity, options, settings) for service in options.services or GUARDED if service in GUARDED)


def main():
    options, failed = parse(), 0
    with contextlib.ExitStack() as stack, ThreadPoolExecutor(2) as pool:
        for service, identity, run, seconds in pool.map(lambda arguments: ask(*arguments), list(work(options, stack))):
            (ROOT / f".build/schemathesis/{service}-{identity}.log").write_text(run.stdout)
            count = re.search(r"(\d+) generated", run.stdout)
            print(f"{service}, {identity}: {'passed' if run.returncode == 0 else 'FAILED'}, "
                  f"{count[1] if count else 'no'} requests, {seconds:.0f} s", flush=True)
            if run.returncode != 0:
                failed += 1
                print(run.stdout)
    sys.exit(1 if failed else 0)


main()
