"""Tests a second region with real services: two suites, two databases, and a link between them that is cut ten times while locations
arrive. Afterwards both must have the same rows and give the same answers.

usage: run.py BINARIES [--locations N] [--persons N] [--cuts N]    BINARIES: the folder with the services"""
import argparse
import contextlib
import datetime
import http.client
import json
import math
import os
import pathlib
import re
import shutil
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "Tests/Tools/Browser"))

from link import Link  # noqa: E402
from suite import Suite, free_port  # noqa: E402

STARTED = time.monotonic()
BATCH = 1_000
START = datetime.datetime(2026, 6, 5, 8, tzinfo=datetime.timezone.utc)
MOVED = 2  # the event whose traffic moves
SERVICES = ["location-producer", "location-consumer", "connection-service"]
UPSTREAMS = ("person_service", "connection_service", "location_producer", "location_producer_grpc", "location_producer_osmand", "web_app",
             "access_service", "webhook_sender")


class Region(Suite):
    """A region's services and database; the entrance is the first one's."""

    def start_server(self):
        self.postgres("start", "--fast", "--user", "ct_admin", "--database", "geoconnections", "--config", "wal_level=logical",
                      "--config", "max_slot_wal_keep_size=4GB", "--config", "wal_receiver_timeout=5s",
                      "--config", "wal_sender_timeout=5s", "--config", "wal_retrieve_retry_interval=500ms")

    @property
    def database_url(self):
        return self.postgres("url").strip()

    @property
    def database_port(self):
        return int((self.folder / "postgres/port").read_text())

    def migrate(self):
        subprocess.run([self.binaries / "person-service", "migrate"], env=os.environ | self.settings("uda_migrator"), check=True,
                       stderr=subprocess.DEVNULL)

    def sql(self, text):
        """The rows of a statement."""
        result = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-c", text, self.database_url],
                                capture_output=True, text=True)
        if result.returncode != 0:
            raise RuntimeError(result.stderr)
        return [line.split("\t") for line in result.stdout.splitlines() if line]

    def number(self, text):
        return int(self.sql(text)[0][0] or 0)

    def environment(self, name):
        return super().environment(name) | {"PUBLISH_EVENTS": "no", "NUDGES_PER_DAY": "0", "DB_ACQUIRE_TIMEOUT": "10s",
                                            "LOG_LEVEL": "warning"}

    def ask(self, service, method, path, body=None):
        """Sends JSON to a service. Returns the status and JSON."""
        port = self.port if service == "entrance" else self.ports[service]
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            connection.request(method, path, None if body is None else json.dumps(body),
                               {"Content-Type": "application/json"} if body is not None else {})
            response = connection.getresponse()
            text = response.read()
        return response.status, json.loads(text) if text else None

    def succeed(self, service, method, path, body=None):
        status, answer = self.ask(service, method, path, body)
        if status >= 300:
            raise RuntimeError(f"{method} {path}: {status} {answer}")
        return answer


class First(Region):
    def __init__(self, binaries):
        super().__init__(binaries, ["person-service", *SERVICES])
        self.second = None

    def start_database(self):
        self.start_server()
        self.migrate()

    def upstreams(self):
        return {name: self.addresses(name.replace("_", "-")) or f"127.0.0.1:{free_port()}" for name in UPSTREAMS}

    def start_router(self, *options):
        if self.second:
            options = ("--moved", str(MOVED), *(f"--region={name.replace('-', '_')}={self.second.addresses(name)}"
                                                for name in ("location-producer", "connection-service")))
        super().start_router(*options)

    def move(self, second):
        """Leads the event to the second region."""
        self.stop("nginx")
        shutil.rmtree(self.folder / "nginx")
        self.port, self.grpc_door, self.second = free_port(), free_port(), second
        self.start_router()


class Second(Region):
    def __init__(self, binaries, first):
        super().__init__(binaries, SERVICES)
        self.first = first

    def start_database(self):
        self.start_server()
        # As the Job of a cluster does before and after.
        self.migrate()
        self.to_first, self.to_second = Link(self.first.database_port), Link(self.database_port)
        self.set_up()
        self.migrate()

    def set_up(self):
        region("set-up", self.first, self, *(f"--{name}-link=host=127.0.0.1 port={link.port} user=uda_backup dbname=geoconnections "
                                             f"passfile={pass_file(suite)} keepalives_idle=5"
                                             for name, link, suite in (("first", self.to_first, self.first),
                                                                       ("second", self.to_second, self))))

    def start_router(self, *_):
        pass

    def cut(self, holds_back):
        self.to_first.cut(holds_back)
        self.to_second.cut(holds_back)

    def mend(self):
        self.to_first.mend()
        self.to_second.mend()


