"""Tests the warehouse's export against a private PostgreSQL with the real schema, and against S3 by moto's server.

usage: run.py BINARIES [CASE...]    BINARIES: the folder with person-service, which migrates the schema"""
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[3]
EXPORT = ROOT / "Services/Warehouse"
sys.path.insert(0, str(EXPORT))

import psycopg  # noqa: E402
import pyarrow  # noqa: E402

import query  # noqa: E402
from storage import Warehouse  # noqa: E402

PARTITIONS = 8
PERSONS = 200
START = 1_772_438_400  # 2026-03-02 08:00 UTC
COLUMNS = ("id", "person_id", "device", "time", "latitude", "longitude", "accuracy", "is_mock", "is_heartbeat")
DATABASE = """
    SELECT id, person_id, coalesce(device, 0), (extract(epoch FROM creation_time) * 1000000)::bigint, ST_Y(coordinate),
        ST_X(coordinate), coalesce(accuracy, 0), coalesce(is_mock, false), coalesce(is_heartbeat, false)
    FROM location ORDER BY id
"""


class Database:
    """A private PostgreSQL with the schema, persons and two events; a context manager."""

    def __init__(self, binaries):
        self.binaries = binaries
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="warehouse-"))

    def __enter__(self):
        self.tool("start", "--fast", "--database", "geoconnections")
        settings = self.settings("uda_migrator") | {"LOG_LEVEL": "error"}
        subprocess.run([f"{self.binaries}/person-service", "migrate"], env=os.environ | settings, check=True)
        owner = self.settings()
        self.session = psycopg.connect(
            host=owner["DB_HOST"], port=owner["DB_PORT"], user=owner["DB_USERNAME"], dbname=owner["DB_NAME"],
            password=pathlib.Path(owner["DB_PASSWORD_FILE"]).read_text().strip(), autocommit=True)
        self.session.execute("SET timezone = 'UTC'")
        self.session.execute("SELECT create_location_partition(m) FROM generate_series(314, 315) m")
        self.session.execute("INSERT INTO location_queue VALUES ('postgres')")
        self.session.execute("INSERT INTO person (first_name, last_name, company_name) SELECT 'A', 'B', 'C' "
                             "FROM generate_series(1, %s)", [PERSONS])
        self.session.execute("""
            INSERT INTO event (name, time_zone, opens, closes, venue) VALUES ('Fair', 'UTC', '{2026-03-02 08:00Z}',
                '{2026-03-03 18:00Z}', ST_Multi(ST_MakeEnvelope(13.26, 52.49, 13.27, 52.51, 4326)))""")
        self.offsets = [0] * PARTITIONS
        return self

    def __exit__(self, *_):
        self.session.close()
        self.tool("stop")
        shutil.rmtree(self.folder)

    def tool(self, command, *arguments):
        return subprocess.run([ROOT / "scripts/postgres", command, self.folder / "postgres", *arguments], check=True,
                              stdout=subprocess.PIPE, text=True).stdout

    def settings(self, role=None):
        lines = self.tool("env", *(["--role", role] if role else []))
        return dict(line.split("=", 1) for line in lines.split())

    def store(self, count, randomness, first_day=0, days=3):
        """Stores locations as the consumer does: rows and offsets in one transaction; some offsets have no row."""
        rows, values = [], []
        for _ in range(count):
            partition = randomness.randrange(PARTITIONS)
            offset = self.offsets[partition]
            self.offsets[partition] += 1
            if randomness.random() < 0.05:
                continue
            moment = START + first_day * 86_400 + randomness.randrange(days * 86_400 * 1_000) / 1_000
            rows.append((
                2**32 + offset * 64 + partition, 1 + randomness.randrange(PERSONS), moment,
                13.25 + randomness.randrange(300_000) / 1e7, 52.48 + randomness.randrange(400_000) / 1e7,
                randomness.choice([None, 5, 65_535]), randomness.choice([None, True]), randomness.choice([None, 1, 255]),
                randomness.choice([None, True]),
            ))
        with self.session.transaction(), self.session.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE IF NOT EXISTS incoming (id bigint, person integer, moment float8, x float8, "
                           "y float8, accuracy integer, mock boolean, device smallint, heartbeat boolean)")
            with cursor.copy("COPY incoming FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            cursor.execute("""
                INSERT INTO location (id, person_id, creation_time, coordinate, cell, accuracy, is_mock, device, is_heartbeat)
                SELECT id, person, to_timestamp(moment), ST_SetSRID(ST_MakePoint(x, y), 4326), 0, accuracy, mock, device,
                    heartbeat
                FROM incoming ON CONFLICT DO NOTHING""")
            cursor.execute("TRUNCATE incoming")
            for partition, offset in enumerate(self.offsets):
                values.append((partition, offset))
            cursor.executemany("INSERT INTO location_offset VALUES (%s, %s) "
                               "ON CONFLICT (partition) DO UPDATE SET next_offset = excluded.next_offset", values)

    def export(self, target, **options):
        environment = os.environ | self.settings("uda_warehouse")
        return subprocess.Popen([sys.executable, EXPORT / "export.py", target], env=environment, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, start_new_session=True, **options)

    def exported(self, target):
        """Exports, and returns what the export says."""
        process = self.export(target)
        output, complaint = process.communicate()
        if process.returncode != 0:
            raise AssertionError(f"the export failed: {complaint}")
        return output.strip()

    def refused(self, target):
        """Exports, and returns why the export failed."""
        process = self.export(target)
        _, complaint = process.communicate()
        assert process.returncode != 0, "the export did not fail"
        return complaint.strip()

    def assert_equal(self, target):
        """Checks that warehouse and database have the same rows, each once."""
        expected = self.session.execute(DATABASE).fetchall()
        found = rows(target)
        assert len(found) == len(expected), f"{len(found)} rows in the warehouse, {len(expected)} in the database"
        assert found == expected, next(pair for pair in zip(found, expected) if pair[0] != pair[1])
        return len(found)


def rows(target):
    """All rows of the files that the manifest lists, by id."""
    warehouse = Warehouse(str(target))
    found = []
    for file in warehouse.manifest().files:
        batches = list(warehouse.batches(file))
        assert sum(batch.num_rows for batch in batches) == file.rows
        for batch in batches:
            columns = [batch[name].cast(pyarrow.int64()) if name == "time" else batch[name] for name in COLUMNS]
            found += zip(*(column.to_pylist() for column in columns))
    return sorted(found)


def incremental(database, folder):
    """Several exports have each location once, in the file of its event and day"""
    randomness = random.Random(1)
    for count in (20_000, 1, 0, 5_000):
        if count:
            database.store(count, randomness)
        database.exported(folder)
        database.assert_equal(folder)
    inside = database.session.execute("""
        SELECT count(*) FROM location, event e WHERE e.id = 2 AND creation_time >= opens[1] - interval '1 hour'
            AND creation_time < closes[1] + interval '1 hour' AND ST_DWithin(venue::geography, coordinate::geography, 100)
        """).fetchone()[0]
    _, (event,) = query.answer(Warehouse(str(folder)), "SELECT count(*) FROM locations WHERE event = 2")
    # The corners of the margin are polygons in the export.
    assert abs(event - inside) <= inside // 100, (event, inside)
    _, (wrong,) = query.answer(Warehouse(str(folder)), "SELECT count(*) FROM locations WHERE day <> strftime(time, '%Y-%m-%d')")
    assert wrong == 0
    for name in query.NAMED:
        assert len(list(query.answer(Warehouse(str(folder)), name))) > 3, name
    return f"{event} of {len(rows(folder))} locations at the event"


def killed(database, folder):
    """An export that is killed at any moment, 50 times, leaves no doubles and no gaps"""
    randomness = random.Random(2)
    database.store(30_000, randomness)
    started = time.monotonic()
    database.exported(folder)
    longest = time.monotonic() - started
    completed = 0
    for _ in range(50):
        database.store(4_000, randomness)
        process = database.export(folder)
        try:
            process.wait(randomness.random() * longest)
            assert process.returncode == 0, process.communicate()
            completed += 1
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
        known = {row[0] for row in database.session.execute("SELECT id FROM location").fetchall()}
        found = [row[0] for row in rows(folder)]
        assert len(found) == len(set(found)) and set(found) <= known
    database.exported(folder)
    return f"{50 - completed} killed, {completed} completed; {database.assert_equal(folder)} locations"


def removals(database, folder):
    """Erased persons, forgotten times and expired days leave the warehouse; other files stay"""
    randomness = random.Random(3)
    database.store(2_000, randomness)
    database.session.execute("DELETE FROM location WHERE person_id = 7 AND creation_time >= '2026-03-03'")
    database.exported(folder)
    before = {file.path for file in Warehouse(str(folder)).manifest().files}
    assert database.session.execute("SELECT erase_person(7)").fetchone()[0]
    said = database.exported(folder)
    database.assert_equal(folder)
    after = {file.path for file in Warehouse(str(folder)).manifest().files}
    assert all("2026-03-02" in path for path in before - after) and before & after, before - after
    assert not any(row[1] == 7 for row in rows(folder))
    on_disk = {str(path.relative_to(folder)) for path in pathlib.Path(folder).rglob("*.parquet")}
    assert on_disk == after, on_disk ^ after
    database.session.execute("SELECT forget_locations(8, '2026-03-03 12:00Z')")
    database.exported(folder)
    database.assert_equal(folder)
    # Event 1 is everywhere and keeps all days until it has hours and a retention.
    database.session.execute("UPDATE event SET retention_days = 14, opens = '{2026-03-02 08:00Z}', "
                             "closes = '{2026-03-03 18:00Z}'")
    database.session.execute("SELECT remove_expired_locations()")
    database.exported(folder)
    return f"{said}; {database.assert_equal(folder)} locations are left"


def merging(database, folder):
    """Many small files of a day become one"""
    randomness = random.Random(4)
    for _ in range(10):
        database.store(50, randomness, days=1)
        database.exported(folder)
    database.exported(folder)
    days = {}
    for file in Warehouse(str(folder)).manifest().files:
        days[file.event, file.day] = days.get((file.event, file.day), 0) + 1
    assert max(days.values()) <= 8, days
    return f"{database.assert_equal(folder)} locations, at most {max(days.values())} files a day"


def refusals(database, folder):
    """A second export, another queue and an older database are refused"""
    database.store(1_000, random.Random(5))
    database.session.execute("SELECT pg_advisory_lock(%s)", [0x7564_6157])
    assert "Another export" in database.refused(folder)
    database.session.execute("SELECT pg_advisory_unlock_all()")
    database.exported(folder)
    database.session.execute("UPDATE location_offset SET next_offset = next_offset - 1 WHERE partition = 3")
    assert "Partition 3" in database.refused(folder)
    database.session.execute("UPDATE location_offset SET next_offset = next_offset + 1 WHERE partition = 3")
    database.session.execute("UPDATE location_queue SET identity = 'kafka'")
    assert "belongs to the queue postgres" in database.refused(folder)
    database.session.execute("UPDATE location_queue SET identity = 'postgres'")
    return f"{database.assert_equal(folder)} locations"


def s3(database, folder):
    """The same in S3-compatible storage, by moto's server"""
    environment = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_EC2_METADATA_DISABLED": "true"}
    os.environ.update(environment)
    requirements = pathlib.Path(__file__).parent / "requirements.txt"
    with subprocess.Popen([ROOT / "scripts/python", requirements, "-u", "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        try:
            line = next(line for line in server.stdout if "Running on" in line)
            address = line.split("Running on ")[1].split()[0]
            urllib.request.urlopen(urllib.request.Request(f"{address}/warehouse", method="PUT")).close()
            target = f"s3://warehouse/locations?scheme=http&region=us-east-1&endpoint_override={address.split('//')[1]}"
            randomness = random.Random(6)
            for _ in range(3):
                database.store(5_000, randomness)
                database.exported(target)
                database.assert_equal(target)
            database.session.execute("SELECT erase_person(9)")
            database.exported(target)
            return f"{database.assert_equal(target)} locations"
        finally:
            server.terminate()


def image(database, folder):
    """The image's contents export and answer, as user 65532 who sees nothing else"""
    contents = ROOT / ".build/images/contents"
    if os.geteuid() != 0 or not (contents / "warehouse").exists():
        return "skipped: it needs root, and scripts/image-contents .build/images/contents"
    top = pathlib.Path(folder) / "top"
    for part in ("root", "warehouse"):
        subprocess.run(["cp", "--archive", f"{contents / part}/.", top], check=True)
    (top / "warehouse").mkdir()
    settings = database.settings("uda_warehouse")
    shutil.copy(settings["DB_PASSWORD_FILE"], top / "password")
    for path in (top / "warehouse", top / "password"):
        os.chown(path, 65532, 65532)

    def run(*arguments):
        return subprocess.run(
            ["chroot", "--userspec=65532:65532", top, "/usr/bin/python3", "/usr/share/udaconnect/warehouse", *arguments], check=True,
            env=settings | {"DB_PASSWORD_FILE": "/password", "PATH": "/usr/sbin:/usr/bin"}, stdout=subprocess.PIPE, text=True).stdout

    randomness = random.Random(7)
    for _ in range(2):
        database.store(5_000, randomness)
        run("export", "/warehouse")
        count = database.assert_equal(top / "warehouse")
    assert run("query", "/warehouse", "SELECT count(*) AS n FROM locations").split() == ["n", str(count)]
    return f"{count} locations"


CASES = {case.__name__: case for case in (incremental, killed, removals, merging, refusals, s3, image)}


def main(binaries, *names):
    unknown = [name for name in names if name not in CASES]
    if unknown:
        sys.exit(f"unknown case {unknown[0]}; expected {', '.join(CASES)}")
    failures = 0
    for name in names or CASES:
        started = time.monotonic()
        try:
            with Database(binaries) as database, tempfile.TemporaryDirectory() as folder:
                result = CASES[name](database, folder)
        except Exception:
            traceback.print_exc()
            failures += 1
            result = "FAILED"
        print(f"{name}: {CASES[name].__doc__}: {result} ({time.monotonic() - started:.1f} s)", flush=True)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
