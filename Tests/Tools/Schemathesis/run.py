"""Sends requests that each service's OpenAPI description allows, and some that it forbids, and checks the answers.

usage: run.py BINARIES [--seed N] [--examples N] [--identities NAME[:EXAMPLES],...|all] [SERVICE...]"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.append(str(FOLDER.parent / "Browser"))
import identities  # noqa: E402
from suite import ROOT, Suite  # noqa: E402

# The one that takes longest is first.
SERVICES = ["person-service", "connection-service", "access-service", "location-producer", "webhook-sender", "location-consumer"]
# Through the entrance, with access control.
GUARDED = SERVICES[:5]
# The paths of all services, which have the same code and description; requests to location-consumer, which has no others, test them.
COMMON = "^/(health|livez|readyz|metrics|openapi[.]json|swagger[.]json)?$"
# The entrance does not pass on what other proxies ask access-service.
HIDDEN = f"{COMMON}|^/auth"
# Checks that do not fit an identity.
UNFIT = {
    # A device's token is no credential for other services, so the entrance answers 401 whatever the method is.
    "device": "unsupported_method",
    # An organiser may create a person but not pause one, and 404 hides which persons exist.
    "organiser": "ensure_resource_availability",
}
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


def ask(suite, service, identity, examples, seed, settings):
    """Returns the exit status of schemathesis, its output, and its duration."""
    started = time.monotonic()
    description = f"http://127.0.0.1:{suite.ports[service]}"
    url, excluded = (suite.url, HIDDEN) if identity != "legacy" else (description, COMMON if service != "location-consumer" else "^$")
    checks = ["--exclude-checks", UNFIT[identity]] if identity in UNFIT else []
    run = subprocess.run(
        ["timeout", "--kill-after=10", str(LIMIT), sys.executable, "-m", "schemathesis.cli", "--config-file", FOLDER / "schemathesis.toml",
         "run", f"{description}/openapi.json", "--url", url, "--max-examples", str(examples), "--seed", str(seed),
         "--generation-database", "none", "--continue-on-failure", "--no-color",
         # The machine may be busy.
         "--request-timeout", "60", "--suppress-health-check", "too_slow",
         "--exclude-path-regex", excluded, *checks],
        cwd=suite.folder, env=os.environ | {"SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(FOLDER), **settings},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return service, identity, run, time.monotonic() - started


def parse():
    parser = argparse.ArgumentParser(prog="scripts/schemathesis", description=__doc__.partition("\n")[0])
    parser.add_argument("binaries")
    parser.add_argument("--seed", type=int, default=20260504, help="the random choices (%(default)s)")
    parser.add_argument("--examples", type=int, default=100, help="examples per operation (%(default)s)")
    parser.add_argument("--identities", default="legacy", metavar="NAME[:EXAMPLES],...",
                        help=f"who asks: legacy, with ACCESS=open; {', '.join(identities.NAMES)}, with ACCESS=enforce; or all "
                             "(%(default)s); each may have a number of examples of its own, such as attendee:5")
    parser.add_argument("services", nargs="*", metavar="SERVICE", help="the services, or all of them")
    options = parser.parse_intermixed_args()
    names = ",".join(["legacy", *identities.NAMES]) if options.identities == "all" else options.identities
    options.identities = {}
    for name, _, examples in (word.partition(":") for word in names.split(",")):
        if name not in ["legacy", *identities.NAMES]:
            parser.error(f"there is no identity {name}")
        if examples and not re.fullmatch("[1-9][0-9]*", examples):
            parser.error(f"expected a number of examples for {name}, such as {name}:5")
        options.identities[name] = int(examples or options.examples)
    if wrong := set(options.services) - set(SERVICES):
        parser.error(f"there is no service {', '.join(wrong)}")
    return options


def work(options, stack):
    """Starts the suites that are needed, one after the other. Yields the arguments of `ask` for each run."""
    guarded = {name: examples for name, examples in options.identities.items() if name != "legacy"}
    if "legacy" in options.identities:
        suite = stack.enter_context(Suite(options.binaries))
        settings = {"OVERLAND_TOKEN": fill(suite)}
        for service in options.services or SERVICES:
            yield suite, service, "legacy", options.identities["legacy"], options.seed, settings
    if guarded:
        suite = stack.enter_context(identities.suite(options.binaries))
        known = identities.create(suite)
        for identity, examples in guarded.items():
            # Overland shows its token itself; see schemathesis.toml.
            token = known[identity]["headers"].get("Authorization", "Bearer none").removeprefix("Bearer ")
            settings = {"IDENTITY": json.dumps(known[identity]), "OVERLAND_TOKEN": token}
            yield from ((suite, service, identity, examples, options.seed, settings)
                        for service in options.services or GUARDED if service in GUARDED)


def main():
    options, failed = parse(), 0
    with contextlib.ExitStack() as stack, ThreadPoolExecutor(2) as pool:
        # Runs begin while the next suite starts.
        runs = [pool.submit(ask, *arguments) for arguments in work(options, stack)]
        for done in as_completed(runs):
            service, identity, run, seconds = done.result()
            (ROOT / f".build/schemathesis/{service}-{identity}.log").write_text(run.stdout)
            count = re.search(r"(\d+) generated", run.stdout)
            print(f"{service}, {identity}: {'passed' if run.returncode == 0 else 'FAILED'}, "
                  f"{count[1] if count else 'no'} requests, {seconds:.0f} s", flush=True)
            if run.returncode != 0:
                failed += 1
                print(run.stdout, flush=True)
    sys.exit(1 if failed else 0)


main()