def pass_file(suite):
    """A file of passwords that the other region's server may read; the port is the link's."""
    password = (suite.folder / "postgres/passwords/uda_backup").read_text().strip()
    file = suite.folder / "link"
    file.write_text(f"*:*:*:uda_backup:{password}\n")
    os.chmod(file, 0o600)
    if os.geteuid() == 0:
        shutil.chown(file, "postgres")
    return file


def region(command, first, second, *options, expects=0):
    result = subprocess.run([ROOT / "scripts/region", command, first.database_url, second.database_url, *options],
                            capture_output=True, text=True)
    if result.returncode != expects:
        raise AssertionError(f"scripts/region {command} ended with {result.returncode}: {result.stdout}{result.stderr}")
    return result.stdout


def wait(condition, what, seconds=180):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not happen within {seconds} s")
        time.sleep(0.05)


def say(text):
    print(f"{time.monotonic() - STARTED:6.1f} s  {text}", flush=True)


class Load:
    """Sends locations of persons who walk in groups of three, a fix of each every ten seconds, and remembers what was acknowledged."""

    def __init__(self, first, persons, total):
        self.first, self.persons, self.total = first, persons, total
        self.next, self.repeats, self.moves = 0, 0, False
        # The person and the time of each acknowledged location, by its id.
        self.acknowledged = {}
        # Persons who are erased, and those of whom locations are withheld or forgotten.
        self.erased, self.withheld = set(), set()

    def location(self, index):
        fix, person = divmod(index, self.persons)
        angle, group = fix / 40 + person // 3, person // 3
        return {"person_id": person + 1, "latitude": f"{52.5 + 0.0005 * math.sin(angle) + person % 3 * 1e-6:.7f}",
                "longitude": f"{13.4 + 0.01 * group + 0.0008 * math.cos(angle):.7f}",
                "creation_time": (START + datetime.timedelta(seconds=10 * fix)).strftime("%Y-%m-%dT%H:%M:%SZ")}

    def go_to(self, share):
        """Sends up to a share of all locations; after the move, each third batch is of the moved event."""
        while self.next < self.total * share:
            locations = [self.location(index) for index in range(self.next, min(self.next + BATCH, self.total))]
            locations = [location for location in locations if location["person_id"] not in self.erased]
            suffix = f"?event={MOVED}" if self.moves and self.next // BATCH % 3 == 0 else ""
            self.send(f"/api/locations/batch{suffix}", locations)
            self.next += BATCH

    def send(self, path, locations):
        deadline = time.monotonic() + 120
        while True:
            try:
                status, answer = self.first.ask("entrance", "POST", path, locations)
            except (OSError, http.client.HTTPException) as error:
                status, answer = 0, error
            if status == 200:
                self.acknowledged |= {item["id"]: (location["person_id"], location["creation_time"])
                                      for item, location in zip(answer["items"], locations)}
                return
            assert status in (0, 429, 500, 502, 503, 504) and time.monotonic() < deadline, f"POST {path}: {status} {answer}"
            self.repeats += 1
            time.sleep(0.1)


def ends(suite):
    return dict(suite.sql("SELECT partition, next_offset FROM location_log_partition"))


def stored(suite):
    return dict(suite.sql("SELECT partition, next_offset FROM location_offset"))


def reaches(positions, goal):
    return all(int(positions.get(partition, 0)) >= int(offset) for partition, offset in goal.items())


def catch_up(first, second):
    """Waits until each region has stored what the other one had; returns the seconds."""
    began = time.monotonic()
    goals = [ends(first), ends(second)]
    for suite in (first, second):
        wait(lambda: all(reaches(stored(suite), goal) for goal in goals), "storing what arrived in the other region")
    return time.monotonic() - began


