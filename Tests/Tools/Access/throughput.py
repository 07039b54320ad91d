"""Measures what access control costs, on this machine in one run: requests through the entrance, and locations of phones.

usage: throughput.py BINARIES [--quick]

Reading: GET /api/persons/1 by wrk, through a plain nginx, through an nginx that asks another one (auth_request, return 204), and through
the entrance with ACCESS=enforce. All three lead to the same person-service. Sending: locations to a location-producer with ACCESS=open
and to one with ACCESS=enforce, which checks the device's token.

Rounds are short and alternate, so that both sides of a pair meet the same machine. The ratio is the median of the pairs' ratios; the
range behind it has the true median with a probability of at least 95 %. A goal is met if the whole range meets it."""

import contextlib
import json
import math
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import time

sys.path += [str(pathlib.Path(__file__).resolve().parents[1] / name) for name in ("Browser", "Abuse")]
from checks import print_table  # noqa: E402
from enforcing import Enforcing, free_port  # noqa: E402

PLENTY = {"access-service": {"BURST_LIMIT": "1000000", "DAILY_LIMIT_ATTENDEE": "1000000000"}}
TARGET, CONNECTIONS, PHONES, BATCH = "/api/persons/1", 64, 8, 100
# At least this share of the requests of plain nginx; at least this share of the locations, and at most so much processor time for one.
READ_GOAL, RATE_GOAL, COST_GOAL = 0.5, 0.97, 1.03
# How often a round may be repeated, because the machine is busy with something else and the service refuses requests.
ATTEMPTS = 5
# Rounds and their seconds. Fewer than six pairs have no range.
READ_PAIRS, READ_SECONDS, SEND_PAIRS, SEND_SECONDS = 9, 4, 20, 1
# Two nginx: one passes everything on, the other one asks a third first. The identity comes from wrk.
NGINX = """daemon off; worker_processes auto; pid nginx.pid; error_log stderr warn;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    upstream service {{ server 127.0.0.1:{service}; keepalive 64; }}
    upstream door {{ server 127.0.0.1:{door}; keepalive 64; }}
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    server {{ listen 127.0.0.1:{plain}; location / {{ proxy_pass http://service; }} }}
    server {{
        listen 127.0.0.1:{asking};
        location / {{ auth_request /.door; proxy_pass http://service; }}
        location = /.door {{ internal; proxy_pass http://door; proxy_pass_request_body off; proxy_set_header Content-Length ""; }}
    }}
    server {{ listen 127.0.0.1:{door}; location / {{ return 204; }} }}
}}
"""


def cpu(process):
    """The processor seconds of a process; see clock_getcpuclockid(3)."""
    return time.clock_gettime((~process.pid << 3) | 2)


def wrk(process, port, target, seconds, headers, script=None, connections=CONNECTIONS):
    """Requests a second, and the seconds of a process's processor time for each. A round in which the service refuses one is repeated."""
    fields = [word for name, value in headers.items() for word in ("-H", f"{name}: {value}")]
    for _ in range(ATTEMPTS):
        before = cpu(process)
        output = subprocess.run(["wrk", "-t2", f"-c{connections}", f"-d{seconds}s", *fields, *(["-s", script] if script else []),
                                 f"http://127.0.0.1:{port}{target}"], check=True, stdout=subprocess.PIPE, text=True).stdout
        used = cpu(process) - before
        if "Non-2xx" not in output and "Socket errors" not in output:
            return float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1]), used / int(re.search(r"(\d+) requests in", output)[1])
    raise RuntimeError(f"not every request succeeded:\n{output}")


def read(suite, pairs, seconds):
    """The requests a second of each round: plain, with a trivial question, and ours."""
    ports = {"service": suite.ports["person-service"], **{name: free_port() for name in ("plain", "asking", "door")}}
    folder = suite.folder / "bench"
    folder.mkdir()
    (folder / "nginx.conf").write_text(("user root;\n" if os.geteuid() == 0 else "") + NGINX.format(**ports))
    nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    suite.processes["bench"] = subprocess.Popen([nginx, "-p", folder, "-c", "nginx.conf", "-e", "stderr"], stdin=subprocess.DEVNULL)
    service, (key, _) = suite.processes["person-service"], suite.key("persons.read")
    suite.wait_for(ports["plain"], "/readyz")
    figures = {"plain": [], "asking": [], "ours": []}
    for _ in range(pairs):
        # The identity counts for a minute.
        decision = suite.ask("GET", "/auth", {**key, "X-Original-Method": "GET", "X-Original-URI": TARGET},
                             port=suite.ports["access-service"])
        identity = {"UdaConnect-Identity": decision.headers["UdaConnect-Identity"]}
        for name in ("plain", "asking"):
            figures[name].append(wrk(service, ports[name], TARGET, seconds, identity)[0])
        figures["ours"].append(wrk(service, suite.port, TARGET, seconds, key)[0])
    return figures


