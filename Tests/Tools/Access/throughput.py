"""Measures what access control costs, on this machine in one run: requests through the entrance, and locations of phones.

usage: throughput.py BINARIES [--quick]

Reading: GET /api/persons/1 by wrk, through a plain nginx, through an nginx that asks another one (auth_request, return 204), and through
the entrance with ACCESS=enforce. All three lead to the same person-service. Sending: locations to a location-producer with ACCESS=open
and to one with ACCESS=enforce, which checks the device's token. Rounds alternate; medians count."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys

sys.path += [str(pathlib.Path(__file__).resolve().parents[1] / name) for name in ("Browser", "Abuse")]
from checks import print_table  # noqa: E402
from enforcing import Enforcing, free_port  # noqa: E402

PLENTY = {"access-service": {"BURST_LIMIT": "1000000", "DAILY_LIMIT_ATTENDEE": "1000000000"}}
TARGET, CONNECTIONS, PHONES, BATCH = "/api/persons/1", 64, 8, 100
# At least this share of plain nginx; at most this much more for a location.
READ_GOAL, SEND_GOAL = 0.5, 0.03
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


def wrk(port, target, seconds, headers, script=None, connections=CONNECTIONS):
    """Requests a second. Every answer has to be a success."""
    fields = [word for name, value in headers.items() for word in ("-H", f"{name}: {value}")]
    output = subprocess.run(["wrk", "-t2", f"-c{connections}", f"-d{seconds}s", *fields, *(["-s", script] if script else []),
                             f"http://127.0.0.1:{port}{target}"], check=True, stdout=subprocess.PIPE, text=True).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        raise RuntimeError(f"not every request succeeded:\n{output}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1])


def read(suite, rounds, seconds):
    """The medians of requests a second: plain, with a trivial question, and ours."""
    ports = {"service": suite.ports["person-service"], **{name: free_port() for name in ("plain", "asking", "door")}}
    folder = suite.folder / "bench"
    folder.mkdir()
    (folder / "nginx.conf").write_text(("user root;\n" if os.geteuid() == 0 else "") + NGINX.format(**ports))
    nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    suite.processes["bench"] = subprocess.Popen([nginx, "-p", folder, "-c", "nginx.conf", "-e", "stderr"], stdin=subprocess.DEVNULL)
    key, _ = suite.key("persons.read")
    suite.wait_for(ports["plain"], "/readyz")
    figures = {"plain": [], "asking": [], "ours": []}
    for _ in range(rounds):
        # The identity counts for a minute.
        decision = suite.ask("GET", "/auth", {**key, "X-Original-Method": "GET", "X-Original-URI": TARGET}, port=suite.ports["access-service"])
        identity = {"UdaConnect-Identity": decision.headers["UdaConnect-Identity"]}
        for name in ("plain", "asking"):
            figures[name].append(wrk(ports[name], TARGET, seconds, identity))
        figures["ours"].append(wrk(suite.port, TARGET, seconds, key))
    return {name: statistics.median(values) for name, values in figures.items()}


def cpu(process):
    """The processor seconds of a process."""
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def send(suite, rounds, seconds):
    """The microseconds of location-producer's processor time for a location, by the size of a batch: open and enforce."""
    opened = "location-producer:open"
    suite.ports[opened], suite.more[opened] = free_port(), {"ACCESS": "open", "DEVICE_TOKENS": "optional", "GRPC_PORT": "0"}
    suite.start(opened)
    suite.wait(opened)
    session = suite.session(1)
    token = suite.ask("POST", "/api/persons/1/devices", session, {"id": "phone"}).json()["token"]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    for size in (1, BATCH):
        location = {"person_id": 1, "latitude": 52.5, "longitude": 13.4, "creation_time": "2026-05-04T10:00:00"}
        body = json.dumps(location if size == 1 else [location] * size)
        script = suite.folder / "post.lua"
        script.write_text(f"wrk.method = 'POST'\nwrk.body = [==[{body}]==]\n")
        costs, rates = {opened: [], "location-producer": []}, {opened: [], "location-producer": []}
        for round in range(rounds):
            for name in list(costs)[::1 if round % 2 else -1]:
                before = cpu(suite.processes[name])
                rate = wrk(suite.ports[name], "/api/locations" if size == 1 else "/api/locations/batch", seconds, headers, script, PHONES) * size
                costs[name].append((cpu(suite.processes[name]) - before) / (rate * seconds) * 1e6)
                rates[name].append(rate)
        yield size, *(statistics.median(costs[name]) for name in costs), *(statistics.median(rates[name]) for name in rates)


def main(binaries, *options):
    rounds, seconds = (3, 2) if "--quick" in options else (9, 4)
    rows, failed = [("work", "peer", "ours", "ratio", "goal", "")], False

    def note(work, peer, ours, ratio, goal, passed, unit):
        nonlocal failed
        failed |= not passed
        rows.append((work, f"{peer:,.1f} {unit}", f"{ours:,.1f} {unit}", f"{ratio:.2f}", goal, "" if passed else "MISSED"))

    with Enforcing(binaries, settings=PLENTY) as suite, contextlib.suppress(KeyboardInterrupt):
        suite.people("Own")
        figures = read(suite, rounds, seconds)
        for peer, name in (("plain", "plain nginx"), ("asking", "nginx that asks one with return 204")):
            ratio, goal = figures["ours"] / figures[peer], READ_GOAL if peer == "plain" else 0
            note(f"GET {TARGET} through the entrance ({name})", figures[peer], figures["ours"], ratio, f"≥ {goal}" if goal else "",
                 ratio >= goal, "requests/s")
        for size, opened, ours, rate_opened, rate in send(suite, rounds, seconds):
            work = "a location" if size == 1 else f"a location of a batch of {size}"
            note(f"processor time of location-producer for {work} (ACCESS=open)", opened, ours, ours / opened, f"≤ {1 + SEND_GOAL}",
                 ours / opened <= 1 + SEND_GOAL, "µs")
            note(f"locations a second, {'single' if size == 1 else 'batches'} (ACCESS=open)", rate_opened, rate, rate / rate_opened, "", True, "/s")
    print_table(rows)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
