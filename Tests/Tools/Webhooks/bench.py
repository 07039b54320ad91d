"""Measures the deliveries per second of one webhook-sender to nginx, beside a minimal loop over libcurl's multi interface.

usage: bench.py BINARIES [--quick]

The sender reads the events from PostgreSQL, checks consents, signs, posts and records each delivery; nginx, PostgreSQL and the sender share the
machine. The peer only posts. Both have 64 requests in progress for each of the endpoints. They take turns, three times."""

import http.client
import json
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.append(str(FOLDER.parent / "Browser"))
from senders import Senders  # noqa: E402
from suite import ROOT, free_port  # noqa: E402

GOAL, LEAST_RATIO, ENDPOINTS = 5_000, 0.6, 4
BODY = json.dumps({"type": "person.erased", "timestamp": "2026-11-30T08:00:00", "data": {"id": "bench:1", "revision": 1, "person_id": 1}})


def start_receiver(folder, port):
    """nginx, which answers each request with 204."""
    folder.mkdir()
    (folder / "nginx.conf").write_text(f"""
        daemon off; pid nginx.pid; worker_processes 1; error_log stderr;
        events {{ worker_connections 4096; }}
        http {{ access_log off; keepalive_requests 1000000000;
            client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
            server {{ listen 127.0.0.1:{port} backlog=4096; return 204; }} }}""")
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin")
    return subprocess.Popen([nginx, "-p", folder, "-c", "nginx.conf", "-e", "stderr"], stderr=subprocess.DEVNULL)


def delivered(suite):
    """The deliveries that the sender has recorded."""
    connection = http.client.HTTPConnection("127.0.0.1", suite.port, timeout=30)
    connection.request("GET", "/metrics")
    for line in connection.getresponse().read().decode().splitlines():
        if line.startswith('webhook_attempts_total{outcome="delivered"}'):
            return float(line.split()[-1])
    raise RuntimeError("webhook-sender has no counter of deliveries")


def our_rate(suite, events, round_number):
    """Makes events while the sender is away, and measures from its start to the last delivery."""
    suite.stop("webhook-sender")
    suite.query(f"""INSERT INTO domain_event (subject, revision, type, person_id)
        SELECT 'bench:{round_number}:' || n, 1, 'person.erased', n % {ENDPOINTS} + 1 FROM generate_series(1, {events}) AS n""")
    # As autovacuum does each minute.
    suite.query("VACUUM ANALYZE domain_event, domain_event_queue, webhook_batch, webhook_delivery")
    suite.start("webhook-sender")
    suite.wait("webhook-sender")
    began, before = time.monotonic(), delivered(suite)
    while (after := delivered(suite)) < events:
        time.sleep(0.05)
    return (after - before) / (time.monotonic() - began)


def main(binaries, *options):
    events = 20_000 if "--quick" in options else 300_000
    with Senders(binaries, 1) as suite:
        port = free_port()
        receiver = start_receiver(suite.folder / "receiver", port)
        try:
            subprocess.run(["cc", "-O2", "-o", suite.folder / "peer", FOLDER / "peer.c", "-lcurl"], check=True)
            suite.subscribe({person: f"http://127.0.0.1:{port}/{person}" for person in range(1, ENDPOINTS + 1)})
            rates = []
            # Plans for empty tables would be the wrong ones.
            our_rate(suite, events // 10, "first")
            for number in range(3):
                ours = our_rate(suite, events, number)
                peer = float(subprocess.run(
                    [suite.folder / "peer", f"http://127.0.0.1:{port}/1", str(events), str(64 * ENDPOINTS), BODY],
                    check=True, stdout=subprocess.PIPE, text=True).stdout)
                rates.append((ours, peer))
                print(f"   webhook-sender {ours:.0f}/s, libcurl {peer:.0f}/s, ratio {ours / peer:.2f}", flush=True)
        finally:
            receiver.terminate()
            receiver.wait()
    ours, peer = (statistics.median(rate[side] for rate in rates) for side in (0, 1))
    print(f"deliveries/s {ours:.0f} (goal {GOAL}), libcurl {peer:.0f}, ratio {ours / peer:.2f} (goal {LEAST_RATIO})")
    (ROOT / ".build/bench").mkdir(parents=True, exist_ok=True)
    (ROOT / ".build/bench/webhooks.json").write_text(json.dumps({"deliveries": ours, "libcurl": peer, "rounds": rates}))
    sys.exit(0 if ours >= GOAL and ours >= LEAST_RATIO * peer else 1)


main(*sys.argv[1:])