def during(cut, first, second, load):
    """What else happens while the link is down; returns its name."""
    if cut == 1:
        first.succeed("person-service", "DELETE", "/api/persons/5")
        load.erased.add(5)
        return "person 5 is erased"
    if cut == 2:
        first.succeed("person-service", "PUT", "/api/persons/8/consents", {"meet": False})
        first.succeed("person-service", "PUT", "/api/persons/9/pause", {"minutes": 60})
        load.withheld.add(9)
        return "person 8 withdraws a consent, person 9 begins a pause"
    if cut == 3:
        first.stop("location-consumer"), second.stop("location-consumer")
        first.start("location-consumer"), second.start("location-consumer")
        return "both consumers are killed"
    if cut == 4:
        second.postgres("stop")
        second.start_server()
        return "the second region's database restarts"
    if cut == 5:
        first.succeed("person-service", "POST", "/api/persons", {"first_name": "Late", "last_name": "Arrival", "company_name": "Region"})
        first.sql("UPDATE event SET name = 'Renamed' WHERE id = 1")
        first.sql("INSERT INTO access_role (subject, role, granted_by) VALUES ('person:1', 'organiser', 'test'), "
                  "('person:2', 'organiser', 'test'); DELETE FROM access_role WHERE subject = 'person:1'")
        return "a person is added, an event changed, a role granted and withdrawn"
    if cut == 6:
        # The person's locations are of the time of the simulated event, so an interval of it is forgotten.
        first.sql("SELECT forget_locations(11, '2026-06-05 08:00Z')")
        load.withheld.add(11)
        return "person 11's locations until now are forgotten"
    if cut == 7:
        second.sql("INSERT INTO zone_hint (person_id, device, seen_at, kind, digest) VALUES (1, 1, now(), 'wifi', 42)")
        first.sql("INSERT INTO zone_hint (person_id, device, seen_at, kind, digest) VALUES (2, 1, now(), 'wifi', 43)")
        second.sql("INSERT INTO acquaintance VALUES (1, 2, current_date)")
        first.sql("INSERT INTO acquaintance VALUES (1, 2, current_date)")
        second.sql("INSERT INTO device_status (device_id, seen_at) SELECT id, now() FROM device")
        first.sql("INSERT INTO device_status (device_id, seen_at) SELECT id, '2026-06-05' FROM device")
        return "hints, acquaintances and the status of a phone in both regions"
    if cut == 8:
        second.stop("connection-service")
        second.start("connection-service")
        return "the second region's index is killed"
    return "nothing else"


def upgrade(first, second):
    """A table that is not published yet, as after an upgrade, replicates after another set-up."""
    first.sql("ALTER PUBLICATION udaconnect_state DROP TABLE contact_card")
    second.sql("ALTER SUBSCRIPTION udaconnect REFRESH PUBLICATION")
    first.sql("INSERT INTO contact_card VALUES (1, 'one@example.org', '', '', '')")
    second.set_up()
    first.sql("INSERT INTO contact_card VALUES (2, 'two@example.org', '', '', '')")
    wait(lambda: second.number("SELECT count(*) FROM contact_card") == 2, "replicating a new table")


def answers(suite, persons):
    """What connection-service answers about some persons."""
    return {person: suite.succeed("connection-service", "GET", f"/api/persons/{person}/encounters?from=2026-06-05T00:00:00Z"
                                                               "&to=2026-06-30T00:00:00Z") for person in persons}


def plant(first, second):
    """Differences in the second database, each of which `check` must name; afterwards they are undone."""
    (changed, added), = second.sql("SELECT min(id), max(id) + 64000000 FROM location WHERE id >= 4294967296 AND person_id = 1")
    cases = [
        ("a changed location", f"UPDATE location SET accuracy = 77 WHERE id = {changed}", f"({changed},", "differs",
         f"UPDATE location SET accuracy = NULL WHERE id = {changed}"),
        ("a missing location", f"CREATE TABLE kept AS SELECT * FROM location WHERE id = {changed}; DELETE FROM location WHERE id = {changed}",
         f"({changed},", "only in the first region", "INSERT INTO location SELECT * FROM kept; DROP TABLE kept"),
        ("an added location", "INSERT INTO location (id, person_id, creation_time, coordinate, cell) SELECT 67, person_id, "
         f"creation_time, coordinate, cell FROM location WHERE id = {changed}", "(67,", "only in the second region",
         "DELETE FROM location WHERE id = 67"),
        ("a changed consent", "UPDATE consent SET is_given = true WHERE person_id = 8 AND purpose = 'meet'", "(8,meet)", "differs",
         "UPDATE consent SET is_given = false WHERE person_id = 8 AND purpose = 'meet'"),
    ]
    for what, plan, key, kind, undo in cases:
        second.sql(plan)
        output = region("check", first, second, "--settle", "0", expects=1)
        assert len(re.findall(f"^    {re.escape(key)}.*{kind}$", output, re.MULTILINE)) == 1, f"{what} was not named: {output}"
        assert len(re.findall("^    ", output, re.MULTILINE)) == 1, f"more than {what} was named: {output}"
        if kind == "differs":
            region("move", first, second, str(MOVED), "location-producer=10.9.0.4:5000", "--settle", "0", expects=1)
        second.sql(undo)
    return [what for what, *_ in cases]


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1])
    parser.add_argument("binaries", type=pathlib.Path)
    parser.add_argument("--locations", type=int, default=60_000)
    parser.add_argument("--persons", type=int, default=300)
    parser.add_argument("--cuts", type=int, default=10)
    options = parser.parse_args()
    with First(options.binaries) as first:
        for number in range(options.persons):
            first.succeed("person-service", "POST", "/api/persons", {"first_name": f"P{number}", "last_name": "Region",
                                                                     "company_name": "UdaConnect"})
        first.succeed("person-service", "PUT", "/api/persons/8/consents", {"meet": True})
        first.sql("INSERT INTO device (id, person_id, name, token_digest) VALUES ('phone-of-1', 1, 'Phone', '\\x01')")
        load = Load(first, options.persons, options.locations)
        load.go_to(0.05)
        began = time.monotonic()
        with Second(options.binaries, first) as second:
            say(f"the second region has a copy of {second.number('SELECT count(*) FROM location')} locations; "
                f"set-up and start took {time.monotonic() - began:.1f} s")
            upgrade(first, second)
            load.go_to(0.1)
            lags = []
            for cut in range(options.cuts):
                share = 0.1 + 0.85 * cut / options.cuts
                if cut == options.cuts // 2:
                    first.move(second)
                    load.moves = True
                    say(f"event {MOVED} is served by the second region")
                load.go_to(share)
                down = time.monotonic()
                second.cut(holds_back=cut % 3 == 2)
                what = during(cut, first, second, load)
                load.go_to(share + 0.6 * 0.85 / options.cuts)
                if cut % 3 == 2:
                    # The connections of before the cut end, as those behind a broken route do at last.
                    second.cut(holds_back=False)
                down = time.monotonic() - down
                behind = first.number("SELECT sum(next_offset) FROM location_log_partition WHERE partition < 8") \
                    - second.number("SELECT sum(next_offset) FROM location_log_partition WHERE partition < 8")
                log = first.number("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)::bigint FROM pg_replication_slots")
                second.mend()
                lags.append(catch_up(first, second))
                say(f"cut {cut + 1}: {down:.1f} s, {behind} messages and {log / 1e6:.0f} MB of log behind, "
                    f"{lags[-1]:.1f} s to catch up; {what}")
            load.go_to(1)
            took = time.monotonic() - began
            say(f"{len(load.acknowledged)} locations acknowledged, {load.repeats} requests repeated, in {took:.0f} s; "
                f"caught up after {catch_up(first, second):.1f} s")
            judge(first, second, load)
            say(f"lag after the cuts: {min(lags):.1f} to {max(lags):.1f} s")


