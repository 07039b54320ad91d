"""Measures a pass of the search for nudges in a full hall, beside one statement of PostGIS that finds the same pairs.

usage: bench.py BINARIES [--quick]

5,000 persons stand in a hall of 100 m × 100 m, each with fixes of the last minute. 18 % of all pairs met yesterday, in 20 groups of 50 persons. All agree
to nudges. connection-service starts, and its first pass looks at everyone: on a new day, after the nudges of that day, and when each person may get
another one. It derives the meetings from locations; the peer has a table of them, and an index on the places. They take turns, three times."""

import contextlib
import http.client
import json
import os
import pathlib
import statistics
import sys
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "Browser"))
from suite import ROOT, Suite  # noqa: E402

GROUP, DISTANCE, LIMIT, SHARE = 50, 30, 6, 0.2
# The corner of the hall in degrees, and degrees of latitude and longitude in a metre there. Fixes at 0, 0 are doubtful.
CORNER, NORTH, EAST = 0.01, 1 / 110_574, 1 / 111_320
PASS = "nudge_pass_seconds"


class Hall(Suite):
    """connection-service and a database with a full hall, without an entrance."""

    def __init__(self, binaries, persons, side, gatherings):
        super().__init__(binaries, ["connection-service"])
        self.persons, self.side, self.gatherings, self.limit = persons, side, gatherings, LIMIT

    def __enter__(self):
        try:
            self.start_database()
            self.fill()
        except BaseException:
            self.__exit__()
            raise
        return self

    def environment(self, name):
        # On a busy machine, more than the usual minute passes from the fixes to the pass.
        return super().environment(name) | {"NUDGES_PER_DAY": str(self.limit), "NUDGE_DISTANCE": str(DISTANCE), "NUDGE_FRESHNESS": "10m",
                                            "PUBLISH_EVENTS": "no", "LOG_LEVEL": "error"}

    def fill(self):
        """Stores the persons, the event, and yesterday's meetings: each group stands at a place of its own for five minutes."""
        purposes = ", ".join(f"('{purpose}')" for purpose in ("nudge", "meet", "locate"))
        self.query(f"""
            SELECT setseed(0.5);
            SELECT create_location_partition(m) FROM generate_series(
                extract(year FROM now() - interval '1 month')::integer * 12 + extract(month FROM now() - interval '1 month')::integer - 24001,
                extract(year FROM now())::integer * 12 + extract(month FROM now())::integer - 24001) m;
            INSERT INTO person (first_name, last_name, company_name) SELECT 'A', 'B', 'C' FROM generate_series(1, {self.persons});
            INSERT INTO consent (person_id, purpose, is_given, text_version, changed_at)
                SELECT p, purpose, true, 1, now() - interval '3 days' FROM generate_series(1, {self.persons}) p, (VALUES {purposes}) v (purpose);
            INSERT INTO event (name, time_zone, opens, closes, venue) VALUES ('Fair', 'UTC', ARRAY[now() - interval '2 days'],
                ARRAY[now() + interval '1 day'], ST_Multi(ST_MakeEnvelope({CORNER}, {CORNER}, {CORNER + 0.01}, {CORNER + 0.01}, 4326)));
            CREATE SCHEMA bench;
            CREATE SEQUENCE bench.number;
            CREATE TABLE bench.seat AS
                SELECT g, p, (row_number() OVER (PARTITION BY g ORDER BY random()) - 1) / {GROUP} AS place,
                    date_trunc('hour', now()) - interval '24 hours' + g * interval '20 minutes' AS begins
                FROM generate_series(1, {self.gatherings}) g, generate_series(1, {self.persons}) p;
            INSERT INTO location (id, person_id, creation_time, coordinate, cell, accuracy)
                SELECT 4294967296 + nextval('bench.number') * 64, p, begins + minute * interval '1 minute',
                    ST_SetSRID(ST_MakePoint(round(({CORNER} + place % 10 * 30 * {EAST})::numeric, 7),
                        round(({CORNER} + place / 10 * 30 * {NORTH})::numeric, 7)), 4326), 0, 1
                FROM bench.seat, generate_series(0, 5) minute;
            CREATE TABLE bench.met AS
                SELECT a.p AS first, b.p AS second, max(a.begins) + interval '5 minutes' AS ended_at
                FROM bench.seat a JOIN bench.seat b USING (g, place) WHERE a.p < b.p GROUP BY 1, 2;
            ALTER TABLE bench.met ADD PRIMARY KEY (first, second);
            CREATE TABLE bench.fresh AS
                SELECT p AS person_id, now() AS seen_at, ST_SetSRID(ST_MakePoint(round(({CORNER} + random() * {self.side * EAST})::numeric, 7),
                    round(({CORNER} + random() * {self.side * NORTH})::numeric, 7)), 4326)::geography AS place
                FROM generate_series(1, {self.persons}) p;
            ALTER TABLE bench.fresh ADD PRIMARY KEY (person_id);
            CREATE INDEX ON bench.fresh USING gist (place)""")
        self.query("VACUUM ANALYZE")

    def refresh(self):
        """Gives each person two fixes of now at their place, instead of those of an earlier round."""
        self.query("""
            DELETE FROM location WHERE creation_time > now() - interval '12 hours';
            UPDATE bench.fresh SET seen_at = now();
            INSERT INTO location (id, person_id, creation_time, coordinate, cell, accuracy)
                SELECT 4294967296 + nextval('bench.number') * 64, person_id, seen_at - age * interval '1 second', place::geometry, 0, 5
                FROM bench.fresh, (VALUES (0), (20)) v (age)""")
        self.query("VACUUM ANALYZE bench.fresh, location")

    def passes(self):
        """The number of passes so far, and their seconds."""
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.ports["connection-service"], timeout=60)) as connection:
            connection.request("GET", "/metrics")
            lines = dict(line.rsplit(" ", 1) for line in connection.getresponse().read().decode().splitlines() if line.startswith(PASS))
        return float(lines[f"{PASS}_count"]), float(lines[f"{PASS}_sum"])

    def processor_time(self):
        """The seconds of a processor that the service has used."""
        fields = pathlib.Path(f"/proc/{self.processes['connection-service'].pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def our_pass(self, limit):
        """Starts the service. Returns the seconds of the pass over everyone, and those of the processor from its start on."""
        self.limit = limit
        self.refresh()
        self.start("connection-service")
        self.wait("connection-service")
        used, (count, seconds) = self.processor_time(), self.passes()
        # A pass that began before the service was ready had nothing to look at.
        while (now := self.passes())[0] < count + 2 and now[1] < seconds + 1:
            time.sleep(0.25)
        used = self.processor_time() - used
        self.stop("connection-service")
        self.check()
        return now[1] - seconds, used

    def peer_pass(self):
        """Finds the pairs by SQL. Returns the seconds."""
        self.query("SET client_min_messages = warning; DROP TABLE IF EXISTS bench.pair; UPDATE bench.fresh SET seen_at = now()")
        began = time.monotonic()
        self.query(f"""
            CREATE UNLOGGED TABLE bench.pair AS
            SELECT m.first, m.second FROM bench.fresh a JOIN bench.fresh b ON a.person_id < b.person_id AND ST_DWithin(a.place, b.place, {DISTANCE})
            JOIN bench.met m ON m.first = a.person_id AND m.second = b.person_id
            WHERE a.seen_at > now() - interval '10 minutes' AND b.seen_at > now() - interval '10 minutes' AND m.ended_at < now() - interval '1 hour'""")
        return time.monotonic() - began

    def check(self):
        """Fails unless the nudges are pairs of the peer, and each other pair has a person with as many as a day may have."""
        wrong = self.query("""SELECT count(*) FROM nudge WHERE person_id < other_id AND NOT EXISTS (
            SELECT FROM bench.pair WHERE (first, second) = (person_id, other_id))""")
        missing = self.query(f"""
            WITH full_day AS MATERIALIZED (SELECT person_id FROM nudge GROUP BY 1 HAVING count(*) >= {self.limit}),
            rest AS (SELECT * FROM bench.pair WHERE first NOT IN (SELECT * FROM full_day) AND second NOT IN (SELECT * FROM full_day))
            SELECT count(*) FROM rest LEFT JOIN nudge ON (person_id, other_id) = (first, second) WHERE person_id IS NULL""")
        if wrong != [["0"]] or missing != [["0"]]:
            sys.exit(f"bench: {wrong[0][0]} nudges are wrong, and {missing[0][0]} are missing")


def main(binaries, *options):
    persons, side, gatherings, count = (1_000, 45, 4, 1) if "--quick" in options else (5_000, 100, 20, 3)
    rounds = {"peer": [], "new day": [], "full day": [], "one more": []}
    with Hall(binaries, persons, side, gatherings) as hall:
        pairs = int(hall.query("SELECT count(*) FROM bench.met")[0][0])
        for _ in range(count):
            rounds["peer"].append((hall.peer_pass(), 0))
            hall.query("DELETE FROM nudge")
            rounds["new day"].append(hall.our_pass(LIMIT))
            created = int(hall.query("SELECT count(*) / 2 FROM nudge")[0][0])
            rounds["full day"].append(hall.our_pass(LIMIT))
            rounds["one more"].append(hall.our_pass(LIMIT + 1))
            print("   " + ", ".join(f"{name} {times[-1][0]:.2f} s ({times[-1][1]:.2f} s of a processor)" for name, times in rounds.items()), flush=True)
        found = int(hall.query("SELECT count(*) FROM bench.pair")[0][0])
    seconds, used = ({name: statistics.median(times[side] for times in rounds[name]) for name in rounds} for side in (0, 1))
    note = (f"{persons} persons, {100 * pairs / (persons * (persons - 1) / 2):.0f} % of the pairs have met, {found} of them are near; "
            f"{created} nudges on the new day")
    table = []
    for name, work in (("new day", "a new day, with its nudges"), ("full day", "after the nudges of the day"),
                       ("one more", "one more nudge for each person")):
        ours = seconds[name]
        table.append(row(f"pass, {work}; PostGIS: all pairs", ours, seconds["peer"], "s", 0))
        table.append(row(f"pass, {work}: share of a processor, with the pause; the bound beside it", used[name] / (ours + max(1, 4 * ours)), SHARE, "", 1))
    for line in table:
        print(f"{line['work']}: {line['ours']:.3f} {line['unit']}, beside {line['peer']:.3f}, ratio {line['ratio']:.2f}"
              + (f", goal {line['goal']}, {'met' if line['met'] else 'NOT met'}" if line["goal"] else ""))
    print(note)
    output = ROOT / ".build/bench/nudges.json"
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps([line | {"note": note} for line in table], indent=1) + "\n")
    print(f"written to {output.relative_to(ROOT)}")


def row(work, ours, peer, unit, goal):
    """A row as of other benchmarks; less is better."""
    ratio = peer / max(ours, 1e-6)
    return {"work": work, "ours": ours, "peer": peer, "unit": unit, "better": "less", "ratio": ratio, "goal": goal, "met": ratio >= goal}


main(*sys.argv[1:])