def send(suite, pairs, seconds):
    """By the size of a batch, the locations a second of each pair, and the microseconds of location-producer's processor time for one.

    Each pair has new processes, because processes of the same program differ by some percent."""
    modes = {"open": {"ACCESS": "open", "DEVICE_TOKENS": "optional"}, "enforce": {}}
    session = suite.session(1)
    token = suite.ask("POST", "/api/persons/1/devices", session, {"id": "phone"}).json()["token"]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    location = {"person_id": 1, "latitude": 52.5, "longitude": 13.4, "creation_time": "2026-05-04T10:00:00"}
    for size in (1, BATCH):
        body = json.dumps(location if size == 1 else [location] * size)
        (suite.folder / f"{size}.lua").write_text(f"wrk.method = 'POST'\nwrk.body = [==[{body}]==]\n")
    # They would store the locations of one round during the next one.
    for name in ("location-consumer", "connection-service", "location-producer"):
        suite.stop(name)
    for mode, settings in modes.items():
        name = f"location-producer:{mode}"
        suite.ports[name], suite.more[name] = free_port(), {"GRPC_PORT": "0", **settings}
    figures = {size: {"rate": {mode: [] for mode in modes}, "cost": {mode: [] for mode in modes}} for size in (1, BATCH)}

    def measure(mode, size, duration):
        name, target = f"location-producer:{mode}", "/api/locations" if size == 1 else "/api/locations/batch"
        rate, cost = wrk(suite.processes[name], suite.ports[name], target, duration, headers, suite.folder / f"{size}.lua", PHONES)
        return rate * size, cost / size * 1e6

    for pair in range(pairs):
        order = list(modes)[::1 if pair % 2 else -1]
        for mode in order:
            suite.start(f"location-producer:{mode}")
        for mode in order:
            suite.wait(f"location-producer:{mode}")
        for size in figures:
            # The first round of a process fills its caches. The others are in an order in which a steady drift has no effect.
            rounds = [(mode, measure(mode, size, seconds)) for mode in [*order, *order, *order[::-1]]][len(order):]
            for mode in modes:
                rates, costs = zip(*(figure for other, figure in rounds if other == mode))
                figures[size]["rate"][mode].append(statistics.mean(rates))
                figures[size]["cost"][mode].append(statistics.mean(costs))
        for mode in order:
            suite.stop(f"location-producer:{mode}")
    return figures


def compare(peer, ours):
    """The median of the pairs' ratios, and the range of ratios that has the true median with a probability of at least 95 %.

    The range assumes nothing about the distribution: a ratio is above the true median as often as a coin shows heads."""
    ratios = sorted(b / a for a, b in zip(peer, ours, strict=True))
    cut = max(k for k in range(len(ratios) // 2)
              if 2 * sum(math.comb(len(ratios), heads) for heads in range(k + 1)) <= 0.05 * 2 ** len(ratios))
    return statistics.median(ratios), ratios[cut], ratios[-1 - cut]


def main(binaries, *options):
    is_quick, failed = "--quick" in options, False
    rows = [("work", "peer", "ours", "ratio", "goal", "")]

    def note(work, unit, peer, ours, minimum=0.0, maximum=math.inf):
        nonlocal failed
        ratio, low, high = compare(peer, ours)
        is_shown, is_missed = low >= minimum and high <= maximum, high < minimum or low > maximum
        failed |= not is_shown
        goal = f"≥ {minimum}" if minimum else f"≤ {maximum}" if maximum < math.inf else ""
        rows.append((work, f"{statistics.median(peer):,.1f} {unit}", f"{statistics.median(ours):,.1f} {unit}",
                     f"{ratio:.3f} ({low:.3f} to {high:.3f})", goal, "" if is_shown else "MISSED" if is_missed else "not shown"))

    with Enforcing(binaries, settings=PLENTY) as suite, contextlib.suppress(KeyboardInterrupt):
        suite.people("Own")
        figures = read(suite, *((6, 1) if is_quick else (READ_PAIRS, READ_SECONDS)))
        note(f"GET {TARGET} through the entrance (plain nginx)", "requests/s", figures["plain"], figures["ours"], minimum=READ_GOAL)
        note(f"GET {TARGET} through the entrance (nginx that asks one with return 204)", "requests/s", figures["asking"], figures["ours"])
        for size, figures in send(suite, 6 if is_quick else SEND_PAIRS, SEND_SECONDS).items():
            what = "single locations" if size == 1 else f"locations in batches of {size}"
            note(f"{what} (ACCESS=open)", "a second", *figures["rate"].values(), minimum=RATE_GOAL)
            note(f"processor time of location-producer, {what} (ACCESS=open)", "µs each", *figures["cost"].values(), maximum=COST_GOAL)
    print_table(rows)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
