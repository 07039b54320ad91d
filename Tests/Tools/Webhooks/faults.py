"""Sends events to endpoints of which a tenth fail or are slow, while senders and PostgreSQL are killed.

usage: faults.py BINARIES [--events N] [--endpoints N] [--kills N] [--senders N] [--seed N]

Each event names one person, and each webhook is for one person, so that each event has one endpoint. Afterwards each event must have been
accepted by its endpoint, or be a dead letter, and no endpoint may have seen a message of another one or with a wrong signature."""

import argparse
import random
import sys
import time

from receiver import Receiver
from senders import Senders


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binaries")
    for name, default in ("events", 1_000_000), ("endpoints", 1_000), ("kills", 50), ("senders", 3), ("seed", 1):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    choices = random.Random(options.seed)
    receiver = Receiver(options.endpoints, options.seed)
    receiver.start()
    receiver.ready.wait()
    with Senders(options.binaries, options.senders) as suite:
        secrets = suite.subscribe({person: f"http://127.0.0.1:{receiver.port}/hook/{person}" for person in receiver.endpoints})
        for person, secret in secrets.items():
            receiver.trust(person, secret)
        began = time.monotonic()
        # In parts, so that events arrive while senders are killed.
        parts = max(options.kills, 1)
        for part in range(parts):
            first, last = options.events * part // parts, options.events * (part + 1) // parts
            suite.query(f"""INSERT INTO domain_event (subject, revision, type, person_id)
                SELECT 'fault:' || n, 1, 'person.erased', n % {options.endpoints} + 1 FROM generate_series({first}, {last - 1}) AS n""")
            if options.kills:
                time.sleep(choices.uniform(0.2, 1.5))
                if part % 5 == 4:
                    suite.kill_database()
                else:
                    victim = choices.choice(list(suite.ports))
                    suite.stop(victim)
                    suite.start(victim)
        killed = time.monotonic() - began
        print(f"{options.events} events, {options.kills} kills in {killed:.0f} s; {receiver.requests} requests so far", flush=True)
        while True:
            rest = suite.query("""SELECT (SELECT count(*) FROM domain_event_queue),
                (SELECT count(*) FROM webhook_delivery WHERE state = 'pending')
                + (SELECT coalesce(sum(cardinality(positions) - unpacked), 0) FROM webhook_batch WHERE finished_at IS NULL)""")[0]
            if rest == ["0", "0"]:
                break
            print(f"   events without deliveries {rest[0]}, pending deliveries {rest[1]}, requests {receiver.requests}", flush=True)
            time.sleep(5)
        took = time.monotonic() - began
        rows = suite.query("""SELECT e.subject, e.person_id, d.state, w.url FROM domain_event e
            LEFT JOIN (
                SELECT webhook_id, position, state FROM webhook_delivery
                UNION ALL SELECT b.webhook_id, p.position, 'delivered' FROM webhook_batch b
                    CROSS JOIN LATERAL unnest(b.positions, b.statuses) AS p (position, status) WHERE p.status IS NOT NULL
            ) AS d ON d.position = e.position LEFT JOIN webhook w ON w.id = d.webhook_id""")
    lost, states, repeated = 0, {}, 0
    for subject, person, state, url in rows:
        endpoint = receiver.endpoints[int(person)]
        states[endpoint.mood, state] = states.get((endpoint.mood, state), 0) + 1
        times = endpoint.accepted.get(subject, 0)
        repeated += max(times - 1, 0)
        if url.rpartition("/")[2] != person or state not in ("delivered", "dead") or state == "delivered" and not times:
            lost += 1
    for (mood, state), count in sorted(states.items()):
        print(f"   {mood:8} {state:10} {count}")
    print(f"events {len(rows)}, requests {receiver.requests}, accepted again {repeated}, wrong signature {receiver.forged}, "
          f"wrong endpoint {receiver.misrouted}, lost {lost}; {took:.0f} s, {len(rows) / took:.0f} events/s")
    passed = len(rows) == options.events and not (lost or receiver.forged or receiver.misrouted)
    print("passed" if passed else "NOT PASSED")
    sys.exit(0 if passed else 1)


main()