def judge(first, second, load):
    print(region("check", first, second))
    wanted = {number for number, (person, _) in load.acknowledged.items() if person not in load.erased | load.withheld}
    for suite in (first, second):
        rows = {int(number): int(person) for number, person in suite.sql("SELECT id, person_id FROM location")}
        missing = wanted - rows.keys()
        assert not missing, f"{len(missing)} acknowledged locations are missing, of persons {sorted({load.acknowledged[n][0] for n in missing})}"
        assert not load.erased & set(rows.values()), "an erased person has locations"
        assert all(number in load.acknowledged or load.repeats for number in rows), "locations that were not acknowledged"
        pairs = suite.number("SELECT count(*) FROM (SELECT FROM location GROUP BY person_id, creation_time HAVING count(*) > 1) twice")
        assert pairs == 0, f"{pairs} locations are stored twice"
        left = suite.number("SELECT sum(erase_from_location_log_blocks(5, location_log_blocks_with(5, p, 0, 9223372036854775807))) "
                            "FROM unnest(location_log_partitions_of(5)) p")
        assert left == 0, f"the queue still had {left} messages of an erased person"
        assert suite.number("SELECT count(*) FROM zone_hint") == 2, "a hint is missing"
    moved = sum(1 for number in load.acknowledged if number & 63 >= 8)
    assert 0 < moved < len(load.acknowledged)
    assert second.sql("SELECT name FROM event WHERE id = 1") == [["Renamed"]]
    assert first.sql("SELECT count(*), max(seen_at) > '2026-06-06' FROM device_status") == [["1", "t"]], "the phone's status did not arrive"
    assert second.number("SELECT count(*) FROM access_role") == 1
    say(f"both regions have each acknowledged location once, {moved} of them with ids of the second region")
    persons = [person for person in range(1, load.persons + 1, max(load.persons // 20, 1)) if person not in load.erased]
    for suite in (first, second):
        suite.wait("connection-service")
    wait(lambda: answers(first, persons) == answers(second, persons), "giving the same answers", 60)
    meetings = sum(len(answer) for answer in answers(first, persons).values())
    assert meetings > 0, "no meetings"
    say(f"the answers about {len(persons)} persons are equal, with {meetings} meetings")
    say(f"check named {', '.join(plant(first, second))}")
    region("check", first, second)
    assert "moved-events" in region("move", first, second, str(MOVED), "location-producer=10.9.0.4:5000")
    region("tear-down", first, second)
    for suite in (first, second):
        assert suite.number("SELECT count(*) FROM pg_replication_slots") == 0


if __name__ == "__main__":
    main()
