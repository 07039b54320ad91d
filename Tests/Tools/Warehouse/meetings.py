"""Compares the meetings of `scripts/warehouse meetings` with those of connection-service, record by record, on a simulated event; then
times the job beside a distance join of Apache Sedona.

usage: meetings.py BASE_PORT DATA [--persons N] [--hours H] [--join]
  BASE_PORT DATA   of a running scripts/run --port-base BASE_PORT --data DATA, with an empty database
  --persons 0      the database has a simulated event of that day already
  --join           also run the distance join, by SedonaDB"""
import argparse
import contextlib
import ctypes
import json
import math
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request

import psycopg
from pyarrow import dataset

ROOT = pathlib.Path(__file__).resolve().parents[3]
DAY = "2026-03-02"
PR_SET_CHILD_SUBREAPER = 36


def tool(*command, environment=None):
    """Runs a program; returns its output, wall-clock seconds and processor seconds, those of all its descendants included."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    output = subprocess.run([str(part) for part in command], check=True, stdout=subprocess.PIPE, text=True,
                            env=os.environ | (environment or {})).stdout
    # Spark's processes outlive their parents, and are ours then.
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return output, time.monotonic() - started, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def settings(data, role=None):
    lines = tool(ROOT / "scripts/postgres", "env", data / "postgres", *(["--role", role] if role else []))[0]
    return dict(line.split("=", 1) for line in lines.split())


def wait_until_stored(owner):
    """Waits until the consumer has stored all that the queue has."""
    with psycopg.connect(host=owner["DB_HOST"], port=owner["DB_PORT"], user=owner["DB_USERNAME"], dbname=owner["DB_NAME"],
                         password=pathlib.Path(owner["DB_PASSWORD_FILE"]).read_text().strip()) as session:
        for _ in range(1_200):
            queued = session.execute("SELECT sum(next_offset) FROM location_log_partition").fetchone()
            if queued == session.execute("SELECT sum(next_offset) FROM location_offset").fetchone():
                return
            session.rollback()
            time.sleep(0.5)
    sys.exit("the consumer has not stored all locations within ten minutes")


def rounded(value, digits):
    """Rounded as connection-service does: halves away from zero."""
    return math.floor(abs(value) * 10**digits + 0.5) / 10**digits * math.copysign(1, value)


def of_service(base):
    """The meetings of connection-service, by persons and start."""
    found = {}
    address = f"http://127.0.0.1:{base + 1}/api/encounters?from={DAY}T00:00:00&to=2026-03-03T00:00:00"
    with urllib.request.urlopen(address, timeout=600) as answer:
        for line in answer:
            row = json.loads(line)
            key = row["persons"][0]["id"], row["persons"][1]["id"], row["start"]
            assert key not in found, key
            found[key] = (row["end"], row["together"], row["probability"], row["distance"], row["distance_deviation"],
                          row["fixes"], row["significance"], row["place"]["longitude"], row["place"]["latitude"])
    return found


def of_job(folder):
    """The meetings of the job in the form of connection-service."""
    found = {}
    for row in dataset.dataset(folder, partitioning="hive").to_table().to_pylist():
        key = row["first"], row["second"], text(row["start"])
        assert key not in found, key
        found[key] = (text(row["end"]), rounded(row["together"], 1), rounded(row["probability"], 3), rounded(row["distance"], 1),
                      rounded(row["distance_deviation"], 1), row["fixes"], rounded(row["significance"], 1),
                      degrees(row["longitude"]), degrees(row["latitude"]))
    return found


def text(moment):
    """A moment in the API's form."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + (f".{moment.microsecond:06}" if moment.microsecond else "")


def degrees(value):
    return f"{value:.7f}".rstrip("0").rstrip(".")


def alike(one, other):
    return one is not None and other is not None and all(
        float(a) == float(b) if isinstance(a, str) and "T" not in a else a == b for a, b in zip(one, other))


# Spark takes seconds to start, whatever it computes.
ALONE = """
import os, subprocess, sys, tempfile, pyarrow, meetings, storage
warehouse = storage.Warehouse(sys.argv[1])
table = pyarrow.Table.from_batches([batch for file in warehouse.manifest().files for batch in warehouse.batches(file)])
with tempfile.TemporaryFile() as records:
    for batch in table.sort_by([(name, "ascending") for name in ("person_id", "device", "time")]).to_batches():
        records.write(meetings.records(batch))
    records.seek(0)
    process = subprocess.Popen([sys.argv[2]], stdin=records, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
print(usage.ru_utime + usage.ru_stime if status == 0 else sys.exit("presence failed"))
"""
JOIN = """
import sys, pyarrow, sedonadb
connection = sedonadb.connect()
connection.read_parquet(sys.argv[1:]).to_view("locations")
# A degree of the plane is the same everywhere at the event. Each minute has its own place, so that the join is one in space.
connection.sql('''SELECT person_id, ST_Point(
        longitude * 111320 * cos(radians(latitude)) + CAST(floor(CAST(arrow_cast(time, 'Int64') AS DOUBLE) / 60000000) AS DOUBLE) % 100000 * 100000,
        latitude * 110574) AS place FROM locations''').to_view("places")
print(pyarrow.table(connection.sql('''SELECT count(*) AS pairs FROM places a JOIN places b ON ST_DWithin(a.place, b.place, 2.0)
    WHERE a.person_id < b.person_id'''))["pairs"][0].as_py())
"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("base", type=int)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--persons", type=int, default=500)
    parser.add_argument("--hours", type=int, default=8)
    parser.add_argument("--join", action="store_true")
    options = parser.parse_args()
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory() as folder:
        if options.persons > 0:
            tool(ROOT / "scripts/seed", "--url", f"http://127.0.0.1:{options.base + 1}", "--persons", options.persons,
                 "--hours", options.hours, "--start", f"{DAY}T08:00:00Z")
        wait_until_stored(settings(options.data))
        target, output = f"{folder}/warehouse", f"{folder}/meetings"
        print(tool(ROOT / "scripts/warehouse", "export", target, environment=settings(options.data, "uda_warehouse"))[0], end="")
        rows = json.loads(pathlib.Path(target, "manifest.json").read_text())["rows"]
        _, wall, processor = tool(ROOT / "scripts/warehouse", "meetings", target, output)
        print(f"job: {rows} locations in {wall:.1f} s, {processor:.1f} s of a core: {rows / processor:.0f} locations/s a core")
        alone = tool(ROOT / "scripts/python", ROOT / "Services/Warehouse/spark-requirements.txt", "-c", ALONE, target,
                     os.environ.get("PRESENCE", ROOT / ".build/release/presence"),
                     environment={"PYTHONPATH": str(ROOT / "Services/Warehouse")})[0]
        print(f"presence alone: {float(alone):.2f} s of a core: {rows / float(alone):.0f} locations/s a core")
        if options.join:
            files = sorted(pathlib.Path(target).rglob("*.parquet"))
            pairs, wall, processor = tool(ROOT / "scripts/python", ROOT / "Tests/Tools/Warehouse/join-requirements.txt", "-c",
                                          JOIN, *files)
            print(f"SedonaDB: {pairs.strip()} pairs in {wall:.1f} s, {processor:.1f} s of a core: "
                  f"{rows / processor:.0f} locations/s a core")
        expected, found = of_service(options.base), of_job(output)
        wrong = [key for key in expected.keys() | found.keys() if not alike(expected.get(key), found.get(key))]
        print(f"{len(expected)} meetings of connection-service, {len(found)} of the job, {len(wrong)} differ")
        for key in wrong[:5]:
            print(f"  {key}: {expected.get(key)} {found.get(key)}")
        sys.exit(1 if wrong or not expected else 0)


main()
